"""Writes the view network's bundle.

    python -m hilum_training.cardiac.export --run ../.training/cardiac/run --bundle ../models/cardiac-views/3
"""

import argparse
import json
from collections import Counter
from datetime import date
from pathlib import Path

import torch

from .. import bundle, json_lines
from .fit import TRUNCATION
from .planes import VIEWS
from .tensors import INPUT, SIZE, scouts
from .train import WIDTH, make_network, recalibrate_batch_norm


def trained(run: Path, data: Path) -> torch.nn.Module:
    """The averaged weights of the last checkpoint."""
    network = make_network()
    state = torch.load(run / "last.pt", weights_only=False)["average"]
    network.load_state_dict({k.removeprefix("module."): v for k, v in state.items() if k.startswith("module.")})
    recalibrate_batch_norm(network, scouts(data, "train"))
    return network


def export(run: Path, data: Path, folder: Path) -> None:
    network = trained(run, data)
    rounded = bundle.rounded(network)
    history = json.loads((run / "history.json").read_text())
    counts = Counter((case["split"], case["expected"]) for case in json_lines.read(data / "manifest.jsonl"))
    bundle.write(folder, rounded, {
        "format": 1, "name": folder.parent.name, "version": folder.name,
        "architecture": {"type": "VNet", "in_channels": 1, "out_channels": len(VIEWS), "width": WIDTH},
        "input": INPUT,
        "outputs": [{"view": view, "truncation_mm": TRUNCATION, "encoding": "clip", "scale_mm": TRUNCATION}
                    for view in VIEWS],
        "golden": bundle.golden(network, (1, 1, SIZE, SIZE, SIZE)),
        "provenance": {
            "data": "digital cardiac phantoms of hilum_training.cardiac, scouts with a heart and others: "
                    + ", ".join(f"{counts[split, 'answer']} + {counts[split, 'refuse']} {use}" for split, use in (
                        ("train", "to train"), ("validation", "to watch"), ("test", "held out"))) + "; no patient data",
            "command": " && ".join(f"python -m hilum_training.cardiac.{step}"
                                   for step in ("dataset", "tensors", "train", "export")),
            "trained_at": date.today().isoformat(), "validation": history[-1] | {"views": VIEWS}}})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("../.training/cardiac/run"))
    parser.add_argument("--data", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--bundle", type=Path, default=Path("../models/cardiac-views/3"))
    arguments = parser.parse_args()
    export(arguments.run, arguments.data, arguments.bundle)


if __name__ == "__main__":
    main()
