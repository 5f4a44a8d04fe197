"""The networks of the benchmarks with their weights and inputs, and how a case runs them."""
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

# Some environments force old CPU types onto numerical libraries; nobody here shall be slowed down by that.
for variable in [name for name in os.environ if name.startswith("OPENBLAS_")]:
    del os.environ[variable]
# HILUM_CPU_TIER=avx2 holds both sides to the same instructions; oneDNN reads this before they start.
if os.environ.get("HILUM_CPU_TIER") == "avx2":
    os.environ["ONEDNN_MAX_CPU_ISA"] = os.environ["DNNL_MAX_CPU_ISA"] = "AVX2"
warnings.filterwarnings("ignore")

import safetensors.torch
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "training/reference"))
import engines
import formula
import networks

OUT = engines.OUT


@dataclass(frozen=True)
class Case:
    """One network, and how it is run: all engines get the same threads, images and precision."""
    label: str
    network: str                # of NETWORKS
    threads: int = 2
    precision: str = "fp32"
    waiting: int = 1            # images that wait at once: throughput instead of latency
    rounds: int = 10            # unless --rounds says otherwise
    openvino_bf16: bool = False  # V-Net in float32 also beside OpenVINO's bfloat16
    limit: float | None = None  # of the ratio to the better peer
    tier: str | None = None     # both sides held to its instructions, ONNX Runtime left out: it cannot be held


def efficientnet(variant: str, size: int) -> dict:
    return {
        "model": lambda: networks.efficientnet(variant), "shape": (1, 1, size, size), "patch": 16,
        "arguments": ["efficientnet", variant, "1", "9", str(size)],
    }


def vnet(extent: tuple[int, int, int], width: int = 16) -> dict:
    return {
        "model": lambda: networks.vnet(width=width), "shape": (1, 1, *extent), "patch": 4,
        "arguments": ["vnet", str(width), "1", "3", "x".join(map(str, extent))],
    }


NETWORKS = {
    "b0": efficientnet("b0", 224),
    "b0_small": efficientnet("b0", 64),
    "b4": efficientnet("b4", 380),
    "vnet64": vnet((64, 64, 64)),
    "vnet128": vnet((128, 128, 64)),
    "vnet_width4": vnet((48, 48, 48), width=4),
}

def save(model: torch.nn.Module, path: Path) -> None:
    tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
    safetensors.torch.save_file(tensors, path)


def setup_of(case: Case) -> engines.Setup:
    network = NETWORKS[case.network]
    model = network["model"]()
    formula.fill(model)
    weights = OUT / "model.safetensors"
    save(model, weights)
    image = formula.patches(network["shape"], network["patch"])
    return engines.Setup(model, weights, image, network["arguments"], case.threads, case.precision, case.waiting)
