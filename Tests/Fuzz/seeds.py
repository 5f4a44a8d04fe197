"""Writes what the fuzzer begins with into Tests/Fixtures/fuzz: a few sound inputs a target, the same every time."""

import base64
import gzip
import json
import pathlib
import struct

import h2.config
import h2.connection
import hyperframe.frame

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "Fixtures/fuzz"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HOST = b"Host: a\r\n"


def http1():
    get = b"GET /a?b=c HTTP/1.1\r\n" + HOST + b"\r\n"
    post = b"POST /p HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"
    chunked = b"POST /c HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n"
    yield "get", b"\x00" + get
    yield "pipelined", b"\x05" + get + post + chunked + get
    yield "post", b"\x03" + post
    yield "chunked", b"\x82" + chunked
    yield "expect", b"\x02POST / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"
    yield "http10", b"\x00GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n"
    yield "absolute", b"\x00GET http://b/x HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    yield "both_lengths", b"\x00POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    yield "echo", b"\xc4" + chunked + post
    yield "head_options", b"\x00HEAD /h HTTP/1.1\r\n" + HOST + b"\r\nOPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"


def conversation(talk):
    """What a client sends behind its preface and SETTINGS."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
    client.initiate_connection()
    client.data_to_send()
    talk(client)
    return client.data_to_send()


def head(method, path, *more):
    return [(":method", method), (":path", path), (":scheme", "http"), (":authority", "a"), *more]


def http2():
    frames = hyperframe.frame

    def get(client):
        client.send_headers(1, head("GET", "/a?b=c", ("x-y", "z")), end_stream=True)

    def post(client):
        client.send_headers(1, head("POST", "/p", ("content-length", "5")))
        client.send_data(1, b"hello", end_stream=True)

    def many(client):
        for stream in (1, 3, 5):
            client.send_headers(stream, head("POST", "/m"))
        for stream in (5, 1, 3):
            client.send_data(stream, b"x" * 90, pad_length=7)
        client.send_headers(1, [("t", "v")], end_stream=True)
        client.end_stream(3)
        client.reset_stream(5)
        client.ping(b"12345678")
        client.increment_flow_control_window(70000)
        client.update_settings({4: 10, 1: 0})
        client.close_connection()

    for name, talk in (("get", get), ("post", post), ("many", many)):
        yield name, b"\x00" + conversation(talk)
        yield name + "_echo_in_pieces", b"\xc5" + conversation(talk)
    block = conversation(get)[9:]
    begin = frames.HeadersFrame(1, block[:5], flags=["END_STREAM"])
    end = frames.ContinuationFrame(1, block[5:], flags=["END_HEADERS"])
    yield "continuation", b"\x00" + begin.serialize() + end.serialize()
    yield "priority", b"\x00" + frames.PriorityFrame(3, depends_on=1, stream_weight=5).serialize() + conversation(get)


def message(text):
    return b"\x0a" + bytes([len(text)]) + text.encode()


def envelope(data, flags=0):
    return struct.pack(">BI", flags, len(data)) + data


def rpc():
    proto, text = message("a b"), b'{"service":"a b"}'
    for shape in range(4):
        yield f"grpc_{shape}", bytes([0, shape, 0]) + envelope(proto)
        yield f"grpc_json_{shape}", bytes([1, shape, 4]) + envelope(text)
        yield f"web_text_{shape}", bytes([4, shape, 3]) + base64.b64encode(envelope(proto))
        yield f"connect_stream_{shape}", bytes([7, shape, 0]) + envelope(proto) + envelope(b"", 2)
        yield f"gzip_{shape}", bytes([0, shape | 12, 0]) + envelope(gzip.compress(proto, mtime=0), 1)
    yield "web", bytes([2, 0, 0]) + envelope(proto)
    yield "unary_proto", bytes([5, 0, 0]) + proto
    yield "unary_json", bytes([6, 0, 5]) + text
    yield "unary_gzip", bytes([5, 12, 0]) + gzip.compress(proto, mtime=0)
    yield "many", bytes([0, 3, 7]) + envelope(proto) * 3


def protobuf():
    fields = b"\x0a\x03abc" + b"\x12\x02\x08\x01" + b"\x18\x96\x01" + b"\x25\x00\x00\x80\x3f" + b"\x29" + bytes(8)
    for kind in range(0, 80, 5):
        yield f"fields_{kind}", bytes([kind]) + fields
    yield "packed", b"\x0e\x0a\x04\x01\x02\x03\x04"
    yield "nested", b"\x07" + b"\x0a\x06\x0a\x04\x0a\x02\x0a\x00"


def json_texts():
    values = {"service": "a\u00e9\ud83d\ude00\n", "status": "SERVING", "image": "AAEC", "models": [{"name": "x"}],
              "probability": 0.5, "flagged": True, "a": None, "n": "123", "x": [1, -2.5e3, {}], "f": "NaN"}  # fmt: skip
    for kind in range(0, 80, 5):
        yield f"object_{kind}", bytes([kind]) + json.dumps(values).encode()
    yield "empty", b"\x00{}"
    yield "escapes", b'\x00{"service":"\\u00e9\\ud83d\\ude00\\/\\b\\t"}'


def tensors(entries, data, metadata=None):
    header = {} if metadata is None else {"__metadata__": metadata}
    text = json.dumps(header | entries).encode()
    return struct.pack("<Q", len(text)) + text + data


def safetensors():
    def entry(kind, shape, start, end):
        return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}

    yield "one", tensors({"a": entry("F32", [2, 2], 0, 16)}, bytes(16))
    two = {"a": entry("F16", [3], 0, 6), "b": entry("BF16", [1, 2], 6, 10), "c": entry("I64", [], 10, 18)}
    yield "three", tensors(two, bytes(range(18)), {"format": "pt"})
    yield "overlap", tensors({"a": entry("F32", [1], 0, 4), "b": entry("U8", [4], 2, 6)}, bytes(6))
    yield "empty", tensors({}, b"")


def multipart():
    part = b"--b\r\nContent-Type: application/dicom\r\n\r\nDICM\x00\r\n"
    yield "one", b"\xff" + part + b"--b--\r\n"
    yield "pieces", b"\x02preamble\r\n" + part * 3 + b"--b--epilogue"
    yield "bare", b"\x00--b \t\r\n\r\n\r\n--b\r\n\r\n--bc\r\n--b-\r\n--b--"
    yield "truncated", b"\x07" + part + b"--b\r\nA: b\r\n\r\nabc"
    yield "nested", b"\x10--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--"


def search():
    instance = b"/studies/1.2/series/3/instances/4"
    yield "study", b"/studies?PatientName=A%5EB*&StudyDate=20240101-20240131&limit=5&includefield=all"
    yield "series", b"/series?00080060=MR&fuzzymatching=true&offset=2&ModalitiesInStudy=CT,MR"
    yield "instances", b"/studies/1.2/instances?SOPInstanceUID=1.2,1.3%5C1.4&accept=application/dicom%2bjson;q=0.5"
    yield "frames", instance + b"/frames/1,2,3/rendered?viewport=100,100&window=40,400,linear"
    yield "bulk", instance + b"/bulkdata/52009229/1/00283010/2/00283006"
    yield "nested", b"/series?RequestAttributesSequence.ScheduledProcedureStepID=x&00400275.00401001=?"


TARGETS = {
    "http1": http1, "http2": http2, "rpc": rpc, "protobuf": protobuf, "json": json_texts, "safetensors": safetensors,
    "multipart": multipart, "search": search,
}  # fmt: skip

for target, seeds in TARGETS.items():
    (FOLDER / target).mkdir(parents=True, exist_ok=True)
    for name, data in seeds():
        (FOLDER / target / f"seed_{name}").write_bytes(data)
