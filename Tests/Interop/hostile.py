"""What the tests with hostile peers share: a server under attack, the honest clients beside, hand-made HTTP/2."""

import contextlib
import pathlib
import socket
import subprocess
import threading
import time

import httpx
import hyperframe.frame as frames
import pytest
from conftest import PROGRAMS, need
from hpack import Decoder, Encoder

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# Every answer to an attack comes within this time, whatever else the machine does.
PATIENCE = 20
# By how much an attack may make the server grow, in bytes.
GROWTH = 64 << 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    """Until the process listens on the port."""
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None and time.monotonic() < end, f"{process.args[0]} does not listen"
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.02)


class Server:
    """The echo server on a free port."""

    def __init__(self):
        need((PROGRAMS / "EchoServer").exists(), f"{PROGRAMS} has no EchoServer; make build")
        self.port = free_port()
        self.process = subprocess.Popen([PROGRAMS / "EchoServer", str(self.port)], stdout=subprocess.DEVNULL)
        wait_for(self.port, self.process)
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * 4096


class HonestClients:
    """One client of each version that asks for a page again and again, each on one connection of its own."""

    def __init__(self, url):
        self.url = url
        self.failures, self.served, self.slowest = [], {"HTTP/1.1": 0, "HTTP/2": 0}, 0.0
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=[is_http2]) for is_http2 in (False, True)]

    def ask(self, is_http2):
        with httpx.Client(http1=not is_http2, http2=is_http2, base_url=self.url, timeout=PATIENCE) as client:
            while not self.is_over.is_set():
                begin = time.monotonic()
                try:
                    answer = client.get("/")
                    assert answer.text == "hello\n"
                except (httpx.HTTPError, AssertionError) as error:
                    self.failures.append(repr(error))
                    return
                self.slowest = max(self.slowest, time.monotonic() - begin)
                self.served[answer.http_version] += 1
                self.is_over.wait(0.02)

    def wait(self):
        """Until both were served once more; fails where one was not served, now or ever before."""
        before = dict(self.served)
        end = time.monotonic() + PATIENCE
        while any(self.served[version] == count for version, count in before.items()):
            assert self.failures == [] and time.monotonic() < end, self.failures
            time.sleep(0.002)
        assert self.failures == []
        assert self.slowest < PATIENCE / 2


@pytest.fixture(scope="module")
def server():
    running = Server()
    yield running
    running.process.kill()
    running.process.wait()


@pytest.fixture(scope="module")
def honest(server):
    clients = HonestClients(server.url)
    for thread in clients.threads:
        thread.start()
    yield clients
    clients.is_over.set()
    for thread in clients.threads:
        thread.join()


@pytest.fixture
def attacked(server, honest):
    """The server; through the whole test it serves the honest clients, stays up, and keeps its memory."""
    honest.wait()
    before = server.resident_bytes()
    yield server
    honest.wait()
    assert server.process.poll() is None
    assert server.resident_bytes() - before < GROWTH


def until_closed(connection):
    """What the peer sends until it ends the connection, which a reset counts as; fails where it does not end it."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            answer += part
    return answer


class Closed(Exception):
    """The server has ended the connection."""


class Peer:
    """One connection of HTTP/2 by hand: frames out as they are given, frames in as they come."""

    def __init__(self, server, preface=PREFACE, settings=None):
        self.socket = server.connect()
        self.encoder, self.decoder = Encoder(), Decoder()
        self.buffered = b""
        self.seen = []
        self.send_bytes(preface)
        if settings is not False:
            self.send(frames.SettingsFrame(0, settings=settings or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send_bytes(self, data):
        """Sends what the server still takes."""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            self.socket.sendall(data)

    def send(self, *some):
        self.send_bytes(b"".join(frame.serialize() for frame in some))

    def head(self, stream, fields=None, end=True, **pseudo):
        """A HEADERS frame with the fields of a GET, some of them replaced."""
        head = {":method": "GET", ":path": "/", ":scheme": "http", ":authority": "a"}
        head |= {f":{name}": value for name, value in pseudo.items()}
        return self.block(stream, [*head.items(), *(fields or [])], end)

    def block(self, stream, fields, end=True):
        """A HEADERS frame with exactly these fields."""
        flags = ["END_HEADERS", "END_STREAM"] if end else ["END_HEADERS"]
        return frames.HeadersFrame(stream, data=self.encoder.encode(fields), flags=flags)

    def next(self):
        """The next frame; `Closed` at the end."""
        while True:
            if len(self.buffered) >= 9:
                frame, length = frames.Frame.parse_frame_header(memoryview(self.buffered[:9]))
                if len(self.buffered) >= 9 + length:
                    frame.parse_body(memoryview(self.buffered[9 : 9 + length]))
                    self.buffered = self.buffered[9 + length :]
                    if isinstance(frame, frames.HeadersFrame):
                        frame.fields = dict(self.decoder.decode(bytes(frame.data)))
                    self.seen.append(frame)
                    return frame
            try:
                part = self.socket.recv(1 << 16)
            except ConnectionResetError:
                part = b""
            if not part:
                raise Closed
            self.buffered += part

    def find(self, kind, stream=None):
        """The next frame of a kind, on a stream."""
        while True:
            frame = self.next()
            if isinstance(frame, kind) and stream in (None, frame.stream_id):
                return frame

    def outcome(self, stream):
        """What became of the attack: ("goaway", code) with the connection closed, ("reset", code), or ("status", n)."""
        while True:
            try:
                frame = self.next()
            except Closed:
                return ("closed", None)
            if isinstance(frame, frames.GoAwayFrame) and frame.error_code != 0:
                with pytest.raises(Closed):
                    while True:
                        self.next()
                return ("goaway", frame.error_code)
            if isinstance(frame, frames.RstStreamFrame) and frame.stream_id == stream:
                return ("reset", frame.error_code)
            if isinstance(frame, frames.HeadersFrame) and frame.stream_id == stream:
                return ("status", int(frame.fields[":status"]))

    def is_served(self, stream):
        """Whether a plain request on this connection is still answered."""
        self.send(self.head(stream))
        return self.outcome(stream) == ("status", 200)
