"""What the tests with foreign clients share: our programs, stubs made from proto/, one running system."""

import importlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import types
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("HILUM_PROGRAMS", ROOT / ".build/release"))
MODELS = pathlib.Path(os.environ.get("HILUM_MODELS", ROOT / "models"))
SAMPLES = ROOT / "samples"


@pytest.fixture(scope="session")
def programs():
    """The folder of our built programs: a named skip where they are not built, a failure in CI."""
    need((PROGRAMS / "hilum").exists(), f"{PROGRAMS} has no programs; make build")
    return PROGRAMS


@pytest.fixture(scope="session")
def models():
    """The folder of the shipped model bundles."""
    need(any(MODELS.glob("*/*/model.json")), f"{MODELS} has no model bundles")
    return MODELS


def need(is_there, message):
    """Skips the test by name, or fails it in CI."""
    if not is_there:
        pytest.fail(message) if "CI" in os.environ else pytest.skip(message)


@pytest.fixture(scope="session")
def stubs(tmp_path_factory):
    """The modules that grpcio-tools makes of proto/: `stubs.triage_pb2`, `stubs.triage_pb2_grpc`, …"""
    from grpc_tools import protoc

    proto, out = ROOT / "proto", tmp_path_factory.mktemp("stubs")
    files = [str(path.relative_to(proto)) for path in sorted((proto / "hilum").rglob("*.proto"))]
    status = protoc.main(["protoc", f"-I{proto}", f"--python_out={out}", f"--grpc_python_out={out}", *files])
    assert status == 0, "protoc failed"
    sys.path.insert(0, str(out))
    modules = {}
    for file in files:
        for suffix in ("_pb2", "_pb2_grpc"):
            name = file.removesuffix(".proto") + suffix
            modules[pathlib.Path(name).name] = importlib.import_module(name.replace("/", "."))
    return types.SimpleNamespace(**modules)


class System:
    """A running `hilum up`."""

    def __init__(self, programs, folder, *arguments):
        self.hilum = programs / "hilum"
        self.folder = folder
        self.process = subprocess.Popen(
            [self.hilum, "up", "--free-ports", "--data", folder / "data", "--models", MODELS,
             "--logs", folder / "logs", "--port-file", folder / "port", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            self.process.kill()
            pytest.fail(f"hilum up did not become ready: {self.process.stderr.read()}")
        self.address = line.split()[1]

    def run(self, *arguments, server=None):
        """Runs one command against this system."""
        command = [self.hilum, *arguments, "--server", server or self.address]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    def port(self, service):
        """The port of `gateway`, `classifier` or `planning`."""
        return int((self.folder / "data" / "run" / f"{service}.port").read_text())

    def children(self):
        """Process numbers of the services by program name."""
        pid = self.process.pid
        numbers = [
            number
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for number in (task / "children").read_text().split()
        ]
        return {pathlib.Path(os.readlink(f"/proc/{number}/exe")).name: int(number) for number in numbers}

    def stop(self, number=signal.SIGINT):
        """Stops the system and gives its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


@pytest.fixture(scope="session")
def system(programs, models, tmp_path_factory):
    """Gateway, classifier and planning service with the shipped models, on free ports, for the whole session."""
    running = System(programs, tmp_path_factory.mktemp("system"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def new_system(programs, models, tmp_path):
    """Makes systems of a test's own, stopped at its end."""
    started = []

    def start(*arguments):
        started.append(System(programs, tmp_path / f"system{len(started)}", *arguments))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()


class ConformanceServer:
    """Our server for tests (Tests/ConformanceServer) on a free port."""

    def __init__(self, folder, *arguments):
        program = PROGRAMS / "ConformanceServer"
        need(program.exists(), f"{program} is not there; make build")
        port_file = folder / "port"
        self.process = subprocess.Popen(
            [program, "--port", "0", "--port-file", port_file, "--grace-seconds", "0", *arguments],
            stderr=(folder / "log").open("w"),
        )  # fmt: skip
        end = time.monotonic() + 60
        while not port_file.exists():
            assert self.process.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.02)
        self.port = int(port_file.read_text())
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read().decode()

    def metric(self, name):
        """The value of a metric without labels; 0 where it has none yet."""
        lines = [line for line in self.get("/metrics").splitlines() if line.startswith(name + " ")]
        return float(lines[0].split()[1]) if lines else 0.0

    def eventually(self, name, value):
        """Waits until a metric has a value."""
        end = time.monotonic() + 30
        while self.metric(name) != value:
            assert time.monotonic() < end, f"{name} is {self.metric(name)} and not {value}"
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@pytest.fixture(scope="session")
def conformance(tmp_path_factory):
    """A server whose methods do as each request says, for the whole session."""
    running = ConformanceServer(tmp_path_factory.mktemp("conformance"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def new_conformance(tmp_path):
    """Makes servers of a test's own."""
    started = []

    def start(*arguments):
        folder = tmp_path / f"conformance{len(started)}"
        folder.mkdir()
        started.append(ConformanceServer(folder, *arguments))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window; what its console says is kept."""
    from selenium import webdriver

    need(shutil.which("chromium") and shutil.which("chromedriver"), "there is no Chromium")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]:
        options.add_argument(argument)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(60)
    yield driver
    driver.quit()
