"""Our services beside the ones that a user would write in Python: same network, same requests, same threads, in turns.

    make bench                                # everything, these cases after the networks
    make bench BENCH_ARGS="--rounds 5 plan_service"

Latency: one request after the other. Throughput: four clients at once. Memory: the resident set after the load.
"""
import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent import futures
from pathlib import Path

for variable in [name for name in os.environ if name.startswith("OPENBLAS_")]:
    del os.environ[variable]
warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "training/reference"), str(ROOT / "benchmarks")]

import grpc
import torch
from grpc_tools import protoc

import subjects
import tables

THREADS, CLIENTS = 2, 4
KINDS = {"classify": "classify_service", "plan": "plan_service"}
LABELS = {
    "classify": "X-ray of 2,500×2,000, 16 bits, DICOM → findings and 9 heat maps (EfficientNet-B4)",
    "plan": "200 MR slices of 256×256 → 3 planes and their reformats (V-Net of width 4, 48³)",
}


def stubs() -> str:
    folder = tempfile.mkdtemp()
    files = ["hilum/v1/classifier.proto", "hilum/v1/planning.proto", "hilum/v1/common.proto"]
    if protoc.main(["", f"-I{ROOT / 'proto'}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]) != 0:
        raise RuntimeError("protoc failed")
    sys.path.insert(0, folder)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A server process and a client of it."""

    def __init__(self, name: str, kind: str, port: int, arguments: list, environment: dict, request):
        self.name, self.kind, self.request = name, kind, request
        self.process = subprocess.Popen(
            [str(a) for a in arguments], env=os.environ | environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[
            ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
        if kind == "classify":
            from hilum.v1 import classifier_pb2_grpc
            self.call = classifier_pb2_grpc.ClassifierServiceStub(channel).Classify
        else:
            from hilum.v1 import planning_pb2_grpc
            self.call = planning_pb2_grpc.PlanningServiceStub(channel).PlanViews
        self.answer = self.first_answer()

    def first_answer(self):
        for _ in range(600):
            try:
                return self.call(self.request)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE or self.process.poll() is not None:
                    raise
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not answer")

    def latency(self) -> float:
        start = time.perf_counter()
        self.answer = self.call(self.request)
        return (time.perf_counter() - start) * 1e3

    def rate(self, requests: int) -> float:
        """Requests a second of CLIENTS clients."""
        start = time.perf_counter()
        with futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda _: self.call(self.request), range(requests)))
        return requests / (time.perf_counter() - start)

    def resident_mib(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def hilum(kind: str, models: Path, request) -> Service:
    port = free_port()
    program, prefix = {
        "classify": ("classifier-service", "HILUM_CLASSIFIER_"), "plan": ("planning-service", "HILUM_PLANNING_")}[kind]
    return Service("Hilum", kind, port, [ROOT / ".build/release" / program], {
        prefix + "PORT": str(port), prefix + "MODELS": str(models), prefix + "THREADS": str(THREADS),
        prefix + "LOG_LEVEL": "error"}, request)


def peer(kind: str, runtime: str, model: Path, folder: str, slices: int, request) -> Service:
    port = free_port()
    return Service(f"grpcio, {runtime}", kind, port, [
        sys.executable, HERE / "peer.py", kind, runtime, model, folder, port, THREADS, slices], {}, request)


def request_of(kind: str, subject):
    from hilum.v1 import classifier_pb2, planning_pb2

    if kind == "classify":
        return classifier_pb2.ClassifyRequest(image=subject, include_heatmaps=True)
    return planning_pb2.PlanViewsRequest(instances=subject, include_reformats=True)


def faster(services: list[Service]) -> Service:
    """The peer whose requests take less; the other one ends."""
    best = min(services, key=lambda service: statistics.median(service.latency() for _ in range(6)))
    for service in services:
        if service is not best:
            service.close()
    return best


def bench(kind: str, rounds: int, folder: str) -> dict:
    models, model, subject = subjects.classify() if kind == "classify" else subjects.plan()
    request = request_of(kind, subject)
    ours = hilum(kind, models, request)
    slices = len(ours.answer.planes[0].reformats) if kind == "plan" else 0
    theirs = faster([peer(kind, runtime, model, folder, slices, request) for runtime in ("openvino", "onnxruntime")])
    latencies, rates, inference = {}, {}, []
    for service in [ours, theirs] * rounds:
        service.latency()
        for _ in range(4):
            latencies.setdefault(service.name, []).append(service.latency())
            if service is ours:
                inference.append(service.answer.timing.inference_ms)
        rates.setdefault(service.name, []).append(service.rate(12))
    memory = {service.name: service.resident_mib() for service in (ours, theirs)}
    timing = {field.name: value for field, value in ours.answer.timing.ListFields()}
    ours.close(), theirs.close()
    p50 = {name: statistics.median(values) for name, values in latencies.items()}
    rate = {name: statistics.median(values) for name, values in rates.items()}
    network = statistics.median(inference)
    return {
        "key": KINDS[kind], "label": LABELS[kind], "threads": THREADS, "p50_ms": p50,
        "spread_ms": {name: [min(v), max(v)] for name, v in latencies.items()}, "requests_a_second": rate,
        "resident_mib": memory, "network_ms": network, "whole_to_network": p50["Hilum"] / network, "timing": timing,
        "rate_ratio": rate["Hilum"] / rate[theirs.name], "memory_ratio": memory["Hilum"] / memory[theirs.name],
        "ours": p50["Hilum"], "peer": p50[theirs.name], "peer_name": theirs.name,
        "ratio": p50["Hilum"] / p50[theirs.name],
    }


def table(results: list[dict]) -> str:
    lines = [
        "| request | | Hilum | Python | ratio |",
        "|---|---|---|---|---|",
    ]
    for r in results:
        ours, theirs = "Hilum", r["peer_name"]
        low, high = r["spread_ms"][ours]
        low_peer, high_peer = r["spread_ms"][theirs]
        lines += [
            f"| {r['label']}<br>{theirs} | p50, ms | {r['ours']:.1f} ({low:.1f}–{high:.1f}) "
            f"| {r['peer']:.1f} ({low_peer:.1f}–{high_peer:.1f}) | **{r['ratio']:.2f}** |",
            f"| | requests a second, {CLIENTS} clients | {r['requests_a_second'][ours]:.1f} "
            f"| {r['requests_a_second'][theirs]:.1f} | **{r['rate_ratio']:.2f}** |",
            f"| | memory, MiB | {r['resident_mib'][ours]:.0f} | {r['resident_mib'][theirs]:.0f} "
            f"| **{r['memory_ratio']:.2f}** |",
            f"| | request to network alone, ms | {r['ours']:.1f} to {r['network_ms']:.1f} | | "
            f"**{r['whole_to_network']:.2f}** |",
        ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="parts of case names; none: all")
    parser.add_argument("--rounds", type=int, default=5, help="turns of every service")
    parser.add_argument("--threads", type=int, help="as for the networks; services have two")
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    subjects.OUT.mkdir(parents=True, exist_ok=True)
    chosen = [kind for kind, key in KINDS.items() if not options.cases or any(part in key for part in options.cases)]
    if not chosen:
        return
    folder = stubs()
    results = []
    for kind in chosen:
        results.append(bench(kind, options.rounds, folder))
        print(f"{KINDS[kind]}: {json.dumps(results[-1]['timing'])}", flush=True)
    tables.publish("services", table(results), {r["key"]: r for r in results}, whole=not options.cases)


if __name__ == "__main__":
    main()
