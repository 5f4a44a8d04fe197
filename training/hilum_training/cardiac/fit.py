"""Planes from distance maps the way the planning service finds them (docs/geometry.md), without its search by consensus.

The maps are read over the whole volume, then twice within 80 mm of the point in which SA, 4CH and 2CH met before.
"""

import numpy as np

from .planes import VIEWS, Plane, across, facing, unit

TRUNCATION = 40.0
BAND, TUKEY, PASSES, HEART_RADIUS, LEAST = 0.7, 4.685, 30, 80.0, 50


def planes_from(maps: np.ndarray, points: np.ndarray) -> dict[str, Plane] | None:
    """From distances in mm `[V, n]` at `points` `[n, 3]` inside the volume; nothing where there are no such planes.

    A view's centre is the point of its plane nearest to that in which SA, 4CH and 2CH meet.
    """
    points, chosen = points.astype(np.float64), slice(None)
    for _ in range(3):
        fits = [fit(distances[chosen].astype(np.float64), points[chosen]) for distances in maps]
        if any(plane is None for plane in fits[:3]):
            return None
        if abs(np.linalg.det(np.stack([plane.normal for plane in fits[:3]]))) < 0.05:
            return None
        meeting = np.linalg.solve(np.stack([plane.normal for plane in fits[:3]]),
                                  [plane.normal @ plane.center for plane in fits[:3]])
        chosen = ((points - meeting) ** 2).sum(1) <= HEART_RADIUS**2
    return _agreed({view: plane for view, plane in zip(VIEWS, fits) if plane is not None}, meeting)


SIDES = {"FOUR_CHAMBER": [0, 0, 1], "TWO_CHAMBER": [-1, 0, 0], "THREE_CHAMBER": [-1, 0, 0]}
"""Where the normals of the views that hold the axis point."""


def _agreed(planes: dict[str, Plane], meeting: np.ndarray) -> dict[str, Plane]:
    """Planes on the sides that anatomy gives them, turned to the axis halfway between SA's normal and 2CH × 4CH."""
    normals = {view: facing(planes[view].normal, side) for view, side in SIDES.items() if view in planes}
    line = unit(np.cross(normals["TWO_CHAMBER"], normals["FOUR_CHAMBER"]))
    axis = unit(line + facing(planes["SHORT_AXIS"].normal, line))
    turned = {"SHORT_AXIS": axis} | {view: across(normal, axis) for view, normal in normals.items()}
    return {view: Plane(meeting - ((meeting - planes[view].center) @ planes[view].normal) * planes[view].normal, normal)
            for view, normal in turned.items()}


def fit(distances: np.ndarray, points: np.ndarray) -> Plane | None:
    """Robust least squares of a·x + b: the band about the plane, then Tukey's biweight."""
    near = np.abs(distances) < BAND * TRUNCATION
    if near.sum() < LEAST:
        return None
    centre = points[near].mean(0)
    scale = np.sqrt(((points - centre) ** 2).sum(1).mean())
    design = np.column_stack([(points - centre) / scale, np.ones(len(points))])
    solution = _solve(design, distances, _band(distances))
    for _ in range(PASSES):
        fitted = design @ solution
        band = _band(fitted)
        residuals = np.abs(distances - fitted)
        used = np.flatnonzero(band)
        if len(used) < LEAST:
            return None
        cut = TUKEY * max(1.4826 * float(np.partition(residuals[used], len(used) // 2)[len(used) // 2]), 1e-3)
        used = used[residuals[used] < cut]
        after = _solve(design[used], distances[used], band[used] * (1 - (residuals[used] / cut) ** 2) ** 2)
        change = max(np.linalg.norm(after[:3] - solution[:3]), abs(after[3] - solution[3])) / np.linalg.norm(after[:3])
        solution = after
        if change < 1e-10:
            break
    normal = unit(solution[:3])
    return Plane(normal * (normal @ centre - solution[3] * scale / np.linalg.norm(solution[:3])), normal)


def _band(distances: np.ndarray) -> np.ndarray:
    share = np.abs(distances) / TRUNCATION
    return np.where(share < BAND, (1 - share) ** 2, 0)


def _solve(design: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    weighted = design * weight[:, None]
    return np.linalg.lstsq(weighted.T @ design, weighted.T @ values, rcond=None)[0]
