"""Scouts of random patients as MR series with a manifest; a split is exclusive by patient.

    python -m hilum_training.cardiac.dataset --out ../.training/cardiac

Goes on where it was stopped. Scouts that a study would not take (`acquisition.faults`) are named in `dropped.jsonl`.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import json_lines
from ..dicom import save
from .acquisition import faults, isotropic, sparse
from .dicom import datasets
from .others import KINDS, draw_other, spoil
from .planes import plane_as_dict
from .scene import Scene, draw_scene
from .volume import Volume

ACQUISITIONS = ("isotropic", "sparse")


@dataclass(frozen=True)
class Split:
    """`family` seeds the patients, `other_family` what is to be refused; every patient is scanned in `scans` ways."""

    family: int
    patients: int
    scans: int
    other_family: int
    others: int
    kinds: tuple[str, ...]
    finest: float


SPLITS = {"validation": Split(22, 160, 1, 32, 60, KINDS[:-1], 1.5), "train": Split(21, 900, 2, 31, 216, KINDS[:-1], 2.2),
          "test": Split(23, 180, 1, 33, 126, KINDS, 1.5)}


def cases(name: str) -> list[tuple[str, int, str, str | None]]:
    """(split, patient, acquisition, kind); kind is nothing for a heart."""
    split = SPLITS[name]
    hearts = [(name, patient, ACQUISITIONS[(patient + scan) % 2], None)
              for patient in range(split.patients) for scan in range(split.scans)]
    others = [(name, number, ACQUISITIONS[number // len(split.kinds) % 2], split.kinds[number % len(split.kinds)])
              for number in range(split.others)]
    return hearts + others


def identity(case) -> str:
    split, number, acquisition, kind = case
    return f"{split}-{'other-' if kind else ''}{number:06d}-{acquisition}"


def draw(case) -> tuple[Scene, Volume, dict[str, str]]:
    """One case: always the same for the same case."""
    name, number, acquisition, kind = case
    split = SPLITS[name]
    rng = np.random.default_rng([split.other_family if kind else split.family, number])
    scene = draw_other(rng, kind) if kind else draw_scene(rng)
    rng = np.random.default_rng([split.other_family if kind else split.family, number, ACQUISITIONS.index(acquisition)])
    volume, how = isotropic(rng, scene, split.finest) if acquisition == "isotropic" else sparse(rng, scene)
    return scene, spoil(rng, volume) if kind == "noise" else volume, scene.subgroups | how


def write(case, folder: Path) -> dict:
    """Writes one case's series; the manifest's line, with `dropped` where a study would not take it."""
    scene, volume, subgroups = draw(case)
    split, number, _, kind = case
    line = {"id": identity(case), "split": split, "patient": f"{split}{'-other' if kind else ''}-{number:06d}",
            "task": "plan", "files": [f"{split}/{identity(case)}"], "expected": "refuse" if kind else "answer",
            "subgroups": subgroups}
    if not kind:
        line |= {"planes": {view: plane_as_dict(plane) for view, plane in scene.planes.items()},
                 "landmarks": scene.landmarks.as_dict()}
        if reasons := faults(scene, volume):
            return line | {"dropped": reasons}
    age = int(subgroups["age"][:2]) + number % 10 if "age" in subgroups else None
    for index, ds in enumerate(datasets(volume, identity(case).upper(), number, subgroups.get("sex", "O"), age)):
        save(ds, folder / split / identity(case) / f"{index + 1:03d}.dcm")
    return line


def build(folder: Path, workers: int, splits: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    manifest, dropped = folder / "manifest.jsonl", folder / "dropped.jsonl"
    known = {line["id"] for path in (manifest, dropped) if path.exists() for line in json_lines.read(path)}
    wanted = [case for name in splits for case in cases(name) if identity(case) not in known]
    start = time.time()
    with ProcessPoolExecutor(workers) as pool, manifest.open("a") as good, dropped.open("a") as bad:
        for count, line in enumerate(pool.map(write, wanted, [folder] * len(wanted), chunksize=4), 1):
            file = bad if "dropped" in line else good
            file.write(json.dumps(line) + "\n")
            file.flush()
            if count % 100 == 0:
                print(f"{count}/{len(wanted)}, {count / (time.time() - start):.1f} series/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--splits", nargs="+", choices=list(SPLITS), default=list(SPLITS))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    build(arguments.out, arguments.workers, arguments.splits)


if __name__ == "__main__":
    main()
