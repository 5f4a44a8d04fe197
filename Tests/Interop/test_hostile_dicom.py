"""Attacks on the DICOM port by hand-made bytes: each is ended in time, and an honest peer is served meanwhile."""

import random
import socket
import struct
import time

import dicom
import pytest
from dicom import EXPLICIT, IMPLICIT, MR, VERIFICATION, associate, is_ended, pdu, read_pdu, value

SECONDS = 1.0


@pytest.fixture(scope="module")
def gateway(programs, tmp_path_factory):
    running = dicom.Gateway(
        programs, tmp_path_factory.mktemp("hostile"), "--dicom-negotiation-seconds", SECONDS,
        "--dicom-request-seconds", SECONDS, "--dicom-idle-seconds", 2 * SECONDS, "--dicom-max-half-open", 100,
        "--dicom-max-instance-bytes", "2MiB", "--log-level", "error",
    )  # fmt: skip
    yield running
    assert running.stop() == 0


@pytest.fixture(autouse=True)
def honest(gateway):
    """Before and after each attack an honest peer is served at once."""
    yield
    start = time.monotonic()
    assert gateway.run("echoscu").returncode == 0
    assert time.monotonic() - start < 2


def outcomes(gateway, name):
    return gateway.metric(f'hilum_dicom_associations_total{{outcome="{name}"}}')


def established(gateway, *contexts):
    connection = gateway.connect()
    connection.sendall(associate(*(contexts or [(1, VERIFICATION, IMPLICIT), (3, MR, IMPLICIT)])))
    kind, _ = read_pdu(connection)
    assert kind == 2
    return connection


def test_silent_connections_shut_nobody_out(gateway):
    before = outcomes(gateway, "negotiation_timeout")
    silent = [gateway.connect() for _ in range(64)]
    for _ in range(3):
        start = time.monotonic()
        assert gateway.run("echoscu").returncode == 0
        assert time.monotonic() - start < 1
    assert all(is_ended(one, 5 * SECONDS) for one in silent)
    gateway.eventually('hilum_dicom_associations_total{outcome="negotiation_timeout"}', before + 64)


def test_more_half_open_connections_than_there_is_room_for_make_room(gateway):
    silent = [gateway.connect() for _ in range(150)]
    assert gateway.run("echoscu").returncode == 0
    assert all(is_ended(one, 5 * SECONDS) for one in silent)
    gateway.eventually("hilum_dicom_half_open_connections", 0)


def test_a_connection_that_says_nothing_and_ends_is_lost_and_not_rejected(gateway):
    before = outcomes(gateway, "lost")
    rejected = outcomes(gateway, "rejected")
    gateway.connect().close()
    gateway.eventually('hilum_dicom_associations_total{outcome="lost"}', before + 1)
    assert outcomes(gateway, "rejected") == rejected


def test_a_half_sent_request_for_an_association_is_ended(gateway):
    request = associate((1, VERIFICATION, IMPLICIT))
    connections = [gateway.connect() for _ in range(5)]
    for connection, count in zip(connections, (1, 5, 6, 7, len(request) - 1), strict=True):
        connection.sendall(request[:count])
    assert all(is_ended(connection, 4 * SECONDS) for connection in connections)


def test_an_idle_association_is_ended(gateway):
    with established(gateway) as connection:
        start = time.monotonic()
        assert is_ended(connection, 6 * SECONDS)
        assert 1.5 * SECONDS < time.monotonic() - start


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.99])
def test_a_half_sent_request_is_ended(gateway, share):
    before = outcomes(gateway, "request_timeout")
    with established(gateway) as connection:
        request = dicom.store(3, MR, "1.2.3", bytes(100_000))
        connection.sendall(request[: int(len(request) * share)])
        assert is_ended(connection, 4 * SECONDS)
    gateway.eventually('hilum_dicom_associations_total{outcome="request_timeout"}', before + 1)


def test_a_request_that_drips_is_ended(gateway):
    """Bytes come all the time, but too slowly to end within the time of a request."""
    with established(gateway) as connection:
        request = dicom.store(3, MR, "1.2.3", bytes(1000))
        end = time.monotonic() + 4 * SECONDS
        try:
            for byte in request:
                assert time.monotonic() < end
                connection.sendall(bytes([byte]))
                time.sleep(0.02)
            pytest.fail("the request was read")
        except OSError:
            pass


def test_empty_fragments_without_end_are_ended(gateway):
    with established(gateway) as connection:
        head = dicom.store(3, MR, "1.2.3", b"xx")[: -len(value(3, b"xx", False))]
        connection.sendall(head)
        end = time.monotonic() + 5 * SECONDS
        with pytest.raises(OSError):
            while time.monotonic() < end:
                connection.sendall(value(3, b"", False, is_last=False) * 1000)


def test_one_byte_at_a_time_is_read_like_any_other(gateway):
    """Honest, if odd: fragments and segments of one byte."""
    with established(gateway) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in dicom.echo():
            connection.sendall(bytes([byte]))
        assert dicom.status(read_pdu(connection)[1]) == 0
        raw = dicom.command(sop_class=VERIFICATION, field=0x30, message=2, data_set=0x0101)
        connection.sendall(b"".join(value(1, raw[at : at + 1], True, at == len(raw) - 1) for at in range(len(raw))))
        assert dicom.status(read_pdu(connection)[1]) == 0


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 2_000_000])
def test_a_huge_pdu_is_ended_at_once(gateway, kind, length):
    claim = struct.pack(">BBI", kind, 0, length)
    before = gateway.resident_bytes()
    for connection in (gateway.connect(), established(gateway)):
        with connection:
            start = time.monotonic()
            connection.sendall(claim + bytes(1000))
            assert is_ended(connection, 4 * SECONDS)
            assert time.monotonic() - start < 0.5
    assert gateway.resident_bytes() - before < 50 << 20


def test_a_transfer_that_is_aborted_leaves_nothing(gateway):
    before = gateway.metric('hilum_gateway_instances_total{outcome="accepted"}')
    for end in (pdu(7, bytes(4)), b""):
        with established(gateway) as connection:
            connection.sendall(dicom.store(3, MR, "1.2.3", bytes(100_000))[:50_000])
            connection.sendall(end)
    gateway.eventually("hilum_dicom_open_associations", 0)
    assert gateway.metric('hilum_gateway_instances_total{outcome="accepted"}') == before
    left = [path.name for path in (gateway.folder / "data/incoming").rglob("*") if path.is_file()]
    assert left == ["lock"]  # the process's own


def test_wrong_contexts_abort_the_association(gateway):
    request = dicom.store(3, MR, "1.2.3", bytes(5000))
    head, data = request[:-5012], request[-5012:]
    attacks = [
        dicom.store(5, MR, "1.2.3", b"xx"),  # was never proposed
        dicom.store(2, MR, "1.2.3", b"xx"),  # even
        value(1, bytes(10), False),  # a data set without a command
        head + value(1, bytes(10), False),  # changes within the message
        head + dicom.echo(),  # a command where the data set should be
        data,
    ]
    for attack in attacks:
        with established(gateway) as connection:
            connection.sendall(attack)
            assert read_pdu(connection)[0] == 7


def test_contexts_that_nobody_offers_are_refused_and_the_others_stand(gateway):
    with gateway.connect() as connection:
        connection.sendall(
            associate(
                (1, VERIFICATION, IMPLICIT), (3, "1.2.840.10008.5.1.4.1.2.2.1", IMPLICIT), (5, MR, EXPLICIT),
                (7, "not a uid", IMPLICIT), (9, "1.2.840.10008.1.20.1", EXPLICIT),
            )  # fmt: skip
        )
        kind, body = read_pdu(connection)
        assert kind == 2
        results, at = {}, 68
        while at < len(body):
            kind, length = body[at], struct.unpack(">H", body[at + 2 : at + 4])[0]
            if kind == 0x21:
                results[body[at + 4]] = body[at + 6]
            at += 4 + length
        assert results == {1: 0, 3: 3, 5: 0, 7: 3, 9: 4}
        connection.sendall(dicom.store(3, "1.2.840.10008.5.1.4.1.2.2.1", "1.2.3", b"xx"))
        assert read_pdu(connection)[0] == 7


def test_two_contexts_of_one_number_abort_the_association(gateway):
    with gateway.connect() as connection:
        connection.sendall(associate((1, VERIFICATION, IMPLICIT), (1, MR, EXPLICIT)))
        assert read_pdu(connection)[0] == 7


def test_a_command_set_without_end_is_ended(gateway):
    with established(gateway) as connection, pytest.raises(OSError):
        for _ in range(1000):
            connection.sendall(value(1, bytes(16000), True, is_last=False))
            time.sleep(0.001)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\0", bytes(8), b"\xff" * 64, struct.pack("<HHI", 0, 0x0100, 0xFFFFFFFF),
        struct.pack("<HHI", 0, 0x0100, 2) + b"\x30\x00", struct.pack("<HHI", 8, 0x1140, 0xFFFFFFFF) * 500,
        struct.pack("<HHI", 0, 2, 0) * 300,
    ],
)  # fmt: skip
def test_a_broken_command_set_aborts_the_association(gateway, raw):
    with established(gateway) as connection:
        connection.sendall(value(1, raw, True))
        assert read_pdu(connection)[0] == 7


def test_an_instance_that_is_too_large_is_refused_and_the_association_goes_on(gateway):
    before = gateway.resident_bytes()
    with established(gateway) as connection:
        connection.sendall(dicom.store(3, MR, "1.2.3", bytes(3 << 20)))
        assert dicom.status(read_pdu(connection)[1]) == 0xA700
        connection.sendall(dicom.echo())
        assert dicom.status(read_pdu(connection)[1]) == 0
    assert gateway.resident_bytes() - before < 30 << 20


def test_a_peer_that_takes_no_answers_is_ended(gateway):
    with established(gateway) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.settimeout(0.5)
        end = time.monotonic() + 10 * SECONDS
        with pytest.raises(OSError):
            while time.monotonic() < end:
                try:
                    connection.sendall(dicom.echo() * 200)
                except TimeoutError:
                    time.sleep(0.2)  # it does not read because we do not: until it has had enough


@pytest.mark.parametrize("text", [b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"\0" * 1000])
def test_other_protocols_are_ended_at_once(gateway, text):
    with gateway.connect() as connection:
        connection.sendall(text)
        start = time.monotonic()
        assert is_ended(connection, 3)
        assert time.monotonic() - start < 0.5


def test_garbage_never_ends_the_server(gateway):
    """Requests with bytes changed at random; the seed is in the failure."""
    seed = random.randrange(1 << 32)
    source = random.Random(seed)
    whole = associate((1, VERIFICATION, IMPLICIT), (3, MR, IMPLICIT, EXPLICIT)) + dicom.echo()
    whole += dicom.store(3, MR, "1.2.3", bytes(2000))
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(source.randrange(1, 6)):
            broken[source.randrange(len(broken))] = source.randrange(256)
        with gateway.connect() as connection:
            try:
                connection.sendall(broken[: source.randrange(1, len(broken))])
            except OSError:
                continue
    assert gateway.process.poll() is None, f"seed {seed}"
    gateway.eventually("hilum_dicom_half_open_connections", 0)
    gateway.eventually("hilum_dicom_open_associations", 0)
