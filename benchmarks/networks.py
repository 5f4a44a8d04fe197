"""Our networks beside OpenVINO's and ONNX Runtime's: same weights, same input, same threads, runs interleaved.

    make bench                                 # everything that report.json names
    make bench BENCH_ARGS="--rounds 5 b4"      # fewer rounds, the cases whose name contains b4

Other programs share the machine and its speed drifts, so the engines take turns within every round and only ratios of
medians are worth quoting. Weights come from training/reference/formula.py.
"""
import argparse
import os
import statistics
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

# Some environments force old CPU types onto numerical libraries; nobody here shall be slowed down by that.
for variable in [name for name in os.environ if name.startswith("OPENBLAS_")]:
    del os.environ[variable]
# HILUM_CPU_TIER=avx2 holds the peers to the same instructions; oneDNN and ONNX Runtime read this before they start.
if os.environ.get("HILUM_CPU_TIER") == "avx2":
    os.environ["ONEDNN_MAX_CPU_ISA"] = os.environ["DNNL_MAX_CPU_ISA"] = "AVX2"
warnings.filterwarnings("ignore")

import numpy as np
import safetensors.torch
import torch

ROOT = Path(__file__).parents[1]
OUT = ROOT / "benchmarks/out"
sys.path.insert(0, str(ROOT / "training/reference"))
import engines
import formula
import networks
import tables

RUNS_A_TURN = 3  # the first of a turn warms caches and threads and is not counted


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
    "b4": efficientnet("b4", 380),
    "vnet64": vnet((64, 64, 64)),
    "vnet128": vnet((128, 128, 64)),
    "vnet_width4": vnet((48, 48, 48), width=4),
}

CASES = {
    "b4_fp32_t2": Case("EfficientNet-B4, 380×380", "b4", rounds=12),
    "b4_fp32_t1": Case("EfficientNet-B4, 380×380", "b4", threads=1, rounds=10),
    "b4_bf16_t2": Case("EfficientNet-B4, 380×380", "b4", precision="bf16", rounds=12),
    "b4_bf16_t1": Case("EfficientNet-B4, 380×380", "b4", threads=1, precision="bf16", rounds=8),
    "b4_throughput": Case("EfficientNet-B4, 8 images wait", "b4", waiting=8, rounds=4),
    "vnet64_fp32_t2": Case("V-Net, 64³", "vnet64", rounds=4, openvino_bf16=True),
    "vnet64_fp32_t1": Case("V-Net, 64³", "vnet64", threads=1, rounds=2, openvino_bf16=True),
    "vnet128_fp32_t2": Case("V-Net, 128×128×64", "vnet128", rounds=2, openvino_bf16=True),
}
# On request only.
MORE_CASES = {
    "b0_fp32_t2": Case("EfficientNet-B0, 224×224", "b0"),
    "b0_bf16_t2": Case("EfficientNet-B0, 224×224", "b0", precision="bf16"),
    "vnet_width4_fp32_t2": Case("V-Net of width 4, 48³", "vnet_width4"),
}


def save(model: torch.nn.Module, path: Path) -> None:
    tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
    safetensors.torch.save_file(tensors, path)


def start_engines(case: Case, network: dict) -> list:
    model = network["model"]()
    formula.fill(model)
    weights = OUT / "model.safetensors"
    save(model, weights)
    image = formula.patches(network["shape"], network["patch"])
    setup = engines.Setup(model, weights, image, network["arguments"], case.threads, case.precision, case.waiting)
    started = [engines.Hilum(setup), engines.OpenVINO(setup)]
    if case.openvino_bf16:
        started.append(engines.OpenVINO(setup, precision="bf16"))
    if case.precision == "fp32":
        started.append(engines.ONNXRuntime(setup))  # has no bfloat16 on CPUs
    return started


def bench(key: str, case: Case, rounds: int) -> dict:
    started = start_engines(case, NETWORKS[case.network])
    ours, reference = started[0].output(), started[1].output()
    deviation = float(np.abs(ours - reference).max() / reference.std())
    runs = 1 if case.waiting > 1 else RUNS_A_TURN - 1
    times = {engine.name: [] for engine in started}
    for engine in started:
        engine.run()
    for _ in range(rounds):
        for engine in started:
            turn = [engine.run() for _ in range(runs + (0 if case.waiting > 1 else 1))]
            times[engine.name] += turn[-runs:]
    ready = started[0].ready
    for engine in started:
        engine.close()
    medians = {engine: statistics.median(values) / case.waiting for engine, values in times.items()}
    peers = [engine for engine in medians if engine != "Hilum"]
    best = min((p for p in peers if case.precision == "bf16" or "bf16" not in p), key=medians.get)
    return {
        "key": key, "label": case.label, "threads": case.threads, "precision": case.precision,
        "waiting": case.waiting, "ready": ready, "deviation_from_openvino": deviation, "runs": rounds * runs,
        "median_ms": medians, "spread_ms": {
            k: [min(v) / case.waiting, max(v) / case.waiting] for k, v in times.items()},
        "ratios": {peer: medians["Hilum"] / medians[peer] for peer in peers},
        "ours": medians["Hilum"], "peer": medians[best], "peer_name": best, "ratio": medians["Hilum"] / medians[best],
    }


def cell(result: dict, engine: str) -> str:
    if engine not in result["median_ms"]:
        return "–"
    low, high = result["spread_ms"][engine]
    return f"{result['median_ms'][engine]:.1f} ({low:.1f}–{high:.1f})"


def table(results: list[dict]) -> str:
    lines = ["| network | type | threads | Hilum ms | OpenVINO ms | OpenVINO bf16 ms | ONNX Runtime ms | ratio to the better |",
             "|---|---|---|---|---|---|---|---|"]
    for r in results:
        lines.append(
            f"| {r['label']} | {r['precision']} | {r['threads']} | {cell(r, 'Hilum')} | {cell(r, 'OpenVINO')} "
            f"| {cell(r, 'OpenVINO bf16')} | {cell(r, 'ONNX Runtime')} | **{r['ratio']:.2f}** ({r['peer_name']}) |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="parts of case names; none: all that the report needs")
    parser.add_argument("--rounds", type=int, help="turns of every engine, instead of what each case says")
    parser.add_argument("--threads", type=int, help="of every engine, instead of what each case says")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    chosen = CASES if not options.cases else {
        key: case for key, case in (CASES | MORE_CASES).items() if any(part in key for part in options.cases)}
    results = []
    for key, case in chosen.items():
        if options.threads:
            case = Case(**{**case.__dict__, "threads": options.threads})
        begin = time.monotonic()
        result = bench(key, case, options.rounds or case.rounds)
        print(f"{key}: ratio {result['ratio']:.2f} to {result['peer_name']}; {result['ready']}; differs from OpenVINO "
              f"by {result['deviation_from_openvino']:.1e} standard deviations "
              f"[{time.monotonic() - begin:.0f} s]", flush=True)
        results.append(result)
    if results:
        tables.publish("networks", table(results), {r["key"]: r for r in results}, whole=not options.cases)


if __name__ == "__main__":
    main()
