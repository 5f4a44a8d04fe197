"""What the services do to an input before the network sees it, step for step.

Chest: VOI window when there is one, else the 0.5 to 99.5 percentiles of the exposed field; polarity inverted once;
padded to a square with 0; antialiased resize.
"""

import numpy as np
from PIL import Image

MEAN, STD = 0.5, 0.25


def exposed_field(values: np.ndarray) -> tuple[slice, slice]:
    """The image without constant rows and columns at its edges (collimator, shutter)."""
    rows = np.flatnonzero(np.ptp(values, axis=1) > 0)
    columns = np.flatnonzero(np.ptp(values, axis=0) > 0)
    if rows.size == 0:
        return slice(0, values.shape[0]), slice(0, values.shape[1])
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def present(stored: np.ndarray, photometric: str, window: tuple[float, float] | None) -> np.ndarray:
    """Stored values as 0…1, bone white."""
    values = stored.astype(np.float32)
    if window is not None:
        centre, width = window  # PS3.3 C.11.2.1.2.1, LINEAR
        values = (values - (centre - 0.5)) / max(width - 1, 1) + 0.5
    else:
        low, high = np.percentile(values[exposed_field(values)], [0.5, 99.5])
        values = (values - low) / max(high - low, 1e-6)
    values = np.clip(values, 0, 1)
    return 1 - values if photometric == "MONOCHROME1" else values


def square(image: np.ndarray, size: int) -> np.ndarray:
    """Pads to a square with 0, the image in the middle, and resizes with an antialiasing triangle filter."""
    rows, columns = image.shape
    side = max(rows, columns)
    padded = np.zeros((side, side), np.float32)
    top, left = (side - rows) // 2, (side - columns) // 2
    padded[top:top + rows, left:left + columns] = image
    return np.asarray(Image.fromarray(padded).resize((size, size), Image.BILINEAR))


def normalise(image: np.ndarray) -> np.ndarray:
    return (image - np.float32(MEAN)) / np.float32(STD)
