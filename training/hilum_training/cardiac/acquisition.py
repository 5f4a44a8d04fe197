"""How a scanner lays a scout on a patient: isotropic volumes and sparse stacks of thick slices."""

import numpy as np
from scipy.spatial.transform import Rotation

from .render import acquire
from .scene import Scene
from .volume import Volume

ORIENTATIONS = {"axial": ([1, 0, 0], [0, 1, 0]), "coronal": ([1, 0, 0], [0, 0, -1]), "sagittal": ([0, 1, 0], [0, 0, -1])}
"""Row and column directions of the usual displays, LPS."""


def isotropic(rng: np.random.Generator, scene: Scene, finest: float = 1.5) -> tuple[Volume, dict[str, str]]:
    """A volume of 1.5 to 3 mm voxels, half of them tilted by some degrees."""
    spacing = round(float(rng.uniform(finest, 3.0)), 3)
    name = str(rng.choice(list(ORIENTATIONS), p=[0.6, 0.3, 0.1]))
    turn = Rotation.from_rotvec(np.radians(rng.normal(0, 12, 3))) if rng.random() < 0.5 else Rotation.identity()
    row, column = (turn.apply(axis) for axis in ORIENTATIONS[name])
    field = np.array([rng.uniform(270, 340), rng.uniform(220, 300), rng.uniform(150, 260)])  # left, back, head
    sides = np.abs(np.stack([*map(np.array, ORIENTATIONS[name]), np.cross(*ORIENTATIONS[name])]) @ field)
    shape = tuple(int(round(side / spacing)) for side in sides[::-1])
    centre = scene.about * [0.35, 0.35, 1] + rng.normal(0, 10, 3)
    volume = acquire(rng, scene.bodies, Volume.around(centre, shape, row, column, (spacing,) * 3, spacing))
    return volume, {"acquisition": "isotropic", "orientation": name, "spacing": f"{int(spacing * 2) / 2:.1f}-{int(spacing * 2) / 2 + 0.5:.1f} mm"}


def sparse(rng: np.random.Generator, scene: Scene) -> tuple[Volume, dict[str, str]]:
    """6 to 12 slices of 6 to 10 mm with gaps, in one of the usual orientations or any other."""
    count, thickness = int(rng.integers(6, 13)), round(float(rng.uniform(6, 10)), 1)
    pitch = round(float(np.clip((rng.uniform(105, 150) - thickness) / (count - 1), thickness + 1, 18.5)), 1)
    name = str(rng.choice([*ORIENTATIONS, "oblique"], p=[0.35, 0.2, 0.2, 0.25]))
    row, column = map(np.array, ORIENTATIONS[name] if name != "oblique" else Rotation.random(rng=rng).as_matrix()[:2])
    if name != "oblique":
        turn = Rotation.from_rotvec(np.radians(rng.normal(0, 4, 3)))
        row, column = turn.apply(row), turn.apply(column)
    inside = round(float(rng.uniform(1.8, 2.6)), 3)
    shape = (count, int(rng.uniform(250, 340) / inside), int(rng.uniform(270, 350) / inside))
    normal = np.cross(row, column)
    centre = scene.about * [0.5, 0.5, 1] + rng.normal(0, 8, 3)
    centre = centre + ((scene.about - centre) @ normal + rng.normal(0, 6)) * normal
    volume = acquire(rng, scene.bodies, Volume.around(centre, shape, row, column, (inside, inside, pitch), thickness))
    return volume, {"acquisition": "sparse", "orientation": name, "slices": str(count),
                    "gap": "below 4 mm" if pitch - thickness < 4 else "4-8 mm" if pitch - thickness < 8 else "above 8 mm"}


def faults(scene: Scene, volume: Volume) -> list[str]:
    """Why a scout of a heart is no good for planning: landmarks too near the edge or outside; empty: none."""
    return [f"{name} outside the volume" for name, point in vars(scene.landmarks).items() if not volume.holds(point, 5)]
