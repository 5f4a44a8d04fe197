"""Trains the chest network: nine independent sigmoids on MONAI's EfficientNet.

    nice -n 19 python -m hilum_training.chest.train --data ../.training/chest --out ../.training/chest/run

Small images first, full size last. A checkpoint is written after every epoch, and a second call goes on from it.
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
from .findings import CODES


@dataclass(frozen=True)
class Stage:
    size: int
    batch: int
    epochs: int


STAGES = (Stage(112, 48, 5), Stage(160, 48, 1), Stage(224, 32, 1))
LEARNING_RATE, WEIGHT_DECAY, SEED = 2e-3, 2e-2, 7


def make_network() -> torch.nn.Module:
    network = EfficientNetBN("efficientnet-b0", pretrained=False, spatial_dims=2, in_channels=1, num_classes=len(CODES))
    for module in network.modules():
        if hasattr(module, "drop_connect_rate"):
            module.drop_connect_rate = 0.0  # too few steps here to need it
    return network


def load_split(folder: Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images `[N, 1, H, W]` uint8 and labels `[N, 9]` float."""
    data = np.load(folder / f"{split}.npz")
    return torch.from_numpy(data["images"])[:, None], torch.from_numpy((data["severities"] > 0).astype(np.float32))


def augmented(images: torch.Tensor, size: int, generator: torch.Generator) -> torch.Tensor:
    """Small turns, shifts and zooms, other tone curves, blur and noise; then the network's scale."""
    count = len(images)

    def draw(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)

    x = images.float() / 255
    angle, zoom = draw(-0.1, 0.1).flatten(), draw(0.92, 1.08).flatten()
    rows = [torch.stack([zoom * angle.cos(), -zoom * angle.sin(), draw(-0.09, 0.09).flatten()], 1),
            torch.stack([zoom * angle.sin(), zoom * angle.cos(), draw(-0.09, 0.09).flatten()], 1)]
    x = F.grid_sample(x, F.affine_grid(torch.stack(rows, 1), x.shape, align_corners=False), align_corners=False)
    if size != x.shape[-1]:
        x = F.interpolate(x, size=size, mode="bilinear", antialias=True, align_corners=False)
    low, high = draw(-0.12, 0.10), draw(0.82, 1.12)
    x = ((x - low) / (high - low)).clamp(0, 1).clamp(min=1e-4) ** torch.exp(draw(-0.45, 0.45))
    x = x + draw(0, 0.03) * torch.randn(x.shape, generator=generator)
    return preprocess_scale(x)


def preprocess_scale(x: torch.Tensor) -> torch.Tensor:
    return (x - preprocess.MEAN) / preprocess.STD


def train(data: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    images, labels = load_split(data, "train")
    network = make_network().to(memory_format=torch.channels_last)
    speed_up(network)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.99))
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    plan = [stage for stage in STAGES for _ in range(stage.epochs)]
    # Work done, not steps taken, drives the schedule: a full-size image counts four times.
    total = sum((s.size / STAGES[-1].size) ** 2 for s in plan)
    done, first, history = 0.0, 0, []
    if (out / "last.pt").exists():
        state = torch.load(out / "last.pt", weights_only=False)
        network.load_state_dict(state["network"]), average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first, done, history = state["epoch"], state["done"], state["history"]
    for epoch in range(first, len(plan)):
        stage, start = plan[epoch], time.time()
        generator = torch.Generator().manual_seed(SEED * 1000 + epoch)
        share = (stage.size / STAGES[-1].size) ** 2 / total
        loss = _epoch(network, average, optimiser, images, labels, stage, generator, done, share)
        done += share
        recalibrate_batch_norm(average.module, images, stage.size)
        scores = predict(average.module, *load_split(data, "validation")[:1], size=stage.size)
        aucs = _aucs(scores, load_split(data, "validation")[1].numpy())
        history.append({"epoch": epoch, "size": stage.size, "loss": loss, "seconds": time.time() - start,
                        "auc": dict(zip(CODES, aucs))})
        print(f"epoch {epoch + 1}/{len(plan)} at {stage.size}: loss {loss:.4f}, macro AUC {np.mean(aucs):.4f}, "
              f"{time.time() - start:.0f} s, " + " ".join(f"{a:.3f}" for a in aucs), flush=True)
        torch.save({"network": network.state_dict(), "average": average.state_dict(), "epoch": epoch + 1,
                    "optimiser": optimiser.state_dict(), "done": done, "history": history}, out / "last.pt")
        (out / "history.json").write_text(json.dumps(history, indent=1))


def _epoch(network, average, optimiser, images, labels, stage, generator, done, share) -> float:
    network.train()
    order = torch.randperm(len(images), generator=generator).split(stage.batch)
    losses = []
    for step, rows in enumerate(order):
        progress = done + share * step / len(order)
        factor = min(progress / 0.04, 1) * (0.5 + 0.5 * np.cos(np.pi * min(progress, 1)))
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * max(factor, 0.005)
        x = augmented(images[rows], stage.size, generator).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(x)
        loss = F.binary_cross_entropy_with_logits(logits.float(), labels[rows])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        average.update_parameters(network)
        losses.append(float(loss.detach()))
        if step % 25 == 24:
            print(f"  step {step + 1}/{len(order)} loss {np.mean(losses[-25:]):.4f}", flush=True)
    return float(np.mean(losses))


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
        network(augmented(images[rows], size, generator))
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
    from sklearn.metrics import roc_auc_score

    return [float(roc_auc_score(labels[:, k], scores[:, k])) for k in range(labels.shape[1])]


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
