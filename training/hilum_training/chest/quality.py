"""Which exposures a study leaves out, and why."""

import numpy as np

from .acquisition import Radiograph

CLIPPED, TURN, CUT = 0.08, 7.0, 6.0
"""Largest share of the middle of the image at either end of the stored range; degrees; mm of a lung outside."""


def reason_to_drop(radiograph: Radiograph) -> str | None:
    """What a reader would send the image back for; nothing when it may stay."""
    if _clipped_share(radiograph.stored) > CLIPPED:
        return "clipped exposure"
    if _outside(radiograph) > CUT:
        return "field cut"
    if abs(np.degrees(np.arcsin(radiograph.thorax.pose.rotation))) > TURN:
        return "turned patient"
    return None


def _clipped_share(stored: np.ndarray) -> float:
    rows, columns = stored.shape
    middle = stored[rows // 5: -rows // 5, columns // 5: -columns // 5]
    return float(max((middle == stored.min()).mean(), (middle == stored.max()).mean()))


def _outside(radiograph: Radiograph) -> float:
    """mm by which the frame misses the lungs, at its worst side."""
    x, z, lungs = radiograph.grid.x, radiograph.grid.z, radiograph.thorax.lungs
    edges = [lung.side * (lung.medial + 2 * lung.half_width) for lung in lungs]
    lowest = min(dome.top for dome in radiograph.thorax.domes)
    return float(max(x[0] - min(edges), max(edges) - x[-1], max(lung.apex for lung in lungs) - z[0], z[-1] - lowest))
