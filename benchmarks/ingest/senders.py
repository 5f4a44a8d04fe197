"""What sends: DCMTK's storescu, Python's http.client, and bare sockets with requests made beforehand, which cost next to
nothing themselves."""

import http.client
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import instances


def storescu(server, folders: list[Path]) -> float:
    """Seconds until one storescu for each folder has sent its files."""
    commands = [
        ["storescu", "-aec", server.title, "+sd", "127.0.0.1", str(server.port), str(folder)] for folder in folders
    ]
    start = time.monotonic()
    senders = [subprocess.Popen(one, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for one in commands]
    if any(sender.wait() for sender in senders):
        raise RuntimeError("storescu failed")
    return time.monotonic() - start


def bare(server, kind: instances.Kind, requests: list[list[bytes]]) -> float:
    """Seconds until every list of requests has been answered on an association of its own; opening them is not
    counted."""
    return timed([Association(server, kind) for _ in requests], requests)


def http_client(server, bodies: list[list[bytes]]) -> float:
    """Seconds until every list of STOW-RS bodies has been answered on a connection of its own."""
    return timed([ClientConnection(server) for _ in bodies], bodies)


def bare_stow(server, requests: list[list[bytes]]) -> float:
    """Seconds until every list of whole STOW-RS requests has been answered on a connection of its own."""
    return timed([BareConnection(server) for _ in requests], requests)


def timed(connections: list, requests: list[list[bytes]]) -> float:
    failures: list[Exception] = []

    def run(connection, own: list[bytes]) -> None:
        try:
            for request in own:
                connection.store(request)
        except Exception as failure:  # told by the main thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(connections, requests)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - start
    if failures:
        raise failures[0]
    for connection in connections:
        connection.release()
    return seconds


class ClientConnection:
    """A kept HTTP/1.1 connection of Python's client."""

    def __init__(self, server):
        self.path = server.stow
        self.connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def store(self, body: bytes) -> None:
        self.connection.request("POST", self.path, body, instances.STOW_FIELDS)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"an instance was not stored: {answer.status}")

    def release(self) -> None:
        self.connection.close()


class BareConnection:
    """A kept HTTP/1.1 connection that reads no more of an answer than it must."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.http), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def store(self, request: bytes) -> None:
        self.socket.sendall(request)
        answer = self.piece()
        while b"\r\n\r\n" not in answer:
            answer += self.piece()
        head, body = answer.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"an instance was not stored: {head[:64]!r}")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self.piece()

    def piece(self) -> bytes:
        piece = self.socket.recv(65536)
        if not piece:
            raise RuntimeError("the server ended the connection")
        return piece

    def release(self) -> None:
        self.socket.close()


class Association:
    def __init__(self, server, kind: instances.Kind):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(instances.associate(server.title, kind.sop_class))
        if self.read()[0] != 2:
            raise RuntimeError("the association was not accepted")

    def read(self) -> tuple[int, bytes]:
        head = self.exactly(6)
        return head[0], self.exactly(struct.unpack(">I", head[2:])[0])

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise RuntimeError("the server ended the association")
            data += piece
        return data

    def store(self, request: bytes) -> None:
        self.socket.sendall(request)
        kind, body = self.read()
        at = body.rfind(struct.pack("<HHI", 0, 0x0900, 2))
        if kind == 4 and at < 0:  # the command came in two PDUs
            kind, body = self.read()
            at = body.rfind(struct.pack("<HHI", 0, 0x0900, 2))
        if kind != 4 or at < 0 or body[at + 8 : at + 10] != b"\0\0":
            raise RuntimeError("an instance was not stored")

    def release(self) -> None:
        self.socket.sendall(struct.pack(">BBI4x", 5, 0, 4))
        self.read()
        self.socket.close()
