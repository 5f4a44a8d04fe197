"""A scene as voxels: partial volume, coil shading and noise."""

import numpy as np

from .scene import Body, Scene


def paint(scene: Scene, points: np.ndarray, softness: float) -> np.ndarray:
    """Signal without noise at `points` (…, 3), LPS mm; edges are `softness` mm wide, as voxels of that size show them."""
    shape = points.shape[:-1]
    flat = np.ascontiguousarray(points.reshape(-1, 3), np.float32)
    image = np.zeros(len(flat), np.float32)
    low, high = flat.min(0), flat.max(0)
    for body in scene.bodies:
        chosen = _near(body, flat, low, high, softness)
        if chosen is None:
            continue
        part = flat if isinstance(chosen, slice) else flat[chosen]
        cover = np.clip(0.5 - _depth(body, part) / softness, 0, 1)
        image[chosen] += cover * (np.float32(body.intensity) - image[chosen])
    return image.reshape(shape)


def _near(body: Body, flat, low, high, softness):
    """Indices of the points that the body can reach."""
    if body.line is not None:
        reach = body.line[:, 3].max() + softness
        a, b = body.line[:, :3].min(0) - reach, body.line[:, :3].max(0) + reach
    else:
        spread = np.sqrt(((body.axes * body.radii[:, None]) ** 2).sum(0)) + softness
        a, b = body.centre - spread, body.centre + spread
        if (a < low).all() and (b > high).all():
            return slice(None)
    inside = np.flatnonzero(((flat >= a.astype(np.float32)) & (flat <= b.astype(np.float32))).all(1))
    return inside if inside.size else None


def _depth(body: Body, points: np.ndarray) -> np.ndarray:
    """Signed distance to the surface in mm, negative inside; close to exact near the surface."""
    if body.line is not None:
        return _tube_depth(body.line.astype(np.float32), points)
    local = ((points - body.centre.astype(np.float32)) @ body.axes.T.astype(np.float32)) / body.radii.astype(np.float32)
    if not body.boxy:
        k0 = np.sqrt((local**2).sum(1))
    else:
        k0 = np.cbrt((local * local * np.abs(local)).sum(1))
    k1 = np.sqrt(((local / body.radii.astype(np.float32)) ** 2).sum(1))
    depth = k0 * (k0 - 1) / np.maximum(k1, 1e-6)
    depth = np.where(k0 < 0.2, -body.radii.min(), depth)
    if body.cut is not None:
        depth = np.maximum(depth, (points - body.cut[0].astype(np.float32)) @ body.cut[1].astype(np.float32))
    return depth


def _tube_depth(line: np.ndarray, points: np.ndarray) -> np.ndarray:
    depth = np.full(len(points), 1e3, np.float32)
    for p, q in zip(line[:-1], line[1:]):
        along = q[:3] - p[:3]
        t = np.clip((points - p[:3]) @ along / max(float(along @ along), 1e-6), 0, 1)
        gap = points - p[:3] - t[:, None] * along
        depth = np.minimum(depth, np.sqrt((gap**2).sum(1)) - (p[3] + t * (q[3] - p[3])))
    return depth


def shade(rng: np.random.Generator, points: np.ndarray) -> np.ndarray:
    """Coil sensitivity: the exponential of a random quadratic, brighter towards the chest wall in front."""
    u = points / 150.0
    linear = rng.normal([0, -0.22, 0], [0.15, 0.15, 0.15])
    square = rng.normal(0, 0.12, 3)
    return np.exp(u @ linear + (u**2) @ square).astype(np.float32)


def noisy(rng: np.random.Generator, signal: np.ndarray, sigma: float) -> np.ndarray:
    """Rician magnitude noise."""
    real = signal + sigma * rng.standard_normal(signal.shape, np.float32)
    return np.hypot(real, sigma * rng.standard_normal(signal.shape, np.float32))


def grid_points(shape: tuple[int, int, int], spacing: float, centre=(0.0, 0.0, 0.0)) -> np.ndarray:
    """Voxel centres (D, H, W, 3) of a grid along LPS axes: W is x, H is y, D is z."""
    axes = [(np.arange(n, dtype=np.float32) - (n - 1) / 2) * spacing for n in shape]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    return np.stack([x, y, z], -1) + np.asarray(centre, np.float32)
