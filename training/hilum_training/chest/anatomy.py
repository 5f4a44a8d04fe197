"""Random parameters of one thorax.

Millimetres; x to the patient's left (image right in a PA view), y to the back, z to the head; the origin lies in the
middle of the lungs. A finding changes these numbers and nothing else.
"""

from dataclasses import dataclass, field

import numpy as np

Polyline = np.ndarray
"""Points (n, 4): x, z, radius, y."""


@dataclass
class Lung:
    side: int  # -1 right, +1 left
    apex: float
    bottom: float
    medial: float
    half_width: float
    half_depth: float


@dataclass
class Dome:
    side: int
    top: float
    x: float
    half_width: float
    height: float
    half_depth: float
    hump: tuple[float, float, float] | None  # x, extra height, half width
    raised: bool = False  # the one that a relaxation raises


@dataclass
class Ellipsoid:
    x: float
    z: float
    a: float  # along its own first axis, turned by `angle` clockwise on the image
    c: float
    depth: float
    y: float = -22.0
    angle: float = 0.0


@dataclass
class Aorta:
    centreline: Polyline  # ascending part, arch, descending part
    knob: Ellipsoid
    extra_density: float  # attenuation above soft tissue, as a fraction of soft tissue
    plaques: list[Polyline]
    arch_rim: Polyline | None


@dataclass(frozen=True)
class Pose:
    """How a patient stood before the detector: what differs between two exposures of one patient."""

    view: str  # PA or AP, as ViewPosition has it
    rotation: float  # sine of the turn about the long axis; what lies behind moves to the image's right
    breath: float  # mm by which the domes stand lower than in mean inspiration


@dataclass
class Thorax:
    severities: dict[str, float]
    sex: str  # F or M, as PatientSex has it
    age: int  # years
    habitus: float  # 0 slim to 1 obese
    pose: Pose
    half_width: float
    half_depth: float
    shoulder: float
    lungs: list[Lung]
    domes: list[Dome]
    heart: list[Ellipsoid]
    aorta: Aorta
    spine_curve: tuple[float, float, float, float]  # amplitude, period, phase, second harmonic
    spine_phase: float
    bone: float
    ribs: dict[str, float]
    clavicle_tilt: float
    hilum_scale: float
    vessel_seed: int
    breast: tuple[float, float, float] | None  # thickness, z, radius
    gas: tuple[float, float, float, float] | None  # x, below the dome, half width, half height
    ctr: float = 0.0
    extra: dict[str, float] = field(default_factory=dict)

    def spine_x(self, z: np.ndarray) -> np.ndarray:
        """Sideways position of the vertebral column at height `z`."""
        return curve_x(self.spine_curve, z)

    def spine_slope(self, z: np.ndarray) -> np.ndarray:
        """How far the column goes sideways for each millimetre up."""
        return self.spine_x(z + 0.5) - self.spine_x(z - 0.5)


def curve_x(curve: tuple[float, float, float, float], z: np.ndarray) -> np.ndarray:
    """Sideways position of a spine of this curve at height `z`."""
    amplitude, period, phase, second = curve
    turn = 2 * np.pi * z / period + phase
    return (amplitude * (np.sin(turn) + second * np.sin(2 * turn))).astype(np.float32)


def draw_pose(rng: np.random.Generator) -> Pose:
    """Four in five stand with the chest to the detector; those who cannot breathe in less and are turned more."""
    view = "PA" if rng.random() < 0.8 else "AP"
    turn, breath = (2.2, 0) if view == "PA" else (3.2, -9)
    return Pose(view, float(np.sin(np.radians(rng.normal(0, turn)))), float(rng.normal(breath, 8)))


def draw_thorax(rng: np.random.Generator, severities: dict[str, float], pose: Pose) -> Thorax:
    """One random patient with the given findings; the same draws and another pose give the same patient again."""
    sex = "F" if rng.random() < 0.48 else "M"
    age = _age(rng, severities)
    size = rng.normal(0.97 if sex == "F" else 1.03, 0.05)
    obesity = rng.beta(1.6, 3)
    lungs, domes = _lungs_and_domes(rng, size, severities["diaphragm_relaxation"], pose.breath)
    inner = min(lung.medial + 2 * lung.half_width for lung in lungs)
    heart, ctr = _heart(rng, 2 * inner, min(dome.top for dome in domes) + 8, severities, pose)
    spine_curve = _spine(rng, severities["scoliosis"])
    thickness = rng.uniform(10, 36) if sex == "F" else rng.uniform(0, 6)
    return Thorax(
        severities=severities,
        sex=sex,
        age=age,
        habitus=obesity,
        pose=pose,
        half_width=inner + rng.uniform(14, 22) + 40 * obesity,
        half_depth=(96 + 10 * rng.normal() + 34 * obesity) * size,
        shoulder=rng.normal(158 if sex == "M" else 152, 9),
        lungs=lungs,
        domes=domes,
        heart=heart,
        aorta=_aorta(rng, size + (age - 55) / 500, severities, spine_curve, pose),
        spine_curve=spine_curve,
        spine_phase=rng.uniform(0, 1),
        bone=float(np.clip(rng.normal(1.22 - 0.0045 * (age - 18), 0.1), 0.7, 1.3)),
        ribs={"pitch": rng.uniform(21, 25) * size, "first": rng.normal(118, 5), "drop": rng.uniform(0.1, 0.32),
              "front": rng.uniform(0.55, 0.95), "radius": rng.uniform(4.6, 6.2), "cartilage": rng.uniform(0.8, 1.1)},
        clavicle_tilt=rng.normal(0, 6),
        hilum_scale=rng.uniform(0.85, 1.12) + 0.95 * _graded(severities["vascular_hila"]),
        vessel_seed=int(rng.integers(2**31)),
        breast=(thickness, rng.uniform(-75, -35), rng.uniform(52, 72)) if thickness > 2 else None,
        gas=(rng.uniform(40, 75), rng.uniform(18, 30), rng.uniform(15, 32), rng.uniform(9, 16))
        if rng.random() < 0.6 else None,
        ctr=ctr,
    )


def _age(rng, severities) -> int:
    """18 to 95 years; the aorta unfolds and calcifies late in life."""
    old = any(severities[code] for code in ("unfolded_aorta", "aortic_atherosclerosis", "aortic_arch_sclerosis"))
    return int(18 + 77 * (rng.beta(3, 2) if old else rng.beta(1.8, 1.9)))


def _graded(severity: float) -> float:
    """0 when absent, else 0.55 to 1: present means clearly visible."""
    return 0.0 if severity == 0 else 0.3 + 0.7 * severity


def _lungs_and_domes(rng, size, relaxation, breath) -> tuple[list[Lung], list[Dome]]:
    width = rng.normal(57, 4) * size
    right_top = -82 * size - breath
    tops = {-1: right_top, 1: right_top - rng.uniform(-5, 25)}
    humps: dict[int, tuple[float, float, float] | None] = {-1: None, 1: None}
    raised = 0
    bottoms = {side: tops[side] - rng.uniform(42, 58) for side in tops}
    if relaxation:
        side = raised = 1 if rng.random() < 0.65 else -1
        rise = 20 + 34 * _graded(relaxation) + (14 if side == 1 else 4)
        if rng.random() < 0.7:
            tops[side] += rise
        else:
            humps[side] = (side * rng.uniform(55, 92), 0.95 * rise, rng.uniform(34, 46))
    lungs, domes = [], []
    for side in (-1, 1):
        lung = Lung(side, rng.normal(128, 5) * size, bottoms[side], rng.uniform(16, 23), width * rng.normal(1, 0.025),
                    rng.normal(70, 5) * size)
        lungs.append(lung)
        x = side * (lung.medial + lung.half_width * rng.uniform(0.78, 1.0))
        domes.append(Dome(side, tops[side], x, lung.half_width * rng.uniform(1.06, 1.3),
                          tops[side] - bottoms[side] + rng.uniform(-8, 6), lung.half_depth * rng.uniform(0.95, 1.1),
                          humps[side], side == raised))
    return lungs, domes


def _heart(rng, thorax_width, floor, severities, pose) -> tuple[list[Ellipsoid], float]:
    """Chambers as ellipsoids; widths follow from a drawn cardiothoracic ratio, larger where the beam comes from ahead."""
    ratio = rng.uniform(0.37, 0.475)
    right_share = rng.uniform(0.29, 0.36)
    right, left = ratio * thorax_width * right_share, ratio * thorax_width * (1 - right_share)
    base = floor + rng.uniform(28, 40)
    tilt = rng.uniform(26, 42)
    enlarged, shadow = _graded(severities["enlarged_heart"]), _graded(severities["enlarged_heart_shadow"])
    if enlarged:
        left = thorax_width * (0.375 + 0.085 * enlarged + rng.normal(0, 0.008))
        base -= 10 * enlarged
        tilt += 4
    chambers = [
        Ellipsoid(0.42 * left, base - 2, 0.62 * left, 0.40 * left + 8, 46, angle=tilt),
        Ellipsoid(-0.30 * right, base + 4, 0.70 * right, 36, 40),
        Ellipsoid(0.16 * left, base + 16, 0.42 * left, 42, 42),
        Ellipsoid(0.30 * left, base + 52, 17 + 0.06 * left, 20, 26),
    ]
    chambers[0].x += left - _reach(chambers[0])
    if shadow:
        both = thorax_width * (0.54 + 0.13 * shadow) / 2
        middle = rng.uniform(0.02, 0.12) * both
        height = rng.uniform(58, 70) + 8 * shadow
        chambers.append(Ellipsoid(middle, base + 4, both, height, 62, y=-14))
        right, left = max(right, both - middle), max(left, both + middle)
    larger = 1.04 if pose.view == "AP" else 1.0  # the heart lies far from the detector
    for chamber in chambers:
        chamber.a, chamber.c = larger * chamber.a, larger * chamber.c
        chamber.x = larger * chamber.x + chamber.y * pose.rotation
    return chambers, larger * (right + left) / thorax_width


def _reach(e: Ellipsoid) -> float:
    """How far left of the midline an ellipsoid extends."""
    t = np.radians(e.angle)
    return e.x + float(np.hypot(e.a * np.cos(t), e.c * np.sin(t)))


def _aorta(rng, size, severities, spine_curve, pose) -> Aorta:
    unfolded = _graded(severities["unfolded_aorta"])
    radius = rng.uniform(11, 13.5) * size + 4.5 * unfolded
    lift = rng.normal(0, 4) + 14 * unfolded
    right = -rng.uniform(10, 15) - 24 * unfolded
    left = rng.uniform(19, 25) + 24 * unfolded
    knots = np.array([
        [-6, -18, 0.95, -25], [0.9 * right, 12, 1.0, -28], [right, 34 + 0.5 * lift, 1.05, -25],
        [0.45 * right, 58 + lift, 1.05, -12], [8 + 0.1 * left, 66 + lift, 1.0, 8],
        [left * 0.95, 56 + lift, 1.0, 32], [left, 34, 0.98, 42], [left + 3 * unfolded, 0, 0.92, 46],
        [0.85 * left, -40, 0.88, 48], [0.5 * left, -85, 0.85, 48], [0.15 * left, -150, 0.8, 46]], np.float32)
    knots[:, 0] += curve_x(spine_curve, knots[:, 1]) * np.interp(knots[:, 3], [-25, 46], [0.2, 0.7])
    knots[:, 0] += knots[:, 3] * pose.rotation
    line = _spline(knots)
    line[:, 2] *= radius
    knob = Ellipsoid(knots[5, 0] - 0.09 * left, 58 + lift, radius * 1.25, radius * 1.3, 30, y=18)
    dense = rng.uniform(0, 0.12) + 1.25 * _graded(severities["dense_aorta"])
    plaques = _plaques(rng, line, severities["aortic_atherosclerosis"])
    return Aorta(line, knob, dense, plaques, _rim(rng, knob, severities["aortic_arch_sclerosis"]))


def _spline(knots: np.ndarray, count: int = 60) -> np.ndarray:
    from scipy.interpolate import CubicSpline

    t = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(knots[:, :2], axis=0).T))])
    return CubicSpline(t, knots)(np.linspace(0, t[-1], count)).astype(np.float32)


def _plaques(rng, line, severity) -> list[Polyline]:
    """Short calcified streaks on the walls of the ascending and descending aorta, away from the knob."""
    if not severity:
        return []
    plaques = []
    for _ in range(round(7 + 11 * severity)):
        start = int(rng.choice(np.r_[4:14, 30:50]))
        part = line[start:start + int(rng.integers(3, 6))]
        side = rng.choice([-1, 1]) * rng.uniform(0.72, 0.98)
        along = np.gradient(part[:, :2], axis=0)
        normal = np.stack([along[:, 1], -along[:, 0]], 1) / np.maximum(np.hypot(*along.T), 1e-3)[:, None]
        streak = part.copy()
        streak[:, :2] += side * part[:, 2:3] * normal
        streak[:, 2] = rng.uniform(1.5, 2.6)
        plaques.append(streak)
    return plaques


def _rim(rng, knob: Ellipsoid, severity) -> Polyline | None:
    """A calcified crescent along the outer and upper contour of the knob."""
    if not severity:
        return None
    span = np.radians(rng.uniform(90, 130) + 80 * severity)
    middle = np.radians(rng.uniform(10, 70))
    t = np.linspace(middle - span / 2, middle + span / 2, 24, dtype=np.float32)
    radius = np.full_like(t, rng.uniform(1.5, 2.2) + 0.7 * severity)
    return np.stack([knob.x + 0.93 * knob.a * np.cos(t), knob.z + 0.93 * knob.c * np.sin(t), radius, 0 * t], 1)


def _spine(rng, scoliosis) -> tuple[float, float, float, float]:
    amplitude = rng.uniform(0, 3) if not scoliosis else 7 + 15 * _graded(scoliosis)
    phase = rng.choice([0, np.pi]) + (rng.normal(0, 0.5) if rng.random() < 0.5 else np.pi / 2 + rng.normal(0, 0.4))
    return amplitude, rng.uniform(290, 400), phase, rng.uniform(-0.15, 0.15)
