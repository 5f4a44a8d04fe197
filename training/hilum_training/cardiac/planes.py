"""The standard views of a heart: planes from landmarks, and how far a found plane is from the true one.

Patient coordinates, LPS, millimetres: x to the left, y to the back, z to the head. Signs and image axes are those of
docs/geometry.md.
"""

from dataclasses import dataclass

import numpy as np

VIEWS = ("SHORT_AXIS", "FOUR_CHAMBER", "TWO_CHAMBER", "THREE_CHAMBER")


@dataclass
class Plane:
    """All x with normal · (x − center) = 0; the normal is row × column of the displayed view."""

    center: np.ndarray
    normal: np.ndarray
    row: np.ndarray | None = None
    column: np.ndarray | None = None


@dataclass
class Landmarks:
    apex: np.ndarray
    mitral_center: np.ndarray
    aortic_center: np.ndarray
    tricuspid_center: np.ndarray

    def as_dict(self) -> dict[str, list[float]]:
        return {name: rounded(point) for name, point in vars(self).items()}


def planes_of(marks: Landmarks) -> dict[str, Plane]:
    """SA through the middle of apex and mitral centre, across the axis; 4CH through axis and tricuspid centre; 2CH
    through the axis, upright on 4CH; 3CH through axis and aortic centre."""
    axis = unit(marks.mitral_center - marks.apex)
    middle = (marks.apex + marks.mitral_center) / 2
    to_right_ventricle = across(marks.tricuspid_center - marks.mitral_center, axis)
    four = facing(np.cross(axis, to_right_ventricle), [0, 0, 1])
    two = facing(to_right_ventricle, [-1, 0, 0])
    three = facing(np.cross(axis, across(marks.aortic_center - marks.mitral_center, axis)), [-1, 0, 0])
    return {"SHORT_AXIS": _displayed(middle, axis, down=np.cross(axis, -two)),
            "FOUR_CHAMBER": _displayed(middle, four, down=axis),
            "TWO_CHAMBER": _displayed(middle, two, down=[0, 0, -1]),
            "THREE_CHAMBER": _displayed(middle, three, down=[0, 0, -1])}


def _displayed(center, normal, down) -> Plane:
    column = across(np.asarray(down, float), normal)
    return Plane(center, normal, np.cross(column, normal), column)


def errors(found: Plane, truth: Plane) -> tuple[float, float]:
    """Angle between normals in degrees; distance of the true centre to the found plane in mm."""
    cosine = float(np.clip(found.normal @ truth.normal, -1, 1))
    return float(np.degrees(np.arccos(cosine))), float(abs((truth.center - found.center) @ found.normal))


def plane_as_dict(plane: Plane) -> dict[str, list[float]]:
    return {name: rounded(value) for name, value in vars(plane).items() if value is not None}


def plane_from_dict(values: dict) -> Plane:
    return Plane(**{name: np.array(values[name], float) for name in ("center", "normal", "row", "column") if name in values})


def rounded(vector) -> list[float]:
    return [round(float(v), 6) for v in vector]


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def across(vector: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The part of a vector that stands on `axis`, as a unit vector."""
    return unit(vector - (vector @ axis) * axis)


def facing(normal: np.ndarray, direction) -> np.ndarray:
    """A normal on the side of `direction`."""
    return unit(normal) if normal @ np.asarray(direction) >= 0 else -unit(normal)
