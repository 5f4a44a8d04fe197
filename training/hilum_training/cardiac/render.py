"""Bodies as voxels: partial volume, coil shading and noise."""

import numpy as np

from .bodies import Body, Capsule, Ellipsoid
from .volume import Volume


class Lattice:
    """Positions origin + column·s₀ + row·s₁ + slice·s₂ and what depends on them linearly, without storing any."""

    def __init__(self, origin: np.ndarray, steps: np.ndarray, shape: tuple[int, int, int]):
        self.origin, self.steps, self.shape = origin, steps, shape
        self.inverse = np.linalg.inv(steps)

    def box(self, centre: np.ndarray, reach: np.ndarray, margin: float) -> tuple[slice, slice, slice] | None:
        """Slices, rows and columns within `reach` (index units) and `margin` (mm) of a point."""
        middle = self.inverse @ (centre - self.origin)
        reach = reach + margin * np.linalg.norm(self.inverse, axis=1)
        first = np.maximum(np.ceil(middle - reach).astype(int), 0)
        last = np.minimum(np.floor(middle + reach).astype(int) + 1, self.shape[::-1])
        return None if (first >= last).any() else tuple(slice(a, b) for a, b in zip(first[::-1], last[::-1]))

    def linear(self, direction: np.ndarray, point: np.ndarray, box) -> np.ndarray:
        """direction · (x − point) at the lattice points of a box, float32."""
        c, r, k = (np.float32(direction @ step) for step in self.steps.T)
        first = np.float32(direction @ (self.origin - point))
        slices, rows, columns = (np.arange(part.start, part.stop, dtype=np.float32) for part in box)
        return (first + k * slices)[:, None, None] + (r * rows)[:, None] + c * columns


def paint(bodies: list[Body], lattice: Lattice, softness: float) -> np.ndarray:
    """Signal without noise; edges are `softness` mm wide, as voxels of that size show them."""
    image = np.zeros(lattice.shape, np.float32)
    for body in bodies:
        box, depth = _ellipsoid(body, lattice, softness) if isinstance(body, Ellipsoid) else _capsule(body, lattice, softness)
        if box is None:
            continue
        cover = np.clip(np.float32(0.5) - depth * np.float32(1 / softness), 0, 1)
        part = image[box]
        part += cover * (np.float32(body.signal) - part)
    return image


def _ellipsoid(body: Ellipsoid, lattice: Lattice, softness: float):
    """Box and signed distance to the surface in mm, negative inside; close to exact near the surface."""
    edges = lattice.inverse @ (body.axes * body.radii[:, None]).T
    box = lattice.box(body.centre, np.abs(edges).sum(1) if body.boxy else np.sqrt((edges**2).sum(1)), softness)
    if box is None:
        return None, None
    inner, slope = np.float32(0), np.float32(0)
    for axis, radius in zip(body.axes, body.radii):
        local = lattice.linear(axis / radius, body.centre, box)
        square = local * local
        inner = inner + (square * np.abs(local) if body.boxy else square)
        slope = slope + square * np.float32(1 / radius**2)
    k0 = np.cbrt(inner) if body.boxy else np.sqrt(inner)
    depth = k0 * (k0 - 1) / np.sqrt(np.maximum(slope, 1e-12))
    depth = np.where(k0 < 0.2, np.float32(-body.radii.min()), depth)
    if body.cut is not None:
        depth = np.maximum(depth, lattice.linear(body.cut[1], body.cut[0], box))
    return box, depth


def _capsule(body: Capsule, lattice: Lattice, softness: float):
    p, q = body.ends
    half, widest = (q - p) / 2, max(body.radii)
    reach = np.abs(lattice.inverse @ half) + widest * np.linalg.norm(lattice.inverse, axis=1)
    box = lattice.box((p + q) / 2, reach, softness)
    if box is None:
        return None, None
    length = max(float(np.linalg.norm(q - p)), 1e-6)
    along = lattice.linear((q - p) / length, p, box)
    away = sum(lattice.linear(axis, p, box) ** 2 for axis in np.eye(3)) - along**2
    nearest = np.clip(along, 0, length)
    away += (along - nearest) ** 2
    radius = body.radii[0] + nearest * np.float32((body.radii[1] - body.radii[0]) / length)
    return box, np.sqrt(np.maximum(away, 0)) - radius


def shade(rng: np.random.Generator, lattice: Lattice) -> np.ndarray:
    """Coil sensitivity: the exponential of a random quadratic, brighter towards the chest wall in front."""
    linear, square = rng.normal([0, -0.22, 0], 0.15), rng.normal(0, 0.12, 3)
    everywhere = tuple(slice(0, n) for n in lattice.shape)
    total = np.float32(0)
    for axis, a, b in zip(np.eye(3), linear, square):
        u = lattice.linear(axis / 150, np.zeros(3), everywhere)
        total = total + u * (np.float32(a) + np.float32(b) * u)
    return np.exp(total)


def noisy(rng: np.random.Generator, signal: np.ndarray, sigma: float) -> np.ndarray:
    """Rician magnitude noise."""
    real = signal + np.float32(sigma) * rng.standard_normal(signal.shape, np.float32)
    return np.hypot(real, np.float32(sigma) * rng.standard_normal(signal.shape, np.float32))


def acquire(rng: np.random.Generator, bodies: list[Body], volume: Volume) -> Volume:
    """Fills a volume: thick slices are the mean of what they span, each its own coil shading and noise."""
    fine = max(1, round(volume.thickness / 2.5)) if volume.thickness > 2 * volume.spacing[0] else 1
    softness = 1.2 * max(volume.spacing[:2])
    signal = np.zeros(volume.voxels.shape, np.float32)
    for part in range(fine):
        offset = ((part + 0.5) / fine - 0.5) * volume.thickness
        signal += paint(bodies, Lattice(volume.origin + offset * volume.normal, volume.steps, signal.shape), softness)
    lattice = Lattice(volume.origin, volume.steps, signal.shape)
    signal *= shade(rng, lattice) / np.float32(fine)
    sigma = rng.uniform(0.02, 0.06) if fine == 1 else rng.uniform(0.01, 0.04)
    volume.voxels = noisy(rng, signal, sigma)
    return volume
