"""A server that takes C-STORE and STOW-RS and does nothing with what comes: what a sender costs by itself.

    python sink.py DICOM-PORT HTTP-PORT
"""

import socket
import struct
import sys
import threading

TAKEN = {"instances": 0}
LOCK = threading.Lock()


def took_one() -> None:
    with LOCK:
        TAKEN["instances"] += 1


class Peer:
    """One connection, read into memory that is there already."""

    def __init__(self, connection: socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = connection
        self.memory = memoryview(bytearray(1 << 20))

    def exactly(self, count: int) -> memoryview:
        got = 0
        while got < count:
            more = self.connection.recv_into(self.memory[got:count])
            if more == 0:
                raise ConnectionError
            got += more
        return self.memory[:count]


# The DICOM network (PS3.8 §9.3, PS3.7 §9.3.1)


def items(data: bytes):
    """The items of an A-ASSOCIATE PDU: kind and value."""
    while data:
        kind, length = struct.unpack(">BxH", data[:4])
        yield kind, data[4 : 4 + length]
        data = data[4 + length :]


def item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(value)) + value


def accepted(request: bytes) -> bytes:
    """An A-ASSOCIATE-AC with the first transfer syntax of every context."""
    body = request[:68]
    for kind, value in items(request[68:]):
        if kind == 0x10:
            body += item(kind, value)
        if kind == 0x20:
            syntax = next(found for inner, found in items(value[4:]) if inner == 0x40)
            body += item(0x21, value[:1] + bytes(3) + item(0x40, syntax))
    body += item(0x50, item(0x51, struct.pack(">I", 131_072)) + item(0x52, b"1.2.3.4"))
    return struct.pack(">BxI", 2, len(body)) + body


def elements(command: bytes) -> dict[int, bytes]:
    found = {}
    while command:
        _, number, length = struct.unpack("<HHI", command[:8])
        found[number] = command[8 : 8 + length]
        command = command[8 + length :]
    return found


def stored(context: int, request: dict[int, bytes]) -> bytes:
    """The PDU of a C-STORE-RSP that says success."""
    answer = {0x0002: request[0x0002], 0x0100: b"\x01\x80", 0x0120: request[0x0110], 0x0800: b"\x01\x01",
              0x0900: b"\0\0", 0x1000: request[0x1000]}  # fmt: skip
    body = b"".join(struct.pack("<HHI", 0, number, len(value)) + value for number, value in answer.items())
    body = struct.pack("<HHII", 0, 0, 4, len(body)) + body
    return struct.pack(">BxIIBB", 4, len(body) + 6, len(body) + 2, context, 3) + body


def dicom(peer: Peer) -> None:
    request: dict[int, bytes] = {}
    while True:
        kind, length = struct.unpack(">BxI", peer.exactly(6))
        body = peer.exactly(length)
        if kind == 1:
            peer.connection.sendall(accepted(bytes(body)))
        elif kind == 5:
            return peer.connection.sendall(struct.pack(">BxI4x", 6, 4))
        elif kind != 4:
            return None
        while kind == 4 and body:
            count, context, flags = struct.unpack(">IBB", body[:6])
            if flags & 1:
                request = elements(bytes(body[6 : 4 + count]))
            elif flags & 2:
                took_one()
                peer.connection.sendall(stored(context, request))
            body = body[4 + count :]


# STOW-RS over HTTP/1.1


def http(peer: Peer) -> None:
    while True:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = peer.connection.recv(1 << 17)
            if not piece:
                return
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        peer.exactly(length - len(body))
        if head.startswith(b"POST"):
            took_one()
        answer = str(TAKEN["instances"]).encode()
        peer.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))


def serve(port: int, talk) -> None:
    listener = socket.create_server(("127.0.0.1", port), backlog=64)

    def run(connection: socket.socket) -> None:
        with connection:
            try:
                talk(Peer(connection))
            except OSError:
                pass

    while True:
        threading.Thread(target=run, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    threading.Thread(target=serve, args=(int(sys.argv[2]), http), daemon=True).start()
    serve(int(sys.argv[1]), dicom)
