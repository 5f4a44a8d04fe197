"""Each service as an operator meets it: configuration, health, logs, signals; and the classifier by foreign clients."""

import base64
import concurrent.futures
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import SAMPLES

PROGRAMS = [("classifier-service", "CLASSIFIER"), ("planning-service", "PLANNING"), ("gateway", "GATEWAY")]
CLASSIFY = "/hilum.v1.ClassifierService/Classify"
SAMPLE = SAMPLES / "chest" / "01_normal.dcm"


class Service:
    """One running program on a free port."""

    def __init__(self, program, folder, *arguments):
        self.port_file, self.log_file = folder / "port", folder / "log"
        flags = ["--port", "0", "--port-file", self.port_file, "--grace-seconds", "0", *map(str, arguments)]
        with self.log_file.open("w") as log:
            self.process = subprocess.Popen([program, *flags], stderr=log, env={"PATH": os.environ["PATH"]})
        self.port = int(wait_for(lambda: self.port_file.exists() and self.port_file.read_text()))
        self.address = f"http://127.0.0.1:{self.port}"

    def get(self, path):
        try:
            with urllib.request.urlopen(self.address + path, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def arrived(self, method):
        """Calls of a method that have begun, ended or not."""
        lines = [line.rsplit(" ", 1) for line in self.get("/metrics")[1].splitlines() if f'method="{method}"' in line]
        names = ("hilum_rpc_calls_total{", "hilum_rpc_calls_in_flight{")
        return sum(float(value) for name, value in lines if name.startswith(names))

    def log(self):
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    return value


@pytest.fixture
def start(programs, tmp_path):
    """Starts a program with arguments; stopped at the test's end."""
    started = []

    def start(name, *arguments):
        folder = tmp_path / f"{name}-{len(started)}"
        folder.mkdir()
        started.append(Service(programs / name, folder, *arguments))
        return started[-1]

    yield start
    for service in started:
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait()


@pytest.fixture(scope="module")
def classifier(programs, models, tmp_path_factory):
    """A classifier with the shipped models."""
    service = Service(programs / "classifier-service", tmp_path_factory.mktemp("classifier"), "--models", models)
    wait_for(lambda: service.get("/healthz/ready")[0] == 200)
    yield service
    assert service.stop() == 0


def run(program, *arguments, **environment):
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], **environment},
    )  # fmt: skip


@pytest.mark.parametrize("name, prefix", PROGRAMS)
def test_help_prints_every_key_and_exits_0(programs, name, prefix):
    result = run(programs / name, "--help")
    assert result.returncode == 0
    assert f"HILUM_{prefix}_KEY" in result.stdout
    for key in ("--port ", "--max-body-bytes", "--max-concurrency", "--max-queue", "--drain-seconds", "Default: "):
        assert key in result.stdout


@pytest.mark.parametrize("name, prefix", PROGRAMS)
def test_a_wrong_value_names_itself_wherever_it_stands(programs, tmp_path, name, prefix):
    file = tmp_path / "wrong.conf"
    file.write_text("host = 127.0.0.1\nport = http\n")
    cases = [
        (run(programs / name, "--port", "70000"), 64, ["--port", "'70000'", "0…65535"]),
        (run(programs / name, "--prot", "1"), 64, ["'prot'", "'port'"]),
        (run(programs / name, **{f"HILUM_{prefix}_PORT": "x"}), 78, [f"HILUM_{prefix}_PORT", "'x'", "0…65535"]),
        (run(programs / name, "--config", file), 78, [f"{file}:2", "'http'", "0…65535"]),
        (run(programs / name, "--config", tmp_path / "none"), 78, ["none"]),
    ]
    for result, status, words in cases:
        assert result.returncode == status
        assert len(result.stderr.splitlines()) == 1
        for word in words:
            assert word in result.stderr


def test_a_later_source_wins(start, tmp_path):
    file = tmp_path / "classifier.conf"
    file.write_text(f"# a comment\nmodels = {tmp_path / 'none'}\nlog-level = error\n")
    service = start("classifier-service", "--config", file, "--log-level", "info", "--models", tmp_path)
    wait_for(lambda: service.get("/healthz/ready")[1] == "no model is ready\n")
    assert any(line["message"] == "listening" for line in service.log())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_service_in_order(start, tmp_path, number):
    service = start("classifier-service", "--models", tmp_path)
    wait_for(lambda: service.get("/healthz/live")[0] == 200)
    assert service.stop(number) == 0
    messages = [line["message"] for line in service.log()]
    assert messages[0] == "listening"
    assert messages[-3:] == ["signal received", "draining", "stopped"]


def test_a_call_in_flight_is_answered_after_sigterm_and_readiness_goes_first(start, models, stubs):
    service = start("classifier-service", "--models", models, "--max-concurrency", "1", "--grace-seconds", "1")
    wait_for(lambda: service.get("/healthz/ready")[0] == 200)
    with grpc_channel(service) as channel, concurrent.futures.ThreadPoolExecutor(16) as pool:
        stub = stubs.classifier_pb2_grpc.ClassifierServiceStub(channel)
        calls = [pool.submit(stub.Classify, request(stubs), timeout=60) for _ in range(16)]
        wait_for(lambda: service.arrived(CLASSIFY[1:]) == len(calls))
        service.process.send_signal(signal.SIGTERM)
        wait_for(lambda: service.get("/healthz/ready") == (503, "draining\n"))
        assert service.get("/healthz/live")[0] == 200
        assert all(call.result().quality.grade == stubs.classifier_pb2.ImageQuality.GRADABLE for call in calls)
    assert service.process.wait(timeout=60) == 0


def grpc_channel(service):
    import grpc

    size = 256 << 20
    return grpc.insecure_channel(
        f"127.0.0.1:{service.port}",
        options=[("grpc.max_send_message_length", size), ("grpc.max_receive_message_length", size)],
    )


def request(stubs, **fields):
    return stubs.classifier_pb2.ClassifyRequest(image=SAMPLE.read_bytes(), **fields)


def test_grpc_and_connect_over_both_versions_give_one_answer(classifier, stubs):
    with grpc_channel(classifier) as channel:
        answer = stubs.classifier_pb2_grpc.ClassifierServiceStub(channel).Classify(request(stubs), timeout=60)
    assert answer.quality.grade == stubs.classifier_pb2.ImageQuality.GRADABLE
    expected = {finding.code: finding.probability for finding in answer.findings}
    assert expected
    body = json.dumps({"image": base64.b64encode(SAMPLE.read_bytes()).decode(), "mediaType": "application/dicom"})
    for version in ("--http1.1", "--http2-prior-knowledge"):
        result = curl(classifier, version, "-H", "content-type: application/json", "--data-binary", "@-", body=body)
        assert result["status"] == 200
        found = {finding["code"]: finding["probability"] for finding in json.loads(result["body"])["findings"]}
        assert found == pytest.approx(expected, abs=1e-6)


def test_grpc_health_knows_the_service(classifier):
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with grpc_channel(classifier) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", "hilum.v1.ClassifierService"):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=60)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(iter(watch)).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()
        with pytest.raises(grpc.RpcError) as error:
            stub.Check(health_pb2.HealthCheckRequest(service="other"), timeout=60)
        assert error.value.code() == grpc.StatusCode.NOT_FOUND


def curl(service, *arguments, path=CLASSIFY, body=None):
    result = subprocess.run(
        ["curl", "-sS", "-m", "120", "-w", "\n%{http_code}", *arguments, service.address + path],
        input=body if body is None or isinstance(body, bytes) else body.encode(), capture_output=True, timeout=180,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr.decode()
    text, status = result.stdout.decode(errors="replace").rsplit("\n", 1)
    return {"status": int(status), "body": text}


def encoded(image, **fields):
    return json.dumps({"image": base64.b64encode(image).decode(), **fields})


BAD_JSON = [
    ("no image", lambda: encoded(b""), 400, "invalid_argument", "EMPTY_IMAGE"),
    ("text", lambda: encoded(b"no image but text, and enough of it"), 400, "invalid_argument", "UNRECOGNISED_FORMAT"),
    ("unknown type", lambda: encoded(SAMPLE.read_bytes(), mediaType="text/plain"), 400, "invalid_argument",
     "UNKNOWN_MEDIA_TYPE"),
    ("wrong type", lambda: encoded(SAMPLE.read_bytes(), mediaType="image/png"), 400, "invalid_argument",
     "MEDIA_TYPE_MISMATCH"),
    ("unknown model", lambda: encoded(SAMPLE.read_bytes(), model="none"), 404, "not_found", "UNKNOWN_MODEL"),
    ("MR", lambda: encoded(next((SAMPLES / "cardiac").rglob("*.dcm")).read_bytes()), 400, "failed_precondition",
     "WRONG_MODALITY"),
]  # fmt: skip


@pytest.mark.parametrize("name, body, status, code, reason", BAD_JSON, ids=[case[0] for case in BAD_JSON])
def test_a_bad_request_has_its_code_reason_and_remedy(classifier, stubs, name, body, status, code, reason):
    result = curl(classifier, "-H", "content-type: application/json", "--data-binary", "@-", body=body())
    assert result["status"] == status
    error = json.loads(result["body"])
    assert error["code"] == code
    detail = error["details"][0]
    assert detail["type"] == "hilum.v1.ErrorInfo"
    info = stubs.common_pb2.ErrorInfo.FromString(base64.b64decode(detail["value"] + "=="))
    assert info.reason == reason
    assert info.field and info.remedy
    assert classifier.get("/healthz/ready")[0] == 200


def test_wrong_verbs_paths_and_types_have_their_status(classifier):
    json_type = ("-H", "content-type: application/json")
    assert curl(classifier, "-X", "PUT", *json_type, "-d", "{}")["status"] == 405
    assert curl(classifier, "-H", "content-type: text/html", "-d", "x")["status"] == 415
    assert curl(classifier, path="/nothing")["status"] == 404
    unknown = curl(classifier, *json_type, "-d", "{}", path="/hilum.v1.ClassifierService/Guess")
    assert json.loads(unknown["body"])["code"] == "unimplemented"
    assert curl(classifier, *json_type, "-d", '{"image":')["status"] == 400


def test_a_body_of_250_mib_is_read_and_one_above_256_mib_is_not(classifier, stubs):
    sample = SAMPLE.read_bytes()
    proto = ("-H", "content-type: application/proto", "--data-binary", "@-")
    padded = stubs.classifier_pb2.ClassifyRequest(image=bytes(250 << 20))
    assert json.loads(curl(classifier, *proto, body=padded.SerializeToString())["body"])["code"] == "invalid_argument"
    above = stubs.classifier_pb2.ClassifyRequest(image=bytes(258 << 20))
    try:
        result = curl(classifier, *proto, body=above.SerializeToString())
        assert json.loads(result["body"])["code"] == "resource_exhausted"
    except AssertionError as error:  # the server may close while curl still writes
        assert "Recv failure" in str(error) or "Send failure" in str(error)
    good = stubs.classifier_pb2.ClassifyRequest(image=sample)
    assert curl(classifier, *proto, body=good.SerializeToString())["status"] == 200


def test_the_log_holds_no_patient_data_and_no_image(classifier, stubs):
    pydicom = pytest.importorskip("pydicom")
    header = pydicom.dcmread(SAMPLE, stop_before_pixels=True)
    text = classifier.log_file.read_text()
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "SOPInstanceUID"):
        value = str(header.get(keyword, ""))
        if value:
            assert value not in text
    assert any(line["message"] == "call ended" for line in classifier.log())
