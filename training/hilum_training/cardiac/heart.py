"""The heart and its great vessels, in a frame of its own: apex → base, left → right ventricle, upwards."""

import numpy as np
from scipy.spatial.transform import Rotation

from .bodies import Body, ball, tube
from .planes import Landmarks, across, unit


def heart_frame(rng: np.random.Generator) -> np.ndarray:
    """Rows: apex → base, left → right ventricle, and their cross product."""
    axis = unit(np.array([-0.66, 0.58, 0.46]))
    right = across(np.array([-0.62, -0.70, -0.05]), axis)
    frame = np.stack([axis, right, np.cross(axis, right)])
    return Rotation.from_rotvec(np.radians(rng.normal(0, [9, 9, 11]))).apply(frame)


def heart(rng: np.random.Generator, frame: np.ndarray, base: np.ndarray, length: float, size: float,
          c: dict) -> tuple[list[Body], Landmarks]:
    """Bodies and landmarks of one heart; `length` is from apex to mitral centre, which is `base`."""
    axis, right, up = frame
    wall, radius, rv = rng.uniform(7.5, 14) * size, rng.uniform(20, 29) * size, rng.uniform(0.85, 1.25)
    outer, root = radius + wall, rng.uniform(12.5, 16.5) * size
    turn = np.radians(rng.normal(46, 6))
    toward_aorta = np.cos(turn) * right + np.sin(turn) * up
    marks = Landmarks(base - length * axis, base, base + (0.7 * radius + 0.62 * root) * toward_aorta + 5 * axis,
                      base + (outer + 9.5 * rv) * right - 4 * axis)
    bodies = [*_great_vessels(frame, base, marks.aortic_center, root, size, c),
              *_right_side(frame, base, length, outer, rv, size, c), *_left_atrium(rng, frame, base, size, c),
              *_left_ventricle(rng, frame, base, length, wall, radius, c),
              *_aortic_root(marks.aortic_center, base, toward_aorta, axis, root, c)]
    bodies.append(ball(0.8 * c["myocardium"], marks.tricuspid_center + 3 * axis, [2.2, 16 * rv, 0.5 * outer], frame))
    return bodies, marks


def _great_vessels(frame, base, valve, r, size, c) -> list[Body]:
    axis, right, up = frame

    def at(x, y, z):
        return base + np.array([x, y, z]) * size

    down = np.array([base[0] - 2, base[1] + 62 * size, base[2] + 40])
    atrium = base + 46 * size * right + 22 * axis
    outflow = base + size * (30 * right - 25 * axis + 25 * up)
    trunk = at(4, -10, 56)
    return [
        *tube(c["blood"], [*valve, r], [*(valve + [-13, -10, 24]), r], [*at(-30, -2, 62), r], [*at(5, 45, 78), 0.9 * r],
              [*down, 0.85 * r], [down[0] - 8, down[1] + 4, -260, 0.75 * r]),
        *tube(c["blood"], [*outflow, r], [*at(6, -42, 34), 0.95 * r], [*trunk, 0.9 * r]),
        *tube(c["blood"], [*trunk, 0.7 * r], [*at(-45, 14, 48), 0.55 * r], [*at(-80, 18, 40), 0.3 * r]),
        *tube(c["blood"], [*trunk, 0.7 * r], [*at(42, 22, 52), 0.55 * r], [*at(72, 28, 45), 0.3 * r]),
        *tube(c["blood"], [*(atrium + [-6, 4, 150]), 9.5], [*(atrium + [-6, 2, 0]), 10], [*(atrium + [4, 14, -160]), 12]),
    ]


def _right_side(frame, base, length, outer, rv, size, c) -> list[Body]:
    """Pericardial fat, right ventricle and right atrium."""
    axis, right, up = frame
    septum = base - 0.42 * length * axis + (outer - 5) * right
    return [
        ball(c["fat"], base - 0.4 * length * axis + 16 * right, [0.74 * length, outer + 34 * rv, outer + 16], frame),
        ball(c["myocardium"], septum, [0.62 * length, 34 * rv, outer + 7], frame, cut=(base, axis)),
        ball(c["blood"], septum, [0.58 * length, 30.5 * rv, outer + 3], frame, cut=(base, axis)),
        *tube(c["blood"], [*(base + size * (30 * right - 25 * axis + 25 * up)), 13 * size],
              [*(base + np.array([6, -42, 34]) * size), 13 * size]),
        ball(c["blood"], base + 17 * axis + 50 * size * right - 6 * up, [26 * size, 22 * rv, 27 * size], frame),
    ]


def _left_atrium(rng, frame, base, size, c) -> list[Body]:
    axis, right, up = frame
    grown = rng.uniform(0.85, 1.25) * size
    middle = base + 21 * grown * axis - 4 * right - 5 * up
    bodies = [ball(c["blood"], middle, [22 * grown, 28 * grown, 23 * grown], frame),
              ball(c["blood"], base + size * np.array([26, -6, 16]), [9 * size, 16 * size, 8 * size])]
    for x, z in ((-62, 16), (-60, -12), (58, 18), (56, -10)):  # pulmonary veins
        bodies += tube(c["blood"], [*middle, 9 * size], [*(middle + np.array([x, 22, z]) * size), 5 * size])
    return bodies


def _left_ventricle(rng, frame, base, length, wall, radius, c) -> list[Body]:
    axis, right, up = frame
    outer, cut = radius + wall, (base, axis)
    bodies = [ball(c["myocardium"], base, [length + 0.6 * wall, outer, outer], frame, cut=cut),
              ball(c["blood"], base, [length - 0.4 * wall, radius, radius], frame, cut=cut)]
    for turn in (70, 200):  # papillary muscles
        t = np.radians(turn + rng.normal(0, 12))
        place = base - rng.uniform(0.4, 0.5) * length * axis + 0.62 * radius * (np.cos(t) * up - np.sin(t) * right)
        bodies.append(ball(c["myocardium"], place, [rng.uniform(11, 16), 4.5, 4.5], frame))
    bodies.append(ball(0.8 * c["myocardium"], base, [2.5, 0.8 * radius, 0.8 * radius], frame))  # mitral leaflets
    return bodies


def _aortic_root(valve, base, toward_aorta, axis, r, c) -> list[Body]:
    """Outflow tract through the base of the ventricle, sinuses and the closed valve."""
    way = unit(0.55 * toward_aorta + 0.75 * axis)
    sideways = across(np.cross(axis, toward_aorta), way)
    frame = np.stack([way, sideways, np.cross(way, sideways)])
    return [*tube(c["blood"], [*(base - 16 * axis + 0.4 * r * toward_aorta), 0.7 * r], [*valve, 0.82 * r]),
            ball(c["blood"], valve + 9 * way, [11, 1.15 * r, 1.15 * r], frame),
            ball(0.8 * c["myocardium"], valve, [1.8, 0.8 * r, 0.8 * r], frame)]
