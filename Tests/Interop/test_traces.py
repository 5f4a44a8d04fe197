"""W3C trace context through gateway and services, into logs and to a collector that reads OTLP."""

import base64
import http.server
import json
import re
import subprocess
import threading
import time
import urllib.request

import grpc
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from conftest import SAMPLES

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP/HTTP in JSON, checked against OpenTelemetry's own messages; says 503 to the first request."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans, self.refused = [], 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self, request):
        for resource in request.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(names["service.name"], span) for span in scope.spans]

    def named(self, service, name):
        return [span for program, span in self.spans if program == service and span.name == name]

    def eventually(self, service, name, count=1):
        end = time.monotonic() + 20
        while len(self.named(service, name)) < count:
            assert time.monotonic() < end, f"{service} {name} is not in {[(p, s.name) for p, s in self.spans]}"
            time.sleep(0.05)
        return self.named(service, name)[0]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.path == "/v1/traces" and self.headers["content-type"] == "application/json"
        if not self.server.refused:
            self.server.refused += 1
            self.send_response(503)
        else:
            # OTLP writes identifiers in hexadecimal where protobuf's JSON has base64.
            text = re.sub(
                r'"((?:trace|span|parentSpan)Id)":"([0-9a-f]*)"',
                lambda m: f'"{m[1]}":"{base64.b64encode(bytes.fromhex(m[2])).decode()}"',
                body.decode(),
            )
            self.server.take(json_format.Parse(text, ExportTraceServiceRequest()))
            self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def collector():
    server = Collector()
    yield server
    server.shutdown()


@pytest.fixture
def traced_system(new_system, collector, monkeypatch):
    for program in ("GATEWAY", "CLASSIFIER", "PLANNING"):
        monkeypatch.setenv(f"HILUM_{program}_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    return new_system


def test_a_call_is_one_trace_from_its_sender_to_the_network(traced_system, collector, stubs):
    system = traced_system()
    with grpc.insecure_channel(system.address.removeprefix("http://")) as channel:
        stub = stubs.classifier_pb2_grpc.ClassifierServiceStub(channel)
        image = sorted(SAMPLES.glob("chest/*.dcm"))[0].read_bytes()
        stub.Classify(
            stubs.classifier_pb2.ClassifyRequest(image=image),
            metadata=[("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", "vendor=1")],
        )
    method = "hilum.v1.ClassifierService/Classify"
    stage = collector.eventually("classifier-service", "inference")
    served, asked = collector.eventually("gateway", method), None
    for _, span in collector.spans:
        assert span.trace_id.hex() == TRACE or span.name.startswith("grpc."), span.name
    kinds = {(program, span.kind): span for program, span in collector.spans if span.name == method}
    gateway, client, service = (
        kinds["gateway", served.SPAN_KIND_SERVER], kinds["gateway", served.SPAN_KIND_CLIENT],
        kinds["classifier-service", served.SPAN_KIND_SERVER],
    )  # fmt: skip
    assert gateway.parent_span_id.hex() == PARENT and gateway.trace_state == "vendor=1"
    assert client.parent_span_id == gateway.span_id
    assert service.parent_span_id == client.span_id
    assert stage.parent_span_id == service.span_id
    assert {"decode", "preprocess", "inference"} <= {s.name for p, s in collector.spans if s.parent_span_id == service.span_id}
    assert gateway.start_time_unix_nano <= service.start_time_unix_nano <= service.end_time_unix_nano
    assert collector.refused == 1

    assert system.stop() == 0
    for program in ("gateway", "classifier"):
        log = next((system.folder / "logs").glob(f"{program}*")).read_text()
        lines = [json.loads(line) for line in log.splitlines() if "Classify" in line]
        assert lines and all(line["trace_id"] == TRACE for line in lines if line["message"] == "call ended")


class ByRPC:
    """A sender whose protocol carries its trace."""

    trace, operation = "1af7651916cd43dd8448eb211c80319c", "hilum.v1.TriageService/Submit"

    @classmethod
    def send(cls, system, image, stubs):
        with grpc.insecure_channel(system.address.removeprefix("http://")) as channel:
            request = stubs.triage_pb2.SubmitRequest(instances=[image.read_bytes()])
            fields = [("traceparent", f"00-{cls.trace}-{PARENT}-01")]
            results = stubs.triage_pb2_grpc.TriageServiceStub(channel).Submit(request, metadata=fields).results
            assert results[0].accepted


class BySTOW:
    trace, operation = "2af7651916cd43dd8448eb211c80319c", "HTTP POST"

    @classmethod
    def send(cls, system, image, _):
        body = b"--x\r\ncontent-type: application/dicom\r\n\r\n" + image.read_bytes() + b"\r\n--x--\r\n"
        request = urllib.request.Request(f"{system.address}/dicom-web/studies", body, {
            "content-type": 'multipart/related; type="application/dicom"; boundary=x',
            "traceparent": f"00-{cls.trace}-{PARENT}-01",
        })  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200


class ByCStore:
    """The DICOM network carries no trace: one begins at the gateway."""

    trace, operation = None, "C-STORE"

    @staticmethod
    def send(system, image, _):
        port = (system.folder / "data/run/dicom.port").read_text().strip()
        subprocess.run(["storescu", "--propose-jls-lossless", "-aec", "HILUM", "127.0.0.1", port, image], check=True, timeout=60)


def test_a_study_is_one_trace_from_its_sender_through_the_ledger_to_the_service(traced_system, collector, stubs):
    system, senders = traced_system("--dicom-port", "0"), [ByRPC, BySTOW, ByCStore]
    for sender, image in zip(senders, sorted(SAMPLES.glob("chest/*.dcm"))):
        sender.send(system, image, stubs)
    collector.eventually("gateway", "settle", len(senders))
    collector.eventually("classifier-service", "inference", len(senders))
    assert system.stop() == 0

    by_id = {span.span_id: (program, span) for program, span in collector.spans}
    traces = set()
    for entry in [collector.named("gateway", sender.operation)[0] for sender in senders]:
        sender = next(sender for sender in senders if sender.operation == entry.name)
        traces.add(entry.trace_id.hex())
        assert entry.trace_id.hex() == sender.trace or not sender.trace
        assert entry.parent_span_id.hex() == (PARENT if sender.trace else "")
        spans = [(program, span) for program, span in collector.spans if span.trace_id == entry.trace_id]
        children = {span.name for _, span in spans if span.parent_span_id == entry.span_id}
        assert children - {"record"} == {"dispatch"}  # C-STORE is recorded where it comes in
        # From the network back to the sender.
        program, span = next((program, span) for program, span in spans if span.name == "inference")
        way = []
        while span.span_id != entry.span_id:
            way.append((program, span.name))
            program, span = by_id[span.parent_span_id]
        classify = "hilum.v1.ClassifierService/Classify"
        assert way == [
            ("classifier-service", "inference"), ("classifier-service", classify), ("gateway", classify),
            ("gateway", "dispatch"),
        ]  # fmt: skip
    assert len(traces) == len(senders)

    for program, message in (("gateway", "job ended"), ("classifier", "call ended")):
        log = next((system.folder / "logs").glob(f"{program}*")).read_text()
        lines = [json.loads(line) for line in log.splitlines()]
        found = [line["trace_id"] for line in lines if line["message"] == message and "Health" not in str(line)]
        assert sorted(found) == sorted(traces)
