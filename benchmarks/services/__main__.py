"""Our services beside the ones that a user would write in Python: same network, same requests, same threads, in turns.

    make bench                                # everything, these cases after the networks
    make bench BENCH_ARGS="--rounds 5 plan_service"

Latency: one request after the other. Throughput: four clients at once. Both of `h2load`, so that the client takes no
processor time worth speaking of from either server. Memory: the resident set after the load. The whole request beside
the network alone: from a bare socket, of our service, which says how long the network took.
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
from collections.abc import Callable
from dataclasses import dataclass
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

import machine
import subjects
import tables
import turns
from load import BareCall, Load

THREADS, CLIENTS = 2, 4
SINGLE = 4  # requests of a turn, one after the other
METHODS = {"classify": "hilum.v1.ClassifierService/Classify", "plan": "hilum.v1.PlanningService/PlanViews"}


@dataclass(frozen=True)
class Case:
    label: str
    kind: str               # of METHODS
    subject: Callable       # gives the folder of bundles, the peer's network or None for no peer, and the input
    #: Requests of a turn of all clients: enough that its start and its end, when processors wait, count for little.
    together: int = 30


CASES = {
    "classify_service": Case(
        "X-ray of 2,500×2,000, 16 bits, DICOM → findings and 9 heat maps (EfficientNet-B4)", "classify",
        subjects.classify, together=90),
    "classify_service_jpeg2000": Case(
        "the same X-ray in lossless JPEG 2000", "classify", subjects.classify_jpeg2000),
    "plan_service": Case(
        "200 MR slices of 256×256 → 3 planes and their reformats (V-Net of width 4, 48³)", "plan", subjects.plan),
    "plan_service_96": Case(
        "the same slices (V-Net of MONAI's widths, 96³)", "plan", subjects.plan_full_width, together=20),
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
    """A server process, a client of it for looking at answers, and a load for measuring."""

    def __init__(self, name: str, kind: str, port: int, arguments: list, environment: dict, request):
        self.name, self.request = name, request
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
        message = request.SerializeToString()
        self.load = Load(port, METHODS[kind], message, int(self.answer.ByteSize() * 0.99))
        self.bare = BareCall(port, METHODS[kind], message)

    def first_answer(self):
        for _ in range(600):
            try:
                return self.call(self.request)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE or self.process.poll() is not None:
                    raise
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not answer")

    def times(self) -> list[float]:
        """Milliseconds of requests, one after the other."""
        return self.load.times(SINGLE)

    def whole(self, requests: int = 6) -> list[tuple[float, float]]:
        """Milliseconds of whole requests and of the network alone within each; ours only."""
        found = []
        for _ in range(requests):
            took, body = self.bare()
            self.answer = type(self.answer).FromString(body)
            found.append((took, self.answer.timing.inference_ms))
        return found

    def rate(self, requests: int) -> tuple[float, float]:
        """Requests a second of CLIENTS clients, and milliseconds of the server's processor time for each."""
        before = self.processor_ms()
        rate = self.load.rate(requests, CLIENTS)
        return rate, (self.processor_ms() - before) / requests

    def processor_ms(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")

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
    best = min(services, key=lambda service: statistics.median(service.times()))
    for service in services:
        if service is not best:
            service.close()
    return best


def bench(key: str, case: Case, rounds: int, folder: str) -> dict:
    models, model, subject = case.subject()
    request = request_of(case.kind, subject)
    ours = hilum(case.kind, models, request)
    services = [ours]
    if model:
        slices = len(ours.answer.planes[0].reformats) if case.kind == "plan" else 0
        services.append(faster([
            peer(case.kind, runtime, model, folder, slices, request) for runtime in ("openvino", "onnxruntime")]))
    ours.whole()
    wholes = []
    times, rates, processor = ({service.name: [] for service in services} for _ in range(3))
    for _ in range(rounds):
        machine.wait_for_processors(THREADS)
        wholes += ours.whole()
        for service in services:
            times[service.name].append(service.times())
        for service in services:
            rate, spent = service.rate(case.together)
            rates[service.name].append([rate])
            processor[service.name].append([spent])
    memory = {service.name: service.resident_mib() for service in services}
    timing = {field.name: value for field, value in ours.answer.timing.ListFields()}
    for service in services:
        service.close()
    p50, rate, spent = (
        {name: statistics.median(turns.flat(values)) for name, values in each.items()}
        for each in (times, rates, processor))
    whole, alone = (statistics.median(values) for values in zip(*wholes))
    result = {
        "key": key, "label": case.label, "threads": THREADS, "p50_ms": p50,
        "spread_ms": {name: [min(turns.flat(v)), max(turns.flat(v))] for name, v in times.items()},
        "requests_a_second": rate,
        "processor_ms": spent, "resident_mib": memory, "whole_ms": whole, "network_ms": alone,
        "whole_to_network": statistics.median(w / n for w, n in wholes), "timing": timing, "ours": p50["Hilum"],
    }
    if not model:
        return result
    name = services[1].name
    return result | {
        "rate_ratio": turns.ratio(rates["Hilum"], rates[name]), "memory_ratio": memory["Hilum"] / memory[name],
        "peer": p50[name], "peer_name": name, "ratio": turns.ratio(times["Hilum"], times[name]),
    }


def table(results: list[dict]) -> str:
    lines = [
        "| request | | Hilum | Python | ratio |",
        "|---|---|---|---|---|",
    ]
    for r in results:
        first = f"| {r['label']}" + (f"<br>{r['peer_name']}" if "peer" in r else "")
        for name, key, digits, ratio in [
            ("p50, ms", "p50_ms", 1, "ratio"),
            (f"requests a second, {CLIENTS} clients", "requests_a_second", 1, "rate_ratio"),
            ("the server's processor time of each, ms", "processor_ms", 0, None),
            ("memory, MiB", "resident_mib", 0, "memory_ratio"),
        ]:
            ours, theirs = (cell(r, key, digits, service) for service in ("Hilum", r.get("peer_name")))
            lines.append(f"{first} | {name} | {ours} | {theirs} | {'**%.2f**' % r[ratio] if ratio in r else ''} |")
            first = "|"
        lines.append(
            f"| | request to network alone, ms | {r['whole_ms']:.1f} to {r['network_ms']:.1f} | | "
            f"**{r['whole_to_network']:.2f}** |")
    return "\n".join(lines)


def cell(result: dict, key: str, digits: int, service: str | None) -> str:
    if service not in result[key]:
        return "–"
    value = f"{result[key][service]:.{digits}f}"
    if key != "p50_ms":
        return value
    low, high = result["spread_ms"][service]
    return f"{value} ({low:.1f}–{high:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="parts of case names; none: all")
    parser.add_argument("--rounds", type=int, default=6, help="turns of every service")
    parser.add_argument("--threads", type=int, help="as for the networks; services have two")
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    subjects.OUT.mkdir(parents=True, exist_ok=True)
    chosen = {key: case for key, case in CASES.items() if not options.cases or any(p in key for p in options.cases)}
    if not chosen:
        return
    folder = stubs()
    results = []
    for key, case in chosen.items():
        results.append(bench(key, case, options.rounds, folder))
        tables.keep({key: results[-1]})
        print(f"{key}: {json.dumps(results[-1]['timing'])}", flush=True)
    tables.publish("services", table(results), whole=not options.cases)


if __name__ == "__main__":
    main()
