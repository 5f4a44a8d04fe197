"""What training does to images before the network sees them: other poses, tone curves and noise."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .network import MEAN, STD


@dataclass(frozen=True)
class Tone:
    """How far grey values may stray."""

    white: float  # the darkest value that a drawn tone curve may turn white
    noise: float  # largest standard deviation of added noise


def shrunk(images: torch.Tensor, size: int) -> torch.Tensor:
    """Images a little larger than `size`, so that moving them costs less; float16 as they come."""
    side = round(size * 8 / 7)
    if side >= images.shape[-1]:
        return images
    parts = (F.interpolate(part.float(), size=side, mode="bilinear", antialias=True).half()
             for part in images.split(250))
    return torch.cat(list(parts))


def augmented(images: torch.Tensor, size: int, tone: Tone, generator: torch.Generator
              ) -> tuple[torch.Tensor, torch.Tensor]:
    """Small turns, shifts and zooms, other tone curves and noise, at `size`. Also returns the motion `[N, 2, 3]`."""
    count = len(images)

    def draw(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)

    angle, zoom = draw(-0.07, 0.07).flatten(), draw(0.92, 1.08).flatten()
    motion = torch.stack([
        torch.stack([zoom * angle.cos(), -zoom * angle.sin(), draw(-0.09, 0.09).flatten()], 1),
        torch.stack([zoom * angle.sin(), zoom * angle.cos(), draw(-0.09, 0.09).flatten()], 1)], 1)
    x = moved(images.float() * STD + MEAN, motion)
    if size != x.shape[-1]:
        x = F.interpolate(x, size=size, mode="bilinear", antialias=True, align_corners=False)
    low, high = draw(-0.12, 0.10), draw(tone.white, 1.12)
    x = ((x - low) / (high - low)).clamp(0, 1).clamp(min=1e-4) ** torch.exp(draw(-0.45, 0.45))
    x = x + draw(0, tone.noise) * torch.randn(x.shape, generator=generator)
    return (x - MEAN) / STD, motion


def moved(x: torch.Tensor, motion: torch.Tensor) -> torch.Tensor:
    """Images 0…1 under affine motions `[N, 2, 3]`."""
    return F.grid_sample(x, F.affine_grid(motion, x.shape, align_corners=False), align_corners=False)
