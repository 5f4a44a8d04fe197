"""gRPC, gRPC-Web and Connect on one port: connectrpc's client in all three, and bytes by httpx, h2 and curl."""

import base64
import gzip
import json
import random
import socket
import struct
import subprocess
import time

import h2.config
import h2.connection
import h2.events
import httpx
import pytest
from connectrpc.client import ConnectClientSync, ResponseMetadata
from connectrpc.code import Code
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.compression.gzip import GzipCompression
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from pyqwest import HTTPVersion, SyncClient, SyncHTTPTransport

SERVICE = "hilum.conformance.v1.ConformanceService"
CANCELLED = "hilum_conformance_cancelled_total"


def envelope(data, flags=0):
    return struct.pack(">BI", flags, len(data)) + data


def envelopes(data):
    """Pairs of flags and bytes."""
    result = []
    while data:
        flags, size = struct.unpack_from(">BI", data)
        assert len(data) >= 5 + size
        result.append((flags, data[5 : 5 + size]))
        data = data[5 + size :]
    return result


# The client of connectrpc


class Calls:
    """The methods by connectrpc's client."""

    def __init__(self, client, messages):
        self.client, self.messages = client, messages

    def method(self, name, shape, idempotency=IdempotencyLevel.UNKNOWN):
        return MethodInfo(
            name=name, service_name=SERVICE, input=self.messages.ConformanceRequest,
            output=self.messages.ConformanceResponse, idempotency_level=idempotency, stream_type=shape)  # fmt: skip

    def unary(self, request, **options):
        return self.client.execute_unary(request=request, method=self.method("Unary", StreamType.UNARY), **options)

    def look(self, request, **options):
        method = self.method("Look", StreamType.UNARY, IdempotencyLevel.NO_SIDE_EFFECTS)
        return self.client.execute_unary(request=request, method=method, use_get=True, **options)

    def client_stream(self, requests, **options):
        method = self.method("ClientStream", StreamType.CLIENT_STREAM)
        return self.client.execute_client_stream(request=iter(requests), method=method, **options)

    def server_stream(self, request, **options):
        method = self.method("ServerStream", StreamType.SERVER_STREAM)
        return self.client.execute_server_stream(request=request, method=method, **options)

    def bidi_stream(self, requests, **options):
        method = self.method("BidiStream", StreamType.BIDI_STREAM)
        return self.client.execute_bidi_stream(request=iter(requests), method=method, **options)


WAYS = [
    (protocol, version, codec, compression)
    for protocol, versions in {"CONNECT": "12", "GRPC_WEB": "12", "GRPC": "2"}.items()
    for version in versions
    for codec in ["proto", "json"]
    for compression in ["identity", "gzip"]
]


@pytest.fixture(params=WAYS, ids=["-".join(way) for way in WAYS])
def calls(request, conformance, stubs):
    protocol, version, codec, compression = request.param
    transport = SyncHTTPTransport(http_version=HTTPVersion.HTTP1 if version == "1" else HTTPVersion.HTTP2)
    gzips = compression == "gzip"
    with ConnectClientSync(
        conformance.url, protocol=ProtocolType[protocol],
        codec=google_protobuf_binary_codec() if codec == "proto" else google_protobuf_json_codec(),
        accept_compression=[GzipCompression()] if gzips else [], send_compression=GzipCompression() if gzips else None,
        http_client=SyncClient(transport),
    ) as client:  # fmt: skip
        yield Calls(client, stubs.conformance_pb2)


def test_the_four_shapes(calls):
    request = calls.messages.ConformanceRequest
    assert calls.unary(request(payload=b"a" * 5000)).payload == b"a" * 5000
    requests = [request(payload=bytes([index]) * 3000) for index in range(5)]
    assert calls.client_stream(requests).received_bytes == 15_000
    answers = list(calls.server_stream(request(payload=b"a" * 3000, answers=4)))
    assert [(answer.index, answer.payload) for answer in answers] == [(index, b"a" * 3000) for index in range(4)]
    assert [answer.payload for answer in calls.bidi_stream(requests)] == [each.payload for each in requests]


def test_metadata_both_ways(calls):
    sent = {"x-text": "a b", "x-raw-bin": base64.b64encode(bytes(range(250))).decode().rstrip("=")}
    with ResponseMetadata() as unary:
        calls.unary(calls.messages.ConformanceRequest(), headers=sent)
    with ResponseMetadata() as stream:
        list(calls.server_stream(calls.messages.ConformanceRequest(answers=1), headers=sent))
    for metadata in [unary.headers, unary.trailers, stream.headers, stream.trailers]:
        assert {key: metadata.get(key) for key in sent} == sent


def test_errors_bring_code_message_and_details(calls):
    failure = calls.messages.ConformanceFailure(code=9, message="50 % “none”", after=2)
    request = calls.messages.ConformanceRequest(failure=failure, answers=5)
    indices = []
    for run in [lambda: calls.unary(request), lambda: calls.client_stream([request]),
                lambda: indices.extend(answer.index for answer in calls.server_stream(request)),
                lambda: list(calls.bidi_stream([request]))]:  # fmt: skip
        with pytest.raises(ConnectError) as error:
            run()
        assert (error.value.code, error.value.message) == (Code.FAILED_PRECONDITION, "50 % “none”")
        assert [detail.type_name for detail in error.value.details] == ["hilum.v1.ErrorInfo"]


def test_deadlines(calls):
    request = calls.messages.ConformanceRequest
    assert 0 < calls.unary(request(), timeout_ms=50_000).timeout_ms <= 50_000
    for run in [lambda: calls.unary(request(delay_ms=60_000), timeout_ms=200),
                lambda: list(calls.server_stream(request(delay_ms=60_000, answers=1), timeout_ms=200))]:  # fmt: skip
        with pytest.raises(ConnectError) as error:
            run()
        assert error.value.code == Code.DEADLINE_EXCEEDED


def test_a_method_without_side_effects_takes_get(calls):
    request = calls.messages.ConformanceRequest(payload=bytes(range(256)) * 8)
    assert calls.look(request).payload == request.payload


def test_20_mib_in_each_direction(calls):
    payload = random.Random(1).randbytes(20 << 20)
    assert calls.unary(calls.messages.ConformanceRequest(payload=payload), timeout_ms=120_000).payload == payload


# Bytes


@pytest.fixture(params=["http1", "http2"])
def http(request, conformance):
    is_http2 = request.param == "http2"
    with httpx.Client(http1=not is_http2, http2=is_http2, base_url=conformance.url, timeout=60) as client:
        yield client


def post(http, method, body, media_type, **fields):
    headers = {"content-type": media_type} | {key.replace("_", "-"): value for key, value in fields.items()}
    return http.post(f"/{SERVICE}/{method}", content=body, headers=headers)


def test_grpc_web_in_bytes(http, stubs):
    message = stubs.conformance_pb2.ConformanceRequest(payload=b"hello").SerializeToString()
    answer = post(http, "Unary", envelope(message), "application/grpc-web+proto", x_a="b")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/grpc-web+proto")
    assert "grpc-status" not in answer.headers
    (flags, data), (end, trailers) = envelopes(answer.content)
    assert flags == 0 and stubs.conformance_pb2.ConformanceResponse.FromString(data).payload == b"hello"
    assert end == 0x80
    assert dict(line.split(": ", 1) for line in trailers.decode().split("\r\n") if line) == {
        "grpc-status": "0", "x-a": "b"}


def test_grpc_web_in_text(http):
    body = base64.b64encode(envelope(b'{"payload":"aGVsbG8","answers":3}'))
    answer = post(http, "ServerStream", body, "application/grpc-web-text+json")
    assert answer.headers["content-type"] == "application/grpc-web-text+json"
    # Every envelope is padded by itself.
    data = b"".join(base64.b64decode(part + b"=" * (-len(part) % 4)) for part in split_text(answer.content))
    parts = envelopes(data)
    assert [flags for flags, _ in parts] == [0, 0, 0, 0x80]
    assert [json.loads(data).get("index", 0) for _, data in parts[:3]] == [0, 1, 2]
    assert b"grpc-status: 0\r\n" in parts[3][1]


def split_text(text):
    """Groups of four characters: base64 may be padded at the end of each."""
    return [text[start : start + 4] for start in range(0, len(text), 4)]


def test_grpc_web_answers_in_text_when_asked_to(http):
    answer = post(http, "Unary", envelope(b"{}"), "application/grpc-web+json", accept="application/grpc-web-text")
    assert answer.headers["content-type"] == "application/grpc-web-text+json"
    assert envelopes(base64.b64decode(answer.content)) == [(0, b"{}"), (0x80, b"grpc-status: 0\r\n")]


def test_grpc_web_tells_errors_behind_the_messages(http):
    body = envelope(b'{"failure":{"code":5,"message":"50 % \\u201cnone\\u201d"}}')
    answer = post(http, "Unary", body, "application/grpc-web+json")
    ((flags, trailers),) = envelopes(answer.content)
    assert (answer.status_code, flags) == (200, 0x80)
    assert b"grpc-status: 5\r\n" in trailers and b"grpc-message: 50 %25 %E2%80%9Cnone%E2%80%9D\r\n" in trailers


def test_connect_streams_end_with_json(http):
    body = envelope(b'{"answers":2,"failure":{"code":8,"message":"enough","after":2}}')
    answer = post(http, "ServerStream", body, "application/connect+json", x_a="b")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/connect+json")
    parts = envelopes(answer.content)
    assert [flags for flags, _ in parts] == [0, 0, 2]
    end = json.loads(parts[2][1])
    assert end["metadata"] == {"x-a": ["b"]}
    assert (end["error"]["code"], end["error"]["message"]) == ("resource_exhausted", "enough")
    assert end["error"]["details"][0]["type"] == "hilum.v1.ErrorInfo"


def test_connect_compresses_each_message(http):
    plain = json.dumps({"payload": base64.b64encode(b"a" * 9000).decode()}).encode()
    body = envelope(gzip.compress(plain), 1) + envelope(plain) + envelope(b"{}")
    answer = post(http, "BidiStream", body, "application/connect+json",
                  connect_content_encoding="gzip", connect_accept_encoding="gzip")  # fmt: skip
    assert answer.headers["connect-content-encoding"] == "gzip"
    parts = envelopes(answer.content)
    assert [flags for flags, _ in parts] == [1, 1, 0, 2]  # the third is too short to be worth it
    assert json.loads(gzip.decompress(parts[0][1]))["receivedBytes"] == "9000"


@pytest.mark.parametrize("payload, is_gzip", [(b"a" * 100_000, True), (random.Random(1).randbytes(99_999), False)])
def test_answers_are_compressed_where_that_pays(http, stubs, payload, is_gzip):
    message = stubs.conformance_pb2.ConformanceRequest(payload=payload).SerializeToString()
    # httpx inflates by itself what the head says is gzip.
    answer = post(http, "Unary", message, "application/proto", accept_encoding="gzip")
    assert (answer.headers.get("content-encoding") == "gzip") == is_gzip
    assert (int(answer.headers["content-length"]) < 10_000) == is_gzip
    assert stubs.conformance_pb2.ConformanceResponse.FromString(answer.content).payload == payload
    refused = post(http, "Unary", message, "application/proto", accept_encoding="gzip;q=0, identity")
    assert "content-encoding" not in refused.headers
    answer = post(http, "Unary", envelope(message), "application/grpc-web", grpc_accept_encoding="gzip")
    assert (answer.headers.get("grpc-encoding") == "gzip") == is_gzip
    assert envelopes(answer.content)[0][0] == (1 if is_gzip else 0)


def test_a_get_can_be_cached(http):
    query = {"connect": "v1", "encoding": "json", "message": '{"payload":"aGVsbG8"}'}
    answer = http.get(f"/{SERVICE}/Look", params=query, headers={"connect-timeout-ms": "5000"})
    assert answer.json()["payload"] == "aGVsbG8=" and int(answer.json()["timeoutMs"]) <= 5000
    assert answer.headers["vary"] == "accept-encoding"
    assert http.get(f"/{SERVICE}/Unary", params=query).status_code == 405


@pytest.mark.parametrize("method, media_type, accepted", [
    ("Unary", "application/connect+json", "application/proto"), ("Unary", "application/connect+xml", "application/connect+"),
    ("ServerStream", "application/json", "application/connect+proto"), ("Unary", "application/xml", "application/proto"),
    ("Unary", "application/grpc-web+thrift", "application/grpc-web"),
])  # fmt: skip
def test_a_media_type_we_do_not_read(http, method, media_type, accepted):
    answer = post(http, method, b"{}", media_type)
    assert answer.status_code == 415 and accepted in answer.headers["accept-post"]


@pytest.mark.parametrize("media_type, field", [
    ("application/json", "content-encoding"), ("application/connect+json", "connect-content-encoding"),
    ("application/grpc-web+json", "grpc-encoding"),
])  # fmt: skip
def test_a_gzip_bomb_ends_at_the_limit(new_conformance, media_type, field):
    server = new_conformance("--max-body-bytes", "1MiB")
    bomb = gzip.compress(bytes(200 << 20), compresslevel=9)
    is_bare = media_type == "application/json"
    with httpx.Client(base_url=server.url, timeout=60) as http:
        answer = http.post(
            f"/{SERVICE}/{'Unary' if is_bare else 'ClientStream'}", content=bomb if is_bare else envelope(bomb, 1),
            headers={"content-type": media_type, field: "gzip"})
    assert b"resource_exhausted" in answer.content or b"grpc-status: 8" in answer.content
    pages = int(open(f"/proc/{server.process.pid}/statm").read().split()[1])
    assert pages * 4096 < 150 << 20


@pytest.mark.parametrize("media_type", ["application/json", "application/grpc-web+json", "application/connect+json"])
def test_a_caller_who_leaves_cancels_the_handler(new_conformance, media_type):
    server = new_conformance()
    method = "ServerStream" if "connect" in media_type else "Unary"
    body = b'{"delayMs":60000,"answers":1}'
    body = body if media_type == "application/json" else envelope(body)
    head = f"POST /{SERVICE}/{method} HTTP/1.1\r\nHost: a\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(0.3)
    server.eventually(CANCELLED, 1)


# gRPC by frames


class Frames:
    """One HTTP/2 connection, frame by frame."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def call(self, method, *pieces, end=True, **fields):
        """Sends each piece as a DATA frame; with `end`, an empty one ends the request."""
        stream = self.connection.get_next_available_stream_id()
        head = {":method": "POST", ":scheme": "http", ":path": f"/{SERVICE}/{method}", ":authority": "a",
                "content-type": "application/grpc+json", "te": "trailers"}  # fmt: skip
        head |= {key.replace("_", "-"): value for key, value in fields.items()}
        self.connection.send_headers(stream, list(head.items()))
        for piece in pieces:
            self.connection.send_data(stream, piece)
        if end:
            self.connection.end_stream(stream)
        self.flush()
        return stream

    def events(self, stream):
        """What comes on a stream up to its end or reset."""
        while True:
            data = self.socket.recv(1 << 16)
            assert data, "the connection ended"
            for event in self.connection.receive_data(data):
                if getattr(event, "stream_id", None) != stream:
                    continue
                yield event
                if isinstance(event, h2.events.DataReceived):
                    self.connection.acknowledge_received_data(event.flow_controlled_length, stream)
                if isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                    return
            self.flush()


@pytest.fixture
def frames(conformance):
    frames = Frames(conformance.port)
    yield frames
    frames.socket.close()


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_grpc_answers_in_head_data_and_trailers(frames):
    body = envelope(b'{"payload":"aGVsbG8"}')
    events = list(frames.events(frames.call("Unary", body[:2], body[2:7], body[7:])))
    (head,) = of(h2.events.ResponseReceived, events)
    assert dict(head.headers)[":status"] == "200" and "grpc-status" not in dict(head.headers)
    (trailers,) = of(h2.events.TrailersReceived, events)
    assert dict(trailers.headers)["grpc-status"] == "0"
    data = b"".join(event.data for event in of(h2.events.DataReceived, events))
    assert json.loads(envelopes(data)[0][1])["payload"] == "aGVsbG8="


@pytest.mark.parametrize("method, pieces, fields, code", [
    ("None", [envelope(b"{}")], {}, "12"), ("Unary", [], {}, "12"), ("Unary", [envelope(b"{}") * 2], {}, "12"),
    ("Unary", [envelope(b"{}")], {"grpc_encoding": "snappy"}, "12"), ("Unary", [envelope(b"{")], {}, "13"),
    ("Unary", [envelope(b"{}", 1)], {}, "13"), ("Unary", [envelope(b"no gzip", 1)], {"grpc_encoding": "gzip"}, "13"),
    ("Unary", [b"\0\xff\xff\xff\xff"], {}, "8"), ("Unary", [envelope(b"{}")], {"grpc_timeout": "0n"}, "4"),
    ("Unary", [envelope(b"{}")], {"grpc_timeout": "soon"}, "13"),
])  # fmt: skip
def test_grpc_tells_an_immediate_error_in_the_only_head(frames, method, pieces, fields, code):
    events = list(frames.events(frames.call(method, *pieces, **fields)))
    (head,) = of(h2.events.ResponseReceived, events)
    assert dict(head.headers)[":status"] == "200" and dict(head.headers)["grpc-status"] == code
    assert not of(h2.events.DataReceived, events) and not of(h2.events.TrailersReceived, events)


def test_grpc_with_another_media_type_is_415(frames):
    events = list(frames.events(frames.call("Unary", envelope(b"{}"), content_type="application/grpc+thrift")))
    assert dict(of(h2.events.ResponseReceived, events)[0].headers)[":status"] == "415"


def test_grpc_ends_a_stream_early_without_an_error(frames):
    """The trailers come while the caller still could send; the rest is stopped by RST_STREAM(NO_ERROR)."""
    body = envelope(b'{"failure":{"code":9,"message":"enough"}}')
    stream = frames.call("BidiStream", body, end=False)
    events = list(frames.events(stream))
    heads = of((h2.events.ResponseReceived, h2.events.TrailersReceived), events)
    assert dict(heads[-1].headers)["grpc-status"] == "9"
    assert isinstance(events[-1], h2.events.StreamEnded)
    (reset,) = of(h2.events.StreamReset, list(frames.events(stream)))
    assert reset.error_code == 0


def test_grpc_needs_http2_and_post(conformance):
    with httpx.Client(base_url=conformance.url) as http:
        assert post(http, "Unary", envelope(b"{}"), "application/grpc+json").status_code == 505
    with httpx.Client(base_url=conformance.url, http1=False, http2=True) as http:
        answer = http.put(f"/{SERVICE}/Unary", headers={"content-type": "application/grpc"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


# curl


def test_curl_calls_every_protocol(conformance, tmp_path):
    def curl(*arguments, body=b""):
        command = ["curl", "-sS", "--max-time", "30", "--data-binary", "@-", *arguments]
        done = subprocess.run(command, input=body, capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    url = f"{conformance.url}/{SERVICE}/Unary"
    assert b'"payload":"aGVsbG8="' in curl("-H", "content-type: application/json", url, body=b'{"payload":"aGVsbG8"}')
    answer = curl("-H", "content-type: application/grpc-web+json", url, body=envelope(b'{"payload":"aGVsbG8"}'))
    assert [flags for flags, _ in envelopes(answer)] == [0, 0x80]
    # Of an answer whose length it knows curl reads no trailers.
    url = f"{conformance.url}/{SERVICE}/ServerStream"
    answer = curl("--http2-prior-knowledge", "-D", tmp_path / "head", "-H", "content-type: application/grpc+json",
                  "-H", "te: trailers", url, body=envelope(b'{"payload":"aGVsbG8","answers":1}'))  # fmt: skip
    assert b'"payload":"aGVsbG8="' in answer and "grpc-status: 0" in (tmp_path / "head").read_text()
