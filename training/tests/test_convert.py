"""A real MONAI checkpoint becomes a bundle that the services' own engine verifies."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hilum_training.convert import network

ROOT = Path(__file__).parents[2]
HILUM = ROOT / ".build/release/hilum"
UNIT = {"scale": "unit", "mean": [0.5], "std": [0.25]}
PERCENTILES = {"scale": "percentile", "low": 1, "high": 99, "mean": [0.5], "std": [0.25]}
DRAFTS = {
    "classifier": {
        "format": 1, "name": "site-chest", "version": "1",
        "architecture": {"type": "EfficientNetBN", "variant": "b0", "in_channels": 1, "num_classes": 2},
        "input": {"size": [96, 96], "channels": 1, "intensity": UNIT},
        "outputs": [{"code": code, "display": code, "threshold": 0.5, "priority": "ROUTINE",
                     "calibration": {"type": "platt", "a": 1.0, "b": 0.0}} for code in ("scoliosis", "dense_aorta")]},
    "planner": {
        "format": 1, "name": "site-views", "version": "1",
        "architecture": {"type": "VNet", "in_channels": 1, "out_channels": 3, "width": 4},
        "input": {"size": [32, 32, 32], "channels": 1, "spacing_mm": 6.0, "intensity": PERCENTILES},
        "outputs": [{"view": view, "truncation_mm": 40.0, "encoding": "clip", "scale_mm": 40.0}
                    for view in ("SHORT_AXIS", "FOUR_CHAMBER", "TWO_CHAMBER")]},
}


def hilum_import(folder, checkpoint, draft, *options):
    if not HILUM.exists():
        pytest.skip(f"{HILUM} is not built; make build")
    (folder / "draft.json").write_text(json.dumps(draft))
    command = [HILUM, "bundle", "import", checkpoint, "--manifest", folder / "draft.json", "--out", folder / "models",
               "--python", sys.executable, "--training", ROOT / "training", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def checkpoint_of(draft, folder, wrap=lambda tensors: tensors):
    torch.manual_seed(1)
    made = network(draft["architecture"])
    for norm in (m for m in made.modules() if isinstance(m, (torch.nn.BatchNorm2d, torch.nn.BatchNorm3d))):
        torch.nn.init.uniform_(norm.running_var, 0.5, 2)
        torch.nn.init.normal_(norm.running_mean, std=0.1)
    torch.save(wrap(made.state_dict()), folder / "checkpoint.pt")
    return folder / "checkpoint.pt"


@pytest.mark.parametrize("kind, type", [("classifier", "F32"), ("classifier", "F16"), ("planner", "BF16")])
def test_a_monai_checkpoint_becomes_a_bundle_that_gives_pytorchs_golden_output(kind, type, tmp_path):
    draft = DRAFTS[kind]
    done = hilum_import(tmp_path, checkpoint_of(draft, tmp_path), draft, "--type", type)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "models" / draft["name"] / "1"
    manifest = json.loads((folder / "model.json").read_text())
    assert manifest["outputs"] == draft["outputs"] and len(manifest["golden"]["output"]) > 1
    assert manifest["provenance"]["golden_difference"] < 1e-3
    shown = subprocess.run([HILUM, "model", "explain", folder, "--runs", "1"], capture_output=True, text=True, timeout=300)
    assert shown.returncode == 0, shown.stderr


def test_a_training_checkpoint_with_prefixes_is_understood(tmp_path):
    draft = DRAFTS["classifier"]
    wrapped = checkpoint_of(draft, tmp_path, lambda t: {"epoch": 3, "state_dict": {f"module.{k}": v for k, v in t.items()}})
    done = hilum_import(tmp_path, wrapped, draft)
    assert done.returncode == 0, done.stderr


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path):
    other = DRAFTS["classifier"] | {"architecture": DRAFTS["classifier"]["architecture"] | {"variant": "b1"}}
    done = hilum_import(tmp_path, checkpoint_of(other, tmp_path), DRAFTS["classifier"])
    assert done.returncode == 5 and "Unexpected key" in done.stderr
    assert not (tmp_path / "models").exists()


def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(tmp_path):
    class Attack:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "was here",))

    (tmp_path / "attack.pt").write_bytes(pickle.dumps(Attack()))
    done = hilum_import(tmp_path, tmp_path / "attack.pt", DRAFTS["classifier"])
    assert done.returncode == 5
    assert not (tmp_path / "was here").exists()
