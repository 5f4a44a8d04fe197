"""The reference networks: MONAI's own, and its V-Net at other widths with the same tensor names."""
from monai.networks.nets import EfficientNetBN, VNet
from monai.networks.nets.vnet import DownTransition, InputTransition, OutputTransition, UpTransition


def efficientnet(variant: str, in_channels: int = 1, num_classes: int = 9) -> EfficientNetBN:
    model = EfficientNetBN(
        f"efficientnet-{variant}", pretrained=False, in_channels=in_channels, num_classes=num_classes)
    model.set_swish(memory_efficient=False)
    return model.eval()


def vnet(in_channels: int = 1, out_channels: int = 3, width: int = 16) -> VNet:
    model = VNet(spatial_dims=3, in_channels=in_channels, out_channels=out_channels)
    if width != 16:
        act, w = ("elu", {"inplace": True}), width
        model.in_tr = InputTransition(3, in_channels, w, act)
        model.down_tr32 = DownTransition(3, w, 1, act)
        model.down_tr64 = DownTransition(3, 2 * w, 2, act)
        model.down_tr128 = DownTransition(3, 4 * w, 3, act, dropout_prob=0.5)
        model.down_tr256 = DownTransition(3, 8 * w, 2, act, dropout_prob=0.5)
        model.up_tr256 = UpTransition(3, 16 * w, 16 * w, 2, act, dropout_prob=(0.5, 0.5))
        model.up_tr128 = UpTransition(3, 16 * w, 8 * w, 2, act, dropout_prob=(0.5, 0.5))
        model.up_tr64 = UpTransition(3, 8 * w, 4 * w, 1, act)
        model.up_tr32 = UpTransition(3, 4 * w, 2 * w, 1, act)
        model.out_tr = OutputTransition(3, 2 * w, out_channels, act)
    return model.eval()
