"""Chest radiographs as DICOM files with their truth beside them, split by patient.

    python -m hilum_training.chest.dataset --out ../.training/chest

Writes `<split>/<id>.dcm`, `manifest.jsonl` with one case a line, `masks/` of what single findings change in test
images, `maps.npy` with the anatomy of every training image, `dropped.jsonl` with the exposures that the quality filter
left out and why, and `provenance.json`: what a bundle says of its data.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from .. import json_lines
from ..bundle import INTENDED_USE
from ..dicom import save
from .acquisition import Radiograph, expose
from .anatomy_maps import LOCALISED, mask, maps
from .dicom import dataset
from .findings import draw_severities
from .quality import reason_to_drop

SPLITS = {"test": (3, 800), "validation": (2, 800), "train": (1, 4400)}
"""Seed family and number of exposures; families share no patient."""

SIZE = 520
"""Shorter side in pixels: a little more than the services ask of a gradable image."""


def patient_of(index: int) -> tuple[int, int]:
    """Patient and exposure of an image of a split: every third patient was examined twice."""
    return index // 4 * 3 + min(index % 4, 2), int(index % 4 == 3)


def radiograph(family: int, index: int, size: int = SIZE) -> Radiograph:
    """An image of a split; the same numbers give the same image."""
    patient, exposure = patient_of(index)
    rng = np.random.default_rng([family, patient])
    return expose(rng, draw_severities(rng), size, np.random.default_rng([family, patient, 1 + exposure]))


def case(split: str, index: int, folder: Path, size: int = SIZE) -> tuple[dict, np.ndarray | None]:
    """Makes one image and its line of the manifest; a dropped one has a `reason` and no file.

    A training image comes with its anatomy maps as bytes.
    """
    family = SPLITS[split][0]
    image, (patient, _) = radiograph(family, index, size), patient_of(index)
    line = {"id": f"{split}-{index:06d}", "split": split, "patient": f"{family}-{patient:06d}", "task": "classify"}
    line |= _truth(image)
    if reason := reason_to_drop(image):
        return line | {"reason": reason}, None
    file = f"{split}/{line['id']}.dcm"
    ds = dataset(image, f"{family}{patient:06d}", index)
    save(ds, folder / file)
    line |= {"files": [file], "expected": "answer"}
    if split == "test":
        line |= _structure(image, line["id"], folder)
    if split != "train":
        return line, None
    return line, np.round(maps(image.thorax, image.grid).clip(0, 1) * 255).astype(np.uint8)


def _truth(image: Radiograph) -> dict:
    thorax = image.thorax
    return {"severities": {code: round(value, 3) for code, value in thorax.severities.items()},
            "cardiothoracic_ratio": round(float(thorax.ctr), 3), "subgroups": _subgroups(image)}


def _subgroups(image: Radiograph) -> dict[str, str]:
    thorax, decade = image.thorax, image.thorax.age // 10 * 10
    return {"sex": thorax.sex, "age": f"{decade}-{decade + 9}", "view": thorax.pose.view,
            "photometric": image.photometric, "bits": str(image.bits_stored), "modality": image.modality,
            "window": "present" if image.window else "absent",
            "habitus": "slim" if thorax.habitus < 0.25 else "average" if thorax.habitus < 0.45 else "heavy",
            "inspiration": "shallow" if thorax.pose.breath < -8 else "deep"}


def _structure(image: Radiograph, name: str, folder: Path) -> dict:
    """The mask of what the only finding changed, where there is one finding and it changes one place."""
    present = [code for code, severity in image.thorax.severities.items() if severity > 0]
    if len(present) != 1 or present[0] not in LOCALISED:
        return {}
    file = f"masks/{name}-{present[0]}.png"
    (folder / "masks").mkdir(exist_ok=True)
    Image.fromarray(mask(image.thorax, image.grid, present[0]).astype(np.uint8) * 255).save(folder / file)
    return {"structures": {present[0]: file}}


def build(folder: Path, workers: int, counts: dict[str, int] | None = None, size: int = SIZE) -> None:
    """Writes all splits; one that has its lines is not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, (_, count) in SPLITS.items():
        if not (folder / f"{split}.jsonl").exists():
            _build_split(folder, split, counts[split] if counts else count, size, workers)
    lines = [line for split in SPLITS for line in json_lines.read(folder / f"{split}.jsonl")]
    json_lines.write(folder / "manifest.jsonl", [line for line in lines if "reason" not in line])
    json_lines.write(folder / "dropped.jsonl", [line for line in lines if "reason" in line])
    (folder / "provenance.json").write_text(json.dumps(
        {"data": "digital chest phantoms of hilum_training.chest, no patient data", "intended_use": INTENDED_USE}))


def _build_split(folder: Path, split: str, count: int, size: int, workers: int) -> None:
    (folder / split).mkdir(exist_ok=True)
    start, lines, anatomy = time.time(), [], []
    with ProcessPoolExecutor(workers) as pool:
        rows = pool.map(case, [split] * count, range(count), [folder] * count, [size] * count, chunksize=16)
        for done, (line, drawn) in enumerate(rows, 1):
            lines.append(line)
            if drawn is not None:
                anatomy.append(drawn)
            if done % 400 == 0:
                print(f"{split}: {done}/{count}, {done / (time.time() - start):.1f} images/s", flush=True)
    if anatomy:
        np.save(folder / "maps.npy", np.stack(anatomy))
    json_lines.write(folder / f"{split}.jsonl", lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    build(arguments.out, arguments.workers)


if __name__ == "__main__":
    main()
