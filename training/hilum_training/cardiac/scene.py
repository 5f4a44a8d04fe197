"""One random patient: a chest with its heart, and the planes that follow from it."""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from .bodies import Body
from .heart import heart, heart_frame
from .planes import Landmarks, Plane, planes_of
from .trunk import contrast, trunk


@dataclass
class Scene:
    """`about` is what a technologist would centre the scout on."""

    bodies: list[Body]
    about: np.ndarray
    landmarks: Landmarks | None = None
    planes: dict[str, Plane] = field(default_factory=dict)
    subgroups: dict[str, str] = field(default_factory=dict)


def draw_scene(rng: np.random.Generator) -> Scene:
    female = bool(rng.random() < 0.5)
    size = rng.normal(0.97 if female else 1.03, 0.06)
    fat = rng.uniform(6, 30)
    tilt = Rotation.from_rotvec(np.radians(rng.normal(0, 4, 3)))
    frame, length, c = heart_frame(rng), rng.uniform(74, 100) * size, contrast(rng)
    middle = np.array([28, -22, -8]) + rng.normal(0, [10, 9, 12])
    around = trunk(rng, size, fat, middle[2] - rng.uniform(32, 48), female, c)
    inner, marks = heart(rng, frame, middle + 0.5 * length * frame[0], length, size, c)
    marks = Landmarks(**{name: tilt.apply(point) for name, point in vars(marks).items()})
    habitus = "slim" if fat < 13 else "medium" if fat < 22 else "large"
    return Scene([body.turned(tilt) for body in around + inner], (marks.apex + marks.mitral_center) / 2, marks,
                 planes_of(marks), {"sex": "F" if female else "M", "age": _decade(rng), "habitus": habitus})


def _decade(rng) -> str:
    start = int(rng.choice([20, 30, 40, 50, 60, 70, 80], p=[0.08, 0.1, 0.16, 0.22, 0.22, 0.16, 0.06]))
    return f"{start}-{start + 9}"
