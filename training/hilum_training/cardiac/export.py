"""Writes the view network's bundle, with its errors on held-out scans.

    python -m hilum_training.cardiac.export --run ../.training/cardiac/run --bundle ../models/cardiac-views/1
"""

import argparse
from datetime import date
from pathlib import Path

from .. import bundle, preprocess
from .dataset import SPLITS
from .evaluate import measure, trained
from .scene import VIEWS
from .train import TRUNCATION, WIDTH


def export(run: Path, data: Path, folder: Path, count: int) -> None:
    network = trained(run, data)
    tensors = bundle.rounded(network)
    results = measure(network, count)
    for view, row in results.items():
        print(f"{view:14}", row)
    size = preprocess.GRID_SIZE
    bundle.write(folder, tensors, {
        "format": 1, "name": folder.parent.name, "version": folder.name,
        "architecture": {"type": "VNet", "in_channels": 1, "out_channels": len(VIEWS), "width": WIDTH},
        "input": {"size": [size] * 3, "channels": 1, "spacing_mm": preprocess.GRID_SPACING,
                  "intensity": {"scale": "percentile", "low": 1, "high": 99, "mean": [preprocess.MEAN],
                                "std": [preprocess.STD]}},
        "outputs": [{"view": view, "truncation_mm": TRUNCATION, "encoding": "clip", "scale_mm": TRUNCATION}
                    for view in VIEWS],
        "golden": bundle.golden(network, (1, 1, size, size, size)),
        "provenance": {
            "data": f"digital cardiac phantoms of hilum_training.cardiac: {SPLITS['train'][1]} to train, "
                    f"{SPLITS['validation'][1]} to watch, {count} scans held out; no patient data",
            "command": "python -m hilum_training.cardiac.dataset && python -m hilum_training.cardiac.train && "
                       "python -m hilum_training.cardiac.export",
            "trained_at": date.today().isoformat(), "results": {"test_scans": count, "views": results}}})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("../.training/cardiac/run"))
    parser.add_argument("--data", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--bundle", type=Path, default=Path("../models/cardiac-views/1"))
    parser.add_argument("--count", type=int, default=60)
    arguments = parser.parse_args()
    export(arguments.run, arguments.data, arguments.bundle, arguments.count)


if __name__ == "__main__":
    main()
