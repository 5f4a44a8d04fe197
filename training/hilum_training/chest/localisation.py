"""Do heat maps point at what a finding changed?"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.ndimage import binary_dilation

DILATED = 0.05
"""How far beside the changed structure a peak may lie, as a fraction of the image's longer side."""


@torch.no_grad()
def activation_map(network: torch.nn.Module, image: torch.Tensor, output: int) -> np.ndarray:
    """The class activation map of one finding, `[h, w]`, by the weights of the last layer (Zhou et al. 2016)."""
    kept = []
    hook = network._avg_pooling.register_forward_pre_hook(lambda module, given: kept.append(given[0]))
    network(image[None].float())
    hook.remove()
    return torch.einsum("c,chw->hw", network._fc.weight[output], kept[0][0]).numpy()


def peak_lies_inside(activation: np.ndarray, mask: np.ndarray) -> bool:
    """Whether the highest place of the map, laid over the image as the services do, is on the dilated mask."""
    rows, columns = mask.shape
    side = max(rows, columns)
    top, left = (side - rows) // 2, (side - columns) // 2
    whole = F.interpolate(torch.from_numpy(activation)[None, None], size=side, mode="bilinear")[0, 0].numpy()
    over = whole[top:top + rows, left:left + columns]
    row, column = np.unravel_index(np.argmax(over), over.shape)
    return bool(dilated(mask, DILATED * side)[row, column])


def dilated(mask: np.ndarray, radius: float) -> np.ndarray:
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    return binary_dilation(mask, y * y + x * x <= radius * radius)


def read_mask(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path)) > 0
