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
