"""Chest images as the network sees them, drawn once and kept as one `.npz` for each split.

    python -m hilum_training.chest.dataset --out ../.training/chest
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from .. import preprocess
from .acquisition import draw_patient, expose
from .anatomy_maps import maps
from .findings import CODES, draw_severities

SPLITS = {"train": (1, 8000), "validation": (2, 800), "test": (3, 800)}
"""Seed family and number of patients. One patient has one image, so splits share no patient."""

SIZE = 224


def patient(family: int, index: int):
    """The radiograph of one patient of a split; the same numbers give the same image."""
    rng = np.random.default_rng([family, index])
    return expose(rng, draw_severities(rng))


def network_image(radiograph) -> np.ndarray:
    """0…1, `SIZE` × `SIZE`, before mean and standard deviation."""
    shown = preprocess.present(radiograph.stored, radiograph.photometric, radiograph.window)
    return preprocess.square(shown, SIZE)


def _map_row(key: tuple[int, int]) -> np.ndarray:
    """Anatomy maps of a patient, from the draws that the image starts with; no image is made."""
    rng = np.random.default_rng(key)
    return np.round(maps(*draw_patient(rng, draw_severities(rng), 448)).clip(0, 1) * 255).astype(np.uint8)


def _row(key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, float]:
    radiograph = patient(*key)
    thorax = radiograph.thorax
    image = np.round(network_image(radiograph) * 255).astype(np.uint8)
    return image, np.array([thorax.severities[code] for code in CODES], np.float32), thorax.ctr


def build(folder: Path, workers: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for split, (family, count) in SPLITS.items():
        target = folder / f"{split}.npz"
        if target.exists():
            continue
        start, rows = time.time(), []
        with ProcessPoolExecutor(workers) as pool:
            for row in pool.map(_row, ((family, i) for i in range(count)), chunksize=32):
                rows.append(row)
                if len(rows) % 500 == 0:
                    print(f"{split}: {len(rows)}/{count}, {len(rows) / (time.time() - start):.1f} images/s", flush=True)
        images, severities, ctr = (np.stack(column) for column in zip(*rows))
        np.savez(target, images=images, severities=severities, ctr=ctr)


def build_maps(folder: Path, workers: int) -> None:
    family, count = SPLITS["train"]
    if (folder / "maps.npy").exists():
        return
    with ProcessPoolExecutor(workers) as pool:
        rows = list(pool.map(_map_row, ((family, i) for i in range(count)), chunksize=64))
    np.save(folder / "maps.npy", np.stack(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    build(arguments.out, arguments.workers)
    build_maps(arguments.out, arguments.workers)


if __name__ == "__main__":
    main()
