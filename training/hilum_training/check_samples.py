"""Runs both bundles on `samples/` in PyTorch and holds the answers against the truth; exit status 1 when they differ.

    python -m hilum_training.check_samples --samples ../samples --models ../models

Files are turned into tensors by `hilum preprocess`, as for training.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from . import bundle, tensors
from .cardiac.evaluate import find
from .cardiac.planes import errors, plane_from_dict
from .cardiac.train import make_network as view_network
from .chest.metrics import probability
from .chest.network import make_network as chest_network

DEGREES, MILLIMETRES = 15.0, 10.0


@torch.no_grad()
def chest(samples: Path, folder: Path, truth: dict, hilum: Path) -> int:
    architecture = bundle.manifest(folder)["architecture"]
    network = chest_network(architecture["num_classes"], architecture["variant"])
    manifest, wrong = bundle.load(folder, network), 0
    with TemporaryDirectory() as scratch:
        files = [samples / sample["file"] for sample in truth]
        tensors.preprocess(files, Path(scratch), folder, hilum)
        images = [tensors.load(Path(scratch), file.stem) for file in files]
    for sample, image in zip(truth, images):
        logits = network(torch.from_numpy(image)[None])[0].numpy()
        print(sample["file"])
        for logit, output in zip(logits, manifest["outputs"]):
            p = probability(logit, output["calibration"]["a"], output["calibration"]["b"])
            present, flagged = sample["findings"][output["code"]], p >= output["threshold"]
            wrong += int(present != flagged)
            if present or flagged or p > 0.5 * output["threshold"]:
                print(f"  {'ok   ' if present == flagged else 'WRONG'} {output['code']:24} {p:.3f} "
                      f"(threshold {output['threshold']:.3f}, truth {present})")
    return wrong


def cardiac(samples: Path, folder: Path, truth: dict, hilum: Path) -> int:
    network = view_network()
    bundle.load(folder, network)
    wrong = 0
    with TemporaryDirectory() as scratch:
        tensors.preprocess([samples / sample["folder"] for sample in truth], Path(scratch), folder, hilum)
        index = tensors.index(Path(scratch))
        for sample in truth:
            series = samples / sample["folder"]
            found = find(network, series, tensors.load(Path(scratch), series.name), index[series.name]["center"])
            print(sample["folder"])
            for view, plane in sample["planes"].items():
                angle, distance = errors(found[view], plane_from_dict(plane)) if found else (np.inf, np.inf)
                fits = angle <= DEGREES and distance <= MILLIMETRES
                wrong += int(not fits)
                print(f"  {'ok   ' if fits else 'WRONG'} {view:14} {angle:.1f} degrees, {distance:.1f} mm")
    return wrong


def chosen(models: Path, given: str | None, name: str) -> Path:
    """The bundle given, else that of this name with the highest version."""
    return models / given if given else max((models / name).iterdir(), key=lambda folder: int(folder.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, default=Path("../samples"))
    parser.add_argument("--models", type=Path, default=Path("../models"))
    parser.add_argument("--chest", help="bundle of the radiographs; default the newest chest-xray")
    parser.add_argument("--views", help="bundle of the scouts; default the newest cardiac-views")
    parser.add_argument("--hilum", type=Path, default=tensors.HILUM)
    arguments = parser.parse_args()
    truth = json.loads((arguments.samples / "truth.json").read_text())
    wrong = chest(arguments.samples, chosen(arguments.models, arguments.chest, "chest-xray"), truth["chest"],
                  arguments.hilum)
    wrong += cardiac(arguments.samples, chosen(arguments.models, arguments.views, "cardiac-views"), truth["cardiac"],
                     arguments.hilum)
    print(f"{wrong} answers differ from the truth")
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
