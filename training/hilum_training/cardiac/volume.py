"""A scout as a scanner stores it: voxels and where they lie."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Volume:
    """`voxels` [slice, row, column]; `origin` is the centre of the first voxel; LPS mm."""

    voxels: np.ndarray
    origin: np.ndarray
    row: np.ndarray  # direction in which columns count
    column: np.ndarray  # direction in which rows count
    spacing: tuple[float, float, float]  # between columns, rows and slices
    thickness: float

    @staticmethod
    def around(centre, shape: tuple[int, int, int], row, column, spacing: tuple[float, float, float],
               thickness: float) -> "Volume":
        """An empty volume of slices × rows × columns about a point."""
        volume = Volume(np.zeros(shape, np.float32), np.zeros(3), row, column, spacing, thickness)
        volume.origin = np.asarray(centre, float) - volume.centre
        return volume

    @property
    def normal(self) -> np.ndarray:
        return np.cross(self.row, self.column)

    @property
    def steps(self) -> np.ndarray:
        """Columns: one voxel along column, row and slice index."""
        return np.stack([self.row * self.spacing[0], self.column * self.spacing[1], self.normal * self.spacing[2]], 1)

    @property
    def centre(self) -> np.ndarray:
        return self.origin + self.steps @ ((np.array(self.voxels.shape[::-1]) - 1) / 2)

    def index(self, point: np.ndarray) -> np.ndarray:
        """(column, row, slice) of a point, in voxels."""
        return np.linalg.solve(self.steps, point - self.origin)

    def holds(self, point: np.ndarray, margin: float = 0.0) -> bool:
        """Whether a point lies within the outer faces, and `margin` mm from them."""
        edge = margin / np.array(self.spacing) - 0.5
        index = self.index(point)
        return bool(((index >= edge) & (index <= np.array(self.voxels.shape[::-1]) - 1 - edge)).all())
