"""Trains the view network: a narrow V-Net that regresses one truncated signed distance map for each view.

    python -m hilum_training.cardiac.train --data ../.training/cardiac --out ../.training/cardiac/run [--from BUNDLE]

Where nothing is to be planned every map is to be its truncation everywhere, so that no plane is found. Resumes from the
last epoch; `--from` starts with the weights of a bundle, which may have fewer views.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..networks import grown, narrow_vnet
from .augment import batch, grid_mm
from .curves import draw_curves
from .fit import TRUNCATION, planes_from
from .planes import VIEWS, Plane, errors
from .tensors import Scout, scouts

WIDTH, EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY, SEED = 4, 3, 4, 2e-3, 1e-3, 7


def make_network() -> torch.nn.Module:
    return narrow_vnet(WIDTH, out_channels=len(VIEWS))


def loss_of(output: torch.Tensor, distance: torch.Tensor) -> torch.Tensor:
    """Smooth L1 on clipped distances; voxels near a plane count five times those far from it."""
    target = distance.clamp(-TRUNCATION, TRUNCATION) / TRUNCATION
    weight = torch.where(distance.abs() < TRUNCATION, 1.0, 0.2)
    return (F.smooth_l1_loss(output, target, beta=0.05, reduction="none") * weight).sum() / weight.sum()


def single_precision(module: torch.nn.Module) -> None:
    """Takes a module out of autocast: PyTorch 2.13 on the CPU gets bfloat16 weight gradients of 5³ kernels on 3³ voxels
    wrong, at random up to infinity."""
    inner = module.forward

    def forward(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", enabled=False):
            return inner(x.float())

    module.forward = forward


class Run:
    """Network, its running average, optimiser and history; one file holds them all."""

    def __init__(self, folder: Path, epochs: int, start: Path | None):
        self.file, self.epochs, self.first, self.history = folder / "last.pt", epochs, 0, []
        torch.manual_seed(SEED)
        network = make_network()
        if start is not None and not self.file.exists():
            grown(network, load_file(start / "model.safetensors"))
        self.network = network.to(memory_format=torch.channels_last_3d)
        self.average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.99))
        single_precision(network.down_tr256)
        self.optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        if self.file.exists():
            state = torch.load(self.file, weights_only=False)
            for part in ("network", "average", "optimiser"):
                getattr(self, part).load_state_dict(state[part])
            self.first, self.history = state["epoch"], state["history"]

    def save(self, epoch: int) -> None:
        torch.save({part: getattr(self, part).state_dict() for part in ("network", "average", "optimiser")}
                   | {"epoch": epoch, "history": self.history}, self.file)

    def rate(self, progress: float) -> None:
        factor = min(progress / 0.04, 1) * (0.5 + 0.5 * np.cos(np.pi * progress))
        self.optimiser.param_groups[0]["lr"] = LEARNING_RATE * max(factor, 0.01)


def train(data: Path, out: Path, epochs: int = EPOCHS, start: Path | None = None, most: int | None = None) -> None:
    """`most` scouts, drawn anew, make an epoch; all of them unless it is given."""
    out.mkdir(parents=True, exist_ok=True)
    run, patients = Run(out, epochs, start), {split: scouts(data, split) for split in ("train", "validation")}
    for epoch in range(run.first, epochs):
        began, rng = time.time(), np.random.default_rng([SEED, epoch])
        loss = _epoch(run, patients["train"], epoch, rng, most)
        recalibrate_batch_norm(run.average.module, patients["train"])
        check = validate(run.average.module, patients["validation"])
        run.history.append({"epoch": epoch + 1, "loss": loss, **check, "seconds": round(time.time() - began)})
        print(json.dumps(run.history[-1]), flush=True)
        run.save(epoch + 1)
        (out / "history.json").write_text(json.dumps(run.history, indent=1))
        draw_curves(run.history, out / "curves.svg")


def _epoch(run: Run, patients: list[Scout], epoch: int, rng, most: int | None) -> float:
    run.network.train()
    drawn, losses = rng.permutation(len(patients))[:most], []
    order = np.array_split(drawn, max(len(drawn) // BATCH, 1))
    for step, rows in enumerate(order):
        run.rate((epoch + step / len(order)) / run.epochs)
        x, distance = batch([patients[row] for row in rows], rng)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = run.network(x.contiguous(memory_format=torch.channels_last_3d))
        loss = loss_of(output.float(), distance)
        run.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(run.network.parameters(), 2.0)
        run.optimiser.step()
        run.average.update_parameters(run.network)
        losses.append(float(loss.detach()))
        if step % 25 == 24:
            print(f"  step {step + 1}/{len(order)} loss {np.mean(losses[-25:]):.4f}", flush=True)
    return float(np.mean(losses))


@torch.no_grad()
def recalibrate_batch_norm(network, patients: list[Scout], count: int = 96) -> None:
    """Running statistics in float32 over training volumes for the averaged weights."""
    network.eval()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm3d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum, norm.training = None, True
    rng = np.random.default_rng(SEED)
    for rows in np.array_split(rng.permutation(len(patients))[:count], max(min(count, len(patients)) // 8, 1)):
        network(batch([patients[row] for row in rows], rng)[0])
    for norm in norms:
        norm.momentum, norm.training = 0.1, False


@torch.no_grad()
def validate(network, patients: list[Scout], count: int = 64) -> dict:
    """Loss and median plane errors over some scouts of both acquisitions, as they lie."""
    network.eval()
    rng, losses, found = np.random.default_rng(SEED), [], []
    for scout in patients[:count]:
        x, distance = batch([scout], rng, turn=0, shift=0)
        output = network(x)
        losses.append(float(loss_of(output, distance)))
        if scout.planes is not None and (planes := _planes(output[0] * TRUNCATION, x[0, 0])) is not None:
            found.append([errors(planes[view], Plane(*true.reshape(2, 3))) for view, true in zip(VIEWS, scout.planes)])
    angle, distance = np.median(np.array(found), 0).T if found else np.full((2, len(VIEWS)), np.nan)
    return {"validation": float(np.mean(losses)), "angle": angle.round(2).tolist(), "distance": distance.round(2).tolist()}


def _planes(maps: torch.Tensor, image: torch.Tensor) -> dict[str, Plane] | None:
    inside = (image > image.min()).numpy()
    return planes_from(maps.numpy()[:, inside], grid_mm().numpy()[inside])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--out", type=Path, default=Path("../.training/cardiac/run"))
    parser.add_argument("--from", dest="start", type=Path, help="bundle whose weights are the first")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--scouts", type=int, help="scouts that make an epoch; default: all")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments.data, arguments.out, arguments.epochs, arguments.start, arguments.scouts)


if __name__ == "__main__":
    main()
