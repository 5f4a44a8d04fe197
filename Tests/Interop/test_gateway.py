"""The gateway, alone, seen by grpcio and curl: intake, worklist, wrong requests, and what a kill -9 leaves."""

import io
import json
import signal
import subprocess
import time

import grpc
import pydicom
import pytest
from conftest import SAMPLES


class Gateway:
    """A gateway without services behind it."""

    def __init__(self, programs, folder, *arguments, log=None):
        self.programs, self.folder, self.arguments, self.log = programs, folder, arguments, log
        self.start()

    def start(self):
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [self.programs / "gateway", "--port", "0", "--port-file", port_file, "--data", self.folder / "data",
             "--classifier", "127.0.0.1:9", "--planning", "127.0.0.1:9", "--grace-seconds", "0",
             *self.arguments],
            stderr=open(self.log, "wb") if self.log else subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 30
        while not port_file.exists():
            assert self.process.poll() is None and time.monotonic() < end, "the gateway does not start"
            time.sleep(0.02)
        self.address = f"127.0.0.1:{int(port_file.read_text())}"

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def channel(self):
        return grpc.insecure_channel(self.address, options=[("grpc.max_send_message_length", -1)])


@pytest.fixture
def gateway(programs, tmp_path):
    running = Gateway(programs, tmp_path)
    yield running
    running.process.terminate()
    assert running.process.wait(timeout=30) == 0


@pytest.fixture
def triage(gateway, stubs):
    with gateway.channel() as channel:
        yield stubs.triage_pb2_grpc.TriageServiceStub(channel)


@pytest.fixture(scope="session")
def radiographs():
    return [path.read_bytes() for path in sorted(SAMPLES.glob("chest/*.dcm"))]


@pytest.fixture(scope="session")
def slices():
    return [path.read_bytes() for path in sorted(SAMPLES.glob("cardiac/*/*.dcm"))]


def test_a_study_comes_in_as_a_stream(triage, stubs, slices):
    requests = (
        stubs.triage_pb2.SubmitRequest(instances=[one], request_id="r", expected_instances=len(slices))
        for one in slices
    )
    answer = triage.SubmitStream(requests)
    assert answer.request_id == "r"
    assert [result.accepted for result in answer.results] == [True] * len(slices)
    uid = answer.results[0].study_instance_uid
    study = triage.GetStudy(stubs.triage_pb2.GetStudyRequest(study_instance_uid=uid)).study
    assert study.completed_by == "expected count"
    assert study.instance_count == len(slices)
    assert {instance.route for instance in study.instances} == {"planning"}


def test_the_same_bytes_are_a_duplicate_and_others_a_conflict(triage, stubs, radiographs):
    changed = pydicom.dcmread(io.BytesIO(radiographs[0]))
    changed.SeriesDescription = "changed"
    written = io.BytesIO()
    changed.save_as(written)
    request = stubs.triage_pb2.SubmitRequest(instances=[radiographs[0]])
    assert [result.duplicate for result in triage.Submit(request).results] == [False]
    request.instances.extend([written.getvalue(), b"not DICOM", b""])
    first, conflict, junk, empty = triage.Submit(request).results
    assert first.accepted and first.duplicate
    assert conflict.accepted and conflict.conflict and conflict.warning.reason == "INSTANCE_CONFLICT"
    assert conflict.sop_instance_uid == first.sop_instance_uid
    study = triage.GetStudy(stubs.triage_pb2.GetStudyRequest(study_instance_uid=first.study_instance_uid)).study
    assert study.conflict_count == 1 and "other bytes" in study.reason
    assert [one.conflict for one in study.instances] == [False, True]
    assert {(one.source, one.peer) for one in study.instances} == {("rpc", "127.0.0.1")}
    for result in (junk, empty):
        assert not result.accepted and result.error.reason in ("UNRECOGNISED_FORMAT", "MALFORMED_DICOM")
        assert result.error.field == "instances"


def test_an_error_carries_its_cause_as_a_detail(triage, stubs):
    with pytest.raises(grpc.RpcError) as caught:
        triage.GetStudy(stubs.triage_pb2.GetStudyRequest(study_instance_uid="9.9"))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    assert b"UNKNOWN_STUDY" in details and b"hilum.v1.ErrorInfo" in details


def test_what_a_service_that_is_down_leaves_is_pending_with_its_reason(triage, stubs, radiographs):
    result = triage.Submit(stubs.triage_pb2.SubmitRequest(instances=radiographs[:1])).results[0]
    request = stubs.triage_pb2.GetStudyRequest(study_instance_uid=result.study_instance_uid)
    end = time.monotonic() + 20
    while "UNAVAILABLE" not in (study := triage.GetStudy(request).study).reason:
        assert time.monotonic() < end, study.reason
        time.sleep(0.05)
    assert study.state == stubs.triage_pb2.PENDING


def test_what_was_accepted_is_there_after_kill_9(gateway, stubs, radiographs):
    with gateway.channel() as channel:
        triage = stubs.triage_pb2_grpc.TriageServiceStub(channel)
        results = triage.Submit(stubs.triage_pb2.SubmitRequest(instances=radiographs)).results
    gateway.kill()
    gateway.start()
    with gateway.channel() as channel:
        triage = stubs.triage_pb2_grpc.TriageServiceStub(channel)
        entries = triage.ListWorklist(stubs.triage_pb2.ListWorklistRequest()).entries
        again = triage.Submit(stubs.triage_pb2.SubmitRequest(instances=radiographs)).results
    assert {entry.study.study_instance_uid for entry in entries} == {one.study_instance_uid for one in results}
    assert all(one.duplicate for one in again)


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
@pytest.mark.parametrize(
    ("arguments", "method", "status", "code"),
    [
        (["-d", "{}"], "ListWorklist", 200, None),
        (["-d", "{}"], "Submit", 400, "invalid_argument"),
        (["-d", '{"pageSize": 5000}'], "ListWorklist", 400, "invalid_argument"),
        (["-d", '{"pageToken": "x"}'], "ListWorklist", 400, "invalid_argument"),
        (["-d", '{"studyInstanceUid": "9"}'], "GetStudy", 404, "not_found"),
        (["-d", "{}"], "ReviewStudy", 400, "invalid_argument"),
        (["-d", '{"studyInstanceUid": "9", "reader": "r", "action": "CLAIM"}'], "ReviewStudy", 404, "not_found"),
        (["-d", "{}"], "RetryStudies", 400, "invalid_argument"),
        (["-d", '{"instances": ["'], "Submit", 400, "invalid_argument"),
        (["-X", "DELETE"], "ListWorklist", 405, None),
        (["-H", "content-type: text/csv", "-d", "a,b"], "Submit", 415, None),
    ],
)
def test_curl_is_answered_by_status_and_code(gateway, version, arguments, method, status, code):
    url = f"http://{gateway.address}/hilum.v1.TriageService/{method}"
    kind = [] if "content-type" in str(arguments) else ["-H", "content-type: application/json"]
    for _ in range(2):  # the next request works
        run = subprocess.run(
            ["curl", "-s", version, *kind, *arguments, "-w", "\n%{http_code}", url],
            capture_output=True, text=True, timeout=30, check=True,
        )  # fmt: skip
        body, found = run.stdout.rsplit("\n", 1)
        assert int(found) == status, body
        if code:
            assert json.loads(body)["code"] == code
