"""Random parameters of one chest with its heart, and the planes that follow from them.

Patient coordinates, LPS, millimetres: x to the left, y to the back, z to the head. The origin lies in the middle of the
chest at heart height.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

VIEWS = ("SHORT_AXIS", "FOUR_CHAMBER", "TWO_CHAMBER")


@dataclass
class Plane:
    """All x with normal · (x − center) = 0; the normal is row × column of the displayed view."""

    center: np.ndarray
    normal: np.ndarray

    def distance(self, points: np.ndarray) -> np.ndarray:
        return (points - self.center) @ self.normal


@dataclass
class Body:
    """One painted body: an ellipsoid (`axes` as rows, half lengths `radii`) or, with `line`, a tube."""

    intensity: float
    centre: np.ndarray | None = None
    radii: np.ndarray | None = None
    axes: np.ndarray | None = None
    line: np.ndarray | None = None  # (n, 4): x, y, z, radius
    cut: tuple[np.ndarray, np.ndarray] | None = None  # point and normal: nothing where normal · (x − point) > 0
    boxy: bool = False  # exponent 3 instead of 2


@dataclass
class Scene:
    bodies: list[Body]
    apex: np.ndarray
    base: np.ndarray
    planes: dict[str, Plane]
    texture_seed: int


def draw_scene(rng: np.random.Generator) -> Scene:
    """One random patient."""
    size = rng.normal(1, 0.07)
    tilt = Rotation.from_rotvec(np.radians(rng.normal(0, 4, 3)))
    frame = _heart_frame(rng)
    length = rng.uniform(74, 100) * size
    middle = np.array([28, -22, -8]) + rng.normal(0, [10, 9, 12])
    base = middle + 0.5 * length * frame[0]
    apex = middle - 0.5 * length * frame[0]
    contrast = _contrast(rng)
    heart = _heart(rng, frame, base, length, size, contrast)
    bodies = _trunk(rng, size, middle, contrast) + _great_vessels(rng, frame, base, size, contrast) + heart
    for body in bodies:
        _turn(body, tilt)
    apex, base, frame = tilt.apply(apex), tilt.apply(base), tilt.apply(frame)
    return Scene(bodies, apex, base, planes_of(apex, base, frame[1]), int(rng.integers(2**31)))


def planes_of(apex: np.ndarray, base: np.ndarray, toward_right_ventricle: np.ndarray) -> dict[str, Plane]:
    """Views from three landmarks: short axis looks from apex to base, four chambers to the head, two chambers right."""
    axis = (base - apex) / np.linalg.norm(base - apex)
    right = toward_right_ventricle - (toward_right_ventricle @ axis) * axis
    right /= np.linalg.norm(right)
    up = np.cross(axis, right)
    up *= np.sign(up[2])
    middle = (apex + base) / 2
    return {"SHORT_AXIS": Plane(middle, axis), "FOUR_CHAMBER": Plane(middle, up),
            "TWO_CHAMBER": Plane(middle, right * -np.sign(right[0]))}


def _heart_frame(rng) -> np.ndarray:
    """Rows: apex → base, left → right ventricle, and their cross product."""
    axis = np.array([-0.66, 0.58, 0.46])
    right = np.array([-0.62, -0.70, -0.05])
    axis /= np.linalg.norm(axis)
    right -= (right @ axis) * axis
    right /= np.linalg.norm(right)
    frame = np.stack([axis, right, np.cross(axis, right)])
    return Rotation.from_rotvec(np.radians(rng.normal(0, [9, 9, 11]))).apply(frame)


def _contrast(rng) -> dict[str, float]:
    """Signal of a balanced steady state sequence: fluid bright, muscle dark, air black; varied from scan to scan."""
    typical = {"blood": 0.95, "myocardium": 0.30, "fat": 0.62, "muscle": 0.26, "lung": 0.05, "liver": 0.42,
               "bone": 0.33, "csf": 1.0, "spleen": 0.55, "stomach": 0.5}
    return {name: float(value * rng.normal(1, 0.13)) for name, value in typical.items()}


def _ball(intensity, centre, radii, axes=None, **more) -> Body:
    return Body(intensity, np.array(centre, float), np.array(radii, float),
                np.eye(3) if axes is None else np.array(axes), **more)


def _trunk(rng, size, middle, c) -> list[Body]:
    wide, deep = rng.uniform(165, 200) * size, rng.uniform(100, 132) * size
    fat = rng.uniform(6, 28)
    floor = middle[2] - rng.uniform(32, 48)
    lung = [rng.uniform(58, 70) * size, deep - fat - 18, 150]
    bodies = [
        _ball(c["fat"], [0, 0, 0], [wide, deep, 900], boxy=True),
        _ball(c["muscle"], [0, 0, 0], [wide - fat, deep - fat, 900], boxy=True),
        _ball(c["lung"], [-rng.uniform(72, 82) * size, 0, floor + 95], lung),
        _ball(c["lung"], [rng.uniform(72, 82) * size, 5, floor + 92], [lung[0] * 0.96, lung[1], 150]),
        _ball(c["liver"], [-58, -5, floor - 58 + rng.normal(0, 6)], [105 * size, deep - fat - 14, 74]),
        _ball(c["stomach"], [72, -25, floor - 62], [58, 50, 52]),
        _ball(c["spleen"], [100, 45, floor - 45], [36, 44, 46]),
        _ball(c["bone"], [0, deep * 0.55, 0], [20, 18, 900]),
        _ball(c["csf"], [0, deep * 0.55 + 28, 0], [9, 8, 900]),
        _ball(c["fat"], [0, 0.1 * deep, 70], [36, 52, 120]),
        _ball(c["bone"], [0, -deep + fat + 12, 40], [16, 6, 90]),
    ]
    for index in range(8):  # ribs as dark spots of the wall
        angle = np.radians(rng.uniform(25, 155)) * rng.choice([-1, 1])
        place = [np.sin(angle) * (wide - fat - 9), np.cos(angle) * (deep - fat - 8), rng.uniform(-120, 120)]
        bodies.append(_ball(0.12, place, [7, 7, 6]))
    return bodies


def _great_vessels(rng, frame, base, size, c) -> list[Body]:
    axis, right, _ = frame
    valve = base + 20 * size * right + 6 * axis
    top = base + np.array([-30, -2, 62]) * size
    r = rng.uniform(12.5, 16.5) * size
    arch = np.array([*base + np.array([5, 45, 78]) * size])
    down = np.array([base[0] - 2, base[1] + 62 * size, base[2] + 40])
    aorta = np.array([[*valve, r], [*(valve + [-14, -12, 24]), r], [*top, r], [*arch, 0.9 * r], [*down, 0.85 * r],
                      [down[0] - 8, down[1] + 4, -250, 0.75 * r]])
    outflow = base + 48 * size * right - 14 * axis
    pulmonary = np.array([[*outflow, 0.95 * r], [*(base + np.array([8, -22, 40]) * size), 0.95 * r],
                          [*(base + np.array([0, 8, 52]) * size), 0.85 * r]])
    atrium = base + 46 * size * right + 22 * axis
    cava = np.array([[*(atrium + [-6, 4, 140]), 9.5], [*(atrium + [-6, 2, 0]), 10], [*(atrium + [4, 14, -150]), 12]])
    return [_ball(c["blood"], [0, 0, 0], [1, 1, 1], line=line) for line in (aorta, pulmonary, cava)]


def _heart(rng, frame, base, length, size, c) -> list[Body]:
    axis, right, up = frame
    wall, radius = rng.uniform(8, 12.5) * size, rng.uniform(20, 28) * size
    outer = radius + wall
    rv = rng.uniform(0.85, 1.2)
    fat = base - 0.4 * length * axis + 16 * right
    septum = base - 0.42 * length * axis + (outer - 3) * right
    cut = (base, axis)
    bodies = [
        _ball(c["fat"], fat, [0.74 * length, outer + 34 * rv, outer + 16], frame),
        _ball(c["myocardium"], septum - 2 * right, [0.62 * length, 34 * rv, outer + 7], frame, cut=cut),
        _ball(c["blood"], septum - 2 * right, [0.58 * length, 30.5 * rv, outer + 3], frame, cut=cut),
        _ball(c["blood"], base + 21 * size * axis - 4 * right, [24 * size, 29 * size, 25 * size], frame),
        _ball(c["blood"], base + 17 * axis + 50 * size * right - 6 * up, [26 * size, 22 * rv, 27 * size], frame),
        _ball(c["myocardium"], base, [length + wall * 0.6, outer, outer], frame, cut=cut),
        _ball(c["blood"], base, [length - wall * 0.4, radius, radius], frame, cut=cut),
    ]
    for turn in (70, 200):  # papillary muscles
        t = np.radians(turn + rng.normal(0, 12))
        place = base - 0.45 * length * axis + 0.62 * radius * (np.cos(t) * up - np.sin(t) * right)
        bodies.append(_ball(c["myocardium"], place, [13, 4.5, 4.5], frame))
    bodies.append(_ball(0.8 * c["myocardium"], base, [2.5, radius, radius], frame))  # mitral leaflets
    return bodies


def _turn(body: Body, turn: Rotation) -> None:
    if body.line is not None:
        body.line = np.column_stack([turn.apply(body.line[:, :3]), body.line[:, 3]])
        return
    body.centre, body.axes = turn.apply(body.centre), turn.apply(body.axes)
    if body.cut is not None:
        body.cut = (turn.apply(body.cut[0]), turn.apply(body.cut[1]))
