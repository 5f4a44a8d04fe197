"""Readers and operators at the gateway: the watched worklist over grpcio, `hilum retry` and `hilum route explain`."""

import subprocess

import grpc
import pytest
from conftest import SAMPLES
from test_gateway import Gateway

RADIOGRAPHS = [path.read_bytes() for path in sorted(SAMPLES.glob("chest/*.dcm"))]


@pytest.fixture
def gateway(programs, tmp_path):
    running = Gateway(programs, tmp_path)
    yield running
    running.process.terminate()
    assert running.process.wait(timeout=30) == 0


def hilum(gateway, *arguments):
    command = [gateway.programs / "hilum", *arguments, "--server", f"http://{gateway.address}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_watch_goes_on_after_kill_9_and_misses_nothing(gateway, stubs):
    pb = stubs.triage_pb2
    with gateway.channel() as channel:
        triage = stubs.triage_pb2_grpc.TriageServiceStub(channel)
        token = triage.ListWorklist(pb.ListWorklistRequest()).resume_token
        watch = triage.WatchWorklist(pb.WatchWorklistRequest(resume_token=token), timeout=60)
        first = triage.Submit(pb.SubmitRequest(instances=RADIOGRAPHS[:1])).results[0]
        event = next(watch)
        assert event.entry.study.study_instance_uid == first.study_instance_uid
        second = triage.Submit(pb.SubmitRequest(instances=RADIOGRAPHS[1:2])).results[0]
    gateway.kill()
    gateway.start()
    with gateway.channel() as channel:
        triage = stubs.triage_pb2_grpc.TriageServiceStub(channel)
        seen = set()
        for event in triage.WatchWorklist(pb.WatchWorklistRequest(resume_token=event.resume_token), timeout=60):
            seen.add(event.entry.study.study_instance_uid)
            if second.study_instance_uid in seen:
                break
        with pytest.raises(grpc.RpcError) as caught:
            next(triage.WatchWorklist(pb.WatchWorklistRequest(resume_token="x"), timeout=60))
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_gateway_that_is_told_to_end_ends_its_watches_at_once(gateway, stubs):
    with gateway.channel() as channel:
        triage = stubs.triage_pb2_grpc.TriageServiceStub(channel)
        token = triage.ListWorklist(stubs.triage_pb2.ListWorklistRequest()).resume_token
        watch = triage.WatchWorklist(stubs.triage_pb2.WatchWorklistRequest(resume_token=token), timeout=60)
        triage.Submit(stubs.triage_pb2.SubmitRequest(instances=RADIOGRAPHS[:1]))
        next(watch)
        gateway.process.terminate()
        with pytest.raises(grpc.RpcError) as caught:
            for _ in watch:
                pass
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert gateway.process.wait(timeout=10) == 0


def test_readers_claim_judge_and_end_a_reading(gateway, stubs):
    pb = stubs.triage_pb2
    with gateway.channel() as channel:
        triage = stubs.triage_pb2_grpc.TriageServiceStub(channel)
        uid = triage.Submit(pb.SubmitRequest(instances=RADIOGRAPHS[:1])).results[0].study_instance_uid

        def review(reader, action):
            request = pb.ReviewStudyRequest(study_instance_uid=uid, reader=reader, action=action)
            return [event.action for event in triage.ReviewStudy(request).history]

        claim, accept = pb.ReviewStudyRequest.CLAIM, pb.ReviewStudyRequest.ACCEPT
        assert review("Dr A", claim) == [claim]
        with pytest.raises(grpc.RpcError) as caught:
            review("Dr B", claim)
        assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION
        assert review("Dr A", accept) == [claim, accept]
        assert not triage.ListWorklist(pb.ListWorklistRequest()).entries
        assert len(triage.ListWorklist(pb.ListWorklistRequest(include_reviewed=True)).entries) == 1


def test_the_command_explains_a_route_and_retries(gateway):
    cardiac = sorted(SAMPLES.glob("cardiac/*/*.dcm"))[0]
    explained = hilum(gateway, "route", "explain", cardiac)
    assert explained.returncode == 0, explained.stderr
    assert "cardiac MR: DECIDES" in explained.stdout and "=> send to planning" in explained.stdout
    assert "no  Modality is one of CR, DX, DR" in explained.stdout
    nothing = hilum(gateway, "retry", "--all")
    assert nothing.returncode == 0 and "Nothing was given up" in nothing.stdout
    assert hilum(gateway, "retry", "9.9").returncode == 1
    assert hilum(gateway, "retry").returncode == 2
    assert hilum(gateway, "route", "explain", __file__).returncode == 1


def test_a_mistake_in_the_routing_file_ends_the_start_and_names_the_rule(programs, tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_text('{"rules": [{"name": "bones", "match": [{"attribute": "Modalty", "equals": "DX"}], "send": "x"}]}')
    run = subprocess.run(
        [programs / "gateway", "--port", "0", "--data", tmp_path / "data", "--routing-rules", rules],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert run.returncode != 0
    assert "bones" in run.stderr
