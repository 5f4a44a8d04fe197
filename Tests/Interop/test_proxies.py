"""Our server behind nginx and HAProxy, over HTTP/2 and over HTTP/1.1 to the server; and nghttp as a client."""

import concurrent.futures
import json
import shutil
import subprocess

import grpc
import httpx
import pytest
from conftest import need
from hostile import free_port, server, wait_for  # noqa: F401

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    upstream http1 {{ server 127.0.0.1:{server}; keepalive 8; }}
    upstream http2 {{ server 127.0.0.1:{server}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{http2} http2;
        location / {{ grpc_pass grpc://http2; }}
    }}
    server {{
        listen 127.0.0.1:{http1};
        location / {{
            proxy_pass http://http1;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering off;
        }}
    }}
}}
"""

HAPROXY = """
global
    maxconn 200
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend http2
    bind 127.0.0.1:{http2} proto h2
    default_backend http2
frontend http1
    bind 127.0.0.1:{http1}
    default_backend http1
backend http2
    server hilum 127.0.0.1:{server} proto h2
backend http1
    http-reuse always
    server hilum 127.0.0.1:{server}
"""


class Proxy:
    """nginx or HAProxy with its files in a folder of its own: HTTP/2 in and out on one port, HTTP/1.1 on another."""

    def __init__(self, name, folder, upstream):
        program = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin")
        need(program is not None, f"{name} is not installed; make setup")
        self.http2_port, self.http1_port = free_port(), free_port()
        self.address = f"127.0.0.1:{self.http2_port}"
        self.url = f"http://127.0.0.1:{self.http1_port}"
        text = {"nginx": NGINX, "haproxy": HAPROXY}[name].format(
            folder=folder, server=upstream, http2=self.http2_port, http1=self.http1_port
        )
        file = folder / "configuration"
        file.write_text(text)
        arguments = {"nginx": ["-p", folder, "-c", file, "-e", folder / "error.log"], "haproxy": ["-db", "-f", file]}
        self.process = subprocess.Popen([program, *arguments[name]], stdout=subprocess.DEVNULL)
        wait_for(self.http2_port, self.process)
        wait_for(self.http1_port, self.process)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def proxy(request, tmp_path_factory, server):  # noqa: F811
    running = Proxy(request.param, tmp_path_factory.mktemp(request.param), server.port)
    yield running
    running.stop()


@pytest.fixture
def echo(proxy, stubs):
    """A call by grpcio, through the proxy, of a method that gives its message back."""
    options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    message = stubs.classifier_pb2.ClassifyRequest
    with grpc.insecure_channel(proxy.address, options=options) as channel:
        call = channel.unary_unary("/bench.Echo/Unary", message.SerializeToString, message.FromString)
        yield lambda image, **options: call.with_call(message(image=image), timeout=60, **options)


# gRPC


@pytest.mark.parametrize("size", [0, 1, 100_000, 20 << 20])
def test_grpcio_gets_back_what_it_sends(echo, size):
    image = bytes(size)
    answer, call = echo(image)
    assert answer.image == image
    assert call.code() == grpc.StatusCode.OK


def test_grpcio_compresses(echo):
    assert echo(bytes(100_000), compression=grpc.Compression.Gzip)[0].image == bytes(100_000)


def test_grpcio_calls_many_times_at_once(echo):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda number: echo(b"%d" % number)[0].image, range(500))
        assert list(answers) == [b"%d" % number for number in range(500)]


def test_a_status_of_grpc_comes_through(proxy):
    with grpc.insecure_channel(proxy.address) as channel:
        with pytest.raises(grpc.RpcError) as error:
            channel.unary_unary("/bench.Echo/None")(b"", timeout=60)
        assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
        with pytest.raises(grpc.RpcError) as error:
            channel.unary_unary("/bench.Echo/Unary")(b"\xff\xff", timeout=60)
        assert error.value.code() == grpc.StatusCode.INTERNAL


def test_grpcio_checks_health(proxy):
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with grpc.insecure_channel(proxy.address) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=60)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


# Connect and gRPC-Web


@pytest.fixture(params=["http1", "http2"])
def client(request, proxy):
    """httpx to the proxy in either version, which the proxy goes on with to the server."""
    is_http2 = request.param == "http2"
    url = f"http://{proxy.address}" if is_http2 else proxy.url
    with httpx.Client(http1=not is_http2, http2=is_http2, base_url=url, timeout=60) as client:
        yield client


def test_httpx_calls_by_connect(client):
    answer = client.post("/bench.Echo/Unary", json={"image": "AAEC"})
    assert (answer.status_code, answer.json()) == (200, {"image": "AAEC"})
    body = b"\x0a\x03abc"
    answer = client.post("/bench.Echo/Unary", content=body, headers={"content-type": "application/proto"})
    assert (answer.status_code, answer.content) == (200, body)


def test_an_error_of_connect_comes_through(client):
    answer = client.post("/bench.Echo/None", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "unimplemented")
    answer = client.post("/bench.Echo/Unary", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")
    assert client.post("/bench.Echo/Unary", content=b"", headers={"content-type": "text/plain"}).status_code == 415


def test_httpx_calls_by_grpc_web(client):
    message = b"\x0a\x03abc"
    frame = b"\0" + len(message).to_bytes(4, "big") + message
    headers = {"content-type": "application/grpc-web+proto"}
    answer = client.post("/bench.Echo/Unary", content=frame, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/grpc-web+proto")
    assert answer.content.startswith(frame + b"\x80")
    assert b"grpc-status: 0" in answer.content


def test_a_body_of_unknown_length_goes_through_and_comes_back(client):
    pieces = [bytes([number]) * 50_000 for number in range(40)]
    assert client.post("/echo", content=iter(pieces)).content == b"".join(pieces)
    assert client.post("/collect", content=iter(pieces)).text == "2000000\n"


def test_a_connection_of_the_proxy_is_used_again(client):
    for _ in range(100):
        assert client.get("/").text == "hello\n"


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_curl_calls_by_connect(proxy, version):
    url = proxy.url if version == "--http1.1" else f"http://{proxy.address}"
    answer = subprocess.run(
        ["curl", "-sS", version, "--max-time", "60", "-w", "\n%{http_code}", "-H", "content-type: application/json",
         "-d", '{"image":"AAEC"}', f"{url}/bench.Echo/Unary"],
        capture_output=True, text=True,
    )  # fmt: skip
    body, status = answer.stdout.rsplit("\n", 1)
    assert (answer.returncode, status, json.loads(body)) == (0, "200", {"image": "AAEC"})


# nghttp


def nghttp(*arguments):
    need(shutil.which("nghttp") is not None, "nghttp is not installed; make setup")
    answer = subprocess.run(["nghttp", *arguments], capture_output=True, timeout=60)
    assert answer.returncode == 0
    return answer.stdout


def test_nghttp_asks_many_times_on_one_connection(server):  # noqa: F811
    assert nghttp("-m", "90", f"{server.url}/") == b"hello\n" * 90


def test_nghttp_uploads(server, tmp_path):  # noqa: F811
    file = tmp_path / "body"
    file.write_bytes(bytes(range(256)) * 20_000)
    assert nghttp("-d", file, f"{server.url}/echo") == file.read_bytes()
    assert nghttp("-d", file, "--padding=200", f"{server.url}/collect") == b"5120000\n"


def test_nghttp_with_small_windows_and_a_small_table(server, tmp_path):  # noqa: F811
    file = tmp_path / "body"
    file.write_bytes(bytes(range(256)) * 4_000)
    options = ["--window-bits=10", "--connection-window-bits=12", "--header-table-size=0"]
    assert nghttp(*options, "-d", file, f"{server.url}/echo") == file.read_bytes()
