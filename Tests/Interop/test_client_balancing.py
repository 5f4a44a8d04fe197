"""The gateway in front of several replicas: one is killed, one after the other is restarted, names move."""

import concurrent.futures
import signal
import socketserver
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
from conftest import MODELS
from test_http_server import Certificates

METHOD = "/hilum.v1.PlanningService/ListModels"


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not seen in {seconds} s: {what}"
        time.sleep(0.02)


def answers(url, context):
    try:
        with urllib.request.urlopen(url, timeout=5, context=context) as response:
            return response.status == 200
    except OSError:
        return False


class Program:
    """One of our servers on a port of its own, which it keeps when it is started again."""

    def __init__(self, path, folder, *arguments, context=None):
        self.path, self.folder, self.arguments, self.port, self.context = path, folder, arguments, 0, context
        self.folder.mkdir()
        self.start()

    def start(self):
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [self.path, "--port", str(self.port), "--port-file", port_file, *self.arguments], stderr=log
            )
        wait_for("a port", lambda: port_file.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, (self.folder / "log").read_text()
        self.port = int(port_file.read_text())
        scheme = "https" if self.context else "http"
        url = f"{scheme}://localhost:{self.port}/healthz/ready"
        wait_for("readiness", lambda: answers(url, self.context))

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def metrics(self):
        """The gateway's series as a table of numbers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as response:
            lines = response.read().decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}

    def calls(self, replica):
        name = "hilum_gateway_replica_calls_total"
        labels = f'service="planning",replica="127.0.0.1:{replica.port}",outcome="answered"'
        return self.metrics().get(f"{name}{{{labels}}}", 0)

    def available(self):
        name = 'hilum_gateway_replica_available{service="planning",replica="'
        return {
            int(key.removeprefix(name).removesuffix('"}').split(":")[-1]): value == 1
            for key, value in self.metrics().items()
            if key.startswith(name)
        }


@pytest.fixture
def start(tmp_path, programs, models):
    """Starts replicas of the planning service, and gateways."""
    running = []

    def begin(program, name, *arguments, **options):
        running.append(Program(programs / program, tmp_path / name, *arguments, **options))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


def replicas_of(start, count, *arguments, **options):
    common = ["--models", MODELS, "--threads", "1", "--grace-seconds", "1"]
    return [
        start("planning-service", f"replica{index}", *common, *arguments, **options) for index in range(count)
    ]


def gateway_of(start, planning, *arguments):
    gateway = start(
        "gateway", "gateway", "--classifier", "", "--planning", planning, "--max-concurrency", "64",
        "--data", str(start.folder), "--health-check-seconds", "0.2", "--grace-seconds", "0", *arguments,
    )  # fmt: skip
    return gateway


@pytest.fixture(autouse=True)
def data_folder(start, tmp_path):
    start.folder = tmp_path / "data"


def addresses(replicas):
    return ",".join(f"http://127.0.0.1:{replica.port}" for replica in replicas)


class Load:
    """Clients that call in a loop; what is not a 200 with a model in it is kept."""

    def __init__(self, gateway, clients):
        self.url = f"http://127.0.0.1:{gateway.port}{METHOD}"
        self.clients, self.failures, self.done = clients, [], 0
        self.lock, self.stopping = threading.Lock(), threading.Event()

    def call(self):
        request = urllib.request.Request(self.url, b"{}", {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                body = response.read()
                problem = None if response.status == 200 and b"cardiac-views" in body else body
        except urllib.error.HTTPError as error:
            problem = (error.code, error.read())
        except OSError as error:
            problem = repr(error)
        with self.lock:
            self.done += 1
            if problem:
                self.failures.append(problem)

    def run(self, count, at=None, then=None):
        """So many calls; when `at` of them are done, `then` happens."""
        with concurrent.futures.ThreadPoolExecutor(self.clients + 1) as pool:
            if then:
                pool.submit(lambda: (wait_for("calls", lambda: self.done >= at), then()))
            for _ in range(count):
                pool.submit(self.call)
        assert self.done == count

    def loop(self):
        """Calls until `end`; gives the threads."""
        def work():
            while not self.stopping.is_set():
                self.call()

        self.threads = [threading.Thread(target=work) for _ in range(self.clients)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=60)


def test_calls_are_spread_evenly(start):
    replicas = replicas_of(start, 3)
    gateway = gateway_of(start, addresses(replicas))
    load = Load(gateway, 12)
    load.run(900)
    assert not load.failures
    # A replica that the system holds up for a while is rightly asked less.
    assert all(120 <= gateway.calls(replica) <= 500 for replica in replicas), gateway.metrics()


def test_a_replica_killed_amid_a_thousand_calls_costs_no_caller_an_error(start):
    replicas = replicas_of(start, 3)
    gateway = gateway_of(start, addresses(replicas))
    load = Load(gateway, 32)
    load.run(1000, at=400, then=lambda: replicas[1].stop(signal.SIGKILL))
    assert not load.failures
    assert gateway.calls(replicas[1]) > 0
    wait_for("the dead one left out", lambda: gateway.available()[replicas[1].port] is False)
    before = gateway.calls(replicas[1])
    replicas[1].start()
    wait_for("its return", lambda: gateway.available()[replicas[1].port])
    load = Load(gateway, 8)
    load.run(100)
    assert not load.failures
    assert gateway.calls(replicas[1]) > before


def restart_each(gateway, replicas, clients):
    """Restarts one replica after the other under so many clients in a loop; gives the load."""
    load = Load(gateway, clients)
    load.loop()
    try:
        for replica in replicas:
            assert replica.stop() == 0
            replica.start()
            wait_for("its return", lambda replica=replica: gateway.available()[replica.port])
            done = load.done
            wait_for("more calls", lambda done=done: load.done > done + 200)
    finally:
        load.end()
    return load


def test_a_rolling_restart_under_fifty_clients_loses_no_call(start):
    replicas = replicas_of(start, 3)
    gateway = gateway_of(start, addresses(replicas))
    load = restart_each(gateway, replicas, 50)
    assert load.done > 600
    assert not load.failures, load.failures[:5]


def test_replicas_are_reached_over_mutual_tls_and_restarted_without_loss(start, programs, tmp_path):
    files = Certificates(tmp_path)
    mutual = [*files.arguments(), "--tls-client-ca", files.path("ca.pem")]
    replicas = replicas_of(start, 2, *mutual, context=files.context(client="client"))
    own = ["--backend-certificate", files.path("client.pem"), "--backend-key", files.path("client.key")]
    gateway = gateway_of(
        start, ",".join(f"https://localhost:{replica.port}" for replica in replicas), *own,
        "--backend-ca", files.path("ca.pem"),
    )  # fmt: skip
    load = restart_each(gateway, replicas, 20)
    assert not load.failures, load.failures[:5]
    hilum = [programs / "hilum", "health", "--server", f"https://localhost:{replicas[0].port}"]
    trusting = ["--ca", files.path("ca.pem")]
    own = ["--certificate", files.path("client.pem"), "--key", files.path("client.key")]
    outcomes = [
        subprocess.run([*hilum, *options], capture_output=True, timeout=60).returncode
        for options in ([*trusting, *own], trusting, own)
    ]
    assert outcomes == [0, 3, 3]


def test_a_replica_that_hangs_is_left_out_until_it_answers_again(start):
    replicas = replicas_of(start, 2)
    gateway = gateway_of(start, addresses(replicas))
    replicas[0].process.send_signal(signal.SIGSTOP)
    try:
        wait_for("the stopped one left out", lambda: gateway.available()[replicas[0].port] is False)
        load = Load(gateway, 8)
        load.run(50)
        assert not load.failures
    finally:
        replicas[0].process.send_signal(signal.SIGCONT)
    wait_for("its return", lambda: gateway.available()[replicas[0].port])


class NameServer(socketserver.ThreadingUDPServer):
    """Answers questions for service records (RFC 2782) with the ports it is given, all on localhost."""

    allow_reuse_address = True

    def __init__(self):
        self.ports = []
        super().__init__(("127.0.0.1", 0), self.answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @staticmethod
    def labels(name):
        return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"

    def answer(self, request, client, _):
        message, channel = request
        number, _, questions = struct.unpack("!HHH", message[:6])
        question = message[12 : message.index(b"\0", 12) + 5]
        target = self.labels("localhost")
        records = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", 33, 1, 0, 6 + len(target)) + struct.pack("!HHH", 0, 1, port) + target
            for port in self.ports
        )
        head = struct.pack("!HHHHHH", number, 0x8580, questions, len(self.ports), 0, 0)
        channel.sendto(head + question + records, client)


def test_service_records_are_followed_where_they_move(start):
    replicas = replicas_of(start, 3)
    with NameServer() as names:
        names.ports = [replicas[0].port, replicas[1].port]
        gateway = gateway_of(
            start, "srv+http://_hilum._tcp.test", "--name-server", f"127.0.0.1:{names.server_address[1]}",
            "--lookup-seconds", "0.2",
        )  # fmt: skip
        load = Load(gateway, 4)
        load.run(40)
        assert not load.failures
        assert set(gateway.available()) == {replicas[0].port, replicas[1].port}
        names.ports = [replicas[1].port, replicas[2].port]
        wait_for("the move", lambda: set(gateway.available()) == {replicas[1].port, replicas[2].port})
        load = Load(gateway, 4)
        load.run(40)
        assert not load.failures
        assert gateway.calls(replicas[2]) > 0
        names.ports = []  # the name has no records: the last known stay
        time.sleep(1)
        assert set(gateway.available()) == {replicas[1].port, replicas[2].port}
        names.shutdown()


def test_a_host_name_is_looked_up(start):
    replica = replicas_of(start, 1)[0]
    gateway = gateway_of(start, f"dns+http://localhost:{replica.port}")
    load = Load(gateway, 4)
    load.run(20)
    assert not load.failures
    assert gateway.calls(replica) == 20
