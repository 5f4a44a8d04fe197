"""Calibrates a trained chest network on the validation split, measures it on the test split and writes its bundle.

    python -m hilum_training.chest.export --run ../.training/chest/run --bundle ../models/chest-xray/3

`predictions.jsonl` in the run's folder holds the calibrated probabilities of the test split by the weights as shipped,
for `hilum evaluate --compare`.
"""

import argparse
import json
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import torch

from .. import bundle, json_lines
from . import cases, localisation, metrics
from .cases import Cases
from .findings import FINDINGS, Finding, private
from .network import input_of, make_network
from .train import LATE, Stage, predict, recalibrate_batch_norm

OPERATING_POINT = "largest Youden index with sensitivity >= 0.90 on validation"

WORTH_SERVING = 0.90
"""A finding whose validation AUC stays below is left out of the bundle: absent rather than guessed."""


def trained(run: Path, data: Path) -> tuple[torch.nn.Module, tuple[str, ...], str]:
    """The averaged weights of the last checkpoint with norms for full-size images, its findings and its variant."""
    saved = torch.load(run / "last.pt", weights_only=False)
    codes, variant = tuple(saved["codes"]), saved["variant"]
    network = make_network(len(codes), variant)
    state = saved["average"]
    network.load_state_dict({k.removeprefix("module."): v for k, v in state.items() if k.startswith("module.")})
    network.to(memory_format=torch.channels_last)
    images = cases.load(data, "train", codes).images
    recalibrate_batch_norm(network, images, Stage(images.shape[-1], 1, 0, LATE), 512)
    return network.eval(), codes, variant


def export(run: Path, data: Path, folder: Path) -> dict:
    """Writes the bundle and the predictions; returns the figures of the test split by finding."""
    network, codes, variant = trained(run, data)
    validation, test = (cases.load(data, split, codes) for split in ("validation", "test"))
    size = test.images.shape[-1]
    bundle.rounded(network)  # what follows is measured on the weights as they are shipped
    logits = predict(network, validation.images)
    learned = [metrics.auc(*column) for column in zip(logits.T, validation.labels.numpy().T)]
    kept = [k for k, auc in enumerate(learned) if auc >= WORTH_SERVING]
    if not kept:
        raise SystemExit(f"no finding is worth serving: validation AUC {[round(auc, 3) for auc in learned]}")
    keep_outputs(network, kept)
    tensors = bundle.rounded(network)
    outputs = _outputs([codes[k] for k in kept], logits[:, kept], validation.labels[:, kept].numpy())
    probabilities = _calibrated(predict(network, test.images), outputs)
    results = _measured(outputs, probabilities, test.labels[:, kept].numpy())
    pointed = _pointed(network, outputs, probabilities, test, data)
    macro = float(np.mean([r["auc"] for r in results.values()]))
    left_out = {codes[k]: round(auc, 4) for k, auc in enumerate(learned) if k not in kept}
    for code, result in results.items():
        print(f"{code:24}", result)
    print(f"macro AUC {macro:.4f}, heat maps {pointed}, left out: {left_out}")
    _write_predictions(run / "predictions.jsonl", test.ids, outputs, probabilities)
    bundle.write(folder, tensors, {
        "intended_use": json.loads((data / "provenance.json").read_text())["intended_use"],
        "format": 1, "name": folder.parent.name, "version": folder.name,
        "architecture": {"type": "EfficientNetBN", "variant": variant, "in_channels": 1, "num_classes": len(kept)},
        "input": input_of(size), "outputs": outputs, "golden": bundle.golden(network, (1, 1, size, size)),
        "provenance": _provenance(data, run) | {"results": {
            "test_images": len(test), "macro_auc": round(macro, 4), "findings": results, "heat_maps": pointed,
            "left_out_by_validation_auc": left_out}}})
    return results


def _outputs(codes: list[str], logits: np.ndarray, labels: np.ndarray) -> list[dict]:
    """What `model.json` says of each output: calibration and threshold come from the validation split alone."""
    outputs = []
    for k, code in enumerate(codes):
        finding = described(code)
        a, b = metrics.platt(logits[:, k], labels[:, k])
        cut = metrics.threshold(metrics.probability(logits[:, k], a, b), labels[:, k])
        outputs.append({
            "code": code, "display": finding.display, "threshold": round(cut, 5), "operating_point": OPERATING_POINT,
            "calibration": {"type": "platt", "a": round(a, 5), "b": round(b, 5)}, "priority": finding.priority,
            "codings": [{"scheme": c.scheme, "value": c.value, "meaning": c.meaning} for c in finding.codings]})
    return outputs


def described(code: str) -> Finding:
    """One of the nine, or a finding of a site's own with a private code."""
    known = {finding.code: finding for finding in FINDINGS}
    display = code.replace("_", " ").capitalize()
    return known.get(code) or Finding(code, display, "ROUTINE", "", (private(code, display),))


def _calibrated(logits: np.ndarray, outputs: list[dict]) -> np.ndarray:
    a, b = (np.array([output["calibration"][name] for output in outputs]) for name in ("a", "b"))
    return metrics.probability(logits, a, b)


def _measured(outputs: list[dict], probabilities: np.ndarray, labels: np.ndarray) -> dict[str, dict]:
    return {output["code"]: metrics.figures(probabilities[:, k], labels[:, k], output["threshold"])
            for k, output in enumerate(outputs)}


def _pointed(network: torch.nn.Module, outputs: list[dict], probabilities: np.ndarray, test: Cases, data: Path) -> dict:
    """Of flagged test cases with one localised finding: how often the heat map's peak lies on the structure."""
    codes = [output["code"] for output in outputs]
    lines = {line["id"]: line for line in cases.manifest(data, "test")}
    flagged, inside = Counter(), Counter()
    for row, name in enumerate(test.ids):
        for code, file in lines[name].get("structures", {}).items():
            k = codes.index(code) if code in codes else None
            if k is None or probabilities[row, k] < outputs[k]["threshold"]:
                continue
            activation = localisation.activation_map(network, test.images[row], k)
            flagged[code] += 1
            inside[code] += localisation.peak_lies_inside(activation, localisation.read_mask(data / file))
    return {code: f"{inside[code]} of {flagged[code]}" for code in flagged} | (
        {"all": f"{inside.total()} of {flagged.total()}"} if flagged else {})


def _write_predictions(path: Path, ids: list[str], outputs: list[dict], probabilities: np.ndarray) -> None:
    codes = [output["code"] for output in outputs]
    json_lines.write(path, ({"id": name, "probabilities": {code: round(float(p), 6) for code, p in zip(codes, row)}}
                            for name, row in zip(ids, probabilities)))


def _provenance(data: Path, run: Path) -> dict:
    said = json.loads((data / "provenance.json").read_text())
    counts = Counter(line["split"] for line in cases.manifest(data))
    history = json.loads((run / "history.json").read_text())
    return {
        "data": said["data"] + f": {counts['train']} images to train, "
                f"{counts['validation']} to calibrate, {counts['test']} held out",
        "command": "python -m hilum_training.chest.{dataset,cases,train,export}",
        "trained_at": date.today().isoformat(),
        "training": {"images": sum(entry["images"] for entry in history),
                     "minutes": round(sum(entry["seconds"] for entry in history) / 60, 1),
                     "processor_minutes": round(sum(entry["cpu_seconds"] for entry in history) / 60, 1)}}


def keep_outputs(network: torch.nn.Module, kept: list[int]) -> None:
    """Takes the other outputs out of the last layer."""
    last = network._fc
    last.weight, last.bias = (torch.nn.Parameter(p.detach()[kept].clone()) for p in (last.weight, last.bias))
    last.out_features = len(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("../.training/chest/run"))
    parser.add_argument("--data", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--bundle", type=Path, default=Path("../models/chest-xray/3"))
    parser.add_argument("--curves", type=Path, help="copies the curves of the training to this file")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    export(arguments.run, arguments.data, arguments.bundle)
    if arguments.curves is not None:
        shutil.copyfile(arguments.run / "curves.svg", arguments.curves)


if __name__ == "__main__":
    main()
