"""The HTTP server inside every program: TLS, limits, draining, seen by curl, openssl, httpx and raw sockets."""

import pathlib
import signal
import socket
import ssl
import subprocess
import time

import httpx
import pytest

PROGRAMS = ["classifier-service", "planning-service", "gateway"]


class Server:
    """One of our programs on a free port, without models and without services behind it."""

    def __init__(self, programs, folder, *arguments, name="classifier-service", grace=0):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "models").mkdir(exist_ok=True)
        own = ["--models", folder / "models"]
        if name == "gateway":
            own = ["--data", folder / "data", "--classifier", "127.0.0.1:9", "--planning", "127.0.0.1:9"]
        self.port_file, self.log_file = folder / "port", folder / "log"
        self.port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [programs / name, "--port", "0", "--port-file", self.port_file, "--grace-seconds", str(grace), *own,
             *map(str, arguments)],
            stderr=self.log_file.open("a"),
        )  # fmt: skip
        wait_until(lambda: self.port_file.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log()
        self.port = int(self.port_file.read_text())

    def log(self):
        return self.log_file.read_text()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * 4096

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def wait_until(is_so, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def server(programs, tmp_path):
    """Starts programs with the arguments given, stopped at the test's end; all of them end with 0."""
    started = []

    def start(*arguments, **options):
        started.append(Server(programs, tmp_path / f"server{len(started)}", *arguments, **options))
        return started[-1]

    yield start
    assert [running.stop() for running in started] == [0] * len(started)


# TLS


class Certificates:
    """An authority and certificates under it, made by openssl."""

    KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]

    def __init__(self, folder):
        self.folder = folder
        self.openssl("req", "-x509", *self.KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")
        self.make("server", "localhost")
        self.make("renewed", "localhost")
        self.make("client", "console-3")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def make(self, name, host):
        self.openssl(
            "req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", *self.KEY, "-keyout", f"{name}.key", "-out",
            f"{name}.pem", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{host}", "-addext",
            "basicConstraints=CA:FALSE",
        )  # fmt: skip

    def path(self, name):
        return self.folder / name

    def arguments(self, name="server"):
        return ["--tls-certificate", self.path(f"{name}.pem"), "--tls-key", self.path(f"{name}.key")]

    def context(self, client=None):
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        if client:
            context.load_cert_chain(self.path(f"{client}.pem"), self.path(f"{client}.key"))
        return context

    def shown_by(self, port):
        """The common name of the certificate that the server shows a new connection."""
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            with self.context().wrap_socket(connection, server_hostname="localhost") as secured:
                return dict(pair[0] for pair in secured.getpeercert()["subject"])["commonName"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("is_http2", [False, True])
def test_every_program_speaks_tls_by_alpn(server, certificates, name, is_http2):
    running = server(*certificates.arguments(), name=name)
    with httpx.Client(http1=not is_http2, http2=is_http2, verify=certificates.context()) as client:
        answer = client.get(f"https://localhost:{running.port}/healthz/live")
    assert (answer.status_code, answer.http_version) == (200, "HTTP/2" if is_http2 else "HTTP/1.1")


def test_grpcio_calls_over_tls(server, certificates):
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    running = server(*certificates.arguments())
    credentials = grpc.ssl_channel_credentials(certificates.path("ca.pem").read_bytes())
    with grpc.secure_channel(f"localhost:{running.port}", credentials) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=60)
    assert answer.status in {health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING}


def test_mutual_tls(server, certificates):
    running = server(*certificates.arguments(), "--tls-client-ca", certificates.path("ca.pem"))
    url = f"https://localhost:{running.port}/healthz/live"
    with httpx.Client(verify=certificates.context("client")) as client:
        assert client.get(url).status_code == 200
    with httpx.Client(verify=certificates.context()) as client, pytest.raises((httpx.ReadError, httpx.ConnectError)):
        client.get(url)


def test_sighup_brings_a_new_certificate_and_drops_nothing(server, certificates, tmp_path):
    files = [tmp_path / "tls.pem", tmp_path / "tls.key"]

    def install(name):
        for file in files:
            file.write_bytes(certificates.path(name + file.suffix).read_bytes())

    install("server")
    running = server("--tls-certificate", files[0], "--tls-key", files[1])
    url = f"https://localhost:{running.port}/healthz/live"
    with httpx.Client(http2=True, verify=certificates.context()) as open_before:
        assert open_before.get(url).status_code == 200
        connection = open_before.get(url).extensions["network_stream"]
        install("renewed")
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: certificates.shown_by(running.port) == "renewed")
        answer = open_before.get(url)
        assert answer.status_code == 200
        assert answer.extensions["network_stream"] is connection or answer.http_version == "HTTP/2"
        # A certificate that is none changes nothing but the log.
        files[0].write_text("no certificate")
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "certificates not reloaded" in running.log())
        assert "tls-certificate" in running.log()
        assert certificates.shown_by(running.port) == "renewed"
        assert open_before.get(url).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["--tls-certificate", "server.pem"], "tls-certificate"),
        (["--tls-key", "server.key"], "tls-key"),
        (["--tls-client-ca", "ca.pem"], "tls-client-ca"),
        (["--tls-certificate", "none.pem", "--tls-key", "server.key"], "tls-certificate"),
        (["--tls-certificate", "server.pem", "--tls-key", "client.key"], "tls-key"),
        (["--tls-certificate", "server.pem", "--tls-key", "server.key", "--tls-client-ca", "none"], "tls-client-ca"),
    ],
)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_wrong_file_is_named_at_the_start(programs, certificates, name, arguments, key):
    ended = subprocess.run([programs / name, *arguments], cwd=certificates.folder, capture_output=True, text=True)
    assert ended.returncode == 78
    assert f"'{key}'" in ended.stderr


def test_openssl_finds_modern_versions_only(server, certificates):
    running = server(*certificates.arguments())

    def client(*options):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{running.port}", *options]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    assert "Protocol  : TLSv1.2" in client("-tls1_2").stdout
    assert "TLSv1.3" in client("-tls1_3").stdout
    assert client("-tls1_1", "-cipher", "ALL@SECLEVEL=0").returncode != 0
    assert client("-tls1_2", "-cipher", "AES256-SHA").returncode != 0
    assert "Secure Renegotiation IS supported" in client("-tls1_2").stdout
    renegotiation = subprocess.run(
        ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{running.port}"],
        input="R\n", capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "no renegotiation" in renegotiation.stderr


# HTTP/1.1


def test_options_and_head(server):
    running = server()
    with running.connect() as connection:
        connection.sendall(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nHEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answers = read_to_end(connection).split(b"\r\n\r\n")
    assert answers[0].startswith(b"HTTP/1.1 204 ") and b"allow: GET, HEAD, POST, OPTIONS" in answers[0]
    assert answers[1].startswith(b"HTTP/1.1 200 ")
    assert answers[2:] == [b""]


def test_chunks_with_trailers_and_a_request_behind_them(server):
    running = server()
    path = b"/hilum.v1.ClassifierService/ListModels"
    with running.connect() as connection:
        connection.sendall(
            b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
            b"Trailer: x-sum\r\n\r\n1;name=value\r\n{\r\n1\r\n}\r\n0\r\nX-Sum: 2\r\n\r\n"
            b"GET /healthz/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        answer = read_to_end(connection)
    assert answer.count(b"HTTP/1.1 200 ") == 2 and answer.endswith(b"live\n")


def test_pages_of_configured_origins_may_call(server):
    running = server("--cors-origins", "https://viewer.example,http://localhost:3000")
    url = f"http://127.0.0.1:{running.port}/hilum.v1.ClassifierService/ListModels"
    asks = {"origin": "https://viewer.example", "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,x-grpc-web,x-own"}  # fmt: skip
    answer = httpx.options(url, headers=asks)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://viewer.example"
    assert answer.headers["access-control-allow-headers"] == "content-type, x-grpc-web, x-own"
    assert "POST" in answer.headers["access-control-allow-methods"]
    answer = httpx.post(url, json={}, headers={"origin": "http://localhost:3000"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "grpc-status" in answer.headers["access-control-expose-headers"]
    assert httpx.options(url, headers=asks | {"origin": "https://other.example"}).status_code == 403
    answer = httpx.post(url, json={}, headers={"origin": "https://other.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_without_configured_origins_nothing_is_said_of_them(server):
    answer = httpx.get(f"http://127.0.0.1:{server().port}/healthz/live", headers={"origin": "https://viewer.example"})
    assert not any("access-control" in name for name in answer.headers)


def read_to_end(connection):
    answer = b""
    try:
        while part := connection.recv(1 << 16):
            answer += part
    except ConnectionResetError:
        pass
    return answer


@pytest.fixture
def echo_server(programs):
    """A server that counts the bytes of a body as they come."""
    process = subprocess.Popen([programs / "EchoServer", "0"], stdout=subprocess.PIPE, text=True)
    process.port = int(process.stdout.readline().rsplit(":", 1)[1])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_an_upload_of_a_gibibyte_streams_in_little_memory(echo_server, version):
    size = 1 << 30
    with subprocess.Popen(["head", "-c", str(size), "/dev/zero"], stdout=subprocess.PIPE) as source:
        answer = subprocess.run(
            ["curl", "-sS", version, "--max-time", "300", "-X", "POST", "-T", "-",
             f"http://127.0.0.1:{echo_server.port}/count"],
            stdin=source.stdout, capture_output=True, text=True,
        )  # fmt: skip
    assert answer.stdout == f"{size}\n", answer.stderr
    status = pathlib.Path(f"/proc/{echo_server.pid}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) << 10
    assert peak < 200 << 20


# Limits


def status_of(running, data, end=False):
    with running.connect() as connection:
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = read_to_end(connection)
    return int(answer.split(b" ")[1]) if answer else None


def metric(running, name):
    text = httpx.get(f"http://127.0.0.1:{running.port}/metrics").text
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + " ")), 0)


HEAD = b" HTTP/1.1\r\nHost: a\r\n"
LIMITS = {
    "target": (["--max-target-bytes", 100], b"GET /" + b"x" * 200 + HEAD, 414),
    "header": (["--max-header-bytes", 1024], b"GET /" + HEAD + b"X: " + b"x" * 2000 + b"\r\n\r\n", 431),
    "header count": (["--max-header-count", 8], b"GET /" + HEAD + b"X: y\r\n" * 9 + b"\r\n", 431),
    "header_time": (["--header-timeout-seconds", 0.1], b"GET /" + HEAD, 408),
    "body_time": (
        ["--body-timeout-seconds", 0.1],
        b"POST /hilum.v1.ClassifierService/ListModels" + HEAD
        + b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{", 504,
    ),
    "body": (
        ["--max-body-bytes", "1KiB"],
        b"POST /hilum.v1.ClassifierService/ListModels" + HEAD
        + b"Content-Type: application/json\r\nContent-Length: 99999\r\n\r\n", 429,
    ),
    "idle": (["--idle-timeout-seconds", 0.1], b"GET /healthz/live" + HEAD + b"\r\n", 200),
    "handshake_time": (["--handshake-timeout-seconds", 0.1], b"\x16\x03\x01", None),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_configured_answered_and_counted(server, certificates, name):
    arguments, data, status = LIMITS[name]
    if name == "handshake_time":
        running = server(*arguments, *certificates.arguments())
        assert status_of(running, data) is None
        return
    running = server(*arguments)
    assert status_of(running, data) == status
    limit = name.split()[0]
    if limit != "idle":
        assert metric(running, f'hilum_http_limits_total{{limit="{limit}"}}') >= 1


def test_connections_are_limited_and_counted(server):
    running = server("--max-connections-per-peer", 2)
    with running.connect() as first, running.connect() as second:
        for connection in (first, second):
            connection.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.recv(1 << 16)
        assert status_of(running, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == 503
        second.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        text = read_to_end(second).decode()
    assert "hilum_http_connections 2\n" in text
    assert 'hilum_http_limits_total{limit="connections_per_peer"} 1\n' in text


# Draining


class Replica:
    """A server that is started again on the port it had."""

    def __init__(self, programs, folder):
        self.programs, self.folder, self.port = programs, folder, 0
        self.start()

    def start(self):
        self.running = Server(self.programs, self.folder, "--port", self.port, grace=0.2)
        self.port = self.running.port

    def restart(self):
        assert self.running.stop() == 0
        self.start()


def roll(replicas, rounds=2):
    for _ in range(rounds):
        for replica in replicas:
            time.sleep(0.3)
            replica.restart()
    time.sleep(0.3)


@pytest.fixture
def replicas(programs, tmp_path):
    both = [Replica(programs, tmp_path / name) for name in "ab"]
    yield both
    assert [replica.running.stop() for replica in both] == [0, 0]


CLIENTS = 50


def test_a_rolling_restart_loses_no_request_of_http1(replicas):
    import asyncio

    async def client(number, ending, failures):
        """Goes to the other replica where nobody listens; everything else that is not 200 is a loss."""
        count = 0
        async with httpx.AsyncClient(timeout=60, verify=False) as http:
            while not ending.is_set():
                port = replicas[(number + count) % 2].port
                try:
                    answer = await http.post(f"http://127.0.0.1:{port}/hilum.v1.ClassifierService/ListModels", json={})
                    if answer.status_code != 200:
                        failures.append(answer.status_code)
                except httpx.ConnectError:
                    await asyncio.sleep(0.01)
                except Exception as error:
                    failures.append(repr(error))
                count += 1
        return count

    async def run():
        ending, failures = asyncio.Event(), []
        clients = [asyncio.create_task(client(number, ending, failures)) for number in range(CLIENTS)]
        await asyncio.to_thread(roll, replicas)
        ending.set()
        return sum(await asyncio.gather(*clients)), failures

    count, failures = asyncio.run(run())
    assert failures == []
    assert count >= 4 * CLIENTS


def test_a_rolling_restart_loses_no_call_of_grpcio(replicas, stubs):
    import asyncio

    import grpc
    from hilum.v1 import common_pb2

    target = "ipv4:" + ",".join(f"127.0.0.1:{replica.port}" for replica in replicas)
    options = [
        ("grpc.lb_policy_name", "round_robin"), ("grpc.use_local_subchannel_pool", 1),
        ("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 200),
    ]  # fmt: skip

    async def client(ending, failures):
        count = 0
        async with grpc.aio.insecure_channel(target, options) as channel:
            stub = stubs.classifier_pb2_grpc.ClassifierServiceStub(channel)
            while not ending.is_set():
                try:
                    await stub.ListModels(common_pb2.ListModelsRequest(), timeout=60)
                except grpc.RpcError as error:
                    failures.append(error.details())
                count += 1
        return count

    async def run():
        ending, failures = asyncio.Event(), []
        clients = [asyncio.create_task(client(ending, failures)) for _ in range(CLIENTS)]
        await asyncio.to_thread(roll, replicas)
        ending.set()
        return sum(await asyncio.gather(*clients)), failures

    count, failures = asyncio.run(run())
    assert failures == []
    assert count >= 4 * CLIENTS
