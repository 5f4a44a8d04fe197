"""Measures the view network on scans of unseen patients, the way the service uses it.

    python -m hilum_training.cardiac.evaluate --run ../.training/cardiac/run --count 60
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch

from .. import preprocess
from .render import grid_points
from .scene import VIEWS, Plane, draw_scene
from .train import TRUNCATION, load_split, make_network, recalibrate_batch_norm
from .volume import on_network_grid, scan

TEST_FAMILY = 13


def fit(distances: np.ndarray, points: np.ndarray, truncation: float = TRUNCATION) -> Plane:
    """Robust least squares of a·x + b on a distance map: band of 0.7 of the truncation, then Tukey's biweight."""
    centre, scale = points.mean(0), np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean())
    design = np.column_stack([(points - centre) / scale, np.ones(len(points))])
    fitted, limit = distances, np.inf
    for _ in range(20):
        band = np.maximum(1 - np.abs(fitted) / truncation, 0) ** 2 * (np.abs(fitted) < 0.7 * truncation)
        tukey = np.maximum(1 - ((distances - fitted) / limit) ** 2, 0) ** 2
        weight = (band * tukey)[:, None]
        solution = np.linalg.solve(design.T @ (weight * design), design.T @ (weight[:, 0] * distances))
        fitted = design @ solution
        near = np.abs(fitted) < 0.7 * truncation
        limit = 4.685 * max(1.4826 * np.median(np.abs(distances - fitted)[near]), 1e-3)
    slope = solution[:3] / scale
    normal = slope / np.linalg.norm(slope)
    offset = normal @ centre - solution[3] / np.linalg.norm(slope)
    return Plane(normal * offset, normal)


def planes_from(output: np.ndarray, centre: np.ndarray, inside: np.ndarray) -> dict[str, Plane]:
    """Planes of all views from network outputs `[V, D, H, W]`."""
    points = grid_points((preprocess.GRID_SIZE,) * 3, preprocess.GRID_SPACING, centre).astype(np.float64)[inside]
    return {view: fit(output[k][inside].astype(np.float64) * TRUNCATION, points) for k, view in enumerate(VIEWS)}


def errors(found: Plane, truth: Plane) -> tuple[float, float]:
    """Angle between normals in degrees; distance of the true centre to the found plane in mm."""
    cosine = float(np.clip(found.normal @ truth.normal, -1, 1))
    return float(np.degrees(np.arccos(cosine))), float(abs((truth.center - found.center) @ found.normal))


def test_scan(index: int):
    """One held-out patient's scan on the network's grid, with the truth."""
    rng = np.random.default_rng([TEST_FAMILY, index])
    scene = draw_scene(rng)
    spacing = float(rng.uniform(2.4, 3.5))
    sides = [round(v / spacing) for v in (rng.uniform(150, 260), rng.uniform(260, 340), rng.uniform(300, 360))]
    volume = scan(rng, scene, tuple(sides), spacing, turn=float(rng.choice([0, 12])))
    return *on_network_grid(volume), scene.planes


@torch.no_grad()
def measure(network: torch.nn.Module, count: int, workers: int = 1) -> dict:
    network.eval()
    rows = {view: [] for view in VIEWS}
    with ProcessPoolExecutor(workers) as pool:
        for grid, inside, centre, truth in pool.map(test_scan, range(count)):
            output = network(torch.from_numpy(grid)[None, None].float())[0].numpy()
            found = planes_from(output, centre, inside)
            for view in VIEWS:
                rows[view].append(errors(found[view], truth[view]))
    return {view: _summary(np.array(values)) for view, values in rows.items()}


def _summary(values: np.ndarray) -> dict[str, float]:
    angle, distance = values.T
    return {"angle_median_deg": round(float(np.median(angle)), 2), "angle_p90_deg": round(float(np.percentile(angle, 90)), 2),
            "angle_max_deg": round(float(angle.max()), 2), "distance_median_mm": round(float(np.median(distance)), 2),
            "distance_p90_mm": round(float(np.percentile(distance, 90)), 2), "within_15deg_10mm":
            round(float(((angle <= 15) & (distance <= 10)).mean()), 4)}


def trained(run: Path, data: Path) -> torch.nn.Module:
    """The averaged weights of the last checkpoint."""
    network = make_network()
    state = torch.load(run / "last.pt", weights_only=False)["average"]
    network.load_state_dict({k.removeprefix("module."): v for k, v in state.items() if k.startswith("module.")})
    recalibrate_batch_norm(network, *load_split(data, "train"), count=160)
    return network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("../.training/cardiac/run"))
    parser.add_argument("--data", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--count", type=int, default=60)
    arguments = parser.parse_args()
    for view, row in measure(trained(arguments.run, arguments.data), arguments.count).items():
        print(f"{view:14}", row)


if __name__ == "__main__":
    main()
