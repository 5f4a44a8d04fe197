"""W3C trace context through gateway and services, into logs and to a collector that reads OTLP."""

import base64
import http.server
import json
import re
import threading
import time

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

    def eventually(self, service, name):
        end = time.monotonic() + 20
        while not self.named(service, name):
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


def test_a_call_is_one_trace_from_its_sender_to_the_network(new_system, collector, stubs, monkeypatch):
    for program in ("GATEWAY", "CLASSIFIER", "PLANNING"):
        monkeypatch.setenv(f"HILUM_{program}_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    system = new_system()
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
