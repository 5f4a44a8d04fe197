"""Heads that exist only while the network trains: they tell its features where to look, and are thrown away."""

import torch
import torch.nn.functional as F

from .anatomy_maps import EVIDENCE, NAMES
from .findings import CODES

STAGES = ((2, 2), (4, 4))
"""Where maps are drawn: stage of the network (stride 8 and 16), and map pixels across one of its features."""


class MapHead(torch.nn.Module):
    """Draws the anatomy maps from the features of one stage of the network it is hooked to."""

    def __init__(self, network: torch.nn.Module, stage: int, fine: int):
        super().__init__()
        self.fine, self.features = fine, []
        channels = network._blocks[stage][-1]._bn2.num_features
        self.draw = torch.nn.Conv2d(channels, len(NAMES) * fine * fine, 1)
        torch.nn.init.zeros_(self.draw.weight)
        network._blocks[stage].register_forward_hook(lambda module, given, out: self.features.append(out))

    def loss(self, maps: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
        """Cross entropy of the last forward pass, rare structures weighted up, in units of its value for a constant."""
        drawn = F.pixel_shuffle(self.draw(self.features.pop()), self.fine).float()
        if drawn.shape[-1] != maps.shape[-1]:
            maps = F.interpolate(maps, size=drawn.shape[-1], mode="bilinear", antialias=True).clamp(0, 1)
        weight = (0.25 / mean).clamp(1, 25)[:, None, None]
        ignorance = -(weight[:, 0, 0] * mean * mean.log() + (1 - mean) * (1 - mean).log())
        each = F.binary_cross_entropy_with_logits(drawn, maps, pos_weight=weight, reduction="none").mean((0, 2, 3))
        return (each / ignorance).mean()


class EvidenceHead(torch.nn.Module):
    """Asks the class activation maps to be high where a finding shows and low elsewhere.

    The network's answer is the mean of these maps, so they are the same weights seen one place at a time.
    """

    def __init__(self, network: torch.nn.Module, codes: tuple[str, ...] = CODES):
        super().__init__()
        self.features, self.last = [], [network._fc]  # in a list: not this module's own
        self.evidence = [EVIDENCE[CODES.index(code)] for code in codes]
        self.gain = torch.nn.Parameter(torch.full((len(codes), 1, 1), 0.25))
        self.offset = torch.nn.Parameter(torch.full((len(codes), 1, 1), -1.5))
        network._avg_pooling.register_forward_pre_hook(lambda module, given: self.features.append(given[0]))

    def activation(self, features: torch.Tensor) -> torch.Tensor:
        """Class activation maps `[N, findings, h, w]` of the last features."""
        return F.conv2d(features, self.last[0].weight[:, :, None, None]).float()

    def loss(self, maps: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Cross entropy of each place of the last forward pass; places with evidence count eight times."""
        activation = self.activation(self.features.pop())
        shown = F.adaptive_max_pool2d(maps[:, self.evidence], activation.shape[-1]) > 0.25
        return F.binary_cross_entropy_with_logits(self.gain * activation + self.offset,
                                                  shown * labels[:, :, None, None],
                                                  pos_weight=torch.full_like(self.gain, 8.0))


class TrainingHeads(torch.nn.Module):
    """All heads of one network."""

    def __init__(self, network: torch.nn.Module, maps: torch.Tensor, codes: tuple[str, ...]):
        super().__init__()
        self.drawn = torch.nn.ModuleList(MapHead(network, *place) for place in STAGES)
        self.evidence = EvidenceHead(network, codes)
        self.mean = (maps[:500].float() / 255).mean((0, 2, 3)).clamp(1e-4, 0.999)

    def loss(self, maps: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Of the network's last forward pass."""
        return sum(head.loss(maps, self.mean) for head in self.drawn) + self.evidence.loss(maps, labels)
