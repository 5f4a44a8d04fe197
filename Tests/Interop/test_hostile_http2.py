"""Hostile peers in HTTP/2: frames by hand, against RFC 9113 and against what the field has been attacked with."""

import threading
import time

import hyperframe.frame as frames
import pytest
from hostile import PATIENCE, PREFACE, Closed, Peer, attacked, honest, server, until_closed  # noqa: F401

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED = range(6)
FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = range(6, 12)


def raw(kind, flags, stream, payload):
    """A frame that no library would write."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


# Heads that are no request (RFC 9113 sections 8.2 and 8.3): the stream is reset, the connection goes on.

PSEUDO = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "a")]
MALFORMED = {
    "a name in capitals": [*PSEUDO, ("X-Y", "z")],
    "a name with a space": [*PSEUDO, ("x y", "z")],
    "a name with a colon": [*PSEUDO, ("x:y", "z")],
    "an empty name": [*PSEUDO, ("", "z")],
    "a line end in a value": [*PSEUDO, ("x", "a\r\nhost: b")],
    "NUL in a value": [*PSEUDO, ("x", "a\0b")],
    "connection": [*PSEUDO, ("connection", "close")],
    "keep-alive": [*PSEUDO, ("keep-alive", "5")],
    "proxy-connection": [*PSEUDO, ("proxy-connection", "close")],
    "transfer-encoding": [*PSEUDO, ("transfer-encoding", "chunked")],
    "upgrade": [*PSEUDO, ("upgrade", "h2c")],
    "te that is not trailers": [*PSEUDO, ("te", "gzip")],
    "no method": PSEUDO[1:],
    "no path": [*PSEUDO[:1], *PSEUDO[2:]],
    "no scheme": [*PSEUDO[:2], *PSEUDO[3:]],
    "an empty path": [PSEUDO[0], (":path", ""), *PSEUDO[2:]],
    "two methods": [*PSEUDO, (":method", "GET")],
    "two paths": [*PSEUDO, (":path", "/b")],
    "two schemes": [*PSEUDO, (":scheme", "http")],
    "two authorities": [*PSEUDO, (":authority", "b")],
    "a status": [*PSEUDO, (":status", "200")],
    "an unknown pseudo-field": [*PSEUDO, (":x", "y")],
    "a pseudo-field behind a field": [*PSEUDO[:3], ("x", "y"), PSEUDO[3]],
    "a length that is no number": [*PSEUDO, ("content-length", "x")],
    "a negative length": [*PSEUDO, ("content-length", "-1")],
    "two lengths": [*PSEUDO, ("content-length", "0"), ("content-length", "1")],
    "a length and no body": [*PSEUDO, ("content-length", "5")],
    "CONNECT with a path": [(":method", "CONNECT"), *PSEUDO[1:]],
    "an authority with a path": [*PSEUDO[:3], (":authority", "a/b")],
    "a method with a space": [(":method", "GET /x"), *PSEUDO[1:]],
    "a path that is none": [PSEUDO[0], (":path", "a"), *PSEUDO[2:]],
    "an address for a path": [PSEUDO[0], (":path", "http://a/"), *PSEUDO[2:]],
    "a path with a line end": [PSEUDO[0], (":path", "/\r\nx: y"), *PSEUDO[2:]],
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_head_that_is_none_resets_its_stream_alone(attacked, name):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send(peer.block(1, MALFORMED[name]))
        assert peer.outcome(1) in [("reset", PROTOCOL_ERROR), ("status", 400)]
        assert peer.is_served(3)


REFUSED = {
    "a fragment in the path": (400, {"path": "/#a"}, []),
    "a long path": (414, {"path": "/" + "x" * 15_000 * 2}, []),
    "a long field": (431, {}, [("x", "y" * 40_000)]),
    "many fields": (431, {}, [("x", "y")] * 300),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_head_beyond_its_limits_is_answered_as_in_http1(attacked, name):  # noqa: F811
    status, pseudo, fields = REFUSED[name]
    with Peer(attacked) as peer:
        frame = peer.head(1, fields, **pseudo)
        send_in_continuations(peer, 1, frame.data)
        assert peer.outcome(1) == ("status", status)
        assert peer.is_served(3)


def send_in_continuations(peer, stream, data, size=16_000):
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    last = len(parts) - 1
    for index, part in enumerate(parts):
        kind = frames.HeadersFrame if index == 0 else frames.ContinuationFrame
        flags = (["END_STREAM"] if index == 0 else []) + (["END_HEADERS"] if index == last else [])
        peer.send(kind(stream, data=part, flags=flags))


# What breaks the whole connection (sections 4 to 6): GOAWAY says why, and it ends.

SETTINGS = {
    "ENABLE_PUSH of 2": ({2: 2}, PROTOCOL_ERROR),
    "a window beyond 31 bits": ({4: 1 << 31}, FLOW_CONTROL_ERROR),
    "frames smaller than allowed": ({5: 100}, PROTOCOL_ERROR),
    "frames larger than allowed": ({5: 1 << 24}, PROTOCOL_ERROR),
}
BROKEN = {
    "DATA before a head": (PROTOCOL_ERROR, raw(0, 1, 1, b"x")),
    "DATA on no stream": (PROTOCOL_ERROR, raw(0, 1, 0, b"x")),
    "DATA of more padding than bytes": (PROTOCOL_ERROR, "post", raw(0, 8, 1, b"\x09abc")),
    "DATA with padding and no length of it": (PROTOCOL_ERROR, "post", raw(0, 8, 1, b"")),
    "a head on no stream": (PROTOCOL_ERROR, raw(1, 5, 0, b"\x82")),
    "a head on a stream of the server": (PROTOCOL_ERROR, raw(1, 5, 2, b"\x82\x84\x86")),
    "a head of more padding than bytes": (PROTOCOL_ERROR, raw(1, 13, 1, b"\x09\x82\x84\x86")),
    "PRIORITY of four bytes": (FRAME_SIZE_ERROR, raw(2, 0, 1, bytes(4))),
    "PRIORITY on no stream": (PROTOCOL_ERROR, raw(2, 0, 0, bytes(5))),
    "RST_STREAM before a head": (PROTOCOL_ERROR, raw(3, 0, 1, bytes(4))),
    "RST_STREAM of three bytes": (FRAME_SIZE_ERROR, "post", raw(3, 0, 1, bytes(3))),
    "RST_STREAM on no stream": (PROTOCOL_ERROR, raw(3, 0, 0, bytes(4))),
    "SETTINGS on a stream": (PROTOCOL_ERROR, raw(4, 0, 1, b"")),
    "SETTINGS of five bytes": (FRAME_SIZE_ERROR, raw(4, 0, 0, bytes(5))),
    "SETTINGS that acknowledge and say more": (FRAME_SIZE_ERROR, raw(4, 1, 0, bytes(6))),
    "PUSH_PROMISE": (PROTOCOL_ERROR, "post", raw(5, 4, 1, bytes(4) + b"\x82")),
    "PING of seven bytes": (FRAME_SIZE_ERROR, raw(6, 0, 0, bytes(7))),
    "PING on a stream": (PROTOCOL_ERROR, raw(6, 0, 1, bytes(8))),
    "GOAWAY on a stream": (PROTOCOL_ERROR, raw(7, 0, 1, bytes(8))),
    "GOAWAY of seven bytes": (FRAME_SIZE_ERROR, raw(7, 0, 0, bytes(7))),
    "WINDOW_UPDATE by nothing": (PROTOCOL_ERROR, raw(8, 0, 0, bytes(4))),
    "WINDOW_UPDATE beyond 31 bits": (FLOW_CONTROL_ERROR, raw(8, 0, 0, b"\x7f\xff\xff\xff")),
    "WINDOW_UPDATE of three bytes": (FRAME_SIZE_ERROR, raw(8, 0, 0, bytes(3))),
    "WINDOW_UPDATE before a head": (PROTOCOL_ERROR, raw(8, 0, 1, b"\0\0\0\1")),
    "CONTINUATION without a head": (PROTOCOL_ERROR, raw(9, 4, 1, b"\x82")),
    "another frame within a head": (PROTOCOL_ERROR, raw(1, 1, 1, b"\x82") + raw(6, 0, 0, bytes(8))),
    "another stream within a head": (PROTOCOL_ERROR, raw(1, 1, 1, b"\x82") + raw(9, 4, 3, b"\x84")),
    "an unknown frame within a head": (PROTOCOL_ERROR, raw(1, 1, 1, b"\x82") + raw(99, 0, 0, b"")),
    "a frame larger than allowed": (FRAME_SIZE_ERROR, raw(0, 0, 1, bytes(16_385))),
    "an index beyond the table": (COMPRESSION_ERROR, raw(1, 5, 1, b"\xff\xff\x7f")),
    "the index of nothing": (COMPRESSION_ERROR, raw(1, 5, 1, b"\x80")),
    "an integer without end": (COMPRESSION_ERROR, raw(1, 5, 1, b"\xff" * 20)),
    "a string longer than its block": (COMPRESSION_ERROR, raw(1, 5, 1, b"\x40\x7f\x7fabc")),
    "a Huffman code that is none": (COMPRESSION_ERROR, raw(1, 5, 1, b"\x00\x84\xff\xff\xff\xff\x00")),
    "a table larger than allowed": (COMPRESSION_ERROR, raw(1, 5, 1, b"\x3f\xe1\xff\x7f\x82\x84\x86")),
    "a change of the table behind a field": (COMPRESSION_ERROR, raw(1, 5, 1, b"\x82\x20\x84\x86")),
    "anything but SETTINGS first": (PROTOCOL_ERROR, "first", raw(6, 0, 0, bytes(8))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_the_connection_ends_it_with_the_right_code(attacked, name):  # noqa: F811
    code, *before, data = BROKEN[name]
    with Peer(attacked, settings=False if before == ["first"] else {}) as peer:
        if before == ["post"]:
            peer.send(peer.head(1, end=False, method="POST", path="/collect"))
        peer.send_bytes(data)
        assert peer.outcome(1) == ("goaway", code)


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_beyond_their_range_end_the_connection(attacked, name):  # noqa: F811
    settings, code = SETTINGS[name]
    with Peer(attacked) as peer:
        peer.send(frames.SettingsFrame(0, settings=settings))
        assert peer.outcome(1) == ("goaway", code)


def test_a_preface_that_goes_wrong_is_no_http2(attacked):  # noqa: F811
    with attacked.connect() as connection:
        connection.sendall(PREFACE[:18] + b"XX\r\n\r\n")
        assert until_closed(connection).startswith(b"HTTP/1.1 400 ")


# Streams that break their own rules


def test_a_body_longer_than_announced_resets_its_stream(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send(peer.head(1, [("content-length", "5")], end=False, method="POST", path="/echo"))
        assert peer.outcome(1) == ("status", 200)  # /echo answers before the body
        peer.send(frames.DataFrame(1, b"x" * 6))
        assert peer.find(frames.RstStreamFrame, 1).error_code == PROTOCOL_ERROR
        assert peer.is_served(3)


def test_a_body_shorter_than_announced_resets_its_stream(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send(peer.head(1, [("content-length", "5")], end=False, method="POST", path="/collect"))
        peer.send(frames.DataFrame(1, b"x", flags=["END_STREAM"]))
        assert peer.outcome(1) == ("reset", PROTOCOL_ERROR)
        assert peer.is_served(3)


def test_trailers_that_are_none_reset_their_stream(attacked):  # noqa: F811
    for stream, trailers in enumerate([[(":path", "/")], [("X", "y")], [("connection", "close")]]):
        with Peer(attacked) as peer:
            peer.send(peer.head(1, end=False, method="POST", path="/collect"))
            peer.send(frames.DataFrame(1, b"x"))
            peer.send(peer.block(1, trailers))
            assert peer.outcome(1) == ("reset", PROTOCOL_ERROR), stream
            assert peer.is_served(3)


def test_a_second_head_that_is_no_end_resets_its_stream(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send(peer.head(1, end=False, method="POST", path="/collect"))
        peer.send(peer.block(1, [("x", "y")], end=False))
        assert peer.outcome(1) in [("reset", PROTOCOL_ERROR), ("goaway", PROTOCOL_ERROR)]


def test_trailers_of_any_size_are_bounded(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send(peer.head(1, end=False, method="POST", path="/collect"))
        frame = peer.block(1, [("x", "y" * 30_000)] * 3)
        send_in_continuations(peer, 1, frame.data)
        assert peer.outcome(1)[0] in ("status", "reset", "goaway", "closed")


@pytest.mark.parametrize("stream", [3, 5])
def test_a_head_on_a_stream_that_is_over_is_not_a_request(attacked, stream):  # noqa: F811
    """It may be one that crossed a reset on its way, so it is passed over, and read for the sake of the table."""
    with Peer(attacked) as peer:
        assert peer.is_served(5)
        peer.send(peer.head(stream, [("x", "a field for the table")]))
        peer.send(peer.head(7, [("x", "a field for the table")]))
        assert peer.outcome(7) == ("status", 200)
        assert not [frame for frame in peer.seen if frame.stream_id == 3]
        assert len([frame for frame in peer.seen if isinstance(frame, frames.HeadersFrame)]) == 2


def test_data_behind_the_end_of_a_stream_is_refused(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send(peer.head(1), frames.DataFrame(1, b"x"))
        assert peer.outcome(1) in [("reset", STREAM_CLOSED), ("goaway", STREAM_CLOSED), ("status", 200)]
        with Peer(attacked) as other:
            assert other.is_served(1)


def test_a_window_of_a_stream_beyond_31_bits_resets_it(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send(peer.head(1, end=False, method="POST", path="/collect"))
        peer.send(frames.WindowUpdateFrame(1, window_increment=(1 << 31) - 1))
        assert peer.outcome(1) == ("reset", FLOW_CONTROL_ERROR)
        assert peer.is_served(3)


def test_settings_that_lift_a_window_beyond_31_bits_end_the_connection(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send(peer.head(1, end=False, method="POST", path="/collect"))
        peer.send(frames.WindowUpdateFrame(1, window_increment=(1 << 31) - 1 - 65_535))
        peer.send(frames.SettingsFrame(0, settings={4: 1 << 20}))
        kind, code = peer.outcome(1)
        assert kind in ("goaway", "reset") and code == FLOW_CONTROL_ERROR


def test_more_data_than_the_window_resets_the_stream(attacked):  # noqa: F811
    """Nobody reads what /echo sends back, so it reads no further, and the window stays used up."""
    with Peer(attacked, settings={4: 0}) as peer:
        peer.send(peer.head(1, end=False, method="POST", path="/echo"))
        assert peer.outcome(1) == ("status", 200)
        for _ in range(300):
            peer.send(frames.DataFrame(1, bytes(1 << 14)))
        assert peer.find(frames.RstStreamFrame, 1).error_code == FLOW_CONTROL_ERROR
        assert peer.is_served(3)


def test_a_stream_that_depends_on_itself_harms_nobody(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        for stream in range(1, 200, 2):
            peer.send(frames.PriorityFrame(stream, depends_on=(stream + 2) % 200, stream_weight=255, exclusive=True))
        assert peer.is_served(201)
    with Peer(attacked) as peer:
        peer.send(frames.PriorityFrame(3, depends_on=3))
        assert peer.outcome(3) in [("reset", PROTOCOL_ERROR), ("goaway", PROTOCOL_ERROR)]


def test_frames_of_unknown_kinds_are_passed_over(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        for kind in range(10, 256):
            peer.send_bytes(raw(kind, 0xFF, kind % 7, bytes(kind)))
        assert peer.is_served(1)


@pytest.mark.parametrize("has_acknowledged", [False, True])
def test_more_streams_than_the_limit_are_refused(attacked, has_acknowledged):  # noqa: F811
    """A peer that has not seen the limit yet may try again; one that has seen it breaks the protocol."""
    with Peer(attacked) as peer:
        if has_acknowledged:
            peer.find(frames.SettingsFrame)
            peer.send(frames.SettingsFrame(0, flags=["ACK"]))
        for stream in range(1, 401, 2):
            peer.send(peer.head(stream, end=False, method="POST", path="/collect"))
        assert peer.outcome(201) == (("goaway", PROTOCOL_ERROR) if has_acknowledged else ("reset", REFUSED_STREAM))


# Floods


def flood(peer, make, limit):
    """Sends what `make` gives for each number until the server ends the connection.

    Gives the GOAWAY code, or None where it just closed; fails where `limit` were taken.
    """
    reader = threading.Thread(target=drain, args=[peer])
    reader.start()
    for number in range(limit):
        peer.send_bytes(make(number))
        if not reader.is_alive():
            break
    else:
        peer.socket.shutdown(1)
        reader.join()
        pytest.fail(f"{limit} were taken")
    reader.join()
    goaway = [frame for frame in peer.seen if isinstance(frame, frames.GoAwayFrame)]
    return goaway[-1].error_code if goaway else None


def drain(peer):
    try:
        while True:
            peer.next()
    except (Closed, OSError):
        pass


def test_a_head_of_continuations_without_end_is_cut_off(attacked):  # noqa: F811
    """CVE-2024-28182 and its kin."""
    with Peer(attacked) as peer:
        field = b"\x00\x01x\x01y" * 200
        peer.send_bytes(raw(1, 0, 1, b"\x82\x84\x86"))
        code = flood(peer, lambda _: raw(9, 0, 1, field), 10_000)
        assert code in (None, ENHANCE_YOUR_CALM, PROTOCOL_ERROR, INTERNAL_ERROR)


def test_empty_continuations_without_end_are_cut_off(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.send_bytes(raw(1, 0, 1, b"\x82\x84\x86"))
        code = flood(peer, lambda _: raw(9, 0, 1, b"") * 100, 10_000)
        assert code in (None, ENHANCE_YOUR_CALM, PROTOCOL_ERROR, INTERNAL_ERROR)


def test_requests_that_are_reset_at_once_end_the_connection(attacked):  # noqa: F811
    """Rapid reset, CVE-2023-44487."""
    with Peer(attacked) as peer:

        def request_and_reset(number):
            stream = 2 * number + 1
            return peer.head(stream).serialize() + frames.RstStreamFrame(stream, CANCEL).serialize()

        code = flood(peer, request_and_reset, 50_000)
        assert code == ENHANCE_YOUR_CALM


def test_requests_that_make_the_server_reset_them_end_the_connection(attacked):  # noqa: F811
    """CVE-2025-8671: the peer breaks a rule of the stream, so that the server resets it."""
    with Peer(attacked) as peer:

        def request_and_break(number):
            stream = 2 * number + 1
            window = frames.WindowUpdateFrame(stream, window_increment=(1 << 31) - 1)
            return peer.head(stream, end=False).serialize() + window.serialize()

        assert flood(peer, request_and_break, 50_000) == ENHANCE_YOUR_CALM


CHEAP = {
    "PING": raw(6, 0, 0, bytes(8)),
    "SETTINGS": raw(4, 0, 0, bytes([0, 3, 0, 0, 0, 9])),
    "PRIORITY": raw(2, 0, 1, bytes(5)),
    "DATA of nothing": raw(0, 0, 1, b""),
    "DATA of padding": raw(0, 8, 1, b"\x07" + bytes(7)),
}


@pytest.mark.parametrize("kind", CHEAP)
def test_a_flood_of_what_is_cheap_to_send_ends_the_connection(attacked, kind):  # noqa: F811
    """CVE-2019-9512, -9513, -9515 and -9518."""
    with Peer(attacked) as peer:
        peer.send(peer.head(1, end=False, method="POST", path="/collect"))
        assert flood(peer, lambda _: CHEAP[kind] * 10, 10_000) == ENHANCE_YOUR_CALM


@pytest.mark.parametrize("kind", ["PING", "SETTINGS"])
def test_a_flood_of_what_wants_an_answer_that_nobody_reads_costs_no_memory(attacked, kind):  # noqa: F811
    """Answers pile up where the peer that asks for them does not take them."""
    one = raw(6, 0, 0, bytes(8)) if kind == "PING" else raw(4, 0, 0, bytes(6))
    with Peer(attacked) as peer:
        peer.socket.settimeout(2)
        sent = 0
        try:
            while sent < 256 << 20:
                sent += peer.socket.send(one * 1000)
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            pass
        assert sent < 256 << 20


def test_padding_counts_against_the_window_and_comes_back(attacked):  # noqa: F811
    with Peer(attacked) as peer:
        peer.find(frames.SettingsFrame)
        peer.send(frames.SettingsFrame(0, flags=["ACK"]))
        peer.send(peer.head(1, end=False, method="POST", path="/collect"))
        window = {0: 65_535, 1: 1 << 20}  # the server's SETTINGS say the latter
        for _ in range(5000):
            while min(window.values()) < 1256:
                update = peer.find(frames.WindowUpdateFrame)
                window[update.stream_id] += update.window_increment
            peer.send_bytes(raw(0, 8, 1, b"\xff" + bytes(1000 + 255)))
            window = {stream: left - 1256 for stream, left in window.items()}
        peer.send(frames.DataFrame(1, b"", flags=["END_STREAM"]))
        assert peer.outcome(1) == ("status", 200)
        assert bytes(peer.find(frames.DataFrame, 1).data) == b"5000000\n"


def test_a_bomb_of_indexed_fields_is_refused_and_costs_no_memory(attacked):  # noqa: F811
    """One field of 4,000 bytes enters the table; 16,000 indices to it would be 64 MB."""
    with Peer(attacked) as peer:
        peer.send(peer.head(1, [("x", "y" * 3900)]))
        assert peer.outcome(1) == ("status", 200)
        for stream in range(3, 43, 2):
            peer.send_bytes(raw(1, 5, stream, b"\x82\x84\x86" + b"\xbe" * 16_000))
            assert peer.outcome(stream) in [
                ("status", 431), ("reset", INTERNAL_ERROR), ("reset", ENHANCE_YOUR_CALM), ("reset", PROTOCOL_ERROR),
            ]  # fmt: skip


# Peers that hold things up


def test_windows_of_nothing_hold_up_only_their_own_answers(attacked):  # noqa: F811
    with Peer(attacked, settings={4: 0}) as peer:
        streams = set(range(1, 201, 2))
        for stream in sorted(streams):
            peer.send(peer.head(stream))
        heads = {peer.find(frames.HeadersFrame).stream_id for _ in streams}
        assert heads == streams
        peer.send(frames.SettingsFrame(0, settings={4: 65_535}))
        answers = [peer.find(frames.DataFrame) for _ in streams]
        assert {answer.stream_id for answer in answers} == streams
        assert {bytes(answer.data) for answer in answers} == {b"hello\n"}


def test_an_answer_byte_by_byte_costs_no_memory(attacked):  # noqa: F811
    """CVE-2019-9511: the peer opens its window by one byte at a time."""
    with Peer(attacked, settings={4: 1}) as peer:
        peer.send(peer.head(1, end=False, method="POST", path="/echo"))
        peer.send(frames.DataFrame(1, bytes(1 << 14)))
        for _ in range(1000):
            assert len(peer.find(frames.DataFrame, 1).data) == 1
            peer.send(frames.WindowUpdateFrame(1, window_increment=1))


def test_a_head_that_never_ends_loses_its_connection_in_time(attacked):  # noqa: F811
    """Slow loris, against the 5 seconds that a head may take."""
    with Peer(attacked) as peer:
        begin = time.monotonic()
        peer.send_bytes(raw(1, 1, 1, b"\x82\x84\x86"))
        peer.socket.settimeout(40)
        kind, code = peer.outcome(1)
        assert kind == "closed" or code in (ENHANCE_YOUR_CALM, PROTOCOL_ERROR)
        assert 4 < time.monotonic() - begin < 25
