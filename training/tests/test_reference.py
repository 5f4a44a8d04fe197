"""The ranges of a bundle's training inputs come from the training split, as the services see it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hilum_training import json_lines, tensors
from hilum_training.reference import ranges

ROOT = Path(__file__).parents[2]


def test_ranges_hold_98_percent_and_leave_bits_stored_out():
    seen = [{"mean": value / 100, "bits_stored": 12} for value in range(101)]
    assert ranges(seen) == {"input": {"mean": [0.01, 0.99]}}
    with pytest.raises(ValueError):
        ranges([])


def test_a_bundle_gets_the_ranges_of_the_training_split(tmp_path):
    if not tensors.HILUM.exists():
        pytest.skip(f"{tensors.HILUM} is not built; make build")
    files = sorted((ROOT / "samples/chest").glob("*.dcm"))
    json_lines.write(tmp_path / "manifest.jsonl", (
        {"id": file.stem, "split": split, "expected": "answer", "files": [str(file)]}
        for file, split in zip(files, ("train", "train", "train", "validation", "test", "test"))))
    shipped = max((ROOT / "models/chest-xray").iterdir(), key=lambda folder: int(folder.name))
    bundle = tmp_path / "chest-xray" / "1"
    bundle.mkdir(parents=True)
    for file in shipped.iterdir():
        (bundle / file.name).symlink_to(file)
    manifest = (bundle / "model.json").read_text()
    (bundle / "model.json").unlink()
    (bundle / "model.json").write_text(manifest)

    command = [sys.executable, "-m", "hilum_training.reference", tmp_path, bundle]
    subprocess.run(command, check=True, cwd=ROOT / "training", timeout=60)

    found = json.loads((bundle / "model.json").read_text())["reference"]["input"]
    tensors.preprocess(files[:3], tmp_path / "seen", bundle)
    seen = [line["statistics"]["mean"] for line in tensors.index(tmp_path / "seen").values()]
    assert len(seen) == 3 and np.allclose(found["mean"], np.percentile(seen, [1, 99]), atol=1e-6)
    assert "bits_stored" not in found and all(low <= high for low, high in found.values())
