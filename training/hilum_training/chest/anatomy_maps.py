"""Where things are: coarse maps of a phantom's anatomy, a second target that teaches the network to look, and masks of
what a finding changes.

Nine bits an image are little to learn from; ten maps an image are much. Training alone uses them.
"""

import numpy as np

from . import phantom
from .anatomy import Dome, Thorax
from .projection import Grid, ellipsoid_half_length, tube

SIZE = 56
NAMES = ("heart", "aorta", "aortic density", "plaques", "arch rim", "domes", "raised dome", "spine", "hila",
         "bend of the spine")
EVIDENCE = [NAMES.index(name) for name in ("heart", "heart", "aorta", "aortic density", "plaques", "raised dome",
                                           "arch rim", "bend of the spine", "hila")]
"""The map on which each finding shows, in the order of `findings.CODES`."""

LOCALISED = {"enlarged_heart": "heart", "enlarged_heart_shadow": "heart", "unfolded_aorta": "aorta",
             "dense_aorta": "aorta", "aortic_atherosclerosis": "plaques", "diaphragm_relaxation": "raised dome",
             "aortic_arch_sclerosis": "arch rim", "vascular_hila": "hila"}
"""The map that shows what a finding changes, for those that change one place."""


def square_grid(grid: Grid, size: int = SIZE) -> Grid:
    """A coarse grid over the square to which an image on `grid` is padded."""
    side = max(grid.shape) * grid.pitch
    return Grid.make(size, size, side / size, float(grid.x.mean()), float(grid.z.mean()))


def maps(thorax: Thorax, image_grid: Grid) -> np.ndarray:
    """`[10, SIZE, SIZE]`, each about 0…1."""
    return np.stack(list(_named(thorax, square_grid(image_grid)).values()))


def mask(thorax: Thorax, image_grid: Grid, code: str, longer_side: int = 128) -> np.ndarray:
    """Where the image shows what the finding `code` changed, with the aspect of the image."""
    step = max(image_grid.shape) / longer_side
    rows, columns = (max(round(length / step), 1) for length in image_grid.shape)
    grid = Grid.make(rows, columns, image_grid.pitch * step, float(image_grid.x.mean()), float(image_grid.z.mean()))
    return _named(thorax, grid)[LOCALISED[code]] > 0.05


def _named(thorax: Thorax, grid: Grid) -> dict[str, np.ndarray]:
    aorta = grid.zeros()
    tube(grid, thorax.aorta.centreline[::4], aorta)
    rim = [] if thorax.aorta.arch_rim is None else [thorax.aorta.arch_rim]
    bend = thorax.spine_x(grid.z[:, None])
    column = bend + phantom.SPINE_DEPTH * thorax.pose.rotation
    spine = np.exp(-(((grid.x[None] - column) / 14) ** 2))
    return dict(zip(NAMES, (
        _heart(thorax, grid), aorta / 28, thorax.aorta.extra_density * aorta / 30,
        _streaks(thorax.aorta.plaques, grid), _streaks(rim, grid), _domes(thorax.domes, grid),
        _domes([dome for dome in thorax.domes if dome.raised], grid, only_raised=True), spine, _hila(thorax, grid),
        spine * np.minimum(np.abs(bend) / 15, 1))))


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


def _domes(domes: list[Dome], grid: Grid, only_raised: bool = False) -> np.ndarray:
    """The domes; of a raised one, what stands in the lung: the hump, or the upper part of the whole dome."""
    image = grid.zeros()
    for dome in domes:
        half = phantom._dome_half(dome, grid)[0] / 80
        if only_raised and dome.hump is not None:
            x, rise, width = dome.hump
            half = half * (np.abs(grid.x[None] - x) < width)
        image += half * (grid.z[:, None] > dome.top - 55) if only_raised else half
    return image


def _hila(thorax: Thorax, grid: Grid) -> np.ndarray:
    image = grid.zeros()
    for side in (-1, 1):
        tube(grid, phantom.hilar_trunk(thorax, side), image)
    return image * np.float32(thorax.hilum_scale / 25)
