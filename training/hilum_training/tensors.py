"""Image files as the tensors a network sees, by `hilum preprocess`: the services' own code, and the only one."""

import json
import subprocess
from pathlib import Path

import numpy as np

from . import json_lines

HILUM = Path(__file__).resolve().parents[2] / ".build/release/hilum"


def preprocess(paths: list[Path], out: Path, given: dict | Path, hilum: Path = HILUM, all_must: bool = True) -> None:
    """Writes `out`/NAME.npy and `out`/index.jsonl.

    - Parameter given: a bundle's folder, or the object that stands as `input` in a model.json.
    - Parameter all_must: raises when a file has no tensor; else the index says why.
    """
    out.mkdir(parents=True, exist_ok=True)
    if isinstance(given, Path):
        options = ["--model", given]
    else:
        (out / "input.json").write_text(json.dumps(given))
        options = ["--input", out / "input.json"]
    (out / "paths.txt").write_text("".join(f"{path}\n" for path in paths))
    ended = subprocess.run([hilum, "preprocess", *options, "--out", out, f"@{out / 'paths.txt'}"])
    if ended.returncode > (0 if all_must else 1):
        ended.check_returncode()


def index(folder: Path) -> dict[str, dict]:
    """The lines of `index.jsonl` by NAME; those that could not be read have an `error`."""
    lines = json_lines.read(folder / "index.jsonl")
    return {Path(line["tensor"]).stem if "tensor" in line else Path(line["source"]).stem: line for line in lines}


def load(folder: Path, name: str) -> np.ndarray:
    return np.load(folder / f"{name}.npy")
