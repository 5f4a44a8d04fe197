"""From line integrals to the numbers a CR or DX file stores."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, zoom

from .anatomy import Thorax, draw_pose, draw_thorax
from .phantom import line_integrals
from .projection import Grid


@dataclass
class Radiograph:
    """Stored values and the attributes that say how to read them (names as in DICOM)."""

    stored: np.ndarray  # uint16, rows × columns
    bits_stored: int
    photometric: str  # MONOCHROME1 or MONOCHROME2
    window: tuple[float, float] | None  # centre, width
    pixel_spacing: float  # mm at the detector
    modality: str
    thorax: Thorax
    grid: Grid


FLAWS = ("clipped exposure", "field cut")
FLAWED = 0.04
"""How often an exposure goes wrong in one of these ways."""


def expose(patient: np.random.Generator, severities: dict[str, float], size: int = 448,
           exposure: np.random.Generator | None = None) -> Radiograph:
    """One exposure of the patient that the first generator draws; `size` is the shorter side in pixels.

    The second one draws all that differs between two exposures of one patient, flawed ones among them; without it
    the first goes on, and the exposure is a good one.
    """
    rng = patient if exposure is None else exposure
    flaw = None if exposure is None or rng.random() >= FLAWED else FLAWS[int(rng.integers(len(FLAWS)))]
    thorax = draw_thorax(patient, severities, draw_pose(rng))
    grid = _field(rng, thorax, size, flaw == "field cut")
    shown = _processed(rng, _detected(rng, line_integrals(thorax, grid), grid))
    if flaw == "clipped exposure":
        shown = np.clip((shown - rng.uniform(0.4, 0.6)) * rng.uniform(2.5, 4) + 0.5, 0, 1)
    thorax.extra.clear()
    shown = _marker(rng, _collimated(rng, shown))
    return _stored(rng, shown, grid, thorax)


def _field(rng, thorax: Thorax, size: int, cut: bool) -> Grid:
    """The lungs and some room around them, as a radiographer opens the collimator; `cut`: a part of a lung is missed."""
    width = 2 * max(lung.medial + 2 * lung.half_width for lung in thorax.lungs) * rng.uniform(1.1, 1.42)
    top = max(lung.apex for lung in thorax.lungs) + rng.uniform(10, 40)
    bottom = min(lung.bottom for lung in thorax.lungs) - rng.uniform(20, 75)
    centre = rng.normal(0, 5)
    if cut:
        if rng.random() < 0.5:
            centre += rng.choice([-1, 1]) * 0.35 * width * rng.uniform(0.5, 1)
        else:
            top -= rng.uniform(60, 110)
    pitch = min(width, top - bottom) / size
    return Grid.make(round((top - bottom) / pitch), round(width / pitch), pitch, centre, (top + bottom) / 2)


def _blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Wide Gaussian blur on a coarse copy."""
    step = max(int(sigma / 3), 1)
    if step == 1:
        return gaussian_filter(image, sigma)
    rows, columns = image.shape
    small = np.asarray(Image.fromarray(image).resize((columns // step, rows // step), Image.BOX))
    return np.asarray(Image.fromarray(gaussian_filter(small, sigma / step)).resize((columns, rows), Image.BICUBIC))


def _detected(rng, integrals: np.ndarray, grid: Grid) -> np.ndarray:
    """Scatter, focal and detector blur, quantum noise; back to attenuation."""
    primary = np.exp(-integrals)
    scatter = rng.uniform(0.08, 0.4)
    total = (1 - scatter) * primary + scatter * _blur(primary, 28 / grid.pitch)
    total = gaussian_filter(total, rng.uniform(0.2, 0.7) / grid.pitch)
    photons = 10 ** rng.uniform(4.6, 6.2) * (grid.pitch / 0.9) ** 2
    total = total + np.sqrt(np.maximum(total, 0) / photons) * rng.standard_normal(total.shape, np.float32)
    return -np.log(np.maximum(total, 2e-4))


def _processed(rng, attenuation: np.ndarray, grid: Grid | None = None) -> np.ndarray:
    """The maker's tone curve: 0…1, bone white."""
    if rng.random() < 0.6:
        strength = rng.uniform(0.15, 0.8)
        attenuation = attenuation + strength * (attenuation - _blur(attenuation, rng.uniform(8, 20)))
    rows, columns = attenuation.shape
    centre = attenuation[rows // 8: -rows // 8, columns // 8: -columns // 8]
    low, high = np.percentile(centre, [rng.uniform(0.3, 4), rng.uniform(98, 99.9)])
    value = (attenuation - low) / (high - low) * rng.uniform(0.8, 0.93) + rng.uniform(0.02, 0.1)
    if rng.random() < 0.5:
        slope = rng.uniform(3, 5.5)
        value = 1 / (1 + np.exp(-slope * (value - rng.uniform(0.4, 0.6))))
        return value.astype(np.float32)
    return np.clip(value, 0, 1.0).astype(np.float32) ** np.float32(rng.uniform(0.65, 1.4))


def _collimated(rng, image: np.ndarray) -> np.ndarray:
    if rng.random() > 0.45:
        return image
    rows, columns = image.shape
    mask = np.zeros_like(image)
    top, bottom = (int(rows * rng.uniform(0, 0.05)) for _ in range(2))
    left, right = (int(columns * rng.uniform(0, 0.07)) for _ in range(2))
    mask[top:rows - bottom, left:columns - right] = 1
    return image * gaussian_filter(mask, 0.6) if rng.random() < 0.5 else image * mask


def _marker(rng, image: np.ndarray) -> np.ndarray:
    """A lead letter beside the shoulder of its side."""
    if rng.random() < 0.4:
        return image
    rows, columns = image.shape
    side = "L" if rng.random() < 0.6 else "R"
    layer = Image.new("L", (24, 24), 0)
    ImageDraw.Draw(layer).text((7, 5), side, fill=255, font_size=18)
    scale = columns / 448
    letter = zoom(np.asarray(layer, np.float32) / 255, scale, order=1)
    row, column = int(rows * rng.uniform(0.06, 0.2)), int(columns * rng.uniform(0.86, 0.92))
    if side == "R":
        column = columns - column - letter.shape[1]
    part = image[row:row + letter.shape[0], column:column + letter.shape[1]]
    part[:] = np.maximum(part, letter[:part.shape[0], :part.shape[1]] * rng.uniform(0.85, 1))
    return image


def _stored(rng, shown: np.ndarray, grid: Grid, thorax: Thorax) -> Radiograph:
    """Bit depths, polarity and windows about as often as public chest files have them."""
    bits = int(rng.choice([10, 12, 14, 15], p=[0.1, 0.6, 0.1, 0.2]))
    full = 2**bits - 1
    low, high = (0.0, 1.0) if rng.random() < 0.5 else (rng.uniform(0, 0.15), rng.uniform(0.7, 1))
    stored = np.clip(np.round((low + shown * (high - low)) * full), 0, full)
    photometric = "MONOCHROME1" if rng.random() < 0.48 else "MONOCHROME2"
    window = None
    if rng.random() < 0.55:
        width = (high - low) * full * rng.uniform(0.9, 1.1)
        centre = ((low + high) / 2 + rng.normal(0, 0.02)) * full
        window = (float(round(full - centre if photometric == "MONOCHROME1" else centre)), float(round(width)))
    if photometric == "MONOCHROME1":
        stored = full - stored
    return Radiograph(stored.astype(np.uint16), bits, photometric, window, round(grid.pitch, 4),
                      "DX" if rng.random() < 0.4 else "CR", thorax, grid)
