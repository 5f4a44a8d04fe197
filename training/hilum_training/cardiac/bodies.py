"""What scenes are made of: ellipsoids and tubes with one signal each, painted in order."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation


@dataclass
class Ellipsoid:
    signal: float
    centre: np.ndarray
    radii: np.ndarray
    axes: np.ndarray  # as rows, unit length
    cut: tuple[np.ndarray, np.ndarray] | None = None  # point and normal: nothing where normal · (x − point) > 0
    boxy: bool = False  # exponent 3 instead of 2

    def turned(self, turn: Rotation) -> "Ellipsoid":
        cut = None if self.cut is None else (turn.apply(self.cut[0]), turn.apply(self.cut[1]))
        return Ellipsoid(self.signal, turn.apply(self.centre), self.radii, turn.apply(self.axes), cut, self.boxy)


@dataclass
class Capsule:
    """A piece of a tube between two points, with a radius at each."""

    signal: float
    ends: np.ndarray  # (2, 3)
    radii: tuple[float, float]

    def turned(self, turn: Rotation) -> "Capsule":
        return Capsule(self.signal, turn.apply(self.ends), self.radii)


Body = Ellipsoid | Capsule


def ball(signal: float, centre, radii, axes=None, cut=None, boxy: bool = False) -> Ellipsoid:
    return Ellipsoid(float(signal), np.array(centre, float), np.array(radii, float),
                     np.eye(3) if axes is None else np.array(axes, float), cut, boxy)


def tube(signal: float, *knots) -> list[Capsule]:
    """Capsules along knots (x, y, z, radius)."""
    line = np.array(knots, float)
    return [Capsule(float(signal), np.stack([p[:3], q[:3]]), (float(p[3]), float(q[3]))) for p, q in zip(line, line[1:])]
