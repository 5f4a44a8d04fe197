"""The servers, each with an empty folder of its own on the same disk."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "benchmarks/out"
#: After which the folder of a run is removed. ext4 without a journal does not give the place of a removed file to a new
#: one for five minutes, and goes through all of them for each new file meanwhile: that would be measured.
KEPT_SECONDS = 600


def remove_old_folders() -> None:
    for folder in OUT.glob("ingest-*/"):
        if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    name: str
    title: str
    #: Where STOW-RS is answered; None: not at all.
    stow: str | None = None

    def __init__(self):
        self.folder = OUT / f"ingest-{self.name}-{os.getpid()}"
        self.folder.mkdir(parents=True)
        self.port, self.http = free_port(), free_port()
        self.process = self.start()
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{self.name} does not start: {(self.folder / 'log').read_text()}") from None
                time.sleep(0.05)

    def start(self) -> subprocess.Popen:
        raise NotImplementedError

    def log(self):
        return (self.folder / "log").open("wb")

    def peak_bytes(self) -> int:
        """The most memory it has held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) << 10

    def processor_seconds(self) -> float:
        """What it has used since it started."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def settle(self) -> None:
        """Returns when nothing is left to do of what came in, so that the next turn is not another's."""
        os.sync()

    def close(self) -> None:
        """Ends it; its folder stays for a while."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Hilum(Server):
    """Bytes and ledger are synced before success."""

    name, title = "hilum", "HILUM"
    stow = "/dicom-web/studies"

    def start(self) -> subprocess.Popen:
        return subprocess.Popen(
            [ROOT / ".build/release/gateway", "--port", str(self.http), "--dicom-port", str(self.port), "--data",
             self.folder / "data", "--classifier", "", "--planning", "", "--log-level", "warning"],
            stderr=self.log(),
        )

    def count(self) -> int:
        return self.metric('hilum_gateway_instances_total{outcome="accepted"}')

    def settle(self) -> None:
        """Files of small instances are made when nobody sends any more."""
        end = time.monotonic() + 60
        while self.metric("hilum_gateway_unfiled_bytes") > 0:
            if time.monotonic() > end:
                raise RuntimeError("files are not made")
            time.sleep(0.02)
        super().settle()

    def metric(self, name: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/metrics", timeout=20) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return int(float(line.split()[-1]))
        return 0


class Orthanc(Server):
    """Debian's, with the settings that it is fastest with: `TCP_NODELAY=1`, without which answers wait for the client's
    delayed acknowledgement, and the largest PDUs."""

    name, title = "orthanc", "ORTHANC"
    stow = "/dicom-web/studies"

    def start(self) -> subprocess.Popen:
        configuration = {
            "StorageDirectory": str(self.folder / "storage"), "IndexDirectory": str(self.folder / "storage"),
            "DicomPort": self.port, "HttpPort": self.http, "DicomAet": "ORTHANC", "AuthenticationEnabled": False,
            "RemoteAccessAllowed": False, "MaximumPduLength": 131072, "Plugins": ["/usr/share/orthanc/plugins"],
            "KeepAlive": True, "HttpThreadsCount": 50, "TcpNoDelay": True,
        }  # fmt: skip
        (self.folder / "orthanc.json").write_text(json.dumps(configuration))
        return subprocess.Popen(
            ["/usr/sbin/Orthanc", self.folder / "orthanc.json"], stdout=subprocess.DEVNULL, stderr=self.log(),
            env={"TCP_NODELAY": "1"})

    def count(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/statistics", timeout=20) as answer:
            return json.load(answer)["CountInstances"]


class Sink(Server):
    """Takes everything and keeps nothing: what is left is the sender's own."""

    name, title = "sink", "SINK"
    stow = "/studies"

    def start(self) -> subprocess.Popen:
        program = Path(__file__).with_name("sink.py")
        return subprocess.Popen([sys.executable, program, str(self.port), str(self.http)], stderr=self.log())

    def count(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/", timeout=20) as answer:
            return int(answer.read())
