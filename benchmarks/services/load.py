"""Requests from `h2load`, which costs next to nothing beside a server; a client in Python would take a core from it."""
import sys
import tempfile
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
