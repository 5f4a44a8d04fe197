"""Volumes as a scanner gives them, and the way from there to the network's grid."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates
from scipy.spatial.transform import Rotation

from .. import preprocess
from .render import grid_points, noisy, paint, shade
from .scene import Scene


@dataclass
class Volume:
    """`voxels` [slice, row, column]; `origin` is the centre of the first voxel; LPS mm."""

    voxels: np.ndarray
    origin: np.ndarray
    row: np.ndarray  # direction in which columns count
    column: np.ndarray  # direction in which rows count
    spacing: tuple[float, float, float]  # between columns, rows and slices
    thickness: float

    @property
    def normal(self) -> np.ndarray:
        return np.cross(self.row, self.column)

    @property
    def steps(self) -> np.ndarray:
        """Columns: one voxel along column, row and slice index."""
        return np.stack([self.row * self.spacing[0], self.column * self.spacing[1], self.normal * self.spacing[2]], 1)

    @property
    def centre(self) -> np.ndarray:
        counts = np.array(self.voxels.shape[::-1])
        return self.origin + self.steps @ ((counts - 1) / 2)

    def points(self) -> np.ndarray:
        """Voxel centres (slices, rows, columns, 3)."""
        k, r, c = np.meshgrid(*map(np.arange, self.voxels.shape), indexing="ij")
        return self.origin + np.stack([c, r, k], -1) @ self.steps.T


def scan(rng: np.random.Generator, scene: Scene, shape=(72, 128, 128), spacing=2.5, offset=None, turn=0.0) -> Volume:
    """One isotropic scout of a scene, roughly about the heart; `shape` is slices, rows, columns."""
    rotation = Rotation.from_rotvec(np.radians(rng.normal(0, turn, 3))).as_matrix() if turn else np.eye(3)
    heart = (scene.apex + scene.base) / 2
    centre = heart * [0.35, 0.35, 1] + (rng.normal(0, 10, 3) if offset is None else np.asarray(offset))
    row, column = rotation[:, 0], rotation[:, 1]
    volume = Volume(np.zeros(shape, np.float32), np.zeros(3), row, column, (spacing,) * 3, spacing)
    volume.origin = centre - volume.centre
    points = volume.points().astype(np.float32)
    signal = paint(scene, points, 1.2 * spacing) * shade(rng, points)
    volume.voxels = noisy(rng, signal, rng.uniform(0.02, 0.06))
    return volume


def on_network_grid(volume: Volume) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A volume as the network sees it `[D, H, W]`, which voxels lie inside the source, and the grid's centre in LPS mm.

    Smoothed along each axis that the grid samples more coarsely, σ² = (s² − v²) / (8 ln 2), then trilinear; scaled to
    the percentiles over the voxels inside; 0 outside.
    """
    target = preprocess.GRID_SPACING
    smooth = volume.voxels
    for axis, step in enumerate(reversed(volume.spacing)):
        if step < target:
            smooth = gaussian_filter1d(smooth, np.sqrt((target**2 - step**2) / (8 * np.log(2))) / step, axis, truncate=3,
                                       mode="nearest")
    points = grid_points((preprocess.GRID_SIZE,) * 3, target, volume.centre).astype(np.float64)
    index = np.linalg.solve(volume.steps, (points - volume.origin).reshape(-1, 3).T)[::-1]
    inside = np.all([(i >= -0.5) & (i <= n - 0.5) for i, n in zip(index, smooth.shape)], axis=0)
    values = map_coordinates(smooth, index, order=1, mode="nearest")
    grid = preprocess.scale_percentiles(values, inside) * inside
    shape = (preprocess.GRID_SIZE,) * 3
    return preprocess.normalise(grid).reshape(shape), inside.reshape(shape), volume.centre
