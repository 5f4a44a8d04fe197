"""Trains the chest network: nine independent sigmoids on MONAI's EfficientNet.

    nice -n 19 python -m hilum_training.chest.train --data ../.training/chest --out ../.training/chest/run

Small images first, full size last. While it trains, two 1×1 heads on the features of stride 8 and 16 also draw coarse
maps of the anatomy; they are thrown away afterwards. A checkpoint is written after every epoch, and a second call goes
on from it.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from monai.networks.nets import EfficientNetBN
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .. import preprocess
from ..depthwise import speed_up
from . import metrics
from .anatomy_maps import NAMES
from .findings import CODES


@dataclass(frozen=True)
class Stage:
    size: int
    batch: int
    epochs: int


STAGES = (Stage(112, 48, 6), Stage(224, 32, 4))
LEARNING_RATE, WEIGHT_DECAY, MAP_WEIGHT, SEED = 2.5e-3, 2e-2, 0.5, 7

HEADS = ((2, 40, 2), (4, 112, 4))
"""Where maps are drawn: stage of the network, its channels, and map pixels across one of its features."""


def make_network(outputs: int = len(CODES)) -> torch.nn.Module:
    network = EfficientNetBN("efficientnet-b0", pretrained=False, spatial_dims=2, in_channels=1, num_classes=outputs)
    for module in network.modules():
        if hasattr(module, "drop_connect_rate"):
            module.drop_connect_rate = 0.0  # too few steps here to need it
    return network


def load_split(folder: Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images `[N, 1, H, W]` uint8 and labels `[N, 9]` float."""
    data = np.load(folder / f"{split}.npz")
    return torch.from_numpy(data["images"])[:, None], torch.from_numpy((data["severities"] > 0).astype(np.float32))


def shrunk(images: torch.Tensor, size: int) -> torch.Tensor:
    """Images a little larger than `size`, so that moving them costs less."""
    side = round(size * 8 / 7)
    if side >= images.shape[-1]:
        return images
    return torch.cat([F.interpolate(part, size=side, mode="bilinear", antialias=True) for part in images.split(500)])


def augmented(images: torch.Tensor, size: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Small turns, shifts and zooms, other tone curves and noise; then the network's scale. Also returns the motion."""
    count = len(images)

    def draw(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)

    angle, zoom = draw(-0.1, 0.1).flatten(), draw(0.92, 1.08).flatten()
    motion = torch.stack([
        torch.stack([zoom * angle.cos(), -zoom * angle.sin(), draw(-0.09, 0.09).flatten()], 1),
        torch.stack([zoom * angle.sin(), zoom * angle.cos(), draw(-0.09, 0.09).flatten()], 1)], 1)
    x = moved(images, motion)
    if size != x.shape[-1]:
        x = F.interpolate(x, size=size, mode="bilinear", antialias=True, align_corners=False)
    low, high = draw(-0.12, 0.10), draw(0.82, 1.12)
    x = ((x - low) / (high - low)).clamp(0, 1).clamp(min=1e-4) ** torch.exp(draw(-0.45, 0.45))
    x = x + draw(0, 0.03) * torch.randn(x.shape, generator=generator)
    return preprocess_scale(x), motion


def moved(images: torch.Tensor, motion: torch.Tensor) -> torch.Tensor:
    """Bytes as 0…1 under affine motions `[N, 2, 3]`."""
    x = images.float() / 255
    return F.grid_sample(x, F.affine_grid(motion, x.shape, align_corners=False), align_corners=False)


class MapHead(torch.nn.Module):
    """Draws the anatomy maps from the features of one stage of the network it is hooked to."""

    def __init__(self, network: torch.nn.Module, stage: int, channels: int, fine: int):
        super().__init__()
        self.fine, self.features = fine, []
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


def preprocess_scale(x: torch.Tensor) -> torch.Tensor:
    return (x - preprocess.MEAN) / preprocess.STD


def train(data: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    images, labels = load_split(data, "train")
    maps = torch.from_numpy(np.load(data / "maps.npy"))
    state = State(maps)
    plan = [stage for stage in STAGES for _ in range(stage.epochs)]
    # Work done, not steps taken, drives the schedule: a full-size image counts four times.
    total = sum((s.size / STAGES[-1].size) ** 2 for s in plan)
    if (out / "last.pt").exists():
        state.load(torch.load(out / "last.pt", weights_only=False))
    for epoch in range(state.epoch, len(plan)):
        stage, start = plan[epoch], time.time()
        done, share = (sum((s.size / STAGES[-1].size) ** 2 for s in part) / total for part in (plan[:epoch], [stage]))
        generator = torch.Generator().manual_seed(SEED * 1000 + epoch)
        loss = _epoch(state, shrunk(images, stage.size), labels, maps, stage, generator, done, share)
        recalibrate_batch_norm(state.average.module, images, stage.size)
        check = load_split(data, "validation")
        aucs = _aucs(predict(state.average.module, check[0], stage.size), check[1].numpy())
        state.history.append({"epoch": epoch, "size": stage.size, "loss": loss, "seconds": time.time() - start,
                              "auc": dict(zip(CODES, aucs))})
        print(f"epoch {epoch + 1}/{len(plan)} at {stage.size}: loss {loss:.4f}, macro AUC {np.mean(aucs):.4f}, "
              f"{time.time() - start:.0f} s, " + " ".join(f"{a:.3f}" for a in aucs), flush=True)
        state.epoch = epoch + 1
        torch.save(state.dump(), out / "last.pt")
        (out / "history.json").write_text(json.dumps(state.history, indent=1))


class State:
    """All that a checkpoint holds."""

    def __init__(self, maps: torch.Tensor):
        self.network = make_network().to(memory_format=torch.channels_last)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(0.99))
        speed_up(self.network)
        self.heads = torch.nn.ModuleList(MapHead(self.network, *place) for place in HEADS)
        self.map_mean = (maps[:500].float() / 255).mean((0, 2, 3))
        self.parameters = [*self.network.parameters(), *self.heads.parameters()]
        self.optimiser = torch.optim.AdamW(self.parameters, LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        self.epoch, self.history = 0, []

    def dump(self) -> dict:
        return {name: getattr(self, name).state_dict() for name in ("network", "average", "heads", "optimiser")} | {
            "epoch": self.epoch, "history": self.history}

    def load(self, saved: dict) -> None:
        for name in ("network", "average", "heads", "optimiser"):
            getattr(self, name).load_state_dict(saved[name])
        self.epoch, self.history = saved["epoch"], saved["history"]


def _epoch(state: State, images, labels, maps, stage, generator, done, share) -> float:
    state.network.train()
    order = torch.randperm(len(images), generator=generator).split(stage.batch)
    losses = []
    for step, rows in enumerate(order):
        progress = done + share * step / len(order)
        factor = min(progress / 0.04, 1) * (0.5 + 0.5 * np.cos(np.pi * min(progress, 1)))
        state.optimiser.param_groups[0]["lr"] = LEARNING_RATE * max(factor, 0.005)
        x, motion = augmented(images[rows], stage.size, generator)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = state.network(x.contiguous(memory_format=torch.channels_last))
            where = moved(maps[rows], motion)
            drawn = sum(head.loss(where, state.map_mean) for head in state.heads)
        loss = F.binary_cross_entropy_with_logits(logits.float(), labels[rows])
        state.optimiser.zero_grad()
        (loss + MAP_WEIGHT * drawn).backward()
        torch.nn.utils.clip_grad_norm_(state.parameters, 5.0)
        state.optimiser.step()
        state.average.update_parameters(state.network)
        losses.append((float(loss.detach()), float(drawn.detach())))
        if step % 25 == 24:
            recent = np.mean(losses[-25:], 0)
            print(f"  step {step + 1}/{len(order)} loss {recent[0]:.4f} maps {recent[1]:.4f}", flush=True)
    return float(np.mean(losses, 0)[0])


@torch.no_grad()
def recalibrate_batch_norm(network: torch.nn.Module, images: torch.Tensor, size: int, count: int = 768) -> None:
    """Running statistics over training images in float32: MONAI's momentum of 0.01 lags behind a short training."""
    network.eval()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    saved = [m.momentum for m in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum, norm.training = None, True
    generator = torch.Generator().manual_seed(SEED)
    for rows in torch.arange(count).split(64):
        network(augmented(images[rows], size, generator)[0])
    for norm, momentum in zip(norms, saved):
        norm.momentum, norm.training = momentum, False


@torch.no_grad()
def predict(network: torch.nn.Module, images: torch.Tensor, size: int = 224) -> np.ndarray:
    """Logits `[N, 9]` in evaluation mode."""
    network.eval()
    out = []
    for rows in images.split(64):
        x = rows.float() / 255
        if size != x.shape[-1]:
            x = F.interpolate(x, size=size, mode="bilinear", antialias=True, align_corners=False)
        out.append(network(preprocess_scale(x)))
    return torch.cat(out).numpy()


def _aucs(scores: np.ndarray, labels: np.ndarray) -> list[float]:
    return [metrics.auc(scores[:, k], labels[:, k]) for k in range(labels.shape[1])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--out", type=Path, default=Path("../.training/chest/run"))
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments.data, arguments.out)


if __name__ == "__main__":
    main()
