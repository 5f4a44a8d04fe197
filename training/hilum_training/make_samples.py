"""Writes `samples/`: chest radiographs and one cardiac scout as DICOM, with their truth beside them.

    python -m hilum_training.make_samples --out ../samples

Seeds and findings are fixed here and belong to no split of the training data. Findings are clear-cut (severity 0.8).
"""

import argparse
import json
from pathlib import Path

import numpy as np
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, RLELossless

from .cardiac.acquisition import ORIENTATIONS
from .cardiac.dicom import datasets
from .cardiac.planes import rounded
from .cardiac.render import acquire
from .cardiac.scene import draw_scene
from .cardiac.volume import Volume
from .chest.acquisition import expose
from .chest.dicom import dataset
from .chest.findings import CODES, severities
from .dicom import save

CLEAR = 0.8

CHEST = (
    ("01_normal", 501, (), JPEGLSLossless),
    ("02_enlarged_heart_vascular_hila", 502, ("enlarged_heart", "vascular_hila"), ExplicitVRLittleEndian),
    ("03_unfolded_aorta_arch_sclerosis", 503, ("unfolded_aorta", "aortic_arch_sclerosis"), JPEGLSLossless),
    ("04_normal", 504, (), RLELossless),
    ("05_scoliosis_diaphragm_relaxation", 505, ("scoliosis", "diaphragm_relaxation"), JPEGLSLossless),
    ("06_heart_shadow_dense_aorta_atherosclerosis", 506,
     ("enlarged_heart_shadow", "dense_aorta", "aortic_atherosclerosis"), JPEGLSLossless),
)
CHEST_SIZE = 720
CARDIAC = (("scout1", 601),)
SCOUT_SHAPE, SCOUT_SPACING = (72, 128, 128), 2.5


def write(out: Path) -> None:
    truth = {"chest": [_chest(out, n + 1, *sample) for n, sample in enumerate(CHEST)],
             "cardiac": [_cardiac(out, n + 1, *sample) for n, sample in enumerate(CARDIAC)]}
    (out / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")


def _chest(out: Path, number: int, name: str, seed: int, present: tuple[str, ...], transfer_syntax) -> dict:
    radiograph = expose(np.random.default_rng([99, seed]), severities(**dict.fromkeys(present, CLEAR)), CHEST_SIZE)
    save(dataset(radiograph, f"CHEST{number:02d}", number), out / "chest" / f"{name}.dcm", transfer_syntax)
    return {"file": f"chest/{name}.dcm", "findings": {code: code in present for code in CODES}}


def _cardiac(out: Path, number: int, name: str, seed: int) -> dict:
    rng = np.random.default_rng([99, seed])
    scene = draw_scene(rng)
    row, column = (np.array(axis, float) for axis in ORIENTATIONS["axial"])
    volume = Volume.around(scene.about * [0.35, 0.35, 1], SCOUT_SHAPE, row, column, (SCOUT_SPACING,) * 3, SCOUT_SPACING)
    acquire(rng, scene.bodies, volume)
    for index, ds in enumerate(datasets(volume, f"CARDIAC{number:02d}", number)):
        save(ds, out / "cardiac" / name / f"{index + 1:03d}.dcm")
    return {"folder": f"cardiac/{name}",
            "planes": {view: {"center": rounded(plane.center), "normal": rounded(plane.normal)}
                       for view, plane in scene.planes.items()}} | scene.landmarks.as_dict()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("../samples"))
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
