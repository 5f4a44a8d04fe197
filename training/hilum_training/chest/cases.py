"""Cases of a manifest with their tensors, ready to train on.

    python -m hilum_training.chest.cases --data ../.training/chest

runs `hilum preprocess` over all files of the manifest and packs what comes out into one array a split, with the
identifiers of its rows beside it.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from .. import json_lines, tensors
from ..tensors import HILUM
from .network import SIZE, input_of

SPLITS = ("test", "validation", "train")

TOGETHER = 400
"""Files that lie unpacked at one time."""


@dataclass
class Cases:
    """Cases of one split, row by row."""

    ids: list[str]
    images: torch.Tensor  # [N, 1, size, size] float16, as the network sees them; mapped from the file
    labels: torch.Tensor  # [N, findings] float, 1 where a finding is present
    maps: torch.Tensor | None  # [N, maps, h, w] bytes: the anatomy, where the data come with it

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, rows: np.ndarray) -> "Cases":
        """Some of the cases, copied out of the file."""
        rows = np.asarray(rows)
        return Cases([self.ids[row] for row in rows], self.images[rows], self.labels[rows],
                     None if self.maps is None else self.maps[rows])


def manifest(folder: Path, split: str | None = None) -> list[dict]:
    """The lines of the manifest, of one split or of all."""
    return [line for line in json_lines.read(folder / "manifest.jsonl") if split in (None, line["split"])]


def codes_of(folder: Path) -> tuple[str, ...]:
    """The findings that the manifest speaks of, in its order."""
    return tuple(manifest(folder)[0]["severities"])


def pack(folder: Path, split: str, hilum: Path = HILUM, size: int = SIZE) -> None:
    """Writes `<split>.npy` and `<split>-rows.json`; files without a tensor are named and left out."""
    cases = manifest(folder, split)
    target = np.lib.format.open_memmap(folder / f"{split}.part.npy", "w+", np.float16,
                                       (len(cases), 1, size, size))
    ids = []
    for start in range(0, len(cases), TOGETHER):
        with TemporaryDirectory() as scratch:
            files = {case["id"]: folder / case["files"][0] for case in cases[start:start + TOGETHER]}
            tensors.preprocess(list(files.values()), Path(scratch), input_of(size), hilum, all_must=False)
            index = tensors.index(Path(scratch))
            for name, file in files.items():
                if reason := index[file.stem].get("error"):
                    print(f"{name}: {reason}")
                    continue
                target[len(ids)] = tensors.load(Path(scratch), file.stem)
                ids.append(name)
    target.flush()
    (folder / f"{split}-rows.json").write_text(json.dumps(ids))
    (folder / f"{split}.part.npy").rename(folder / f"{split}.npy")


def load(folder: Path, split: str, codes: tuple[str, ...]) -> Cases:
    """The packed cases of a split with the labels of the given findings."""
    ids = json.loads((folder / f"{split}-rows.json").read_text())
    lines = manifest(folder, split)
    place = {line["id"]: number for number, line in enumerate(lines)}
    rows = [place[name] for name in ids]
    labels = torch.tensor([[float(lines[row]["severities"][code] > 0) for code in codes] for row in rows])
    images = torch.from_numpy(np.load(folder / f"{split}.npy", mmap_mode="c"))[:len(ids)]
    anatomy = folder / "maps.npy"
    maps = torch.from_numpy(np.load(anatomy)[rows]) if split == "train" and anatomy.exists() else None
    return Cases(ids, images, labels, maps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--hilum", type=Path, default=HILUM)
    arguments = parser.parse_args()
    for split in SPLITS:
        if not (arguments.data / f"{split}.npy").exists():
            pack(arguments.data, split, arguments.hilum)


if __name__ == "__main__":
    main()
