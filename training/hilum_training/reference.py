"""What a bundle was trained on, for a site to see when its own inputs are others.

    python -m hilum_training.reference ../.training/chest ../models/chest-xray/3

Takes cases of the training split through `hilum preprocess` and puts the 1st and 99th percentile of each statistic of
the inputs into the bundle's `model.json` as `reference`. The services count inputs outside
(`…_input_outside_training_total`). The weights and their hash stay as they are.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from . import json_lines, tensors

MOST = 1000
"""Cases looked at: the 1st percentile of them rests on ten."""


def statistics(data: Path, bundle: Path, hilum: Path = tensors.HILUM) -> list[dict]:
    """Of the training cases that are to be answered, and that the services do not refuse."""
    cases = [case for case in json_lines.read(data / "manifest.jsonl")
             if case["split"] == "train" and case["expected"] == "answer"]
    with TemporaryDirectory() as scratch:
        tensors.preprocess([data / case["files"][0] for case in cases[:MOST]], Path(scratch), bundle, hilum, False)
        return [line["statistics"] for line in tensors.index(Path(scratch)).values() if "statistics" in line]


def ranges(seen: list[dict]) -> dict:
    """`reference` of a `model.json`; bits stored are counted by themselves and have none."""
    if not seen:
        raise ValueError("no training case could be read")
    return {"input": {name: [round(float(v), 6) for v in np.percentile([s[name] for s in seen], [1, 99])]
                      for name in sorted(set(seen[0]) - {"bits_stored"})}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with manifest.jsonl")
    parser.add_argument("bundle", type=Path, help="folder with model.json")
    parser.add_argument("--hilum", type=Path, default=tensors.HILUM)
    given = parser.parse_args()
    manifest = json.loads((given.bundle / "model.json").read_text())
    manifest["reference"] = ranges(statistics(given.data, given.bundle, given.hilum))
    (given.bundle / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
