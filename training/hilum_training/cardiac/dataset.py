"""Cardiac scenes on the network's grid, drawn once and kept as one `.npz` for each split.

    python -m hilum_training.cardiac.dataset --out ../.training/cardiac
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from .. import preprocess
from .render import grid_points, noisy, paint, shade
from .scene import VIEWS, draw_scene

SPLITS = {"train": (11, 2400), "validation": (12, 160)}
"""Seed family and number of patients; the test split is drawn at full resolution by `evaluate`."""

SIZE = 56
"""Wider than the network's 48, so that training can turn and shift the patient."""


def _row(key: tuple[int, int]):
    rng = np.random.default_rng(key)
    scene = draw_scene(rng)
    points = grid_points((SIZE,) * 3, preprocess.GRID_SPACING)
    signal = paint(scene, points, rng.uniform(5, 8)) * shade(rng, points)
    image = noisy(rng, signal, rng.uniform(0.005, 0.04))
    top = float(image.max())
    planes = np.array([[*scene.planes[view].center, *scene.planes[view].normal] for view in VIEWS], np.float32)
    landmarks = np.array([scene.apex, scene.base], np.float32)
    return np.round(image / top * 255).astype(np.uint8), planes, landmarks


def build(folder: Path, workers: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for split, (family, count) in reversed(SPLITS.items()):
        target = folder / f"{split}.npz"
        if target.exists():
            continue
        start, rows = time.time(), []
        with ProcessPoolExecutor(workers) as pool:
            for row in pool.map(_row, ((family, i) for i in range(count)), chunksize=8):
                rows.append(row)
                if len(rows) % 100 == 0:
                    print(f"{split}: {len(rows)}/{count}, {len(rows) / (time.time() - start):.1f} volumes/s", flush=True)
        images, planes, landmarks = (np.stack(column) for column in zip(*rows))
        np.savez(target, images=images, planes=planes, landmarks=landmarks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    build(arguments.out, arguments.workers)


if __name__ == "__main__":
    main()
