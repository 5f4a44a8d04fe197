"""The engines of networks.py. Each runs one image, or `waiting` images at once, and says how many milliseconds it took.

Latency: all threads on one image. Throughput: OpenVINO with its THROUGHPUT hint and as many requests as it asks for;
ONNX Runtime with a session of one thread for each thread; ours with all images waiting.
"""
import concurrent.futures
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import machine
import numpy as np
import onnxruntime
import openvino
import torch

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True)
class Setup:
    model: torch.nn.Module
    weights: Path
    image: np.ndarray
    arguments: list[str]        # of NetworkBench
    threads: int
    precision: str              # fp32 or bf16
    waiting: int


def milliseconds(run) -> float:
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e3


class Hilum:
    name = "Hilum"

    def __init__(self, setup: Setup):
        setup.image.tofile(OUT / "input.f32")
        self.answer = OUT / "output.f32"
        self.waiting = setup.waiting
        precision = ["bfloat16"] if setup.precision == "bf16" else []
        start = time.perf_counter()
        self.process = subprocess.Popen(
            [machine.BENCH, *setup.arguments, setup.weights, OUT / "input.f32", self.answer,
             str(setup.threads), *precision], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.ready = self.process.stdout.readline().strip()
        self.ready_ms = (time.perf_counter() - start) * 1e3  # from the start of the process
        if not self.ready.startswith("ready"):
            raise RuntimeError("NetworkBench did not start")

    def output(self) -> np.ndarray:
        return np.fromfile(self.answer, np.float32)

    def run(self) -> float:
        return self._ask(str(self.waiting))[0]

    def repeat(self, count: int) -> float:
        return self._ask(f"repeat {count}")[0]

    def arrive(self, times: list[float]) -> tuple[list[float], list[float]]:
        """Latencies of requests that come at these milliseconds from now on, and the processor time that the program had
        used when each was answered."""
        answers = self._ask("arrive " + " ".join(f"{t:.3f}" for t in times))
        return answers[::2], answers[1::2]

    def resident_kib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def _ask(self, line: str) -> list[float]:
        self.process.stdin.write(line + "\n")
        return [float(word) for word in self.process.stdout.readline().split()]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class OpenVINO:
    def __init__(self, setup: Setup, precision: str | None = None):
        # A precision of its own only where the others compute in float32.
        self.name = "OpenVINO" if precision in (None, setup.precision) else f"OpenVINO {precision}"
        self.waiting, self.image = setup.waiting, setup.image
        converted = openvino.convert_model(
            setup.model, example_input=torch.from_numpy(setup.image), input=[setup.image.shape])
        compiled = openvino.Core().compile_model(converted, "CPU", {
            "INFERENCE_NUM_THREADS": setup.threads,
            "PERFORMANCE_HINT": "THROUGHPUT" if setup.waiting > 1 else "LATENCY",
            "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision or setup.precision]})
        self.request = compiled.create_infer_request()
        if setup.waiting > 1:
            self.queue = openvino.AsyncInferQueue(compiled)

    def output(self) -> np.ndarray:
        return next(iter(self.request.infer([self.image]).values())).ravel()

    def run(self) -> float:
        if self.waiting > 1:
            return milliseconds(self._run_all)
        return milliseconds(lambda: self.request.infer([self.image], share_inputs=True, share_outputs=True))

    def _run_all(self) -> None:
        for _ in range(self.waiting):
            self.queue.start_async([self.image], share_inputs=True)
        self.queue.wait_all()

    def close(self) -> None:
        pass


class ONNXRuntime:
    name = "ONNX Runtime"

    def __init__(self, setup: Setup):
        path = OUT / "model.onnx"
        torch.onnx.export(setup.model, (torch.from_numpy(setup.image),), path, dynamo=False, opset_version=17)
        self.waiting = setup.waiting
        # Many images: a session of one thread for each thread.
        sessions, threads = (setup.threads, 1) if setup.waiting > 1 else (1, setup.threads)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.sessions = [
            onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]) for _ in range(sessions)]
        self.inputs = {self.sessions[0].get_inputs()[0].name: setup.image}
        self.workers = concurrent.futures.ThreadPoolExecutor(sessions)

    def output(self) -> np.ndarray:
        return self.sessions[0].run(None, self.inputs)[0].ravel()

    def run(self) -> float:
        if self.waiting > 1:
            return milliseconds(self._run_all)
        return milliseconds(lambda: self.sessions[0].run(None, self.inputs))

    def _run_all(self) -> None:
        def share(index: int) -> None:
            for _ in range(index, self.waiting, len(self.sessions)):
                self.sessions[index].run(None, self.inputs)
        list(self.workers.map(share, range(len(self.sessions))))

    def close(self) -> None:
        self.workers.shutdown()
