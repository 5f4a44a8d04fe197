"""Which cases a network trains on: all of them for the multi-label form, a balanced set for one finding."""

import numpy as np
import torch

SEED = 11


def balanced_rows(labels: torch.Tensor) -> np.ndarray:
    """Rows of one finding's set: every case that has it, and as many without it, drawn once and in order.

    - labels: `[N, 1]`.
    """
    present = labels[:, 0].numpy() > 0
    with_it, without = np.flatnonzero(present), np.flatnonzero(~present)
    count = min(len(with_it), len(without))
    rng = np.random.default_rng(SEED)
    return np.sort(np.concatenate([rng.choice(rows, count, replace=False) for rows in (with_it, without)]))


def rows_for(labels: torch.Tensor) -> np.ndarray:
    """The balanced set where there is one finding, else all rows; there `weights` balance."""
    return balanced_rows(labels) if labels.shape[1] == 1 else np.arange(len(labels))


def weights(labels: torch.Tensor) -> torch.Tensor:
    """What a present finding counts for against an absent one, `[findings]`: the root of how much rarer it is."""
    present = labels.sum(0).clamp(min=1)
    return ((len(labels) - present) / present).clamp(1, 25).sqrt()
