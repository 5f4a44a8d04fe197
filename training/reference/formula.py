"""Weights and inputs by formula, so that tests need no weight files: the Swift tests compute the same values.

For tensor name s and flat index i: h = FNV-1a 64 of the UTF-8 name, z = splitmix64(h + i * 0x9E3779B97F4A7C15),
u = (z >> 40) / 2**24 in [0, 1). By kind of tensor:

    *.running_var                   0.5 + u
    *.running_mean, *.bias          (u - 0.5) / 4
    *.weight of one dimension       0.75 + u / 2                                  (batch norm)
    *.weight of several dimensions  (2 u - 1) * sqrt(3 * gain / fan_in)           fan_in = product of all but the first
"""
import math

import numpy as np

GAIN = 1.6


def fnv1a(name: str) -> int:
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def uniform(name: str, count: int) -> np.ndarray:
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**24).astype(np.float32)


def weights(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The float32 values of a tensor; every operation rounds to float32, as in the tests."""
    u = uniform(name, math.prod(shape))
    if name.endswith(".running_var"):
        values = np.float32(0.5) + u
    elif name.endswith((".running_mean", ".bias")):
        values = (u - np.float32(0.5)) * np.float32(0.25)
    elif len(shape) == 1:
        values = np.float32(0.75) + u * np.float32(0.5)
    else:
        bound = np.float32(math.sqrt(3 * GAIN / math.prod(shape[1:])))
        values = (u * np.float32(2) - np.float32(1)) * bound
    return values.reshape(shape)


def patches(shape: tuple[int, ...], size: int) -> np.ndarray:
    """Images or volumes of constant patches, 4 u each: white noise would average out to the same output for all.

    u is counted over [N, C, patches of each axis…] for the name "input"; an extent that is no multiple of `size` ends
    in a narrower patch.
    """
    spatial = shape[2:]
    coarse = (*shape[:2], *(-(-extent // size) for extent in spatial))
    values = np.float32(4) * uniform("input", math.prod(coarse)).reshape(coarse)
    for axis, extent in enumerate(spatial, start=2):
        values = np.repeat(values, size, axis=axis).take(range(extent), axis=axis)
    return values


def fill(model) -> None:
    """Overwrites the state of a PyTorch model; call it while the model is float32."""
    import torch

    state = model.state_dict()
    for name, value in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = torch.from_numpy(weights(name, tuple(value.shape)))
    model.load_state_dict(state)
