"""Our networks beside OpenVINO's and ONNX Runtime's: same weights, same input, same threads, runs interleaved.

    make bench                                 # all cases
    make bench BENCH_ARGS="--rounds 5 b4"      # fewer rounds, the cases whose name contains b4

Other programs share the machine and its speed drifts, so the engines take turns within every round and only ratios of
medians are worth quoting. Weights come from training/reference/formula.py.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

# Some environments force old CPU types onto numerical libraries; nobody here shall be slowed down by that.
for variable in [name for name in os.environ if name.startswith("OPENBLAS_")]:
    del os.environ[variable]
warnings.filterwarnings("ignore")

import numpy as np
import onnxruntime
import openvino
import safetensors.torch
import torch

ROOT = Path(__file__).parents[1]
OUT = ROOT / "benchmarks/out"
sys.path.insert(0, str(ROOT / "training/reference"))
import formula
import networks

RUNS_A_TURN = 3  # the first of a turn warms caches and threads and is not counted


def case_efficientnet(variant: str, size: int):
    shape = (1, 1, size, size)
    return {
        "model": lambda: networks.efficientnet(variant), "shape": shape, "patch": 16,
        "arguments": ["efficientnet", variant, "1", "9", str(size)],
    }


def case_vnet(extent: tuple[int, int, int], width: int = 16):
    return {
        "model": lambda: networks.vnet(width=width), "shape": (1, 1, *extent), "patch": 4,
        "arguments": ["vnet", str(width), "1", "3", "x".join(map(str, extent))],
    }


CASES = {
    "b0 224": case_efficientnet("b0", 224),
    "b4 380": case_efficientnet("b4", 380),
    "vnet 64": case_vnet((64, 64, 64)),
    "vnet 128": case_vnet((128, 128, 64)),
    "vnet width 4 48": case_vnet((48, 48, 48), width=4),
}


class Ours:
    name = "hilum"

    def __init__(self, case: dict, weights: Path, image: np.ndarray, threads: int):
        image.tofile(OUT / "input.f32")
        self.answer = OUT / "output.f32"
        self.process = subprocess.Popen(
            [ROOT / ".build/release/NetworkBench", *case["arguments"], weights, OUT / "input.f32", self.answer,
             str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.ready = self.process.stdout.readline().strip()
        if not self.ready.startswith("ready"):
            raise RuntimeError("NetworkBench did not start")

    def output(self) -> np.ndarray:
        return np.fromfile(self.answer, np.float32)

    def run(self) -> float:
        self.process.stdin.write("\n")
        return float(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class OpenVINO:
    name = "OpenVINO"

    def __init__(self, model: torch.nn.Module, image: np.ndarray, threads: int):
        core = openvino.Core()
        converted = openvino.convert_model(model, example_input=torch.from_numpy(image), input=[image.shape])
        self.compiled = core.compile_model(converted, "CPU", {
            "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"})
        self.request = self.compiled.create_infer_request()
        self.image = image

    def output(self) -> np.ndarray:
        return next(iter(self.request.infer([self.image]).values())).ravel()

    def run(self) -> float:
        start = time.perf_counter()
        self.request.infer([self.image], share_inputs=True, share_outputs=True)
        return (time.perf_counter() - start) * 1e3

    def close(self) -> None:
        pass


class ONNXRuntime:
    name = "ONNX Runtime"

    def __init__(self, model: torch.nn.Module, image: np.ndarray, threads: int):
        path = OUT / "model.onnx"
        torch.onnx.export(model, (torch.from_numpy(image),), path, dynamo=False, opset_version=17)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.inputs = {self.session.get_inputs()[0].name: image}

    def output(self) -> np.ndarray:
        return self.session.run(None, self.inputs)[0].ravel()

    def run(self) -> float:
        start = time.perf_counter()
        self.session.run(None, self.inputs)
        return (time.perf_counter() - start) * 1e3

    def close(self) -> None:
        pass


def save(model: torch.nn.Module, path: Path) -> None:
    tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
    safetensors.torch.save_file(tensors, path)


def bench(name: str, case: dict, threads: int, rounds: int) -> dict:
    model = case["model"]()
    formula.fill(model)
    weights = OUT / "model.safetensors"
    save(model, weights)
    image = formula.patches(case["shape"], case["patch"])
    engines = [Ours(case, weights, image, threads)]
    for peer in (OpenVINO, ONNXRuntime):
        engines.append(peer(model, image, threads))
    reference = engines[1].output()
    deviation = float(np.abs(engines[0].output() - reference).max() / reference.std())
    times = {engine.name: [] for engine in engines}
    for _ in range(rounds):
        for engine in engines:
            times[engine.name] += [engine.run() for _ in range(RUNS_A_TURN)][1:]
    for engine in engines:
        engine.close()
    medians = {engine: statistics.median(values) for engine, values in times.items()}
    return {
        "case": name, "threads": threads, "ready": engines[0].ready, "deviation_from_openvino": deviation,
        "median_ms": medians, "spread_ms": {k: [min(v), max(v)] for k, v in times.items()},
        "ratio": {peer: medians["hilum"] / medians[peer] for peer in medians if peer != "hilum"},
    }


def table(results: list[dict]) -> str:
    lines = ["| network | threads | Hilum ms | OpenVINO ms | ONNX Runtime ms | Hilum / OpenVINO | Hilum / ORT |",
             "|---|---|---|---|---|---|---|"]
    for r in results:
        m, ratio = r["median_ms"], r["ratio"]
        lines.append(
            f"| {r['case']} | {r['threads']} | {m['hilum']:.1f} | {m['OpenVINO']:.1f} | {m['ONNX Runtime']:.1f} "
            f"| {ratio['OpenVINO']:.2f} | {ratio['ONNX Runtime']:.2f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="parts of case names; none: all cases")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    results = []
    for name, case in CASES.items():
        if options.cases and not any(part in name for part in options.cases):
            continue
        result = bench(name, case, options.threads, options.rounds)
        print(f"{name}: {result['ready']}, differs from OpenVINO by {result['deviation_from_openvino']:.1e} "
              "standard deviations", flush=True)
        results.append(result)
    print(f"\n{platform.processor() or platform.machine()}, {options.threads} threads each, fp32, medians of "
          f"{options.rounds * (RUNS_A_TURN - 1)} interleaved runs\n\n{table(results)}")
    (OUT / "report.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
