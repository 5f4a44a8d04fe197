"""Pictures of the data card."""

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot

from .bodies import Body
from .dataset import SPLITS, cases, draw
from .planes import Plane, unit
from .render import Lattice, paint
from .volume import Volume


def poses(lines: list[dict], file: Path) -> None:
    """How the ventricle's axis, its length and its place are spread over the splits."""
    axis_of = {}
    for line in lines:
        if "landmarks" in line:
            apex, base = (np.array(line["landmarks"][name]) for name in ("apex", "mitral_center"))
            axis_of[line["patient"]] = (line["split"], base - apex, (apex + base) / 2)
    mean = unit(np.mean([unit(axis) for _, axis, _ in axis_of.values()], 0))
    figure, (turn, length, place) = pyplot.subplots(1, 3, figsize=(11, 3), layout="constrained")
    for split in SPLITS:
        rows = [(axis, middle) for found, axis, middle in axis_of.values() if found == split]
        angles = [np.degrees(np.arccos(np.clip(unit(axis) @ mean, -1, 1))) for axis, _ in rows]
        for axes, values in ((turn, angles), (length, [np.linalg.norm(axis) for axis, _ in rows]),
                             (place, [middle[2] for _, middle in rows])):
            axes.hist(values, 16, density=True, histtype="step", linewidth=1.6, label=split)
    for axes, name in ((turn, "axis from the mean axis, degrees"), (length, "apex to mitral centre, mm"),
                       (place, "height of the ventricle's middle, mm")):
        axes.set(xlabel=name, yticks=[])
    turn.legend(frameon=False)
    figure.savefig(file)
    pyplot.close(figure)


def scouts(file: Path, split: str = "test", count: int = 4) -> None:
    """Middle slices of some scouts, and their phantoms cut along the true planes."""
    figure, rows = pyplot.subplots(count, 5, figsize=(8, 1.65 * count), layout="constrained")
    for row, case in zip(rows, cases(split)[:count]):
        scene, volume, how = draw(case)
        _show(row[0], volume.voxels[len(volume.voxels) // 2], f"{how['acquisition']}, {how['orientation']}",
              volume.spacing[1] / volume.spacing[0])
        for axes, name, plane in zip(row[1:], ("SA", "4CH", "2CH", "3CH"), scene.planes.values()):
            _show(axes, cut(scene.bodies, plane), name)
    figure.savefig(file, dpi=90)
    pyplot.close(figure)


def cut(bodies: list[Body], plane: Plane, side: int = 128, spacing: float = 1.6) -> np.ndarray:
    """The phantom as an image along a plane."""
    frame = Volume.around(plane.center, (1, side, side), plane.row, plane.column, (spacing,) * 3, spacing)
    return paint(bodies, Lattice(frame.origin, frame.steps, frame.voxels.shape), spacing)[0]


def _show(axes, image: np.ndarray, title: str, aspect: float = 1.0) -> None:
    axes.imshow(image, cmap="gray", vmin=0, vmax=np.percentile(image, 99.5), aspect=aspect)
    axes.set_title(title, fontsize=8)
    axes.axis("off")
