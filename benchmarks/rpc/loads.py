"""What the servers are loaded with: h2load, wrk, and uploads. Each gives a rate, or raises where an answer failed."""
import re
import socket
import statistics
import subprocess
import time
from pathlib import Path

GRPC = ["-H", "content-type: application/grpc", "-H", "te: trailers"]


def grpc_frame(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def bytes_message(size: int) -> bytes:
    """A message of `size` bytes whose field 1 is bytes (`hilum.v1.ClassifyRequest`)."""
    def varint(value: int) -> bytes:
        return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)
    overhead = next(n for n in range(2, 8) if 1 + len(varint(size - n)) == n)
    return b"\x0a" + varint(size - overhead) + b"x" * (size - overhead)


def run_h2load(arguments: list) -> str:
    output = subprocess.run(
        ["h2load", *map(str, arguments)], capture_output=True, text=True, check=True, timeout=120).stdout
    done, succeeded, failed, errored = map(
        int, re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", output).groups())
    refused = sum(map(int, re.search(r"(\d+) 3xx, (\d+) 4xx, (\d+) 5xx", output).groups()))
    if failed or errored or refused or not succeeded:
        raise RuntimeError(f"h2load saw failures:\n{output}")
    return output


def h2load(url: str, seconds: float, body: Path | None = None, headers: list = [], least_bytes: int = 0) -> float:
    """Requests a second over 10 connections with 10 streams each; every answer carries at least `least_bytes`."""
    data = ["-d", body] if body else []
    output = run_h2load(["-c10", "-m10", "-D", f"{round(seconds * 1000)}ms", "--warm-up-time", "300ms", *data, *headers, url])
    # h2load knows no gRPC status: an answer without its message would be a failure that it counts as good.
    seen = int(re.search(r"\((\d+)\) data", output).group(1)) / int(re.search(r"(\d+) succeeded", output).group(1))
    if seen < least_bytes:
        raise RuntimeError(f"answers of {seen:.0f} bytes, expected {least_bytes}")
    return float(re.search(r"([\d.]+) req/s", output).group(1))


def p99(url: str, requests: int, body: Path, headers: list, log: Path) -> float:
    """The 99th percentile of the time of one request under the same load, in milliseconds."""
    log.unlink(missing_ok=True)
    run_h2load(["-c10", "-m10", "-n", requests, "-d", body, f"--log-file={log}", *headers, url])
    times = [int(line.rsplit("\t", 1)[1]) for line in log.read_text().splitlines()]
    return statistics.quantiles(times, n=100)[98] / 1e3


def wrk(url: str, seconds: float) -> float:
    """Requests a second over 32 kept-alive HTTP/1.1 connections."""
    output = subprocess.run(
        ["wrk", "-t1", "-c32", f"-d{round(seconds)}s", url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk saw failures:\n{output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def upload_http2(url: str, body: Path, count: int, headers: list = []) -> float:
    """Bytes a second of one upload after the other over one HTTP/2 connection."""
    output = run_h2load(["-c1", "-m1", "-w30", "-W30", "-n", count, "-d", body, *headers, url])
    found, unit = re.search(r"finished in ([\d.]+)(s|ms)", output).groups()
    return count * body.stat().st_size / (float(found) / (1000 if unit == "ms" else 1))


def upload_http1(port: int, path: str, body: bytes, count: int, content_type: str) -> float:
    """Bytes a second of one upload after the other over one HTTP/1.1 connection.

    nginx answers an upload that it discards at once and reads it afterwards, so the clock stops at the answer to a
    small request behind the last upload.
    """
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as peer:
        answers = peer.makefile("rb")
        start = time.perf_counter()
        for _ in range(count):
            peer.sendall(head.encode())
            peer.sendall(body)
            read_answer(answers)
        peer.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        read_answer(answers)
        return count * len(body) / (time.perf_counter() - start)


def read_answer(answers) -> None:
    status = answers.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"the answer is {status!r}")
    length = 0
    while (line := answers.readline().lower()) != b"\r\n":
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    answers.read(length)


class IdleConnections:
    """Kept-alive HTTP/1.1 connections, each of which had one request answered and now says nothing."""

    def __init__(self, port: int, count: int):
        self.sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        for peer in self.sockets:
            peer.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        for peer in self.sockets:
            with peer.makefile("rb") as answers:
                read_answer(answers)

    def __enter__(self) -> "IdleConnections":
        return self

    def __exit__(self, *_) -> None:
        """Fails where a connection was closed meanwhile: then it was not there during the measurement."""
        for peer in self.sockets:
            peer.setblocking(False)
            try:
                if peer.recv(1) == b"":
                    raise RuntimeError("the server closed an idle connection")
            except BlockingIOError:
                peer.close()
