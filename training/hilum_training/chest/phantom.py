"""From a thorax to its line integrals: what a perfect detector would see."""

import numpy as np

from .anatomy import Dome, Ellipsoid, Lung, Thorax
from .projection import Grid, ellipsoid_half_length, overlap, ridge, smoothstep, tube

SOFT, LUNG, BONE, CALCIUM = 0.0185, 0.0058, 0.0200, 0.044
"""Linear attenuation at chest energies, 1/mm; bone and calcium on top of the soft tissue they replace."""

VESSEL = 0.026
"""Attenuation of the drawn vessels above lung: each stands for the unresolved branches around it as well."""


SPINE_DEPTH = 50.0
"""mm by which the column lies behind the axis about which a patient turns; the clavicles meet as far ahead of it."""


def line_integrals(thorax: Thorax, grid: Grid) -> np.ndarray:
    """Sum of attenuation times path for each pixel, without unit."""
    lung = sum(_lung_air(thorax, lung, dome, grid) for lung, dome in zip(thorax.lungs, thorax.domes))
    vessels = np.minimum(_vessels(thorax, grid), 0.8 * lung)
    body = _body(thorax, grid)
    air = _airways(thorax, grid) + _gas(thorax, grid)
    soft = np.maximum(body - lung - air, 0)
    return (SOFT * soft + LUNG * lung + VESSEL * vessels + BONE * thorax.bone * _bones(thorax, grid, body)
            + SOFT * thorax.aorta.extra_density * _aorta_chord(thorax, grid) + CALCIUM * _calcium(thorax, grid))


def _body(thorax: Thorax, grid: Grid) -> np.ndarray:
    x, z = grid.x[None], grid.z[:, None]
    half_width = thorax.half_width + 75 * smoothstep(40, 130, z)
    outline = thorax.half_depth * 2 * np.maximum(1 - np.abs(x / half_width) ** 2.4, 0) ** 0.5
    top = thorax.shoulder + 55 - 0.42 * np.maximum(np.abs(x) - 45, 0) + 60 * smoothstep(62, 40, np.abs(x))
    taper = np.sqrt(np.clip((top - z) / 75, 0, 1))
    length = outline * (0.45 + 0.55 * smoothstep(230, 60, z)) * taper
    if thorax.breast is not None:
        thickness, height, radius = thorax.breast
        for side in (-1, 1):
            box, half = ellipsoid_half_length(grid, Ellipsoid(side * 78, height, radius, radius * 0.8, thickness))
            length[box] += half * smoothstep(height + 0.7 * radius, height - 0.3 * radius, grid.z[box[0]])[:, None]
    return length


def _profile(lung: Lung, z: np.ndarray) -> np.ndarray:
    """Width of the lung as a fraction of its largest, from the apex down."""
    t = np.clip((lung.apex - z) / 130, 0, 1)
    return np.sin(np.pi / 2 * t) ** 0.55


def _lung_air(thorax: Thorax, lung: Lung, dome: Dome, grid: Grid) -> np.ndarray:
    x, z = grid.x[None], grid.z[:, None]
    shape = np.maximum(_profile(lung, z), 0.02)
    a, shift = lung.half_width * shape, 0.35 * thorax.spine_x(z)
    medial = lung.medial + (8 if lung.side < 0 else 5) * smoothstep(30, 90, z)
    u = (x - shift - lung.side * (medial + a)) / a
    half = lung.half_depth * shape * np.maximum(1 - np.abs(u) ** 2.3, 0) ** 0.45
    half = half * smoothstep(lung.bottom - 6, lung.bottom + 8, z) * (z < lung.apex)
    dome_half, dome_y = _dome_half(dome, grid)
    heart_half = _heart_half(thorax, grid)
    taken = overlap(0, half, dome_y, dome_half) + overlap(0, half, -20, heart_half) * (heart_half > 0)
    return np.maximum(2 * half - taken - np.where(half > 0, _aorta_chord(thorax, grid), 0), 0)


def _heart_half(thorax: Thorax, grid: Grid) -> np.ndarray:
    """Half of the path through the heart; chambers run into each other without an edge between them."""
    cached = thorax.extra.get("heart")
    if cached is None:
        powers = grid.zeros()
        for chamber in thorax.heart:
            box, length = ellipsoid_half_length(grid, chamber)
            powers[box] += length**3
        cached = thorax.extra["heart"] = np.cbrt(powers)
    return cached


def _dome_half(dome: Dome, grid: Grid) -> tuple[np.ndarray, float]:
    x, z = grid.x[None], grid.z[:, None]
    centre = dome.top - dome.height
    up = np.maximum(z - centre, 0) / dome.height
    across = np.abs((x - dome.x) / dome.half_width)
    q = across**2.4 + up * up
    half = dome.half_depth * np.sqrt(np.maximum(1 - q, 0))
    if dome.hump is not None:
        hx, rise, width = dome.hump
        box, bump = ellipsoid_half_length(grid, Ellipsoid(hx, dome.top - 14, width, rise + 14, 0.95 * dome.half_depth))
        half[box] = np.maximum(half[box], bump)
    return half, 4.0


def _aorta_chord(thorax: Thorax, grid: Grid) -> np.ndarray:
    cached = thorax.extra.get("aorta")
    if cached is None:
        cached = grid.zeros()
        tube(grid, thorax.aorta.centreline, cached)
        box, half = ellipsoid_half_length(grid, thorax.aorta.knob)
        cached[box] = np.maximum(cached[box], 1.5 * half)
        thorax.extra["aorta"] = cached
    return cached


def _calcium(thorax: Thorax, grid: Grid) -> np.ndarray:
    image = grid.zeros()
    for plaque in thorax.aorta.plaques:
        tube(grid, plaque, image)
    image *= 2.6  # plaques are plates seen on edge: longer along the ray than they are wide
    if thorax.aorta.arch_rim is not None:
        rim = grid.zeros()
        tube(grid, thorax.aorta.arch_rim, rim)
        image = np.maximum(image, 3.4 * rim)
    return image


def _airways(thorax: Thorax, grid: Grid) -> np.ndarray:
    image = grid.zeros()
    lean = float(thorax.spine_x(np.array([80.0]))[0]) * 0.3
    carina = np.array([lean + 2, 42, 7.5, 0], np.float32)
    tube(grid, np.array([[lean, 260, 8, 0], [lean - 2, 80, 8, 0], carina], np.float32), image)
    for end in ([-30, 18, 5, 0], [34, 24, 5, 0]):
        tube(grid, np.array([carina, end], np.float32), image)
    return image


def _gas(thorax: Thorax, grid: Grid) -> np.ndarray:
    image = grid.zeros()
    if thorax.gas is not None:
        x, below, a, c = thorax.gas
        box, half = ellipsoid_half_length(grid, Ellipsoid(x, thorax.domes[1].top - below, a, c, 24))
        image[box] = 2 * half
    return image


def _vessels(thorax: Thorax, grid: Grid) -> np.ndarray:
    """Pulmonary vessels: a random tree from each hilum, wide at the root."""
    rng = np.random.default_rng(thorax.vessel_seed)
    image = grid.zeros()
    scale = thorax.hilum_scale
    for side in (-1, 1):
        trunk = hilar_trunk(thorax, side)
        root = trunk[1, :2]
        tube(grid, trunk, image)
        for angle in rng.permutation(np.linspace(-78, 80, 9)) + rng.normal(0, 7, 9):
            start = root + [side * 3, -10 - 0.2 * angle]
            _branch(rng, grid, image, start, np.radians(angle), side, (2.5 + rng.uniform(0, 0.7)) * scale**0.8, 26, 3)
    return image


def hilar_trunk(thorax: Thorax, side: int) -> np.ndarray:
    """The pulmonary artery of one side as a tube; its second point is where the branches start."""
    scale = thorax.hilum_scale
    x, z = side * (41 + 7 * (scale - 1)), 16.0 if side < 0 else 25.0
    return np.array([[x - side * 6, z + 10, 5.5 * scale, 0], [x, z, 6.8 * scale, 0],
                     [x + side * 7, z - 24, 5.6 * scale, 0], [x + side * 13, z - 46, 3.2 * scale, 0]], np.float32)


def _branch(rng, grid, image, start, angle, side, radius, length, depth) -> None:
    end = start + length * np.array([side * np.cos(angle), -np.sin(angle)])
    thin = radius * 0.72
    tube(grid, np.array([[*start, radius, 0], [*end, thin, 0]], np.float32), image)
    if depth == 0:
        return
    for turn in (-1, 1):
        _branch(rng, grid, image, end, angle + turn * rng.uniform(0.12, 0.55), side, thin * rng.uniform(0.75, 0.95),
                length * rng.uniform(0.75, 0.95), depth - 1)


def _bones(thorax: Thorax, grid: Grid, body: np.ndarray) -> np.ndarray:
    image = _ribs(thorax, grid)
    _clavicles(thorax, grid, image)
    _scapulae(thorax, grid, image)
    image += _spine(thorax, grid)
    return np.where(body > 0, image, 0)


def _ribs(thorax: Thorax, grid: Grid) -> np.ndarray:
    """Ten pairs on an elliptic cage: back parts near level, front parts falling to the middle."""
    image, rib = grid.zeros(), thorax.ribs
    for index in range(10):
        z0 = rib["first"] - index * rib["pitch"]
        for lung in thorax.lungs:
            side = lung.side
            outer = (lung.medial + 2 * lung.half_width) * float(np.maximum(_profile(lung, np.array(z0)), 0.45)) + 3
            origin = float(thorax.spine_x(np.array([z0]))[0]) + SPINE_DEPTH * thorax.pose.rotation
            tilt = 0.6 * float(thorax.spine_slope(np.array([z0]))[0]) * side  # with its vertebra
            angle = np.linspace(np.radians(8), np.radians(88), 40)
            across = np.sin(angle) * outer
            back = z0 + 4 - (rib["drop"] + tilt) * across * (0.35 + 0.9 * across / outer)
            wall = np.minimum(1 / np.maximum(np.cos(angle), 0.3), 3.0)
            _sided(grid, side, origin * (1 - across / outer), across, back,
                   rib["radius"] * np.ones_like(across), 1.35 * wall**0.7, image)
            if index < 7:
                front_in = 0.36 * outer
                inner = np.linspace(front_in, outer * 0.999, 40)
                fall = rib["front"] * (outer - inner) ** 1.02
                fade = smoothstep(0.38, 0.8, inner / outer)
                wall = np.minimum(1 / np.sqrt(np.maximum(1 - (inner / outer) ** 2, 0.11)), 3.0)
                _sided(grid, side, np.zeros_like(inner), inner, back[-1] - 4 - fall,
                       (rib["radius"] + 0.8) * np.ones_like(inner), rib["cartilage"] * wall**0.7 * fade, image)
    return image


def _sided(grid: Grid, side: int, origin, across, z, radius, weight, image) -> None:
    x = origin + side * across
    order = slice(None) if side > 0 else slice(None, None, -1)
    ridge(grid, x[order], z[order], radius[order], weight[order], image)


def _clavicles(thorax: Thorax, grid: Grid, image: np.ndarray) -> None:
    t = np.linspace(0, 1, 40)
    for side in (-1, 1):
        across = 16 + 150 * t
        height = 96 if thorax.pose.view == "PA" else 102
        z = height + 20 * t + 6 * np.sin(2 * np.pi * t) + side * thorax.clavicle_tilt * t
        radius = 6.5 + 2.5 * np.exp(-((t / 0.12) ** 2))
        _sided(grid, side, -SPINE_DEPTH * thorax.pose.rotation * (1 - t), across, z, radius, 1.9 + 0 * t, image)


def _scapulae(thorax: Thorax, grid: Grid, image: np.ndarray) -> None:
    """A thin plate with a thick rim beside each lung, over it where the arms could not be brought forward."""
    edge = thorax.lungs[0].medial + 2 * thorax.lungs[0].half_width - (18 if thorax.pose.view == "AP" else 0)
    for side in (-1, 1):
        corners = np.array([[edge - 4, 96], [edge + 12, -12], [edge + 46, 74], [edge + 30, 104]], np.float32)
        rim = np.concatenate([corners, corners[:1]])
        rim = np.column_stack([side * rim[:, 0], rim[:, 1], np.full(5, 3.2), np.zeros(5)]).astype(np.float32)
        plate = grid.zeros()
        tube(grid, rim, plate)
        box = grid.box(*sorted((side * (edge - 4), side * (edge + 46))), -12, 104)
        x, z = side * grid.x[box[1]][None], grid.z[box[0]][:, None]
        inside = np.ones((z.shape[0], x.shape[1]), bool)
        for p, q in zip(corners, np.roll(corners, -1, 0)):
            inside &= (q[0] - p[0]) * (z - p[1]) - (q[1] - p[1]) * (x - p[0]) >= 0
        plate[box] += 2.5 * inside
        image += plate


def _spine(thorax: Thorax, grid: Grid) -> np.ndarray:
    """Vertebral bodies with end plates, discs, pedicles and spinous processes along the drawn curve.

    Where the column is bent, vertebrae lie across it and turn about it: pedicles and spinous processes go inwards.
    """
    image = grid.zeros()
    reach = 48 + abs(thorax.spine_curve[0]) * 1.3
    box = grid.box(-reach, reach, float(grid.z[-1]), float(grid.z[0]))
    z = grid.z[box[0]][:, None]
    u = grid.x[box[1]][None] - thorax.spine_x(z) - SPINE_DEPTH * thorax.pose.rotation
    inwards = u + 0.15 * thorax.spine_x(z) - 22 * thorax.pose.rotation
    half = 15 + 4 * smoothstep(80, -150, z)
    phase = ((z + u * thorax.spine_slope(z)) / 24.5 + thorax.spine_phase) % 1
    disc = smoothstep(0.36, 0.44, np.abs(phase - 0.5))
    plate = np.exp(-(((np.abs(phase - 0.5) - 0.37) / 0.035) ** 2))
    body = 2 * half * np.sqrt(np.maximum(1 - np.abs(u / half) ** 4, 0)) * (0.62 - 0.42 * disc + 0.16 * plate)
    cortex = 7 * np.exp(-(((np.abs(u) - half + 1.5) / 1.6) ** 2)) * (1 - 0.8 * disc)
    pedicle = 12 * np.exp(-(((np.abs(inwards) - 0.62 * half) / 3) ** 2 + ((phase - 0.62) / 0.16) ** 2))
    process = 9 * np.exp(-(((inwards + 0.15 * thorax.spine_x(z)) / 2.6) ** 2 + ((phase - 0.3) / 0.2) ** 2))
    wings = 7 * np.exp(-(((phase - 0.62) / 0.17) ** 2)) * smoothstep(36, 24, np.abs(u))
    image[box] = 0.5 * (body + cortex + pedicle + process + wings)
    return image
