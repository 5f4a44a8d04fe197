"""Trains the chest network: one independent sigmoid a finding on MONAI's EfficientNet-B4.

    python -m hilum_training.chest.train --data ../.training/chest --out ../.training/chest/run
    python -m hilum_training.chest.train --finding scoliosis --out ../.training/chest/scoliosis

The second form trains one network for one finding, on a balanced set; a panel of nine of them serves as well as the
one network of nine outputs. Small images first, full size last. Where the data come with maps of the anatomy, heads on
the features of stride 8 and 16 draw them, and the class activation maps are held against where the findings show. A
checkpoint is written after every round, and a second call goes on from it.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..depthwise import speed_up
from . import cases, curves, metrics, sets
from .augmentation import Tone, augmented, moved, shrunk
from .cases import Cases
from .heads import TrainingHeads
from .network import VARIANT, make_network


@dataclass(frozen=True)
class Stage:
    """Rounds of `images` images of one size.

    Sizes are 4 times an odd number, as 380 is: the padding of every stage then lies as it does at full size.
    """

    size: int
    rounds: int
    images: int
    tone: Tone
    batch: int = 16
    rate: float | None = None  # a learning rate of the stage's own, falling from here to none over its rounds


EARLY, LATE = Tone(white=0.82, noise=0.03), Tone(white=0.98, noise=0.015)
STAGES = (Stage(92, 2, 2000, EARLY), Stage(124, 3, 2000, EARLY), Stage(124, 1, 2000, LATE), Stage(188, 7, 1500, LATE),
          Stage(284, 2, 1500, LATE, rate=1.2e-3), Stage(380, 4, 1200, LATE, batch=8, rate=1e-3))
"""Large shapes first. From the third stage on nothing bright is lost: spine and plaques lie in the white mediastinum."""

LEARNING_RATE, WEIGHT_DECAY, MAP_WEIGHT, SEED = 2.5e-3, 2e-2, 1.0, 7
CHECKED, RECALIBRATED = 256, 128
"""Validation cases looked at after each round, and training images that set the norms before."""


def train(data: Path, out: Path, codes: tuple[str, ...], stages: tuple[Stage, ...] = STAGES,
          variant: str = VARIANT) -> None:
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    learned = cases.load(data, "train", codes)
    chosen = sets.rows_for(learned.labels)
    learned = learned if len(chosen) == len(learned) else learned.part(chosen)
    check = cases.load(data, "validation", codes)
    check = check.part(np.arange(min(CHECKED, len(check))))
    state = State(codes, variant, learned.maps)
    plan = [stage for stage in stages for _ in range(stage.rounds)]
    within = [index / stage.rounds for stage in stages for index in range(stage.rounds)]
    # Work done, not steps taken, drives the schedule: a pixel counts the same at every size.
    work = np.cumsum([0] + [stage.images * stage.size**2 for stage in plan]) / sum(s.images * s.size**2 for s in plan)
    if (out / "last.pt").exists():
        state.load(torch.load(out / "last.pt", weights_only=False))
    small, size = learned.images, None
    for number in range(state.round, len(plan)):
        stage, start, busy = plan[number], time.time(), time.process_time()
        if stage.size != size:
            size, small = stage.size, shrunk(learned.images, stage.size)
        generator = torch.Generator().manual_seed(SEED * 1000 + number)
        loss = _round(state, small, learned, stage, generator, work[number:number + 2], within[number])
        recalibrate_batch_norm(state.average.module, small, stage, RECALIBRATED)
        aucs = _aucs(predict(state.average.module, check.images, size), check.labels.numpy())
        state.history.append({"round": number + 1, "size": size, "images": stage.images, "loss": loss,
                              "seconds": time.time() - start, "cpu_seconds": time.process_time() - busy,
                              "auc": dict(zip(codes, aucs))})
        print(f"round {number + 1}/{len(plan)} at {size}: loss {loss:.4f}, macro AUC {np.mean(aucs):.4f}, "
              f"{time.time() - start:.0f} s, {time.process_time() - busy:.0f} s of CPU, "
              + " ".join(f"{a:.3f}" for a in aucs), flush=True)
        state.round = number + 1
        state.save(out)
        curves.draw(state.history, out / "curves.svg")


class State:
    """All that a checkpoint holds."""

    PARTS = ("network", "average", "heads", "optimiser")

    def __init__(self, codes: tuple[str, ...], variant: str, maps: torch.Tensor | None):
        self.codes, self.variant = codes, variant
        self.network = make_network(len(codes), variant).to(memory_format=torch.channels_last)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(0.95))
        speed_up(self.network)
        self.heads = torch.nn.Module() if maps is None else TrainingHeads(self.network, maps, codes)
        self.parameters = [*self.network.parameters(), *self.heads.parameters()]
        self.optimiser = torch.optim.AdamW(self.parameters, LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
        self.round, self.history = 0, []

    def save(self, out: Path) -> None:
        parts = {name: getattr(self, name).state_dict() for name in State.PARTS}
        torch.save(parts | {"codes": self.codes, "variant": self.variant, "round": self.round,
                            "history": self.history}, out / "next.pt")
        (out / "next.pt").rename(out / "last.pt")
        (out / "history.json").write_text(json.dumps(self.history, indent=1) + "\n")

    def load(self, saved: dict) -> None:
        for name in State.PARTS:
            getattr(self, name).load_state_dict(saved[name])
        self.round, self.history = saved["round"], saved["history"]


def _round(state: State, images: torch.Tensor, learned: Cases, stage: Stage, generator: torch.Generator,
           work: np.ndarray, within: float) -> float:
    """`work`: what share of all is done before and after this round; `within`: of its stage before it."""
    state.network.train()
    count = min(stage.images, len(images))
    order = torch.randperm(len(images), generator=generator)[:count].split(stage.batch)
    weights, losses = sets.weights(learned.labels), []
    for step, rows in enumerate(order):
        share = step / len(order)
        _set_learning_rate(state.optimiser, work[0] + (work[1] - work[0]) * share, stage, within + share / stage.rounds)
        x, motion = augmented(images[rows], stage.size, stage.tone, generator)
        labels = learned.labels[rows]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = state.network(x.contiguous(memory_format=torch.channels_last))
            where = 0.0
            if learned.maps is not None:
                where = state.heads.loss(moved(learned.maps[rows].float() / 255, motion), labels)
        loss = F.binary_cross_entropy_with_logits(logits.float(), labels, pos_weight=weights)
        state.optimiser.zero_grad()
        (loss + MAP_WEIGHT * where).backward()
        torch.nn.utils.clip_grad_norm_(state.parameters, 5.0)
        state.optimiser.step()
        state.average.update_parameters(state.network)
        losses.append((float(loss.detach()), float(torch.as_tensor(where).detach())))
        if step % 10 == 9:
            recent = np.mean(losses[-10:], 0)
            print(f"  step {step + 1}/{len(order)} loss {recent[0]:.4f} maps {recent[1]:.4f}", flush=True)
    return float(np.mean(losses, 0)[0])


def _set_learning_rate(optimiser: torch.optim.Optimizer, progress: float, stage: Stage, within: float) -> None:
    """A short rise, then half a cosine over all stages, or over a stage with a rate of its own."""
    factor = min(progress / 0.03, 1) * (0.5 + 0.5 * np.cos(np.pi * min(progress, 1)))
    rate = LEARNING_RATE * max(factor, 0.005)
    if stage.rate is not None:
        rate = stage.rate * min(within / 0.1 + 0.1, 1) * (0.5 + 0.5 * np.cos(np.pi * within))
    optimiser.param_groups[0]["lr"] = rate


@torch.no_grad()
def recalibrate_batch_norm(network: torch.nn.Module, images: torch.Tensor, stage: Stage, count: int) -> None:
    """Running statistics over training images: MONAI's momentum of 0.01 lags behind a short training."""
    network.eval()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    saved = [m.momentum for m in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum, norm.training = None, True
    generator = torch.Generator().manual_seed(SEED)
    for rows in torch.arange(min(count, len(images))).split(32):
        x = augmented(images[rows], stage.size, stage.tone, generator)[0]
        network(x.contiguous(memory_format=torch.channels_last))
    for norm, momentum in zip(norms, saved):
        norm.momentum, norm.training = momentum, False


@torch.no_grad()
def predict(network: torch.nn.Module, images: torch.Tensor, size: int | None = None) -> np.ndarray:
    """Logits `[N, findings]` in evaluation mode, of the images as they are or shrunk to `size`."""
    network.eval()
    out = []
    for part in images.split(32):
        x = part.float()
        if size is not None and size != x.shape[-1]:
            x = F.interpolate(x, size=size, mode="bilinear", antialias=True, align_corners=False)
        out.append(network(x.contiguous(memory_format=torch.channels_last)).float())
    return torch.cat(out).numpy()


def _aucs(scores: np.ndarray, labels: np.ndarray) -> list[float]:
    return [metrics.auc(scores[:, k], labels[:, k]) for k in range(labels.shape[1])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--out", type=Path, default=Path("../.training/chest/run"))
    parser.add_argument("--finding", help="trains one finding alone, for a panel of single networks")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    codes = cases.codes_of(arguments.data)
    if arguments.finding is not None and arguments.finding not in codes:
        parser.error(f"--finding is none of {', '.join(codes)}")
    train(arguments.data, arguments.out, codes if arguments.finding is None else (arguments.finding,))


if __name__ == "__main__":
    main()
