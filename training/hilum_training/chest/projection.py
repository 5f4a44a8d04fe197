"""Path lengths of simple bodies along parallel rays, in closed form.

Rays run along y. Every body is a set of y-intervals, one for each pixel, so lengths and overlaps need no ray casting.
"""

from dataclasses import dataclass

import numpy as np


@dataclass
class Grid:
    """Pixel centres of an image: `x` of each column, `z` of each row (head first), `pitch` in mm."""

    x: np.ndarray
    z: np.ndarray
    pitch: float

    @staticmethod
    def make(rows: int, columns: int, pitch: float, x0: float = 0.0, z0: float = 0.0) -> "Grid":
        x = x0 + (np.arange(columns, dtype=np.float32) - (columns - 1) / 2) * pitch
        z = z0 - (np.arange(rows, dtype=np.float32) - (rows - 1) / 2) * pitch
        return Grid(x.astype(np.float32), z.astype(np.float32), pitch)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.z), len(self.x)

    def box(self, x_low: float, x_high: float, z_low: float, z_high: float) -> tuple[slice, slice]:
        """Rows and columns that cover a rectangle in mm."""
        c0 = int(np.clip((x_low - self.x[0]) / self.pitch, 0, len(self.x)))
        c1 = int(np.clip((x_high - self.x[0]) / self.pitch + 2, 0, len(self.x)))
        r0 = int(np.clip((self.z[0] - z_high) / self.pitch, 0, len(self.z)))
        r1 = int(np.clip((self.z[0] - z_low) / self.pitch + 2, 0, len(self.z)))
        return slice(r0, r1), slice(c0, c1)

    def zeros(self) -> np.ndarray:
        return np.zeros(self.shape, np.float32)


def ellipsoid_half_length(grid: Grid, e) -> tuple[tuple[slice, slice], np.ndarray]:
    """Half of the path through an ellipsoid, and the box of pixels it covers."""
    reach = max(e.a, e.c)
    box = grid.box(e.x - reach, e.x + reach, e.z - reach, e.z + reach)
    dx, dz = (grid.x[box[1]] - e.x)[None], (grid.z[box[0]] - e.z)[:, None]
    t = np.radians(np.float32(e.angle))
    u, v = (dx * np.cos(t) - dz * np.sin(t)) / e.a, (dx * np.sin(t) + dz * np.cos(t)) / e.c
    return box, e.depth * np.sqrt(np.maximum(1 - u * u - v * v, 0))


def overlap(centre_a, half_a, centre_b, half_b) -> np.ndarray:
    """Length that two intervals share; a half length of 0 is an empty interval."""
    high = np.minimum(centre_a + half_a, centre_b + half_b)
    low = np.maximum(centre_a - half_a, centre_b - half_b)
    return np.maximum(high - low, 0)


def tube(grid: Grid, line: np.ndarray, image: np.ndarray, combine=np.maximum) -> None:
    """Puts the chord through a tube with tapering radius into `image`; `line` is (n, ≥3): x, z, radius."""
    for p, q in zip(line[:-1], line[1:]):
        radius = max(p[2], q[2], 0.75 * grid.pitch)
        box = grid.box(min(p[0], q[0]) - radius, max(p[0], q[0]) + radius,
                       min(p[1], q[1]) - radius, max(p[1], q[1]) + radius)
        dx, dz = (grid.x[box[1]] - p[0])[None], (grid.z[box[0]] - p[1])[:, None]
        along = np.array([q[0] - p[0], q[1] - p[1]], np.float32)
        t = np.clip((dx * along[0] + dz * along[1]) / max(float(along @ along), 1e-6), 0, 1)
        r = p[2] + t * (q[2] - p[2])
        chord2 = r * r - (dx - t * along[0]) ** 2 - (dz - t * along[1]) ** 2
        image[box] = combine(image[box], 2 * np.sqrt(np.maximum(chord2, 0)))


def ridge(grid: Grid, x: np.ndarray, z: np.ndarray, radius: np.ndarray, weight: np.ndarray, image: np.ndarray) -> None:
    """Adds the chord through a bone whose centreline is a function z(x); `x` increasing."""
    c0, c1 = np.searchsorted(grid.x, [x[0], x[-1]])
    if c1 - c0 < 2:
        return
    columns = np.arange(c0, c1)
    px = grid.x[columns]
    pz, r, w = np.interp(px, x, z), np.interp(px, x, radius), np.interp(px, x, weight)
    slope = np.hypot(1, np.gradient(pz, px)).clip(max=3.5)
    reach = int(np.ceil((r * slope).max() / grid.pitch)) + 1
    rows = np.round((grid.z[0] - pz) / grid.pitch).astype(int)[None] + np.arange(-reach, reach + 1)[:, None]
    inside = (rows >= 0) & (rows < len(grid.z))
    height = grid.z[0] - rows * grid.pitch
    u = (height - pz) / (r * slope)
    chord = w * r * np.sqrt(np.maximum(1 - u * u, 0))
    image[np.where(inside, rows, 0), np.broadcast_to(columns, rows.shape)] += np.where(inside, chord, 0)


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
