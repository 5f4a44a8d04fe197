"""A V-Net of MONAI's widths that finds planes on 96³ voxels of 3 mm: a narrow one, fitted to one scout and widened.

No such network is shipped. Formula weights would do for its time, but planning refuses maps without planes and would stop
there. What is fitted to a single scout is of no other use.
"""
import json
import subprocess
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).parents[2]
SIZE, SPACING, STEPS, RATE = 96, 3.0, 60, 3e-3


def fitted(narrow: torch.nn.Module, manifest: dict, scout: Path, truth: dict, folder: Path) -> torch.nn.Module:
    """The narrow network after `STEPS` steps on the one scout, at the finer grid.

    - truth: a plane (`center`, `normal`) for each view of the manifest, LPS mm.
    """
    x, center = seen(manifest["input"] | {"size": [SIZE] * 3, "spacing_mm": SPACING}, scout, folder)
    truncation = manifest["outputs"][0]["truncation_mm"]
    distance = torch.stack([signed_distance(truth[output["view"]], center) for output in manifest["outputs"]])[None]
    target = distance.clamp(-truncation, truncation) / truncation
    weight = torch.where(distance.abs() < truncation, 1.0, 0.2)
    narrow.train()
    norms = [m for m in narrow.modules() if isinstance(m, torch.nn.BatchNorm3d)]
    for module in narrow.modules():
        if isinstance(module, torch.nn.Dropout3d):
            module.p = 0
    optimiser = torch.optim.Adam(narrow.parameters(), RATE)
    with torch.enable_grad():
        for step in range(STEPS):
            optimiser.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
            loss = ((narrow(x) - target).abs() * weight).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    for norm in norms:
        norm.momentum = 1.0  # the running statistics are those of this scout
    with torch.no_grad():
        narrow(x)
    return narrow.eval()


def seen(given: dict, scout: Path, folder: Path) -> tuple[torch.Tensor, np.ndarray]:
    """What the network sees of a scout, by `hilum preprocess`, and the grid's centre, LPS mm."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "input.json").write_text(json.dumps(given))
    command = ["preprocess", "--input", folder / "input.json", "--out", folder, scout]
    subprocess.run([ROOT / ".build/release/hilum", *command], check=True, stdout=subprocess.DEVNULL)
    line = json.loads((folder / "index.jsonl").read_text())
    return torch.from_numpy(np.load(folder / line["tensor"]))[None], np.array(line["center"])


def signed_distance(plane: dict, center: np.ndarray) -> torch.Tensor:
    """Of each voxel `[D, H, W]` to a plane, mm."""
    line = (np.arange(SIZE) - (SIZE - 1) / 2) * SPACING
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    points = np.stack([x, y, z], -1) + center
    return torch.from_numpy(((points - plane["center"]) @ np.array(plane["normal"])).astype(np.float32))


def widened(narrow: torch.nn.Module, wide: torch.nn.Module) -> torch.nn.Module:
    """The narrow network's function with several like channels for each of its own; whoever sums them divides."""
    known, state = narrow.state_dict(), wide.state_dict()
    for name, value in state.items():
        tensor = known[name]
        inputs = 0 if "up_conv" in name else 1
        for axis in range(min(2, value.dim())):
            times = value.shape[axis] // tensor.shape[axis]
            tensor = tensor.repeat_interleave(times, axis)
            if axis == inputs and value.dim() > 1:
                tensor = tensor / times
        state[name] = tensor
    wide.load_state_dict(state)
    return wide.eval()
