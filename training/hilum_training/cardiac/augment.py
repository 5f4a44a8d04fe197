"""Scouts as other patients in other scanners would give them, and the distances that belong to them."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.spatial.transform import Rotation

from .fit import TRUNCATION
from .planes import VIEWS
from .tensors import MEAN, SIZE, SPACING, STD, Scout


def grid_mm(size: int = SIZE) -> torch.Tensor:
    """Voxel centres `[D, H, W, 3]` (x, y, z) in mm about the grid's centre."""
    line = (torch.arange(size, dtype=torch.float32) - (size - 1) / 2) * SPACING
    z, y, x = torch.meshgrid(line, line, line, indexing="ij")
    return torch.stack([x, y, z], -1)


def batch(scouts: list[Scout], rng: np.random.Generator, turn: float = 9.0, shift: float = 28.0):
    """Input `[N, 1, 48, 48, 48]` and distances in mm `[N, V, 48, 48, 48]`, beyond the truncation where nothing is to
    be planned."""
    rows = [_row(scout, rng, turn, shift) for scout in scouts]
    return torch.stack([x for x, _ in rows]), torch.stack([y for _, y in rows])


def _row(scout: Scout, rng, turn: float, shift: float):
    image = torch.from_numpy(scout.voxels())[None, None]
    rotation = torch.tensor(Rotation.from_rotvec(np.radians(rng.normal(0, turn, 3))).as_matrix(), dtype=torch.float32)
    points = grid_mm() @ rotation.T + torch.tensor(rng.uniform(-shift, shift, 3), dtype=torch.float32)
    place = (points / (image.shape[-1] / 2 * SPACING))[None]
    inside = F.grid_sample((image > 0).float(), place, align_corners=False)[0, 0] > 0.5
    x = seen(F.grid_sample(image, place, align_corners=False)[0, 0], inside, rng)
    if scout.planes is None:
        return x, torch.full((len(VIEWS), *x.shape[1:]), 10 * TRUNCATION)
    planes = torch.from_numpy(scout.planes)
    gap = torch.einsum("dhwi,vi->vdhw", points, planes[:, 3:])
    return x, gap - (planes[:, :3] * planes[:, 3:]).sum(-1)[:, None, None, None]


def seen(x: torch.Tensor, inside: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """One volume `[D, H, W]` of 0…1 with another contrast, shading, noise, sharpness and field of view, scaled anew."""
    x = x.clamp(min=0) ** float(np.exp(rng.uniform(-0.4, 0.4)))
    x = x * torch.exp(grid_mm() / 150 @ torch.tensor(rng.normal(0, 0.12, 3), dtype=torch.float32))
    x = (x + rng.uniform(0, 0.03) * torch.from_numpy(rng.standard_normal(x.shape, np.float32))).abs()
    if rng.random() < 0.2:
        x = _thick(x, int(rng.integers(3)), rng.uniform(0.2, 0.6))
    if rng.random() < 0.5:
        smaller = inside & _field_of_view(rng)
        inside = smaller if smaller.sum() > 2000 else inside
    values = x[inside].numpy()
    low, high = np.percentile(values, [rng.uniform(0.5, 1.5), rng.uniform(98.4, 99.5)]) if len(values) else (0, 1)
    x = ((x - float(low)) / max(float(high - low), 1e-6)).clamp(0, 1) * inside
    return ((x - MEAN) / STD)[None]


def _thick(x: torch.Tensor, axis: int, weight: float) -> torch.Tensor:
    return (1 - weight) * x + weight / 2 * (x.roll(1, axis) + x.roll(-1, axis))


def _field_of_view(rng) -> torch.Tensor:
    """Mask of an axis-aligned or tilted box about the grid's centre."""
    half = np.array([rng.uniform(115, 200), rng.uniform(100, 200), rng.uniform(75, 180)])
    points = grid_mm()
    if rng.random() < 0.35:
        turn = Rotation.from_rotvec(np.radians(rng.normal(0, 15, 3))).as_matrix()
        points = points @ torch.tensor(turn, dtype=torch.float32)
    return (points.abs() <= torch.tensor(half, dtype=torch.float32)).all(-1)
