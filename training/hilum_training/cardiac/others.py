"""Volumes on which no heart can be planned: other regions of the body, test objects, noise."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .bodies import ball, tube
from .scene import Scene
from .trunk import contrast, trunk
from .volume import Volume

KINDS = ("head", "knee", "abdomen", "neck", "chest without heart", "noise", "test object")
"""The last is never trained on."""


def draw_other(rng: np.random.Generator, kind: str) -> Scene:
    """What stands in the scanner instead of a chest with a heart."""
    c = contrast(rng)
    scene = {"head": _head, "knee": _knee, "abdomen": _abdomen, "neck": _neck, "chest without heart": _empty_chest,
            "noise": _nothing, "test object": _test_object}[kind](rng, c)
    scene.subgroups = {"kind": kind}
    return scene


def spoil(rng: np.random.Generator, volume: Volume) -> Volume:
    """Noise instead of an image: white, or blotches of some size."""
    size = rng.choice([0, 4, 12]) / np.array(volume.spacing[::-1])
    values = rng.standard_normal(volume.voxels.shape, np.float32)
    volume.voxels = np.abs(gaussian_filter(values, size) if size.any() else values)
    return volume


def _head(rng, c) -> Scene:
    size = rng.normal(1, 0.06)
    up = np.array([0, 0, rng.normal(20, 10)])
    bodies = [ball(c["muscle"], [0, 15, -160], [58, 62, 120]), ball(c["fat"], up, np.array([78, 98, 102]) * size),
              ball(0.06, up, np.array([72, 92, 96]) * size), ball(c["csf"], up, np.array([67, 87, 90]) * size),
              ball(0.5, up, np.array([64, 84, 87]) * size), ball(0.62, up, np.array([52, 70, 72]) * size),
              ball(0.48, [0, 45, -45], [48, 34, 26]), ball(0.6, [0, 20, -50], [14, 14, 40])]
    for side in (-1, 1):
        bodies += [ball(c["csf"], up + [side * 13, rng.normal(5, 4), 8], [8, 34, 12]),
                   ball(c["csf"], [side * 32, -78, -30], [12, 12, 12]), ball(0.04, [side * 20, -70, -60], [14, 16, 18])]
    return Scene(bodies, np.zeros(3))


def _knee(rng, c) -> Scene:
    thick, bend = rng.uniform(52, 75), rng.uniform(0, 30)
    bodies = [ball(c["fat"], [0, 0, 0], [thick + 14, thick + 18, 900]), ball(c["muscle"], [0, 6, 0], [thick, thick, 900])]
    for z, tip in ((1, -bend), (-1, bend)):
        bodies += tube(0.1, [0, 0, 14 * z, 31], [0, 6, 50 * z, 22], [tip / 3, tip, 190 * z, 17])
        bodies += tube(c["fat"], [0, 0, 14 * z, 28], [0, 6, 50 * z, 18], [tip / 3, tip, 190 * z, 10])
    bodies += [ball(0.9, [0, 0, 0], [33, 30, 4]), ball(c["fat"], [0, -44, 12], [20, 11, 22]),
               *tube(c["blood"], [8, 42, -190, 5], [4, 40, 0, 5.5], [8, 38, 190, 6])]
    return Scene(bodies, np.zeros(3))


def _abdomen(rng, c) -> Scene:
    floor = rng.uniform(120, 170)
    return Scene(trunk(rng, rng.normal(1, 0.07), rng.uniform(6, 30), floor, False, c), np.array([20.0, -20, -10]))


def _neck(rng, c) -> Scene:
    wide = rng.uniform(52, 70)
    bodies = [ball(c["fat"], [0, 0, 60], [wide, wide + 4, 170]), ball(c["muscle"], [0, 0, 60], [wide - 9, wide - 6, 168]),
              ball(c["fat"], [0, 10, -130], [185, 95, 90]), ball(c["muscle"], [0, 10, -130], [170, 82, 80]),
              *tube(0.04, [0, -18, 60, 9], [0, -8, -200, 9]), ball(c["bone"], [0, 20, 0], [14, 13, 400]),
              ball(c["csf"], [0, 38, 0], [7, 7, 400]), ball(0.04, [0, -22, 120], [20, 20, 30])]
    for side in (-1, 1):
        bodies += tube(c["blood"], [side * 28, -6, 190, 4], [side * 24, -10, -60, 5], [side * 12, -5, -180, 7])
        bodies.append(ball(c["lung"], [side * 70, 10, -190], [52, 70, 80]))
    return Scene(bodies, np.zeros(3))


def _empty_chest(rng, c) -> Scene:
    floor = rng.uniform(-60, -30)
    return Scene(trunk(rng, rng.normal(1, 0.07), rng.uniform(6, 30), floor, bool(rng.random() < 0.5), c),
                 np.array([20.0, -20, -8]))


def _nothing(rng, c) -> Scene:
    return Scene([], np.zeros(3))


def _test_object(rng, c) -> Scene:
    """Bottles and boxes of water with spheres and rods."""
    box = bool(rng.random() < 0.5)
    bodies = [ball(rng.uniform(0.4, 1), [0, 0, 0], rng.uniform(80, 140, 3), boxy=box)]
    for _ in range(int(rng.integers(3, 14))):
        bodies.append(ball(rng.uniform(0, 1), rng.normal(0, 40, 3), np.full(3, rng.uniform(8, 38))))
    for _ in range(int(rng.integers(0, 4))):
        ends = rng.normal(0, 60, (2, 3))
        bodies += tube(rng.uniform(0, 1), [*ends[0], 8], [*ends[1], 8])
    return Scene(bodies, np.zeros(3))
