"""Calibrates the trained chest network on the validation split, measures it on the test split and writes its bundle.

    python -m hilum_training.chest.export --run ../.training/chest/run --bundle ../models/chest-xray/2
"""

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import torch

from .. import bundle, preprocess
from . import metrics
from .dataset import SIZE, SPLITS
from .findings import FINDINGS
from .train import STAGES, load_split, make_network, predict, recalibrate_batch_norm

OPERATING_POINT = "largest Youden index with sensitivity >= 0.90 on validation"

WORTH_SERVING = 0.90
"""A finding whose validation AUC stays below is left out of the bundle: absent rather than guessed."""


def trained(run: Path, data: Path) -> torch.nn.Module:
    """The averaged weights of the last checkpoint, with norms for full-size images."""
    network = make_network()
    state = torch.load(run / "last.pt", weights_only=False)["average"]
    network.load_state_dict({k.removeprefix("module."): v for k, v in state.items() if k.startswith("module.")})
    recalibrate_batch_norm(network, load_split(data, "train")[0][:1024], STAGES[-1], 1024)
    return network.eval()


def export(run: Path, data: Path, folder: Path) -> None:
    network = trained(run, data)
    learned = [metrics.auc(*column) for column in _columns(_scored(network, data, "validation"))]
    kept = [k for k, auc in enumerate(learned) if auc >= WORTH_SERVING]
    left_out = {FINDINGS[k].code: round(auc, 4) for k, auc in enumerate(learned) if k not in kept}
    keep_outputs(network, kept)
    tensors = bundle.rounded(network)
    validation, test = (_scored(network, data, split, kept) for split in ("validation", "test"))
    outputs, results = [], {}
    for k, finding in enumerate(FINDINGS[k] for k in kept):
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
    print(f"macro AUC {macro:.4f}, left out: {left_out}")
    bundle.write(folder, tensors, {
        "format": 1, "name": folder.parent.name, "version": folder.name,
        "architecture": {"type": "EfficientNetBN", "variant": "b0", "in_channels": 1, "num_classes": len(kept)},
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
            "results": {"test_images": SPLITS["test"][1], "macro_auc": round(macro, 4), "findings": results,
                        "left_out_by_validation_auc": left_out}}})


def keep_outputs(network: torch.nn.Module, kept: list[int]) -> None:
    """Takes the other outputs out of the last layer."""
    last = network._fc
    last.weight, last.bias = (torch.nn.Parameter(p.detach()[kept].clone()) for p in (last.weight, last.bias))
    last.out_features = len(kept)


def _scored(network, data: Path, split: str, kept: list[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Logits and labels `[N, findings]` of a split, with the labels of the kept findings only."""
    images, labels = load_split(data, split)
    return predict(network, images), labels.numpy()[:, slice(None) if kept is None else kept]


def _columns(scored: tuple[np.ndarray, np.ndarray]):
    """Logits and labels of one finding after the other."""
    return zip(*(array.T for array in scored))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("../.training/chest/run"))
    parser.add_argument("--data", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--bundle", type=Path, default=Path("../models/chest-xray/2"))
    arguments = parser.parse_args()
    export(arguments.run, arguments.data, arguments.bundle)


if __name__ == "__main__":
    main()
