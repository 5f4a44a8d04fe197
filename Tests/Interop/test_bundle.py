"""`hilum bundle import` on the shipped weights: what PyTorch computed of them is the golden output."""

import hashlib
import json
import struct
import subprocess
import sys

import numpy as np
import pytest
from conftest import MODELS

NAMES = ["chest-xray", "cardiac-views"]
TYPES = {"F16": np.float16, "F32": np.float32}


def shipped(name):
    return next((MODELS / name).glob("*/model.json")).parent


def read(path):
    """Tensors by name, of a file without bfloat16."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[8 + size :][slice(*e["data_offsets"])], TYPES[e["dtype"]]).reshape(e["shape"])
        for name, e in header.items()
    }


def write(path, tensors):
    header, data = {}, b""
    for name, value in tensors.items():
        kind = next(kind for kind, numpy in TYPES.items() if value.dtype == numpy)
        header[name] = {"dtype": kind, "shape": value.shape, "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def draft_of(name, **changes):
    """The shipped manifest as somebody would write it who has no bundle yet."""
    manifest = json.loads((shipped(name) / "model.json").read_text())
    del manifest["weights"]
    return manifest | {"name": f"site-{name}", "version": "1"} | changes


def hilum_import(programs, folder, tensors, draft, *options):
    write(folder / "checkpoint.safetensors", tensors)
    (folder / "draft.json").write_text(json.dumps(draft))
    command = [programs / "hilum", "bundle", "import", folder / "checkpoint.safetensors", "--manifest",
               folder / "draft.json", "--out", folder / "models", *options]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_in_single_precision_becomes_the_bundle_it_was_made_of(programs, models, tmp_path, name):
    tensors = read(shipped(name) / "model.safetensors")
    wide = {key: value.astype(np.float32) for key, value in tensors.items()}
    wide |= {"_bn.num_batches_tracked": np.zeros(1, np.float32)}  # PyTorch's counter, no weight
    done = hilum_import(programs, tmp_path, wide, draft_of(name), "--type", "F16")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "models" / f"site-{name}" / "1"
    found = read(folder / "model.safetensors")
    assert found.keys() == tensors.keys()
    for key, value in tensors.items():
        assert found[key].shape == value.shape and np.array_equal(found[key], value.astype(found[key].dtype)), key
    manifest = json.loads((folder / "model.json").read_text())
    assert manifest["weights"]["sha256"] == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert manifest["golden"]["output"] == pytest.approx(draft_of(name)["golden"]["output"], abs=1e-6)


def test_bfloat16_rounds_to_nearest_and_the_manifest_says_what_it_costs(programs, models, tmp_path):
    name = "cardiac-views"
    tensors = {k: v.astype(np.float32) for k, v in read(shipped(name) / "model.safetensors").items()}
    done = hilum_import(programs, tmp_path, tensors, draft_of(name), "--type", "bf16")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "models" / f"site-{name}" / "1"
    data = (folder / "model.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    key = next(k for k, v in tensors.items() if v.ndim > 1 and v.size > 100)
    assert header[key]["dtype"] == "BF16"
    bits = np.frombuffer(data[8 + size :][slice(*header[key]["data_offsets"])], np.uint16)
    kept = (bits.astype(np.uint32) << 16).view(np.float32)
    assert np.abs(kept - tensors[key].reshape(-1)).max() <= np.abs(tensors[key]).max() * 2**-8
    provenance = json.loads((folder / "model.json").read_text())["provenance"]
    assert provenance["golden_difference"] < provenance["golden_difference_as_stored"] < 0.1


@pytest.mark.parametrize("fault", ["missing", "misshapen", "unknown", "golden", "manifest"])
def test_what_does_not_fit_is_named_and_nothing_is_written(programs, models, tmp_path, fault):
    name = "cardiac-views"
    tensors, draft = read(shipped(name) / "model.safetensors"), draft_of(name)
    key = sorted(tensors)[3]
    if fault == "missing":
        del tensors[key]
    if fault == "misshapen":
        tensors[key] = np.concatenate([tensors[key], tensors[key]])
    if fault == "unknown":
        key = "another.weight"
        tensors[key] = np.zeros(3, np.float32)
    if fault == "golden":
        key, draft["golden"]["output"][5] = "golden output differs at 5", draft["golden"]["output"][5] + 1
    if fault == "manifest":
        key, draft["input"]["intensity"]["std"] = "input.intensity.std", [0.0]
    done = hilum_import(programs, tmp_path, tensors, draft)
    assert done.returncode == 1 and key in done.stderr
    assert not (tmp_path / "models").exists()


def test_a_bundle_is_not_overwritten(programs, models, tmp_path):
    name = "cardiac-views"
    tensors = read(shipped(name) / "model.safetensors")
    assert hilum_import(programs, tmp_path, tensors, draft_of(name)).returncode == 0
    done = hilum_import(programs, tmp_path, tensors, draft_of(name))
    assert done.returncode == 4 and "is there already" in done.stderr


def test_a_pytorch_file_without_pytorch_says_what_to_run(programs, tmp_path):
    (tmp_path / "a.pt").write_bytes(b"PK")
    (tmp_path / "draft.json").write_text("{}")
    command = [programs / "hilum", "bundle", "import", tmp_path / "a.pt", "--manifest", tmp_path / "draft.json",
               "--out", tmp_path / "models", "--python", sys.executable]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 5
    assert "hilum_training/convert.py" in done.stderr and "--python" in done.stderr
