"""The chest around a heart: wall, lungs, upper abdomen, spine. Millimetres, LPS; the origin lies at heart height."""

import numpy as np

from .bodies import Body, ball, tube


def contrast(rng: np.random.Generator) -> dict[str, float]:
    """Signal of a balanced steady state sequence: fluid bright, muscle dark, air black; varied from scan to scan."""
    typical = {"blood": 0.95, "myocardium": 0.30, "fat": 0.62, "muscle": 0.26, "lung": 0.05, "liver": 0.42,
               "bone": 0.33, "csf": 1.0, "spleen": 0.55, "stomach": 0.5, "kidney": 0.6, "bowel": 0.55}
    return {name: float(value * rng.normal(1, 0.13)) for name, value in typical.items()}


def trunk(rng: np.random.Generator, size: float, fat: float, floor: float, female: bool, c: dict) -> list[Body]:
    """`fat` is the thickness under the skin, `floor` the height at which the heart rests on the diaphragm."""
    wide, deep = rng.uniform(165, 200) * size, rng.uniform(100, 132) * size
    spine = deep * 0.55
    bodies = [ball(c["fat"], [0, 0, 0], [wide, deep, 900], boxy=True)]
    if female:
        bodies += _breasts(rng, wide, deep, c)
    if rng.random() < 0.3:
        bodies += [ball(c["muscle"], [side * (wide + 48), 20, 0], [42, 46, 900]) for side in (-1, 1)]
    bodies += [ball(c["muscle"], [0, 0, 0], [wide - fat, deep - fat, 900], boxy=True)]
    bodies += _lungs(rng, size, deep - fat, floor, c) + _abdomen(rng, size, deep - fat, floor, c)
    bodies += _spine(rng, spine, c)
    bodies += [ball(c["fat"], [0, 0.1 * deep, 70], [36, 52, 120]),
               ball(c["bone"], [0, -deep + fat + 12, 40], [16, 6, 90])]
    bodies += tube(c["lung"], [0, 22, 260, 8], [0, 26, 75, 8], [-28, 30, 55, 6])
    bodies += tube(c["lung"], [0, 26, 75, 7], [30, 32, 52, 6])
    for side in (-1, 1):  # ribs as dark spots of the wall
        for index in range(6):
            angle = np.radians(rng.uniform(25, 155)) * side
            place = [np.sin(angle) * (wide - fat - 9), np.cos(angle) * (deep - fat - 8), -140 + 50 * index + rng.normal(0, 6)]
            bodies.append(ball(0.12, place, [8, 8, 6]))
    return bodies


def _breasts(rng, wide, deep, c) -> list[Body]:
    reach = rng.uniform(25, 60)
    return [ball(c["fat"], [side * 0.48 * wide, -0.86 * deep, rng.normal(5, 8)], [0.36 * wide, reach, 62])
            for side in (-1, 1)]


def _lungs(rng, size, deep, floor, c) -> list[Body]:
    half = rng.uniform(58, 70) * size
    places = [np.array([-rng.uniform(72, 82) * size, 0, floor + 95]), np.array([rng.uniform(72, 82) * size, 5, floor + 92])]
    bodies = [ball(c["lung"], places[0], [half, deep - 18, 150]), ball(c["lung"], places[1], [half * 0.96, deep - 18, 150])]
    for place in places:
        hilum = place * [0.45, 0.5, 1] + [0, 10, -40]
        for _ in range(3):
            end = place + rng.uniform([-35, -55, -75], [35, 55, 60])
            bodies += tube(0.7 * c["blood"], [*hilum, 5.0], [*((hilum + end) / 2 + rng.normal(0, 6, 3)), 3.5], [*end, 2.0])
    return bodies


def _abdomen(rng, size, deep, floor, c) -> list[Body]:
    liver = np.array([-58, -5, floor - 58 + rng.normal(0, 6)])
    bodies = [ball(c["fat"], [0, -10, floor - 170], [130 * size, deep - 30, 110]),
              ball(c["liver"], liver, [105 * size, deep - 14, 74]),
              ball(c["stomach"], [72, -25, floor - 62], [58, 50, 52]),
              ball(c["spleen"], [100, 45, floor - 45], [36, 44, 46])]
    for _ in range(3):
        end = liver + rng.uniform([-70, -40, -45], [40, 40, 10])
        bodies += tube(c["blood"], [liver[0] + 50, 40, floor - 20, 5.5], [*end, 3])
    for side in (-1, 1):
        bodies.append(ball(c["kidney"], [side * 62, 50, floor - 150 + rng.normal(0, 8)], [28, 24, 52]))
    for _ in range(6):
        place = [rng.uniform(-85, 85), rng.uniform(-60, 10), floor - rng.uniform(140, 240)]
        bodies.append(ball(c["bowel"] * rng.uniform(0.3, 1.5), place, rng.uniform(16, 34, 3)))
    return bodies


def _spine(rng, depth, c) -> list[Body]:
    offset = rng.uniform(0, 28)
    bodies = [ball(c["muscle"], [side * 34, depth + 24, 0], [28, 22, 900]) for side in (-1, 1)]
    bodies.append(ball(0.5 * c["bone"], [0, depth, 0], [19, 16, 900]))  # discs
    bodies += [ball(c["bone"], [0, depth, offset + 28 * k], [21, 18, 12], boxy=True) for k in range(-8, 8)]
    bodies.append(ball(c["csf"], [0, depth + 28, 0], [9, 8, 900]))
    return bodies
