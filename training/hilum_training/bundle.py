"""Model bundles: `model.json` beside `model.safetensors`, with a golden output that proves a loader right."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

INTENDED_USE = "trained on synthetic phantoms; not for clinical use"
GOLDEN_COUNT = 64


def rounded(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Tensors to ship: weights of products in half precision, norms and biases in single. Loads them back as well."""
    tensors = {}
    for name, value in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        tensors[name] = value.detach().contiguous().to(torch.float16 if value.dim() > 1 else torch.float32).clone()
    network.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False)
    return tensors


def ramp(shape: tuple[int, ...]) -> torch.Tensor:
    """The golden input: a multiplicative hash of the flat index, 0…1."""
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    values = (index * np.uint64(2654435761) % np.uint64(2**32)).astype(np.float64) / 2.0**32
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


@torch.no_grad()
def golden(network: torch.nn.Module, shape: tuple[int, ...], tolerance: float = 1e-3) -> dict:
    """At most 64 outputs: all of them, or at a flat stride of total / 64."""
    network.eval()
    output = network(ramp(shape).to(next(network.parameters()).dtype)).flatten()
    if len(output) > GOLDEN_COUNT:
        output = output[:: len(output) // GOLDEN_COUNT][:GOLDEN_COUNT]
    return {"input": "ramp", "shape": list(shape), "output": [round(float(v), 6) for v in output],
            "tolerance": tolerance}


def write(folder: Path, tensors: dict[str, torch.Tensor], contents: dict) -> None:
    """Writes both files; the manifest gets the hash of the weights, and a use where `contents` states none."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.safetensors"
    save_file(tensors, weights)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    contents = {"intended_use": INTENDED_USE} | contents | {"weights": {"file": weights.name, "sha256": digest}}
    (folder / "model.json").write_text(json.dumps(contents, indent=2) + "\n")


def load(folder: Path, network: torch.nn.Module) -> dict:
    """Loads a bundle's weights into `network` for evaluation; returns the manifest."""
    from safetensors.torch import load_file

    missing, unexpected = network.load_state_dict(
        {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}, strict=False)
    wrong = [name for name in missing if not name.endswith("num_batches_tracked")] + list(unexpected)
    if wrong:
        raise ValueError(f"tensors do not fit: {wrong[:4]}")
    network.eval()
    return manifest(folder)


def manifest(folder: Path) -> dict:
    return json.loads((folder / "model.json").read_text())
