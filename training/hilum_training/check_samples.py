"""Runs both bundles on `samples/` in PyTorch and holds the answers against the truth; exit status 1 when they differ.

    python -m hilum_training.check_samples --samples ../samples --models ../models
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pydicom
import torch

from . import bundle, preprocess
from .cardiac.evaluate import errors, planes_from
from .cardiac.scene import Plane
from .cardiac.train import make_network as view_network
from .cardiac.volume import Volume, on_network_grid
from .chest.metrics import probability
from .chest.train import make_network as chest_network

DEGREES, MILLIMETRES = 15.0, 10.0


def read_image(path: Path) -> np.ndarray:
    ds = pydicom.dcmread(path)
    window = (float(ds.WindowCenter), float(ds.WindowWidth)) if "WindowCenter" in ds else None
    return preprocess.present(ds.pixel_array, ds.PhotometricInterpretation, window)


def read_volume(folder: Path) -> Volume:
    slices = [pydicom.dcmread(path) for path in folder.glob("*.dcm")]
    row, column = (np.array(slices[0].ImageOrientationPatient[i:i + 3], float) for i in (0, 3))
    normal = np.cross(row, column)
    slices.sort(key=lambda ds: float(np.array(ds.ImagePositionPatient, float) @ normal))
    places = [np.array(ds.ImagePositionPatient, float) for ds in slices]
    between_rows, between_columns = (float(v) for v in slices[0].PixelSpacing)
    return Volume(np.stack([ds.pixel_array for ds in slices]).astype(np.float32), places[0], row, column,
                  (between_columns, between_rows, float((places[1] - places[0]) @ normal)),
                  float(slices[0].SliceThickness))


@torch.no_grad()
def chest(samples: Path, folder: Path, truth: dict) -> int:
    network = chest_network(bundle.manifest(folder)["architecture"]["num_classes"])
    manifest = bundle.load(folder, network)
    size, wrong = manifest["input"]["size"][0], 0
    for sample in truth:
        image = preprocess.normalise(preprocess.square(read_image(samples / sample["file"]), size))
        logits = network(torch.from_numpy(image)[None, None])[0].numpy()
        print(sample["file"])
        for logit, output in zip(logits, manifest["outputs"]):
            p = probability(logit, output["calibration"]["a"], output["calibration"]["b"])
            present, flagged = sample["findings"][output["code"]], p >= output["threshold"]
            wrong += int(present != flagged)
            if present or flagged or p > 0.5 * output["threshold"]:
                print(f"  {'ok   ' if present == flagged else 'WRONG'} {output['code']:24} {p:.3f} "
                      f"(threshold {output['threshold']:.3f}, truth {present})")
    return wrong


@torch.no_grad()
def cardiac(samples: Path, folder: Path, truth: dict) -> int:
    network = view_network()
    bundle.load(folder, network)
    wrong = 0
    for sample in truth:
        grid, inside, centre = on_network_grid(read_volume(samples / sample["folder"]))
        found = planes_from(network(torch.from_numpy(grid)[None, None].float())[0].numpy(), centre, inside)
        print(sample["folder"])
        for view, plane in sample["planes"].items():
            angle, distance = errors(found[view], Plane(np.array(plane["center"]), np.array(plane["normal"])))
            fits = angle <= DEGREES and distance <= MILLIMETRES
            wrong += int(not fits)
            print(f"  {'ok   ' if fits else 'WRONG'} {view:14} {angle:.1f} degrees, {distance:.1f} mm")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, default=Path("../samples"))
    parser.add_argument("--models", type=Path, default=Path("../models"))
    parser.add_argument("--chest", default="chest-xray/2")
    parser.add_argument("--views", default="cardiac-views/1")
    arguments = parser.parse_args()
    truth = json.loads((arguments.samples / "truth.json").read_text())
    wrong = 0
    if (arguments.models / arguments.chest).exists():
        wrong += chest(arguments.samples, arguments.models / arguments.chest, truth["chest"])
    if (arguments.models / arguments.views).exists():
        wrong += cardiac(arguments.samples, arguments.models / arguments.views, truth["cardiac"])
    print(f"{wrong} answers differ from the truth")
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
