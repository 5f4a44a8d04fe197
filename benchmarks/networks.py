"""Our networks beside OpenVINO's and ONNX Runtime's: same weights, same input, same threads, runs interleaved.

    make bench                                 # everything that report.json names
    make bench BENCH_ARGS="--rounds 5 b4"      # fewer rounds, the cases whose name contains b4

Other programs share the machine and its speed drifts, so the engines take turns within every round, a round waits until
the processors are all there (machine.py), and only ratios are worth quoting: the median of those within a round. Weights
come from training/reference/formula.py.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import cases
import engines
import machine
import numpy as np
import tables
import torch
import turns
from cases import Case

RUNS_A_TURN = 3  # the first of a turn warms caches and threads and is not counted


CASES = {
    "b4_fp32_t2": Case("EfficientNet-B4, 380×380", "b4", rounds=12, limit=0.75),
    "b4_fp32_t1": Case("EfficientNet-B4, 380×380", "b4", threads=1, rounds=10, limit=0.75),
    "b4_bf16_t2": Case("EfficientNet-B4, 380×380", "b4", precision="bf16", rounds=12, limit=0.70),
    "b4_bf16_t1": Case("EfficientNet-B4, 380×380", "b4", threads=1, precision="bf16", rounds=8, limit=0.70),
    "b4_throughput": Case("EfficientNet-B4, 8 images wait", "b4", waiting=8, rounds=4, limit=0.74),
    "vnet64_fp32_t2": Case("V-Net, 64³", "vnet64", rounds=3, openvino_bf16=True, limit=0.18),
    "vnet64_fp32_t1": Case("V-Net, 64³", "vnet64", threads=1, rounds=2, openvino_bf16=True, limit=0.18),
    "vnet128_fp32_t2": Case("V-Net, 128×128×64", "vnet128", rounds=2, openvino_bf16=True, limit=0.16),
    "b4_avx2_t2": Case("EfficientNet-B4, 380×380, AVX2", "b4", rounds=8, limit=1.05, tier="avx2"),
    "vnet64_avx2_t2": Case("V-Net, 64³, AVX2", "vnet64", rounds=2, limit=0.35, tier="avx2"),
}
# On request only.
MORE_CASES = {
    "b0_fp32_t2": Case("EfficientNet-B0, 224×224", "b0"),
    "b0_bf16_t2": Case("EfficientNet-B0, 224×224", "b0", precision="bf16"),
    "vnet_width4_fp32_t2": Case("V-Net of width 4, 48³", "vnet_width4"),
}


def start_engines(case: Case) -> list:
    setup = cases.setup_of(case)
    started = [engines.Hilum(setup), engines.OpenVINO(setup)]
    if case.openvino_bf16:
        started.append(engines.OpenVINO(setup, precision="bf16"))
    if case.precision == "fp32" and not case.tier:
        started.append(engines.ONNXRuntime(setup))  # has no bfloat16 on CPUs
    return started


def bench_held(key: str, case: Case, rounds: int) -> dict:
    """In a process of its own: engines read what holds them before they start."""
    subprocess.run(
        [sys.executable, __file__, "--rounds", str(rounds), "--threads", str(case.threads), key], check=True,
        env=os.environ | {"HILUM_CPU_TIER": case.tier}, stdout=subprocess.DEVNULL)
    return json.loads(tables.REPORT.read_text())[key]


def bench(key: str, case: Case, rounds: int) -> dict:
    if case.tier and os.environ.get("HILUM_CPU_TIER") != case.tier:
        return bench_held(key, case, rounds)
    started = start_engines(case)
    ours, reference = started[0].output(), started[1].output()
    deviation = float(np.abs(ours - reference).max() / reference.std())
    runs = 1 if case.waiting > 1 else RUNS_A_TURN - 1
    times = {engine.name: [] for engine in started}
    for engine in started:
        engine.run()
    for _ in range(rounds):
        machine.wait_for_processors(case.threads)
        for engine in started:
            turn = [engine.run() for _ in range(runs + (0 if case.waiting > 1 else 1))]
            times[engine.name].append(turn[-runs:])
    ready = started[0].ready
    for engine in started:
        engine.close()
    each = {engine: [value / case.waiting for value in turns.flat(values)] for engine, values in times.items()}
    medians = {engine: statistics.median(values) for engine, values in each.items()}
    peers = [engine for engine in medians if engine != "Hilum"]
    ratios = {peer: turns.ratio(times["Hilum"], times[peer]) for peer in peers}
    best = min((p for p in peers if case.precision == "bf16" or "bf16" not in p), key=medians.get)
    return {
        "key": key, "label": case.label, "threads": case.threads, "precision": case.precision,
        "waiting": case.waiting, "ready": ready, "deviation_from_openvino": deviation, "runs": rounds * runs,
        "median_ms": medians, "spread_ms": {engine: [min(values), max(values)] for engine, values in each.items()},
        "ratios": ratios, "ours": medians["Hilum"], "peer": medians[best], "peer_name": best, "ratio": ratios[best],
        "limit": case.limit,
    }


def cell(result: dict, engine: str) -> str:
    if engine not in result["median_ms"]:
        return "–"
    low, high = result["spread_ms"][engine]
    return f"{result['median_ms'][engine]:.1f} ({low:.1f}–{high:.1f})"


def limit(result: dict) -> str:
    return f"≤ {result['limit']:.2f}" if result["limit"] else "–"


def table(results: list[dict]) -> str:
    lines = ["| network | type | threads | Hilum ms | OpenVINO ms | OpenVINO bf16 ms | ONNX Runtime ms | ratio to the better | limit |",
             "|---|---|---|---|---|---|---|---|---|"]
    for r in results:
        lines.append(
            f"| {r['label']} | {r['precision']} | {r['threads']} | {cell(r, 'Hilum')} | {cell(r, 'OpenVINO')} "
            f"| {cell(r, 'OpenVINO bf16')} | {cell(r, 'ONNX Runtime')} | **{r['ratio']:.2f}** ({r['peer_name']}) | {limit(r)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of case names; none: all that the report needs")
    parser.add_argument("--rounds", type=int, help="turns of every engine, instead of what each case says")
    parser.add_argument("--threads", type=int, help="of every engine, instead of what each case says")
    options = parser.parse_args()
    cases.OUT.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    chosen = CASES if not options.names else {
        key: case for key, case in (CASES | MORE_CASES).items() if any(part in key for part in options.names)}
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
        tables.keep({key: result})
    print(f"waited {machine.waited:.0f} s for processors")
    if results:
        tables.publish("networks", table(results), whole=not options.names)


if __name__ == "__main__":
    main()
