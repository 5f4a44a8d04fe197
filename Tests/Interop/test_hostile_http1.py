"""Hostile peers in HTTP/1.1: requests on which two parsers could disagree, and peers that never come to the point."""

import re
import threading
import time

import pytest
from hostile import PATIENCE, attacked, honest, server, until_closed  # noqa: F401

HOST = b"Host: a\r\n"
# What a smuggler hides: were it taken for a request of its own, there would be a second answer.
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"


def get(*lines, target=b"/", version=b"HTTP/1.1"):
    return b"GET " + target + b" " + version + b"\r\n" + b"".join(lines) + b"\r\n"


def post(*lines, body=b""):
    return b"POST /collect HTTP/1.1\r\n" + HOST + b"".join(lines) + b"\r\n" + body


def length(value):
    return b"Content-Length: " + value + b"\r\n"


def coding(value, name=b"Transfer-Encoding:"):
    return name + b" " + value + b"\r\n"


CHUNKED = coding(b"chunked")
EMPTY = b"0\r\n\r\n"

REFUSED = {
    # RFC 9112 section 6.3: how long the body is
    "length and chunked": (400, post(length(b"5"), CHUNKED, body=EMPTY)),
    "chunked and length": (400, post(CHUNKED, length(b"5"), body=EMPTY)),
    "two lengths that differ": (400, post(length(b"5"), length(b"6"), body=b"hello")),
    "two lengths that agree": (400, post(length(b"5"), length(b"5"), body=b"hello")),
    "a list of lengths": (400, post(length(b"5, 5"), body=b"hello")),
    "a length with a sign": (400, post(length(b"+5"), body=b"hello")),
    "a negative length": (400, post(length(b"-5"), body=b"hello")),
    "a length in hexadecimal": (400, post(length(b"0x5"), body=b"hello")),
    "a length of two words": (400, post(length(b"5 5"), body=b"hello")),
    "no length": (400, post(length(b""), body=b"hello")),
    "a length beyond 64 bits": (400, post(length(b"18446744073709551621"), body=b"hello")),
    "a length beyond 63 bits": (400, post(length(b"9223372036854775813"), body=b"hello")),
    "another coding": (400, post(coding(b"gzip"), body=EMPTY)),
    "chunked after another coding": (501, post(coding(b"gzip, chunked"), body=EMPTY)),
    "chunked twice": (400, post(coding(b"chunked, chunked"), body=EMPTY)),
    "chunked in two fields": (501, post(CHUNKED, CHUNKED, body=EMPTY)),
    "chunked before another coding": (400, post(coding(b"chunked, identity"), body=EMPTY)),
    "identity": (400, post(coding(b"identity"), body=EMPTY)),
    "nearly chunked": (400, post(coding(b"xchunked"), body=EMPTY)),
    "chunked with a parameter": (400, post(coding(b"chunked;a=b"), body=EMPTY)),
    "chunked in quotes": (400, post(coding(b'"chunked"'), body=EMPTY)),
    "no coding": (400, post(coding(b""), body=EMPTY)),
    "chunked in HTTP/1.0": (400, b"POST /collect HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n" + EMPTY),
    # Section 5: fields
    "a space before the colon": (400, post(coding(b"chunked", b"Transfer-Encoding :"), body=EMPTY)),
    "a tab before the colon": (400, post(coding(b"chunked", b"Transfer-Encoding\t:"), body=EMPTY)),
    "a line without a colon": (400, get(HOST, b"Transfer-Encoding\r\n")),
    "a field without a name": (400, get(HOST, b": x\r\n")),
    "a name that is no token": (400, get(HOST, b"X[1]: x\r\n")),
    "a name beyond ASCII": (400, get(HOST, b"X\xc3\xa9: x\r\n")),
    "a line folded by a space": (400, get(HOST, b"X: a\r\n b\r\n")),
    "a line folded by a tab": (400, get(HOST, b"X: a\r\n\tb\r\n")),
    "a space before the first field": (400, get(b" " + HOST)),
    "NUL in a value": (400, get(HOST, b"X: a\0b\r\n")),
    "DEL in a value": (400, get(HOST, b"X: a\x7fb\r\n")),
    "a control character in a value": (400, get(HOST, b"X: a\x01b\r\n")),
    "NUL in a name": (400, get(HOST, b"X\0: a\r\n")),
    "CR alone": (400, get(HOST, b"X: a\rb\r\n")),
    "CR alone before a field": (400, get(HOST, b"X: a\rContent-Length: 5\r\n")),
    # Section 2.2: line ends
    "LF alone after the request line": (400, b"GET / HTTP/1.1\n" + HOST + b"\r\n"),
    "LF alone after a field": (400, b"GET / HTTP/1.1\r\nHost: a\n\r\n"),
    "LF alone everywhere": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "LF alone at the end of the head": (400, b"GET / HTTP/1.1\r\n" + HOST + b"\n"),
    # Section 3: the request line
    "no version": (505, b"GET /\r\n" + HOST + b"\r\n"),
    "two spaces before the target": (400, get(HOST, target=b" /")),
    "a tab after the method": (400, b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a space in the target": (400, get(HOST, target=b"/a b")),
    "a target beyond ASCII": (400, get(HOST, target=b"/\xc3\xa9")),
    "NUL in the target": (400, get(HOST, target=b"/\0")),
    "a target that is no path": (400, get(HOST, target=b"a")),
    "a fragment in the target": (400, get(HOST, target=b"/#a")),
    "a user in the target": (400, get(HOST, target=b"http://u@a/")),
    "another scheme": (400, get(HOST, target=b"ftp://a/")),
    "the asterisk with GET": (400, get(HOST, target=b"*")),
    "CONNECT": (400, b"CONNECT a:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a method that is no token": (400, b"G<T / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a later version": (505, get(HOST, version=b"HTTP/3.0")),
    "a version of two digits": (505, get(HOST, version=b"HTTP/1.10")),
    "a version in small letters": (400, get(HOST, version=b"http/1.1")),
    # Section 3.2: the host
    "no host": (400, get()),
    "two hosts": (400, get(HOST, b"Host: b\r\n")),
    "a list of hosts": (400, get(b"Host: a, b\r\n")),
    "a host with a path": (400, get(b"Host: a/b\r\n")),
    "a host with a space": (400, get(b"Host: a b\r\n")),
    # Other protocols, and limits
    "TLS": (400, bytes.fromhex("160301020001000001fc0303") + bytes(64)),
    "HTTP/2 with a wrong preface": (400, b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"),
    "another expectation": (417, get(HOST, b"Expect: 200-ok\r\n")),
    "a long target": (414, get(HOST, target=b"/" + b"x" * 40_000)),
    "a long field": (431, get(HOST, b"X: " + b"x" * 60_000 + b"\r\n")),
    "many fields": (431, get(HOST, *[b"X: y\r\n"] * 200)),
    # Section 7.1: chunks
    "a chunk without size": (400, post(CHUNKED, body=b"\r\nhello\r\n" + EMPTY)),
    "a chunk size that is no number": (400, post(CHUNKED, body=b"zz\r\nhello\r\n" + EMPTY)),
    "a chunk size with a prefix": (400, post(CHUNKED, body=b"0x5\r\nhello\r\n" + EMPTY)),
    "a negative chunk size": (400, post(CHUNKED, body=b"-5\r\nhello\r\n" + EMPTY)),
    "a chunk size with a sign": (400, post(CHUNKED, body=b"+5\r\nhello\r\n" + EMPTY)),
    "a space before the chunk size": (400, post(CHUNKED, body=b" 5\r\nhello\r\n" + EMPTY)),
    "a space after the chunk size": (400, post(CHUNKED, body=b"5 \r\nhello\r\n" + EMPTY)),
    "a chunk size beyond 64 bits": (400, post(CHUNKED, body=b"10000000000000005\r\nhello\r\n" + EMPTY)),
    "a chunk size of many zeros": (400, post(CHUNKED, body=b"0" * 30 + b"5\r\nhello\r\n" + EMPTY)),
    "LF alone after the chunk size": (400, post(CHUNKED, body=b"5\nhello\r\n" + EMPTY)),
    "LF alone after a chunk": (400, post(CHUNKED, body=b"5\r\nhello\n" + EMPTY)),
    "any two bytes after a chunk": (400, post(CHUNKED, body=b"5\r\nhelloXX" + EMPTY)),
    "a chunk longer than its size": (400, post(CHUNKED, body=b"4\r\nhello\r\n" + EMPTY)),
    "LF in a chunk extension": (400, post(CHUNKED, body=b"5;a\nb\r\nhello\r\n" + EMPTY)),
    "a control character in an extension": (400, post(CHUNKED, body=b"5;a\0b\r\nhello\r\n" + EMPTY)),
    "a long chunk extension": (400, post(CHUNKED, body=b"5;" + b"a" * 5000 + b"\r\nhello\r\n" + EMPTY)),
    "LF alone in the trailers": (400, post(CHUNKED, body=b"0\r\nT: v\n\r\n")),
    "LF alone after the last chunk": (400, post(CHUNKED, body=b"0\n\n")),
    "long trailers": (431, post(CHUNKED, body=b"0\r\nT: " + b"v" * 60_000 + b"\r\n\r\n")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_refused_once_and_the_connection_ends(attacked, name):  # noqa: F811
    status, request = REFUSED[name]
    with attacked.connect() as connection:
        connection.sendall(request + HIDDEN)
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert len(re.findall(rb"HTTP/1.1 \d", answer)) == 1
    assert b"connection: close\r\n" in answer


ACCEPTED = {
    "an extension with quotes": (b"5\n", post(CHUNKED, body=b'5;a="b c"\r\nhello\r\n' + EMPTY)),
    "a chunk size in capitals": (b"10\n", post(CHUNKED, body=b"A\r\n0123456789\r\n" + EMPTY)),
    "leading zeros": (b"5\n", post(CHUNKED, body=b"0005\r\nhello\r\n000\r\n\r\n")),
    "trailers that look like framing": (b"5\n", post(CHUNKED, body=b"5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n")),
    "chunked in capitals": (b"5\n", post(coding(b"CHUNKED"), body=b"5\r\nhello\r\n" + EMPTY)),
    "blanks around a length": (b"5\n", post(b"Content-Length:   5  \r\n", body=b"hello")),
    "a length with zeros": (b"5\n", post(length(b"005"), body=b"hello")),
    "empty lines before a request": (b"hello\n", b"\r\n\r\n" + get(HOST)),
    "the authority of the target over that of Host": (b"hello\n", get(HOST, target=b"http://b/")),
    "a field beyond ASCII": (b"hello\n", get(HOST, b"X: \xc3\xa9\xff\r\n")),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_odd_and_sound_is_served_and_so_is_what_follows(attacked, name):  # noqa: F811
    body, request = ACCEPTED[name]
    with attacked.connect() as connection:
        connection.sendall(request + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = until_closed(connection)
    assert answer.count(b"HTTP/1.1 200 ") == answer.count(b"HTTP/1.1 ") == 2
    assert answer.split(b"\r\n\r\n")[1].startswith(body)
    assert answer.endswith(b"\r\n\r\nhello\n")


def test_a_request_is_the_same_in_whatever_pieces_it_comes(attacked):  # noqa: F811
    request = post(CHUNKED, body=b"5;a=b\r\nhello\r\n0\r\nT: v\r\n\r\n") + get(HOST, b"Connection: close\r\n")
    answers = []
    for size in (1, 2, 3, 7, 1000):
        with attacked.connect() as connection:
            for start in range(0, len(request), size):
                connection.sendall(request[start : start + size])
            lines = until_closed(connection).split(b"\r\n")
            answers.append(b"\n".join(line for line in lines if not line.startswith(b"date: ")))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0].count(b"HTTP/1.1 200 OK") == 2


def test_a_body_that_no_memory_could_hold_is_refused_before_it_is_sent(attacked):  # noqa: F811
    with attacked.connect() as connection:
        connection.sendall(post(length(b"9000000000000000000")))
        assert until_closed(connection).startswith(b"HTTP/1.1 413 ")


def test_a_chunk_that_no_memory_could_hold_costs_no_memory(attacked):  # noqa: F811
    with attacked.connect() as connection:
        connection.sendall(post(CHUNKED, body=b"fffffffffffffff\r\n" + bytes(1 << 20)))


def test_thousands_of_pipelined_requests_cost_no_memory(attacked):  # noqa: F811
    """A peer that sends without end and reads nothing is no longer read from."""
    with attacked.connect() as connection:
        connection.settimeout(1)
        requests, sent = get(HOST) * 10_000, 0
        with pytest.raises(TimeoutError):
            while sent < 512 << 20:
                sent += connection.send(requests)
        assert 0 < sent < 256 << 20


def test_an_answer_that_nobody_reads_costs_no_memory(attacked):  # noqa: F811
    with attacked.connect() as connection:
        connection.settimeout(1)
        connection.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + length(b"%d" % (200 << 20)) + b"\r\n")
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 200 << 20:
                sent += connection.send(bytes(1 << 20))
        assert 0 < sent < 64 << 20


def test_more_connections_than_the_limit_are_refused_and_room_comes_back(attacked):  # noqa: F811
    idle = []
    try:
        for _ in range(1100):
            idle.append(attacked.connect())
        answer = until_closed(idle[-1])
        assert answer == b"" or answer.startswith(b"HTTP/1.1 503 ")
    finally:
        for connection in idle:
            connection.close()
    end = time.monotonic() + PATIENCE
    while True:
        with attacked.connect() as connection:
            connection.sendall(get(HOST, b"Connection: close\r\n"))
            if until_closed(connection).startswith(b"HTTP/1.1 200 "):
                return
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_head_that_never_ends_loses_its_connection_in_time(attacked):  # noqa: F811
    """Slow loris: a byte now and then, and no byte at all, both against the 5 seconds that a head may take."""
    answers = {}

    def trickle(name, begin):
        with attacked.connect() as connection:
            start, stop = time.monotonic(), threading.Event()

            def feed():
                while begin and not stop.wait(1):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

            connection.sendall(begin)
            feeder = threading.Thread(target=feed)
            feeder.start()
            connection.settimeout(40)
            answers[name] = (until_closed(connection), time.monotonic() - start)
            stop.set()
            feeder.join()

    attackers = [
        threading.Thread(target=trickle, args=item)
        for item in {
            "in the request line": b"GET /",
            "in a field": b"GET / HTTP/1.1\r\nHost: a\r\nX: ",
            "silent": b"",
        }.items()
    ]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    assert answers["in the request line"][0].startswith(b"HTTP/1.1 408 ")
    assert answers["in a field"][0].startswith(b"HTTP/1.1 408 ")
    assert answers["silent"][0] == b""
    # The head may take 5 seconds, and the answer to it as long again to be taken.
    assert all(4 < seconds < 25 for _, seconds in answers.values()), answers
