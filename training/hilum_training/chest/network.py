"""The chest network and what it sees."""

import torch
from monai.networks.nets import EfficientNetBN

VARIANT, SIZE = "b4", 380
MEAN, STD = 0.5, 0.25


def input_of(size: int = SIZE) -> dict:
    """The object `input` of the bundle: what `hilum preprocess` makes of a file."""
    return {"size": [size, size], "channels": 1, "intensity": {"scale": "unit", "mean": [MEAN], "std": [STD]}}


def make_network(outputs: int, variant: str = VARIANT) -> torch.nn.Module:
    """MONAI's EfficientNet for one grey channel, a logit for each finding."""
    network = EfficientNetBN(f"efficientnet-{variant}", pretrained=False, spatial_dims=2, in_channels=1,
                             num_classes=outputs)
    network._dropout.p = 0.2
    for module in network.modules():
        if hasattr(module, "drop_connect_rate"):
            module.drop_connect_rate = 0.0  # too few steps here to need it
    return network
