"""A PyTorch checkpoint as safetensors, with the golden output that PyTorch gives in double precision.

    python hilum_training/convert.py CHECKPOINT.pt DRAFT.json FOLDER

DRAFT.json is a `model.json` without `weights` and `golden`. FOLDER gets `checkpoint.safetensors` and `draft.json`, which
`hilum bundle import` makes a bundle of; it calls this itself for a `.pt`. A checkpoint is a state dict, or a dictionary
that holds one as `state_dict`, `model` or `network`; a common prefix such as `module.` is dropped. It is unpickled with
`weights_only`, so that it cannot run code.
"""

import argparse
import json
import sys
from pathlib import Path

if __package__ in (None, ""):  # as a file, from anywhere
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

try:
    import torch
    from monai.networks.nets import EfficientNetBN
    from safetensors.torch import save_file
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed for {sys.executable}; training/requirements.txt lists what is needed")

from hilum_training.bundle import golden
from hilum_training.networks import narrow_vnet

HOLDERS = ("state_dict", "model", "network", "model_state_dict")
PREFIXES = ("module.", "model.", "net.", "network.")


def network(architecture: dict) -> torch.nn.Module:
    """MONAI's network of a manifest's `architecture`."""
    if architecture["type"] == "EfficientNetBN":
        return EfficientNetBN(f"efficientnet-{architecture['variant']}", pretrained=False,
                              in_channels=architecture["in_channels"], num_classes=architecture["num_classes"])
    if architecture["type"] == "VNet":
        return narrow_vnet(architecture.get("width", 16), architecture["in_channels"], architecture["out_channels"])
    raise ValueError(f"architecture.type {architecture['type']}: EfficientNetBN or VNet expected")


def state_dict(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint under MONAI's names."""
    contents = torch.load(path, map_location="cpu", weights_only=True)
    for holder in HOLDERS:
        if isinstance(contents.get(holder), dict):
            contents = contents[holder]
            break
    tensors = {name: value for name, value in contents.items() if isinstance(value, torch.Tensor)}
    for prefix in PREFIXES:
        if tensors and all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def convert(checkpoint: Path, draft: Path, folder: Path) -> None:
    """Loads the checkpoint into MONAI's network, every tensor and no other, and writes both files."""
    manifest = json.loads(draft.read_text())
    made = network(manifest["architecture"])
    made.load_state_dict(state_dict(checkpoint), strict=True)
    tensors = {name: value.detach().float().contiguous().clone() for name, value in made.state_dict().items()
               if not name.endswith("num_batches_tracked")}
    shape = (1, manifest["architecture"]["in_channels"], *manifest["input"]["size"])
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "checkpoint.safetensors")
    manifest["golden"] = golden(made.double(), shape)
    (folder / "draft.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("draft", type=Path, help="model.json without weights and golden")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    try:
        convert(given.checkpoint, given.draft, given.folder)
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        sys.exit(f"{given.checkpoint}: {error}")


if __name__ == "__main__":
    main()
