"""Measures a bundle on held-out scouts in PyTorch, the way the service uses it, and writes what it finds.

    python -m hilum_training.cardiac.evaluate --bundle ../models/cardiac-views/3

The predictions (`{"id": …, "planes": {VIEW: {"center", "normal"}}}` a line) are what `hilum evaluate --compare` holds
against the service's answers.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from .. import bundle, json_lines, tensors
from .dicom import grid_of
from .augment import grid_mm
from .fit import TRUNCATION, planes_from
from .planes import VIEWS, Plane, errors, plane_as_dict, plane_from_dict
from .tensors import INPUT
from .train import make_network


def inside_of(series: Path, points: np.ndarray) -> np.ndarray:
    """Which points lie within the outer faces of a series' volume."""
    origin, steps, counts = grid_of(series)
    index = (points - origin) @ np.linalg.inv(steps).T
    return ((index >= -0.5 - 1e-6) & (index <= np.array(counts) - 0.5 + 1e-6)).all(1)


@torch.no_grad()
def find(network: torch.nn.Module, series: Path, tensor: np.ndarray, center) -> dict[str, Plane] | None:
    """Planes in LPS mm on one scout; nothing where there are none."""
    points = grid_mm().numpy().reshape(-1, 3).astype(np.float64) + center
    inside = inside_of(series, points)
    maps = network(torch.from_numpy(tensor)[None])[0].numpy().reshape(len(VIEWS), -1) * TRUNCATION
    return planes_from(maps[:, inside], points[inside])


def predict(network: torch.nn.Module, data: Path, split: str, hilum: Path) -> dict[str, dict[str, Plane] | None]:
    """Planes of every scout of a split that shows a heart, by id."""
    network.eval()
    cases = [case for case in json_lines.read(data / "manifest.jsonl")
             if case["split"] == split and case["expected"] == "answer"]
    out = data / "tensors" / f"{split}-seen"
    tensors.preprocess([data / case["files"][0] for case in cases], out, INPUT, hilum)
    index, found = tensors.index(out), {}
    for case in cases:
        name = Path(case["files"][0]).name
        found[case["id"]] = find(network, data / case["files"][0], tensors.load(out, name), index[name]["center"])
    return found


def summary(data: Path, found: dict[str, dict[str, Plane] | None]) -> dict:
    """Errors of each view over the scouts in `found`, isotropic and sparse apart."""
    rows, missed = defaultdict(list), defaultdict(int)
    for case in json_lines.read(data / "manifest.jsonl"):
        if case["id"] not in found:
            continue
        acquisition, planes = case["subgroups"]["acquisition"], found[case["id"]]
        missed[acquisition] += planes is None
        for view in VIEWS if planes is not None else ():
            rows[acquisition, view].append(errors(planes[view], plane_from_dict(case["planes"][view])))
    return {acquisition: {"scouts": len(rows[acquisition, VIEWS[0]]) + missed[acquisition], "without planes":
                          missed[acquisition]} | {view: _figures(np.array(rows[acquisition, view])) for view in VIEWS}
            for acquisition in missed}


def _figures(values: np.ndarray) -> dict[str, float]:
    angle, distance = values.T
    return {"angle_median_deg": round(float(np.median(angle)), 2), "angle_p90_deg": round(float(np.percentile(angle, 90)), 2),
            "angle_max_deg": round(float(angle.max()), 2), "distance_median_mm": round(float(np.median(distance)), 2),
            "distance_p90_mm": round(float(np.percentile(distance, 90)), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=Path("../models/cardiac-views/3"))
    parser.add_argument("--data", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--hilum", type=Path, default=tensors.HILUM)
    arguments = parser.parse_args()
    network = make_network()
    bundle.load(arguments.bundle, network)
    found = predict(network, arguments.data, arguments.split, arguments.hilum)
    json_lines.write(arguments.data / f"predictions-{arguments.split}.jsonl",
                     ({"id": name, "planes": {v: plane_as_dict(p) for v, p in planes.items()}}
                      for name, planes in found.items() if planes is not None))
    for acquisition, row in summary(arguments.data, found).items():
        print(acquisition, *(f"\n  {key:14} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
