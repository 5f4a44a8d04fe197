"""Trains the chest network: nine independent sigmoids on MONAI's EfficientNet.

    nice -n 19 python -m hilum_training.chest.train --data ../.training/chest --out ../.training/chest/run

Small images first, full size last. While it trains, two 1×1 heads on the features of stride 8 and 16 also draw coarse
maps of the anatomy, and the class activation maps are held against where the findings show. A checkpoint is written
after every round, and a second call goes on from it.
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
from .findings import CODES
from .heads import STAGES as MAP_STAGES
from .heads import EvidenceHead, MapHead


@dataclass(frozen=True)
class Stage:
    """Rounds of `ROUND` images of one size."""

    size: int
    batch: int
    rounds: int
    white: float  # the darkest value that a drawn tone curve may turn white
    noise: float  # largest standard deviation of added noise


STAGES = (Stage(128, 16, 6, 0.82, 0.03), Stage(128, 16, 1, 0.98, 0.015), Stage(192, 16, 4, 0.98, 0.015),
          Stage(224, 16, 1, 0.98, 0.015))
"""Large shapes first. From the second stage on nothing bright is lost: spine and plaques lie in the white mediastinum."""

ROUND = 2000
LEARNING_RATE, WEIGHT_DECAY, MAP_WEIGHT, SEED = 2.5e-3, 2e-2, 1.0, 7


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


def augmented(images: torch.Tensor, stage: Stage, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Small turns, shifts and zooms, other tone curves and noise; then the network's scale. Also returns the motion."""
    count = len(images)

    def draw(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)

    angle, zoom = draw(-0.07, 0.07).flatten(), draw(0.92, 1.08).flatten()
    motion = torch.stack([
        torch.stack([zoom * angle.cos(), -zoom * angle.sin(), draw(-0.09, 0.09).flatten()], 1),
        torch.stack([zoom * angle.sin(), zoom * angle.cos(), draw(-0.09, 0.09).flatten()], 1)], 1)
    x = moved(images, motion)
    if stage.size != x.shape[-1]:
        x = F.interpolate(x, size=stage.size, mode="bilinear", antialias=True, align_corners=False)
    low, high = draw(-0.12, 0.10), draw(stage.white, 1.12)
    x = ((x - low) / (high - low)).clamp(0, 1).clamp(min=1e-4) ** torch.exp(draw(-0.45, 0.45))
    x = x + draw(0, stage.noise) * torch.randn(x.shape, generator=generator)
    return preprocess_scale(x), motion


def moved(images: torch.Tensor, motion: torch.Tensor) -> torch.Tensor:
    """Bytes as 0…1 under affine motions `[N, 2, 3]`."""
    x = images.float() / 255
    return F.grid_sample(x, F.affine_grid(motion, x.shape, align_corners=False), align_corners=False)


def preprocess_scale(x: torch.Tensor) -> torch.Tensor:
    return (x - preprocess.MEAN) / preprocess.STD


def train(data: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    images, labels = load_split(data, "train")
    maps = torch.from_numpy(np.load(data / "maps.npy"))
    state = State(maps)
    plan = [stage for stage in STAGES for _ in range(stage.rounds)]
    # Work done, not steps taken, drives the schedule: a pixel counts the same at every size.
    total = sum((s.size / STAGES[-1].size) ** 2 for s in plan)
    if (out / "last.pt").exists():
        state.load(torch.load(out / "last.pt", weights_only=False))
    small, size = images, None
    for number in range(state.round, len(plan)):
        stage, start, busy = plan[number], time.time(), time.process_time()
        if stage.size != size:
            size, small = stage.size, shrunk(images, stage.size)
        done, share = (sum((s.size / STAGES[-1].size) ** 2 for s in part) / total for part in (plan[:number], [stage]))
        generator = torch.Generator().manual_seed(SEED * 1000 + number)
        loss = _round(state, small, labels, maps, stage, generator, done, share)
        recalibrate_batch_norm(state.average.module, small, stage)
        check = load_split(data, "validation")
        aucs = _aucs(predict(state.average.module, check[0], size), check[1].numpy())
        state.history.append({"round": number, "size": size, "loss": loss, "seconds": time.time() - start,
                              "cpu_seconds": time.process_time() - busy, "auc": dict(zip(CODES, aucs))})
        print(f"round {number + 1}/{len(plan)} at {size}: loss {loss:.4f}, macro AUC {np.mean(aucs):.4f}, "
              f"{time.time() - start:.0f} s, {time.process_time() - busy:.0f} s of CPU, "
              + " ".join(f"{a:.3f}" for a in aucs), flush=True)
        state.round = number + 1
        torch.save(state.dump(), out / "last.pt")
        (out / "history.json").write_text(json.dumps(state.history, indent=1))


class State:
    """All that a checkpoint holds."""

    PARTS = ("network", "average", "heads", "evidence", "optimiser")

    def __init__(self, maps: torch.Tensor):
        self.network = make_network().to(memory_format=torch.channels_last)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(0.99))
        speed_up(self.network)
        self.heads = torch.nn.ModuleList(MapHead(self.network, *place) for place in MAP_STAGES)
        self.evidence = EvidenceHead(self.network)
        self.map_mean = (maps[:500].float() / 255).mean((0, 2, 3))
        self.parameters = [*self.network.parameters(), *self.heads.parameters(), *self.evidence.parameters()]
        self.optimiser = torch.optim.AdamW(self.parameters, LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
        self.round, self.history = 0, []

    def dump(self) -> dict:
        return {name: getattr(self, name).state_dict() for name in State.PARTS} | {
            "round": self.round, "history": self.history}

    def load(self, saved: dict) -> None:
        for name in State.PARTS:
            getattr(self, name).load_state_dict(saved[name])
        self.round, self.history = saved["round"], saved["history"]


def _round(state: State, images, labels, maps, stage, generator, done, share) -> float:
    state.network.train()
    order = torch.randperm(len(images), generator=generator)[:ROUND].split(stage.batch)
    losses = []
    for step, rows in enumerate(order):
        progress = done + share * step / len(order)
        factor = min(progress / 0.04, 1) * (0.5 + 0.5 * np.cos(np.pi * min(progress, 1)))
        state.optimiser.param_groups[0]["lr"] = LEARNING_RATE * max(factor, 0.005)
        x, motion = augmented(images[rows], stage, generator)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = state.network(x.contiguous(memory_format=torch.channels_last))
            where = moved(maps[rows], motion)
            drawn = sum(head.loss(where, state.map_mean) for head in state.heads)
            drawn = drawn + state.evidence.loss(where, labels[rows])
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
def recalibrate_batch_norm(network: torch.nn.Module, images: torch.Tensor, stage: Stage, count: int = 384) -> None:
    """Running statistics over training images in float32: MONAI's momentum of 0.01 lags behind a short training."""
    network.eval()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    saved = [m.momentum for m in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum, norm.training = None, True
    generator = torch.Generator().manual_seed(SEED)
    for rows in torch.arange(count).split(64):
        network(augmented(images[rows], stage, generator)[0])
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
