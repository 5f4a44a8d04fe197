"""Scouts as tensors for training: on a grid wider than the network's, so that patients can be turned and shifted.

    python -m hilum_training.cardiac.tensors --data ../.training/cardiac
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import json_lines, tensors
from .planes import VIEWS, plane_from_dict

SIZE, SPACING = 48, 6.0
"""The network's grid: voxels a side, and millimetres."""
WIDE = 56
MEAN, STD = 0.5, 0.25
INPUT = {"size": [SIZE] * 3, "channels": 1, "spacing_mm": SPACING,
         "intensity": {"scale": "percentile", "low": 1, "high": 99, "mean": [MEAN], "std": [STD]}}


@dataclass
class Scout:
    """A tensor of 0…1 about its grid's centre; `planes` [V, 6] as centre and normal from there, or nothing to plan."""

    path: Path
    planes: np.ndarray | None

    def voxels(self) -> np.ndarray:
        """`[D, H, W]`; 0 outside the source."""
        return np.load(self.path)[0] * np.float32(STD) + np.float32(MEAN)


def build(data: Path, splits: list[str], hilum: Path) -> None:
    cases = json_lines.read(data / "manifest.jsonl")
    for split in splits:
        paths = [data / case["files"][0] for case in cases if case["split"] == split]
        tensors.preprocess(paths, data / "tensors" / split, INPUT | {"size": [WIDE] * 3}, hilum)


def scouts(data: Path, split: str) -> list[Scout]:
    """All cases of a split whose series could be read."""
    folder = data / "tensors" / split
    index, found = tensors.index(folder), []
    for case in json_lines.read(data / "manifest.jsonl"):
        line = index.get(Path(case["files"][0]).name) if case["split"] == split else None
        if line is None or "tensor" not in line:
            continue
        planes = [plane_from_dict(case["planes"][view]) for view in VIEWS] if "planes" in case else None
        found.append(Scout(folder / line["tensor"], planes and np.array(
            [[*(plane.center - line["center"]), *plane.normal] for plane in planes], np.float32)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--splits", nargs="+", default=["train", "validation"])
    parser.add_argument("--hilum", type=Path, default=tensors.HILUM)
    arguments = parser.parse_args()
    build(arguments.data, arguments.splits, arguments.hilum)


if __name__ == "__main__":
    main()
