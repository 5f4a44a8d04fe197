"""Calibrates the trained chest network on the validation split, measures it on the test split and writes its bundle.

    python -m hilum_training.chest.export --run ../.training/chest/run --bundle ../models/chest-xray/1
"""

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import torch

from .. import bundle, preprocess
from . import metrics
from .dataset import SIZE, SPLITS
from .findings import CODES, FINDINGS
from .train import load_split, make_network, predict, recalibrate_batch_norm

OPERATING_POINT = "largest Youden index with sensitivity >= 0.90 on validation"


def trained(run: Path, data: Path) -> torch.nn.Module:
    """The averaged weights of the last checkpoint, with norms for full-size images."""
    network = make_network()
    state = torch.load(run / "last.pt", weights_only=False)["average"]
    network.load_state_dict({k.removeprefix("module."): v for k, v in state.items() if k.startswith("module.")})
    recalibrate_batch_norm(network, load_split(data, "train")[0][:1536], SIZE, 1536)
    return network.eval()


def export(run: Path, data: Path, folder: Path) -> None:
    network = trained(run, data)
    tensors = bundle.rounded(network)
    validation, test = (_scored(network, data, split) for split in ("validation", "test"))
    outputs, results = [], {}
    for k, finding in enumerate(FINDINGS):
        a, b = metrics.platt(validation[0][:, k], validation[1][:, k])
        cut = metrics.threshold(metrics.probability(validation[0][:, k], a, b), validation[1][:, k])
        results[finding.code] = metrics.figures(metrics.probability(test[0][:, k], a, b), test[1][:, k], cut)
        outputs.append({
            "code": finding.code, "display": finding.display, "threshold": round(cut, 5),
            "operating_point": OPERATING_POINT,
            "calibration": {"type": "platt", "a": round(a, 5), "b": round(b, 5)}, "priority": finding.priority,
            "codings": [{"scheme": c.scheme, "value": c.value, "meaning": c.meaning} for c in finding.codings]})
        print(f"{finding.code:24}", results[finding.code])
    macro = float(np.mean([r["auc"] for r in results.values()]))
    print(f"macro AUC {macro:.4f}")
    bundle.write(folder, tensors, {
        "format": 1, "name": folder.parent.name, "version": folder.name,
        "architecture": {"type": "EfficientNetBN", "variant": "b0", "in_channels": 1, "num_classes": len(CODES)},
        "input": {"size": [SIZE, SIZE], "channels": 1,
                  "intensity": {"scale": "unit", "mean": [preprocess.MEAN], "std": [preprocess.STD]}},
        "outputs": outputs,
        "golden": bundle.golden(network, (1, 1, SIZE, SIZE)),
        "provenance": {
            "data": f"digital chest phantoms of hilum_training.chest: {SPLITS['train'][1]} to train, "
                    f"{SPLITS['validation'][1]} to calibrate, {SPLITS['test'][1]} held out; no patient data",
            "command": "python -m hilum_training.chest.dataset && python -m hilum_training.chest.train && "
                       "python -m hilum_training.chest.export",
            "trained_at": date.today().isoformat(),
            "results": {"test_images": SPLITS["test"][1], "macro_auc": round(macro, 4), "findings": results}}})


def _scored(network, data: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    images, labels = load_split(data, split)
    return predict(network, images), labels.numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("../.training/chest/run"))
    parser.add_argument("--data", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--bundle", type=Path, default=Path("../models/chest-xray/1"))
    arguments = parser.parse_args()
    export(arguments.run, arguments.data, arguments.bundle)


if __name__ == "__main__":
    main()
