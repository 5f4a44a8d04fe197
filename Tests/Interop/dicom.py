"""What the tests of the DICOM port share: a gateway with that port, PDUs made by hand, a free port."""

import contextlib
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request

import pydicom

VERIFICATION = "1.2.840.10008.1.1"
MR = "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gateway:
    """A gateway without services behind it."""

    def __init__(self, programs, folder, *arguments):
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "log"
        ports = self.folder / "port", self.folder / "dicom-port"
        self.process = subprocess.Popen(
            [programs / "gateway", "--port", "0", "--port-file", ports[0], "--dicom-port-file", ports[1],
             "--data", self.folder / "data", "--classifier", "", "--planning", "", "--grace-seconds", "0",
             *map(str, arguments)],
            stderr=self.log.open("wb"),
        )  # fmt: skip
        end = time.monotonic() + 30
        while not all(file.exists() for file in ports):
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)
        self.http, self.port = (int(file.read_text()) for file in ports)

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=60)

    def connect(self, timeout=20):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def metric(self, series):
        """The value of a series with its labels; 0 where there is none."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/metrics", timeout=20) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(series + " "):
                    return float(line.split()[-1])
        return 0.0

    def eventually(self, series, value, seconds=20):
        end = time.monotonic() + seconds
        while (found := self.metric(series)) != value:
            assert time.monotonic() < end, f"{series} is {found} and not {value}"
            time.sleep(0.02)

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * 4096

    def blobs(self):
        """The stored files by SOP Instance UID, when all that came has one."""
        if self.process.poll() is None:
            self.eventually("hilum_gateway_unfiled_bytes", 0)
        paths = (self.folder / "data/blobs").glob("*/*")
        return {str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID): path for path in paths}

    def run(self, program, *arguments, title="HILUM", **options):
        """Runs a program of DCMTK against the port."""
        command = [program, "-aec", title, *options.pop("flags", []), "127.0.0.1", self.port, *arguments]
        return subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=60, **options
        )


def data_set_bytes(path):
    """The bytes behind the file meta information."""
    file = pathlib.Path(path).read_bytes()
    assert file[128:140] == b"DICM\x02\x00\x00\x00UL\x04\x00"
    return file[144 + struct.unpack("<I", file[140:144])[0] :]


@contextlib.contextmanager
def orthanc(**changes):
    """Debian's Orthanc with a folder of its own: its DICOM port, and its REST address."""
    import json

    folder = pathlib.Path(tempfile.mkdtemp(prefix="hilum-orthanc-"))
    port, rest = free_port(), free_port()
    configuration = {
        "StorageDirectory": str(folder), "IndexDirectory": str(folder), "DicomPort": port, "HttpPort": rest,
        "DicomAet": "ORTHANC", "AuthenticationEnabled": False, "RemoteAccessAllowed": False,
        "DicomServerEnabled": True, "DicomCheckCalledAet": True, **changes,
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(configuration))
    process = subprocess.Popen(
        ["/usr/sbin/Orthanc", folder / "orthanc.json"], stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"),
        env={"TCP_NODELAY": "1"},
    )  # fmt: skip
    try:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{rest}/system", timeout=5).read()
                break
            assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.05)
        yield port, f"http://127.0.0.1:{rest}"
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


# PDUs (PS3.8 §9.3) and command sets (PS3.7 annex E)


def pdu(kind, body):
    return struct.pack(">BBI", kind, 0, len(body)) + body


def item(kind, body):
    return struct.pack(">BBH", kind, 0, len(body)) + body


def associate(*contexts, called="HILUM", calling="RAW", application="1.2.840.10008.3.1.1.1", max_pdu=16384):
    """An A-ASSOCIATE-RQ; a context is (identifier, abstract syntax, transfer syntax…)."""
    body = struct.pack(">HH", 1, 0) + called.ljust(16).encode() + calling.ljust(16).encode() + bytes(32)
    body += item(0x10, application.encode())
    for identifier, abstract, *syntaxes in contexts:
        inner = item(0x30, abstract.encode()) + b"".join(item(0x40, syntax.encode()) for syntax in syntaxes)
        body += item(0x20, bytes([identifier, 0, 0, 0]) + inner)
    body += item(0x50, item(0x51, struct.pack(">I", max_pdu)) + item(0x52, b"1.2.3.4"))
    return pdu(1, body)


def value(context, data, is_command, is_last=True):
    """A P-DATA-TF PDU with one presentation data value."""
    control = (1 if is_command else 0) | (2 if is_last else 0)
    return pdu(4, struct.pack(">IBB", len(data) + 2, context, control) + data)


def command(**elements):
    """A command set; a text is a UID, a number an US."""
    tags = {
        "sop_class": 0x0002, "field": 0x0100, "message": 0x0110, "priority": 0x0700, "data_set": 0x0800,
        "sop_instance": 0x1000,
    }  # fmt: skip
    body = b""
    for name, content in sorted(elements.items(), key=lambda pair: tags[pair[0]]):
        raw = content.encode() if isinstance(content, str) else struct.pack("<H", content)
        raw += b"\0" * (len(raw) % 2)
        body += struct.pack("<HHI", 0, tags[name], len(raw)) + raw
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def echo(message=1):
    return value(1, command(sop_class=VERIFICATION, field=0x30, message=message, data_set=0x0101), True)


def store(context, sop_class, sop_instance, data, piece=16000):
    """The PDUs of a C-STORE."""
    head = command(sop_class=sop_class, field=1, message=7, priority=0, data_set=0, sop_instance=sop_instance)
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    tail = [value(context, part, False, at == len(pieces) - 1) for at, part in enumerate(pieces)]
    return value(context, head, True) + b"".join(tail)


def read_pdu(connection):
    """The next PDU's kind and body; None at the end."""
    try:
        head = read_exactly(connection, 6)
        if head is None:
            return None
        body = read_exactly(connection, struct.unpack(">I", head[2:])[0])
        return None if body is None else (head[0], body)
    except ConnectionError:
        return None


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            return None
        data += piece
    return data


def status(body):
    """The status in a response's P-DATA-TF body."""
    at = body.rindex(struct.pack("<HHI", 0, 0x0900, 2)) + 8
    return struct.unpack("<H", body[at : at + 2])[0]


def is_ended(connection, seconds):
    """Whether the other side ends the connection in this time, whatever it still sends."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True
