"""What a bundle was trained on, for a site to see when its own inputs are others.

    python -m hilum_training.reference TENSORS/index.jsonl ../models/chest-xray/3

Reads the statistics that `hilum preprocess` wrote of the training inputs and puts the 1st and 99th percentile of each
into the bundle's `model.json` as `reference`. The services count inputs outside
(`…_input_outside_training_total`). The weights and their hash stay as they are.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from . import json_lines


def reference(lines: list[dict]) -> dict:
    """Ranges by statistic; bits stored are counted by themselves and have none."""
    known = [line["statistics"] for line in lines if "statistics" in line]
    if not known:
        raise ValueError("no line has statistics; run hilum preprocess again")
    names = sorted(set(known[0]) - {"bits_stored"})
    return {"input": {name: [round(float(v), 6) for v in np.percentile([s[name] for s in known], [1, 99])]
                      for name in names}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("index", type=Path, help="index.jsonl of the training inputs")
    parser.add_argument("bundle", type=Path, help="folder with model.json")
    given = parser.parse_args()
    manifest = json.loads((given.bundle / "model.json").read_text())
    manifest["reference"] = reference(json_lines.read(given.index))
    (given.bundle / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
