"""Every shape of a call and every way it can go, seen by grpcio."""

import pathlib
import threading
import time

import grpc
import pytest
from grpc_status import rpc_status

CANCELLED = "hilum_conformance_cancelled_total"
WAITING = "hilum_queue_waiting_requests"
ANY_SIZE = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


@pytest.fixture
def messages(stubs):
    return stubs.conformance_pb2


@pytest.fixture(params=[None, grpc.Compression.Gzip], ids=["identity", "gzip"])
def stub(request, conformance, stubs):
    """The calls, with and without compression of the requests."""
    with grpc.insecure_channel(conformance.address, options=ANY_SIZE, compression=request.param) as channel:
        yield stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)


def test_the_four_shapes(stub, messages):
    requests = [messages.ConformanceRequest(payload=bytes([index]) * 3000) for index in range(5)]
    assert stub.Unary(requests[1]).payload == requests[1].payload
    total = stub.ClientStream(iter(requests))
    assert (total.received_bytes, total.index) == (15_000, 5)
    request = messages.ConformanceRequest(payload=b"a" * 3000, answers=4)
    answers = list(stub.ServerStream(request))
    assert [answer.index for answer in answers] == [0, 1, 2, 3]
    assert all(answer.payload == request.payload for answer in answers)
    assert [answer.payload for answer in stub.BidiStream(iter(requests))] == [r.payload for r in requests]
    assert list(stub.BidiStream(iter([]))) == []
    assert stub.ClientStream(iter([])).index == 0


def test_a_dialogue(stub, messages):
    """Each request leaves only once the answer to the one before is there."""
    answered = threading.Semaphore(1)

    def requests():
        for index in range(50):
            assert answered.acquire(timeout=30)
            yield messages.ConformanceRequest(payload=str(index).encode())

    for index, answer in enumerate(stub.BidiStream(requests())):
        assert answer.payload == str(index).encode()
        answered.release()
    assert index == 49


def test_metadata_both_ways(stub, messages):
    sent = [("x-text", "a, b"), ("x-many", "1"), ("x-many", "2"), ("x-raw-bin", bytes(range(256))), ("x-raw-bin", b"")]
    _, unary = stub.Unary.with_call(messages.ConformanceRequest(), metadata=sent)
    stream = stub.ServerStream(messages.ConformanceRequest(answers=1), metadata=sent)
    assert len(list(stream)) == 1
    for metadata in [unary.initial_metadata(), unary.trailing_metadata(), stream.initial_metadata(),
                     stream.trailing_metadata()]:  # fmt: skip
        assert [(key, value) for key, value in metadata if key.startswith("x-")] == sent


def test_large_trailers(stub, messages):
    _, call = stub.Unary.with_call(messages.ConformanceRequest(trailer_bytes=7000))
    assert dict(call.trailing_metadata())["x-large"] == "l" * 7000


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code.value[0]], ids=lambda code: code.name)
def test_every_status(stub, messages, code):
    failure = messages.ConformanceFailure(code=code.value[0], message="50 % “none”\n")
    with pytest.raises(grpc.RpcError) as error:
        stub.Unary(messages.ConformanceRequest(failure=failure))
    assert (error.value.code(), error.value.details()) == (code, "50 % “none”\n")


def test_an_error_behind_answers_brings_its_details(stub, messages):
    from hilum.v1 import common_pb2

    failure = messages.ConformanceFailure(code=9, message="enough", after=2)
    call = stub.ServerStream(messages.ConformanceRequest(answers=5, failure=failure), metadata=[("x-a", "b")])
    indices = []
    with pytest.raises(grpc.RpcError) as error:
        for answer in call:
            indices.append(answer.index)
    assert indices == [0, 1]
    assert error.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert ("x-a", "b") in call.trailing_metadata()
    status = rpc_status.from_call(call)
    detail = common_pb2.ErrorInfo()
    assert status.details[0].Unpack(detail) and detail.reason == "ASKED_FOR"


def test_deadlines(stub, messages):
    assert 0 < stub.Unary(messages.ConformanceRequest(), timeout=50).timeout_ms <= 51_000  # gRPC rounds up
    assert stub.Unary(messages.ConformanceRequest()).timeout_ms == 0
    begin = time.monotonic()
    with pytest.raises(grpc.RpcError) as error:
        stub.Unary(messages.ConformanceRequest(delay_ms=60_000), timeout=0.2)
    assert error.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    with pytest.raises(grpc.RpcError) as error:
        list(stub.ServerStream(messages.ConformanceRequest(delay_ms=60_000, answers=1), timeout=0.2))
    assert error.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert time.monotonic() - begin < 20


def test_a_time_out_is_cut(new_conformance, stubs):
    server = new_conformance("--max-call-seconds", "2")
    with grpc.insecure_channel(server.address) as channel:
        stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
        request = stubs.conformance_pb2.ConformanceRequest()
        assert stub.Unary(request, timeout=100).timeout_ms <= 2000


def test_cancelling_a_call_cancels_its_handler(new_conformance, stubs):
    server = new_conformance()
    request = stubs.conformance_pb2.ConformanceRequest(delay_ms=60_000, answers=1)
    with grpc.insecure_channel(server.address) as channel:
        stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
        calls = [
            stub.Unary.future(request), stub.ServerStream(request), stub.ClientStream.future(iter([request])),
            stub.BidiStream(iter([request])),
        ]  # fmt: skip
        time.sleep(0.5)
        for call in calls:
            call.cancel()
        server.eventually(CANCELLED, len(calls))


def test_cancelling_a_call_takes_it_out_of_the_queue(new_conformance, stubs):
    server = new_conformance("--max-concurrency", "1")
    slow = stubs.conformance_pb2.ConformanceRequest(delay_ms=60_000)
    with grpc.insecure_channel(server.address) as channel:
        stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
        first = stub.Unary.future(slow)
        server.eventually("hilum_queue_running_requests", 1)
        waiting = [stub.Unary.future(slow) for _ in range(3)]
        server.eventually(WAITING, 3)
        for call in waiting:
            call.cancel()
        server.eventually(WAITING, 0)
        first.cancel()
        server.eventually("hilum_queue_running_requests", 0)
        assert server.metric(CANCELLED) == 1  # those that waited never began
        assert stub.Unary(stubs.conformance_pb2.ConformanceRequest(), timeout=60).index == 0


def test_100_mib(conformance, stubs):
    payload = bytes(range(256)) * (100 << 12)
    request = stubs.conformance_pb2.ConformanceRequest(payload=payload, answers=1)
    with grpc.insecure_channel(conformance.address, options=ANY_SIZE) as channel:
        stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
        assert stub.Unary(request, timeout=120).payload == payload
        assert [answer.payload for answer in stub.ServerStream(request, timeout=120)] == [payload]


def test_too_large_a_message(new_conformance, stubs):
    server = new_conformance("--max-body-bytes", "1MiB")
    request = stubs.conformance_pb2.ConformanceRequest(payload=bytes(1 << 20))
    for compression in [None, grpc.Compression.Gzip]:
        with grpc.insecure_channel(server.address, compression=compression) as channel:
            stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
            for call in [lambda: stub.Unary(request), lambda: stub.ClientStream(iter([request]))]:
                with pytest.raises(grpc.RpcError) as error:
                    call()
                assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_stream_of_a_gibibyte_in_little_memory(new_conformance, stubs):
    server = new_conformance()
    request = stubs.conformance_pb2.ConformanceRequest(payload=bytes(4 << 20))
    with grpc.insecure_channel(server.address, options=ANY_SIZE) as channel:
        stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
        total = stub.ClientStream((request for _ in range(256)), timeout=120)
    assert (total.received_bytes, total.index) == (1 << 30, 256)
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    assert int(status.split("VmHWM:")[1].split()[0]) << 10 < 200 << 20


def test_a_stream_has_a_limit_of_its_own(new_conformance, stubs):
    server = new_conformance("--max-body-bytes", "1MiB", "--max-stream-bytes", "4MiB")
    request = stubs.conformance_pb2.ConformanceRequest(payload=bytes(1_000_000))
    with grpc.insecure_channel(server.address) as channel:
        stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
        assert stub.ClientStream(iter([request] * 4)).received_bytes == 4_000_000
        with pytest.raises(grpc.RpcError) as error:
            stub.ClientStream(iter([request] * 5))
        assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert stub.Unary(request).received_bytes == 1_000_000


def test_many_calls_at_a_time(stub, messages):
    calls = [stub.Unary.future(messages.ConformanceRequest(payload=str(i).encode())) for i in range(500)]
    assert [call.result(timeout=60).payload for call in calls] == [str(i).encode() for i in range(500)]


def test_draining_finishes_what_runs_and_refuses_what_comes(new_conformance, stubs):
    server = new_conformance()
    with grpc.insecure_channel(server.address) as channel:
        stub = stubs.conformance_pb2_grpc.ConformanceServiceStub(channel)
        running = stub.Unary.future(stubs.conformance_pb2.ConformanceRequest(payload=b"x", delay_ms=1500))
        time.sleep(0.5)
        server.process.terminate()
        time.sleep(0.5)
        with pytest.raises(grpc.RpcError) as error:
            stub.Unary(stubs.conformance_pb2.ConformanceRequest())
        assert error.value.code() == grpc.StatusCode.UNAVAILABLE
        assert running.result(timeout=60).payload == b"x"
        assert server.process.wait(timeout=60) == 0
