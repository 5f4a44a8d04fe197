"""Where things are: coarse maps of a phantom's anatomy, a second target that teaches the network to look.

Nine bits an image are little to learn from; nine maps an image are much. Training alone uses them.
"""

import numpy as np

from . import phantom
from .anatomy import Thorax
from .projection import Grid, ellipsoid_half_length, tube

SIZE = 56
NAMES = ("heart", "aorta", "aortic density", "plaques", "arch rim", "domes", "spine", "hila", "bend of the spine")
EVIDENCE = [NAMES.index(name) for name in ("heart", "heart", "aorta", "aortic density", "plaques", "domes", "arch rim",
                                           "bend of the spine", "hila")]
"""The map on which each finding shows, in the order of `findings.CODES`."""


def square_grid(grid: Grid, size: int = SIZE) -> Grid:
    """A coarse grid over the square to which an image on `grid` is padded."""
    side = max(grid.shape) * grid.pitch
    return Grid.make(size, size, side / size, float(grid.x.mean()), float(grid.z.mean()))


def maps(thorax: Thorax, image_grid: Grid) -> np.ndarray:
    """`[9, SIZE, SIZE]`, each about 0…1."""
    grid = square_grid(image_grid)
    aorta = grid.zeros()
    tube(grid, thorax.aorta.centreline[::4], aorta)
    rim = [] if thorax.aorta.arch_rim is None else [thorax.aorta.arch_rim]
    column = thorax.spine_x(grid.z[:, None])
    spine = np.exp(-(((grid.x[None] - column) / 14) ** 2))
    return np.stack([_heart(thorax, grid), aorta / 28, thorax.aorta.extra_density * aorta / 30,
                     _streaks(thorax.aorta.plaques, grid), _streaks(rim, grid), _domes(thorax, grid), spine,
                     _hila(thorax, grid), spine * np.minimum(np.abs(column) / 15, 1)])


def _heart(thorax: Thorax, grid: Grid) -> np.ndarray:
    image = grid.zeros()
    for chamber in thorax.heart:
        box, half = ellipsoid_half_length(grid, chamber)
        image[box] = np.maximum(image[box], half / 60)
    return image


def _streaks(lines: list[np.ndarray], grid: Grid) -> np.ndarray:
    """1 on and beside each line, wide enough for the coarse grid."""
    image = grid.zeros()
    for line in lines:
        wide = line.copy()
        wide[:, 2] = grid.pitch
        tube(grid, wide, image)
    return image / (2 * grid.pitch)


def _domes(thorax: Thorax, grid: Grid) -> np.ndarray:
    return sum(phantom._dome_half(dome, grid)[0] for dome in thorax.domes) / 80


def _hila(thorax: Thorax, grid: Grid) -> np.ndarray:
    image = grid.zeros()
    for side in (-1, 1):
        tube(grid, phantom.hilar_trunk(thorax, side), image)
    return image * np.float32(thorax.hilum_scale / 25)
