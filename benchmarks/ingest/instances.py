"""DICOM instances of a wanted size, each with UIDs of its own, as files and as the PDUs that send them."""

import io
import struct
import uuid
from pathlib import Path

import numpy
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset

EXPLICIT = "1.2.840.10008.1.2.1"
MR = "1.2.840.10008.5.1.4.1.1.4"
DX = "1.2.840.10008.5.1.4.1.1.1.1"
MAX_PDU = 131_072
BOUNDARY = "hilum-ingest-boundary"
STOW_FIELDS = {
    "Content-Type": f'multipart/related; type="application/dicom"; boundary={BOUNDARY}',
    "Accept": "application/dicom+json",
}


def uid() -> str:
    """44 characters, so that one can stand in another's place."""
    return f"2.25.{uuid.uuid4().int % 10**39:039d}".replace(".0", ".1", 1)


class Kind:
    """Instances of one class: a template whose SOP Instance UID is replaced in its bytes."""

    def __init__(self, sop_class: str, modality: str, rows: int, columns: int):
        self.sop_class = sop_class
        self.template_uid = uid()
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, self.template_uid
        meta.TransferSyntaxUID = EXPLICIT
        data = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
        data.SOPClassUID, data.SOPInstanceUID, data.Modality = sop_class, self.template_uid, modality
        data.StudyInstanceUID, data.SeriesInstanceUID = uid(), uid()
        data.PatientID, data.PatientName, data.BodyPartExamined = "BENCH", "BENCH", "ABDOMEN"
        data.Rows, data.Columns, data.SamplesPerPixel = rows, columns, 1
        data.PhotometricInterpretation, data.PixelRepresentation = "MONOCHROME2", 0
        data.BitsAllocated, data.BitsStored, data.HighBit = 16, 12, 11
        noise = numpy.random.default_rng(7).integers(0, 4096, (rows, columns), dtype=numpy.uint16)
        data.PixelData = noise.tobytes()
        target = io.BytesIO()
        pydicom.dcmwrite(target, data, enforce_file_format=True)
        self.file = target.getvalue()
        self.data_set = self.file[144 + struct.unpack("<I", self.file[140:144])[0] :]

    def files(self, count: int, folder: Path) -> None:
        folder.mkdir(parents=True)
        for number in range(count):
            (folder / f"{number:05}.dcm").write_bytes(self.file.replace(self.template_uid.encode(), uid().encode()))

    def stow_body(self) -> bytes:
        """A STOW-RS body with a new instance."""
        file = self.file.replace(self.template_uid.encode(), uid().encode())
        head = f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        return head + file + f"\r\n--{BOUNDARY}--\r\n".encode()

    def stow_request(self, path: str) -> bytes:
        """A whole STOW-RS request with a new instance (PS3.18 §10.5)."""
        body = self.stow_body()
        fields = STOW_FIELDS | {"Host": "127.0.0.1", "Content-Length": str(len(body))}
        head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return head.encode() + b"\r\n" + body

    def store_request(self, message: int) -> bytes:
        """All PDUs of one C-STORE of a new instance."""
        instance = uid()
        data = self.data_set.replace(self.template_uid.encode(), instance.encode())
        request = [value(command(self.sop_class, instance, message), True, True)]
        limit = MAX_PDU - 12
        for at in range(0, len(data), limit):
            request.append(value(data[at : at + limit], False, at + limit >= len(data)))
        return b"".join(request)


def command(sop_class: str, instance: str, message: int) -> bytes:
    """The command set of a C-STORE-RQ (PS3.7 §9.3.1.1)."""
    def element(number: int, content: bytes) -> bytes:
        content += bytes(len(content) % 2)
        return struct.pack("<HHI", 0, number, len(content)) + content

    def short(number: int) -> bytes:
        return struct.pack("<H", number)

    body = element(2, sop_class.encode()) + element(0x100, short(1)) + element(0x110, short(message))
    body += element(0x700, short(0)) + element(0x800, short(0)) + element(0x1000, instance.encode())
    return element(0, struct.pack("<I", len(body))) + body


def value(data: bytes, is_command: bool, is_last: bool) -> bytes:
    """A P-DATA-TF PDU (PS3.8 §9.3.5)."""
    control = (1 if is_command else 0) | (2 if is_last else 0)
    return struct.pack(">BBIIBB", 4, 0, len(data) + 6, len(data) + 2, 1, control) + data


def associate(called: str, sop_class: str) -> bytes:
    """An A-ASSOCIATE-RQ with one presentation context (PS3.8 §9.3.2)."""
    def item(kind: int, body: bytes) -> bytes:
        return struct.pack(">BBH", kind, 0, len(body)) + body

    body = struct.pack(">HH", 1, 0) + called.ljust(16).encode() + b"BENCH".ljust(16) + bytes(32)
    body += item(0x10, b"1.2.840.10008.3.1.1.1")
    body += item(0x20, bytes([1, 0, 0, 0]) + item(0x30, sop_class.encode()) + item(0x40, EXPLICIT.encode()))
    body += item(0x50, item(0x51, struct.pack(">I", MAX_PDU)) + item(0x52, b"1.2.3.4"))
    return struct.pack(">BBI", 1, 0, len(body)) + body
