"""Writes what MONAI's networks answer, in double precision, to Tests/Fixtures/NeuralNetwork/reference.json.

    .venv/bin/python training/reference/make_reference.py

Weights and inputs come from formula.py. Of large outputs only every `stride`-th element is kept, with the standard
deviation of all. Made with the MONAI and PyTorch versions that the file itself records.
"""
import json
from pathlib import Path

import monai
import torch

import formula
import networks

FIXTURE = Path(__file__).parents[2] / "Tests/Fixtures/NeuralNetwork/reference.json"


def sample(tensor: torch.Tensor, at_most: int) -> dict:
    flat = tensor.flatten()
    stride = max(1, flat.numel() // at_most)
    if stride % 2 == 0:  # an odd stride meets every channel, row and column
        stride += 1
    return {
        "shape": list(tensor.shape),
        "std": flat.std(correction=0).item(),
        "stride": stride,
        "values": [float(f"{x:.9g}") for x in flat[::stride].tolist()],
    }


def efficientnet(variant: str, size: int, batch: int, in_channels: int = 1) -> dict:
    model = networks.efficientnet(variant, in_channels)
    formula.fill(model)
    model.double()
    features = []
    model._avg_pooling.register_forward_pre_hook(lambda _, inputs: features.append(inputs[0]))
    logits = model(torch.from_numpy(formula.patches((batch, in_channels, size, size), 16)).double())
    return {
        "variant": variant, "in_channels": in_channels, "num_classes": 9, "size": size, "batch": batch,
        "logits": sample(logits, 64), "features": sample(features[0], 500),
    }


def vnet(extent: tuple[int, int, int], batch: int, width: int = 16, in_channels: int = 1, out_channels: int = 3) -> dict:
    model = networks.vnet(in_channels, out_channels, width)
    formula.fill(model)
    output = model.double()(torch.from_numpy(formula.patches((batch, in_channels, *extent), 4)).double())
    return {
        "width": width, "in_channels": in_channels, "out_channels": out_channels, "extent": list(extent),
        "batch": batch, "output": sample(output, 1000),
    }


def main() -> None:
    torch.set_grad_enabled(False)
    reference = {
        "made_with": {"monai": monai.__version__, "torch": torch.__version__, "gain": formula.GAIN},
        "efficientnet": {
            "b0 at 224": efficientnet("b0", 224, batch=3),
            "b0 of three channels at 96": efficientnet("b0", 96, batch=1, in_channels=3),
            "b2 at 260": efficientnet("b2", 260, batch=1),
            "b4 at 380": efficientnet("b4", 380, batch=1),
        },
        "vnet": {
            "64³": vnet((64, 64, 64), batch=1),
            "48×64×32": vnet((48, 64, 32), batch=2),
            "width 4 at 48³": vnet((48, 48, 48), batch=1, width=4),
            "width 6, two channels, at 16×32×48": vnet((16, 32, 48), batch=2, width=6, in_channels=2, out_channels=1),
        },
    }
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(json.dumps(reference, indent=1, ensure_ascii=False) + "\n")
    for group in ("efficientnet", "vnet"):
        for name, case in reference[group].items():
            stds = {key: round(value["std"], 4) for key, value in case.items() if isinstance(value, dict)}
            print(f"{group} {name}: standard deviations {stds}")


if __name__ == "__main__":
    main()
