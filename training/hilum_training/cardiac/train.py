"""Trains the view network: a narrow V-Net that regresses one truncated signed distance map for each view.

    nice -n 19 python -m hilum_training.cardiac.train --data ../.training/cardiac --out ../.training/cardiac/run
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.spatial.transform import Rotation
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .. import preprocess
from ..networks import narrow_vnet
from .scene import VIEWS

WIDTH, EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY, SEED = 4, 5, 4, 3e-3, 1e-3, 7
TRUNCATION = 40.0
SIZE, SPACING = preprocess.GRID_SIZE, preprocess.GRID_SPACING


def make_network() -> torch.nn.Module:
    return narrow_vnet(WIDTH, out_channels=len(VIEWS))


def grid_mm(size: int = SIZE) -> torch.Tensor:
    """Voxel centres `[D, H, W, 3]` (x, y, z) in mm about the grid's centre."""
    line = (torch.arange(size, dtype=torch.float32) - (size - 1) / 2) * SPACING
    z, y, x = torch.meshgrid(line, line, line, indexing="ij")
    return torch.stack([x, y, z], -1)


def moved(images: torch.Tensor, planes: torch.Tensor, rng: np.random.Generator, turn: float, shift: float):
    """Patients turned and shifted at random, on the network's grid, with their distances in mm.

    - Parameters: `images` `[N, 1, S, S, S]`, `planes` `[N, V, 6]` as centre and normal in the drawn patient's frame.
    - Returns: images `[N, 1, 48, 48, 48]` and distances `[N, V, 48, 48, 48]`.
    """
    count, half = len(images), images.shape[-1] / 2 * SPACING
    rotation = torch.tensor(Rotation.from_rotvec(np.radians(rng.normal(0, turn, (count, 3)))).as_matrix(),
                            dtype=torch.float32)
    offset = torch.tensor(rng.uniform(-shift, shift, (count, 3)), dtype=torch.float32)
    points = torch.einsum("nij,dhwj->ndhwi", rotation, grid_mm()) + offset[:, None, None, None]
    image = F.grid_sample(images, points / half, padding_mode="border", align_corners=False)
    gap = torch.einsum("ndhwi,nvi->nvdhw", points, planes[..., 3:])
    return image, gap - (planes[..., :3] * planes[..., 3:]).sum(-1)[..., None, None, None]


def seen(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """One patient's volume as some scanner would give it: contrast, shading, thick slices, field of view; scaled."""
    x = image[0]
    gamma, sigma = np.exp(rng.uniform(-0.4, 0.4)), rng.uniform(0, 0.03)
    x = x.clamp(min=0) ** gamma
    u = grid_mm() / 150
    x = x * torch.exp(u @ torch.tensor(rng.normal(0, 0.12, 3), dtype=torch.float32))
    x = (x + sigma * torch.from_numpy(rng.standard_normal(x.shape, np.float32))).abs()
    if rng.random() < 0.3:
        x = _thick(x, int(rng.integers(3)), rng.uniform(0.2, 0.6))
    inside = _field_of_view(rng)
    low, high = rng.uniform(0, 2), rng.uniform(98, 99.8)
    limits = np.percentile((x * inside if rng.random() < 0.7 else x[inside]).numpy(), [low, high])
    x = ((x - limits[0]) / max(limits[1] - limits[0], 1e-6)).clamp(0, 1) * inside
    return ((x - preprocess.MEAN) / preprocess.STD)[None]


def _thick(x: torch.Tensor, axis: int, weight: float) -> torch.Tensor:
    return (1 - weight) * x + weight / 2 * (x.roll(1, axis) + x.roll(-1, axis))


def _field_of_view(rng) -> torch.Tensor:
    """Mask of an axis-aligned or tilted box about the grid's centre; scouts seldom fill the whole grid."""
    half = np.array([rng.uniform(115, 200), rng.uniform(100, 200), rng.uniform(75, 180)])
    points = grid_mm()
    if rng.random() < 0.35:
        turn = Rotation.from_rotvec(np.radians(rng.normal(0, 15, 3))).as_matrix()
        points = points @ torch.tensor(turn, dtype=torch.float32)
    return (points.abs() <= torch.tensor(half, dtype=torch.float32)).all(-1)


def loss_of(output: torch.Tensor, distance: torch.Tensor) -> torch.Tensor:
    """Smooth L1 on clipped distances; voxels near a plane count five times those far from it."""
    target = distance.clamp(-TRUNCATION, TRUNCATION) / TRUNCATION
    weight = torch.where(distance.abs() < TRUNCATION, 1.0, 0.2)
    return (F.smooth_l1_loss(output, target, beta=0.05, reduction="none") * weight).sum() / weight.sum()


def load_split(folder: Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    data = np.load(folder / f"{split}.npz")
    return torch.from_numpy(data["images"])[:, None], torch.from_numpy(data["planes"])


def single_precision(module: torch.nn.Module) -> None:
    """Takes a module out of autocast: PyTorch 2.13 on the CPU gets bfloat16 weight gradients of 5³ kernels on 3³ voxels
    wrong, at random up to infinity."""
    inner = module.forward

    def forward(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", enabled=False):
            return inner(x.float())

    module.forward = forward


def train(data: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    images, planes = load_split(data, "train")
    network = make_network().to(memory_format=torch.channels_last_3d)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.99))
    single_precision(network.down_tr256)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    first, history = 0, []
    if (out / "last.pt").exists():
        state = torch.load(out / "last.pt", weights_only=False)
        network.load_state_dict(state["network"]), average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first, history = state["epoch"], state["history"]
    for epoch in range(first, EPOCHS):
        start, rng = time.time(), np.random.default_rng([SEED, epoch])
        loss = _epoch(network, average, optimiser, images, planes, epoch, rng)
        recalibrate_batch_norm(average.module, images, planes)
        check = validate(average.module, data)
        history.append({"epoch": epoch, "loss": loss, "validation": check, "seconds": time.time() - start})
        print(f"epoch {epoch + 1}/{EPOCHS}: loss {loss:.4f}, validation {check:.4f}, {time.time() - start:.0f} s", flush=True)
        torch.save({"network": network.state_dict(), "average": average.state_dict(), "epoch": epoch + 1,
                    "optimiser": optimiser.state_dict(), "history": history}, out / "last.pt")
        (out / "history.json").write_text(json.dumps(history, indent=1))


def _batch(images, planes, rows, rng, turn=9.0, shift=32.0):
    x, distance = moved(images[rows].float() / 255, planes[rows], rng, turn, shift)
    return torch.stack([seen(volume, rng) for volume in x]), distance


def _epoch(network, average, optimiser, images, planes, epoch, rng) -> float:
    network.train()
    order = torch.from_numpy(rng.permutation(len(images))).split(BATCH)
    losses = []
    for step, rows in enumerate(order):
        progress = (epoch + step / len(order)) / EPOCHS
        factor = min(progress / 0.04, 1) * (0.5 + 0.5 * np.cos(np.pi * progress))
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * max(factor, 0.01)
        x, distance = _batch(images, planes, rows, rng)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = network(x.contiguous(memory_format=torch.channels_last_3d))
        loss = loss_of(output.float(), distance)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        average.update_parameters(network)
        losses.append(float(loss.detach()))
        if step % 25 == 24:
            print(f"  step {step + 1}/{len(order)} loss {np.mean(losses[-25:]):.4f}", flush=True)
    return float(np.mean(losses))


@torch.no_grad()
def recalibrate_batch_norm(network, images, planes, count: int = 96) -> None:
    """Running statistics in float32 over training volumes for the averaged weights."""
    network.eval()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm3d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum, norm.training = None, True
    rng = np.random.default_rng(SEED)
    for rows in torch.arange(count).split(8):
        network(_batch(images, planes, rows, rng)[0])
    for norm in norms:
        norm.momentum, norm.training = 0.1, False


@torch.no_grad()
def validate(network, data: Path) -> float:
    network.eval()
    images, planes = load_split(data, "validation")
    rng = np.random.default_rng(SEED)
    losses = []
    for rows in torch.arange(len(images)).split(8):
        x, distance = _batch(images, planes, rows, rng)
        losses.append(float(loss_of(network(x), distance)))
    return float(np.mean(losses))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--out", type=Path, default=Path("../.training/cardiac/run"))
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments.data, arguments.out)


if __name__ == "__main__":
    main()
