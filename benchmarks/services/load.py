"""Requests from `h2load`, which costs next to nothing beside a server; a client in Python would take a core from it."""
import http.client
import socket
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "rpc"))
import loads

WINDOWS = ["-w24", "-W24"]  # 16 MiB for answers


class Load:
    """One request, sent over and over to one method of a server; answers shorter than `answer` bytes are failures."""

    def __init__(self, port: int, method: str, request: bytes, answer: int):
        self.url, self.answer = f"http://127.0.0.1:{port}/{method}", answer
        self.folder = Path(tempfile.mkdtemp())
        (self.folder / "request").write_bytes(loads.grpc_frame(request))

    def times(self, requests: int) -> list[float]:
        """Milliseconds of each request, one after the other, without the first, which warms up."""
        log = self.folder / "times"
        log.unlink(missing_ok=True)
        self.run("-c1", "-n", requests + 1, f"--log-file={log}")
        lines = sorted(log.read_text().splitlines(), key=lambda line: int(line.split("\t")[0]))
        return [int(line.split("\t")[2]) / 1e3 for line in lines[1:]]

    def rate(self, requests: int, clients: int) -> float:
        """Requests a second of clients of which each sends its next request when it has its answer."""
        return float(loads.re.search(r"([\d.]+) req/s", self.run(f"-c{clients}", "-n", requests)).group(1))

    def run(self, *arguments) -> str:
        output = loads.run_h2load(
            ["-m1", *WINDOWS, *arguments, "-d", self.folder / "request", *loads.GRPC, self.url])
        # h2load knows no gRPC status: an error comes without a message.
        seen = int(loads.re.search(r"\((\d+)\) data", output).group(1))
        answers = int(loads.re.search(r"(\d+) succeeded", output).group(1))
        if seen < answers * self.answer:
            raise RuntimeError(f"{answers} answers of {seen} bytes, expected {self.answer} each")
        return output


class BareCall:
    """One request of a unary method, made beforehand, from a bare socket: Connect over HTTP/1.1.

    `h2load` takes 6 ms to make HTTP/2 frames of 10 MB; what this takes is the server's.
    """

    def __init__(self, port: int, method: str, request: bytes):
        head = (f"POST /{method} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnect-Protocol-Version: 1\r\n"
                f"Content-Type: application/proto\r\nContent-Length: {len(request)}\r\n\r\n")
        self.port, self.bytes = port, head.encode() + request

    def __call__(self) -> tuple[float, bytes]:
        """Milliseconds from the first byte of the request to the last one of the answer, and the answer."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            begin = time.perf_counter()
            connection.sendall(self.bytes)
            answer = http.client.HTTPResponse(connection, method="POST")
            answer.begin()
            body = answer.read()
            took = (time.perf_counter() - begin) * 1e3
        if answer.status != 200:
            raise RuntimeError(f"answered {answer.status}: {body[:200]}")
        return took, body
