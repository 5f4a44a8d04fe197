"""Every program's port, seen by grpcio, httpx, curl and raw sockets: protocols, statuses, wrong and hostile requests."""

import base64
import concurrent.futures
import gzip
import pathlib
import signal
import socket
import subprocess
import time

import grpc
import httpx
import pytest

MESSAGE_LIMIT = 4 << 20

# Program, service, a method without side effects that takes an empty message, one that takes large bytes with the
# name of their field, and the file of the stubs.
SERVICES = {
    "classifier-service": ("hilum.v1.ClassifierService", "ListModels", "Classify", "image", "classifier"),
    "planning-service": ("hilum.v1.PlanningService", "ListModels", "PlanViews", "nifti", "planning"),
    "gateway": ("hilum.v1.TriageService", "ListWorklist", "Submit", "instances", "triage"),
}


class Program:
    """One of our programs on a free port, without models and without services behind it."""

    def __init__(self, folder, programs, name):
        self.name = name
        self.service, self.light, self.heavy, self.field, self.stub = SERVICES[name]
        port_file = folder / "port"
        arguments = ["--data", folder / "data", "--classifier", "127.0.0.1:9", "--planning", "127.0.0.1:9"]
        if name != "gateway":
            (folder / "models").mkdir()
            arguments = ["--models", folder / "models"]
        self.process = subprocess.Popen(
            [programs / name, "--port", "0", "--port-file", port_file, "--grace-seconds", "0",
             "--max-body-bytes", str(MESSAGE_LIMIT), *arguments],
            stderr=(folder / "log").open("w"),
        )  # fmt: skip
        end = time.monotonic() + 60
        while not port_file.exists():
            assert self.process.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.02)
        self.port = int(port_file.read_text())
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"

    def path(self, method):
        return f"/{self.service}/{method}"

    def raw(self, data, end=False):
        """Sends bytes over a connection of their own; gives what comes back until the end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(data)
            if end:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while part := connection.recv(1 << 16):
                    answer += part
            except ConnectionResetError:
                pass
            return answer

    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * 4096


@pytest.fixture(scope="session", params=SERVICES)
def program(request, programs, tmp_path_factory):
    running = Program(tmp_path_factory.mktemp(request.param), programs, request.param)
    yield running
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=60) == 0


@pytest.fixture(params=["http1", "http2"])
def http(request, program):
    """A client for either version; the program must serve the next request after every test."""
    is_http2 = request.param == "http2"
    with httpx.Client(http1=not is_http2, http2=is_http2, base_url=program.url, timeout=60) as client:
        yield client
        answer = client.post(program.path(program.light), json={})
        assert answer.status_code == 200
        assert answer.http_version == ("HTTP/2" if is_http2 else "HTTP/1.1")


@pytest.fixture
def calls(program, stubs):
    """The stub of the program's service, and its messages."""
    options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(program.address, options=options) as channel:
        stub = getattr(getattr(stubs, f"{program.stub}_pb2_grpc"), program.service.split(".")[-1] + "Stub")(channel)
        messages = getattr(stubs, f"{program.stub}_pb2")
        yield channel, stub, messages
        getattr(stub, program.light)(light_request(program, messages))


def light_request(program, messages):
    common = getattr(messages, f"{program.light}Request", None)
    if common is not None:
        return common()
    from hilum.v1 import common_pb2

    return common_pb2.ListModelsRequest()


def heavy_request(program, messages, data):
    request = getattr(messages, f"{program.heavy}Request")()
    if program.field == "instances":
        request.instances.append(data)
    else:
        setattr(request, program.field, data)
    return request


# gRPC


def test_grpcio_calls_a_method(calls, program):
    _, stub, messages = calls
    answer, call = getattr(stub, program.light).with_call(light_request(program, messages), timeout=60)
    assert call.code() == grpc.StatusCode.OK
    assert answer.IsInitialized()


def test_grpcio_compresses_its_request(calls, program):
    _, stub, messages = calls
    method = getattr(stub, program.light)
    method(light_request(program, messages), compression=grpc.Compression.Gzip, timeout=60)


def test_grpcio_checks_health(program):
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with grpc.insecure_channel(program.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        serving = {health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING}
        assert stub.Check(health_pb2.HealthCheckRequest()).status in serving
        assert stub.Check(health_pb2.HealthCheckRequest(service=program.service)).status in serving
        with pytest.raises(grpc.RpcError) as error:
            stub.Check(health_pb2.HealthCheckRequest(service="no.Such"))
        assert error.value.code() == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("path", ["/hilum.v1.ClassifierService/None", "/no.Such/Method", "/x"])
def test_grpcio_calls_an_unknown_method(calls, path):
    channel = calls[0]
    with pytest.raises(grpc.RpcError) as error:
        channel.unary_unary(path)(b"")
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_grpcio_sends_what_is_no_message(calls, program):
    channel = calls[0]
    with pytest.raises(grpc.RpcError) as error:
        channel.unary_unary(program.path(program.light))(b"\xff\xff")
    assert error.value.code() == grpc.StatusCode.INTERNAL


def test_grpcio_sends_too_large_a_message(calls, program):
    _, stub, messages = calls
    with pytest.raises(grpc.RpcError) as error:
        getattr(stub, program.heavy)(heavy_request(program, messages, b"x" * (MESSAGE_LIMIT + 1)), timeout=60)
    assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert str(MESSAGE_LIMIT) in error.value.details()


def test_grpcio_sends_an_empty_image(calls, program):
    _, stub, messages = calls
    request = getattr(messages, f"{program.heavy}Request")()
    with pytest.raises(grpc.RpcError) as error:
        getattr(stub, program.heavy)(request, timeout=60)
    assert error.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAVAILABLE)
    assert error.value.details()


def test_many_calls_at_a_time_are_all_answered(calls, program):
    _, stub, messages = calls
    method, request = getattr(stub, program.light), light_request(program, messages)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda _: method(request, timeout=60), range(200)))) == 200


# Connect


def test_connect_calls_in_json_and_binary(http, program):
    answer = http.post(program.path(program.light), json={})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(answer.json(), dict)
    answer = http.post(program.path(program.light), content=b"", headers={"content-type": "application/proto"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/proto"


def test_connect_calls_by_get(http, program):
    answer = http.get(program.path(program.light), params={"connect": "v1", "encoding": "json", "message": "{}"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    message = base64.urlsafe_b64encode(b"").decode()
    answer = http.get(program.path(program.light), params={"encoding": "proto", "base64": "1", "message": message})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/proto")


def test_connect_reads_gzip(http, program):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert http.post(program.path(program.light), content=gzip.compress(b"{}"), headers=headers).status_code == 200
    answer = http.post(program.path(program.light), content=b"no gzip", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    headers["content-encoding"] = "br"
    answer = http.post(program.path(program.light), content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (501, "unimplemented")


@pytest.mark.parametrize("media_type", ["text/plain", "application/dicom", "multipart/form-data", ""])
def test_a_wrong_media_type(http, program, media_type):
    answer = http.post(program.path(program.heavy), content=b"{}", headers={"content-type": media_type})
    assert answer.status_code == 415
    assert "application/proto" in answer.headers["accept-post"]


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_wrong_verb(http, program, verb):
    answer = http.request(verb, program.path(program.light))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    answer = http.request(verb, "/metrics")
    assert answer.status_code == 405


def test_an_unknown_method_and_an_unknown_path(http, program):
    answer = http.post(program.path("None"), json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "unimplemented")
    assert http.get("/no/such/page").status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"a":' * 10_000, b"null"])
def test_json_that_is_none(http, program, body):
    answer = http.post(program.path(program.light), content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")


def test_an_empty_request_names_its_field(http, program):
    answer = http.post(program.path(program.heavy), json={})
    assert answer.status_code in (400, 503)
    assert answer.json()["message"]


def test_too_large_a_message(http, program):
    body = b"\x0a" + b"x" * (MESSAGE_LIMIT + 1)
    headers = {"content-type": "application/proto"}
    try:
        answer = http.post(program.path(program.heavy), content=body, headers=headers)
    except httpx.WriteError:  # the answer came before the body had left
        return
    assert (answer.status_code, answer.json()["code"]) == (429, "resource_exhausted")
    assert str(MESSAGE_LIMIT) in answer.json()["message"]


def test_a_gzip_bomb(http, program):
    before = program.resident_bytes()
    headers = {"content-type": "application/proto", "content-encoding": "gzip"}
    bomb = gzip.compress(bytes(500 << 20), compresslevel=1)
    answer = http.post(program.path(program.heavy), content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (429, "resource_exhausted")
    assert program.resident_bytes() - before < 64 << 20


def test_a_deadline_that_has_passed(http, program):
    answer = http.post(program.path(program.light), json={}, headers={"connect-timeout-ms": "0"})
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")


# curl


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
@pytest.mark.parametrize("option", [[], ["-H", "Expect: 100-continue"], ["-H", "Transfer-Encoding: chunked"]])
def test_curl_uploads(program, tmp_path, version, option):
    if version != "--http1.1":
        option = [] if "chunked" in str(option) else option
    body = tmp_path / "body"
    # One unknown field of some megabytes: a message of every type.
    size = 3 << 20
    length = bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14 & 0x7F | 0x80, size >> 21])
    body.write_bytes(b"\xf2\x7f" + length + bytes(size))
    answer = subprocess.run(
        ["curl", "-sS", version, "--max-time", "60", "-w", "\n%{http_code}", "--data-binary", f"@{body}", *option,
         "-H", "content-type: application/proto", "-o", "/dev/null", program.url + program.path(program.light)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (answer.returncode, answer.stdout.strip()) == (0, "200")


def test_health_and_metrics_for_operators(http):
    assert http.get("/healthz/live").status_code == 200
    assert http.get("/healthz/ready").status_code in (200, 503)
    metrics = http.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "# TYPE" in metrics.text
    assert http.head("/healthz/live").content == b""


# Raw sockets


SMUGGLING = {
    "both lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "bare LF": b"GET / HTTP/1.1\nHost: a\n\n",
    "folded field": b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
    "blank before the colon": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "NUL": b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
    "TLS": bytes.fromhex("160301020001000001fc0303") + bytes(64),
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_a_request_on_which_parsers_disagree(program, name):
    answer = program.raw(SMUGGLING[name])
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer


def test_a_chunk_size_that_is_none(program):
    head = f"POST {program.path(program.light)} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    answer = program.raw(head.encode() + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
    # Where it comes with the head the call does not begin; where it comes later the call ends in an error.
    status = answer.split(b"\r\n")[0]
    assert b" 400 " in status or b" 500 " in status and b'"internal"' in answer


def test_heads_that_are_too_large(program):
    assert program.raw(b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n").startswith(b"HTTP/1.1 414 ")
    assert program.raw(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 60_000).startswith(b"HTTP/1.1 431 ")


def test_an_upload_that_is_cut_off(program, http):
    head = f"POST {program.path(program.heavy)} HTTP/1.1\r\nHost: a\r\nContent-Type: application/proto\r\n"
    for _ in range(20):
        assert program.raw(head.encode() + b"Content-Length: 1000000\r\n\r\n" + bytes(1000), end=True) == b""


def test_bytes_at_random_leave_the_program_whole(program, http):
    import random

    numbers = random.Random(1)
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    for _ in range(100):
        noise = numbers.randbytes(numbers.randint(1, 400))
        program.raw(numbers.choice([b"", preface, preface + bytes(3) + b"\x04" + bytes(5)]) + noise, end=True)
    assert program.process.poll() is None


def test_sigterm_ends_with_0(programs, tmp_path):
    for name in SERVICES:
        folder = tmp_path / name
        folder.mkdir()
        running = Program(folder, programs, name)
        with httpx.Client(base_url=running.url) as client:  # an idle connection holds nothing up
            assert client.get("/healthz/live").status_code == 200
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(timeout=30) == 0


