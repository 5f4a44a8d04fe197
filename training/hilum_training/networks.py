"""MONAI's V-Net with other widths, under MONAI's own tensor names."""

import torch
from monai.networks.nets import VNet
from monai.networks.nets.vnet import DownTransition, InputTransition, OutputTransition, UpTransition


def narrow_vnet(width: int, in_channels: int = 1, out_channels: int = 3, dropout: float = 0.0) -> VNet:
    """`VNet` whose first stage has `width` channels (MONAI: 16) and the others 2, 4, 8 and 16 times as many.

    The volume's sides must be divisible by 16.
    """
    act = ("elu", {"inplace": True})
    network = VNet(spatial_dims=3, in_channels=in_channels, out_channels=out_channels)
    if width == 16:
        return network
    w = width
    network.in_tr = InputTransition(3, in_channels, w, act, bias=False)
    network.down_tr32 = DownTransition(3, w, 1, act, bias=False)
    network.down_tr64 = DownTransition(3, 2 * w, 2, act, bias=False)
    network.down_tr128 = DownTransition(3, 4 * w, 3, act, dropout_prob=dropout, bias=False)
    network.down_tr256 = DownTransition(3, 8 * w, 2, act, dropout_prob=dropout, bias=False)
    network.up_tr256 = UpTransition(3, 16 * w, 16 * w, 2, act, dropout_prob=(dropout, dropout))
    network.up_tr128 = UpTransition(3, 16 * w, 8 * w, 2, act, dropout_prob=(dropout, dropout))
    network.up_tr64 = UpTransition(3, 8 * w, 4 * w, 1, act, dropout_prob=(None, dropout))
    network.up_tr32 = UpTransition(3, 4 * w, 2 * w, 1, act, dropout_prob=(None, dropout))
    network.out_tr = OutputTransition(3, 2 * w, out_channels, act, bias=False)
    return network


def grown(network: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> None:
    """Loads the tensors of a network that may have fewer output channels; what they do not cover stays as it was."""
    state = network.state_dict()
    for name, value in tensors.items():
        state[name][tuple(slice(0, n) for n in value.shape)] = value.float()
