"""What is sent: small DICOM files of many studies, radiographs and MR series, made from one template of each kind."""

import dataclasses
import functools
import io

import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

PLACES = {"sop": "9" * 40, "study": "8" * 40, "series": "7" * 40}
MR = "1.2.840.10008.5.1.4.1.1.4"
RADIOGRAPHS, SLICES = 2, 10  # instances of a study of either kind


@dataclasses.dataclass(frozen=True)
class Instance:
    uid: str
    study: str
    bytes: bytes
    expected: int


@functools.cache
def template(modality, sop_class, count):
    """A file of a study of `count` instances, which says so: C-STORE and STOW have no other way to."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, PLACES["sop"]
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    data.SOPClassUID, data.SOPInstanceUID = sop_class, PLACES["sop"]
    data.StudyInstanceUID, data.SeriesInstanceUID, data.Modality = PLACES["study"], PLACES["series"], modality
    data.NumberOfStudyRelatedInstances = count
    data.Rows = data.Columns = 64
    data.PixelData = bytes(2 * 64 * 64)
    written = io.BytesIO()
    pydicom.dcmwrite(written, data, enforce_file_format=True)
    return written.getvalue()


def make(count):
    """`count` instances, all of one study next to each other: of four studies one is an MR series."""
    radiograph, mr = ("DX", "1.2.840.10008.5.1.4.1.1.1.1"), ("MR", MR)
    made, study = [], 0
    while len(made) < count:
        is_series = study % 4 == 3
        size = min(SLICES if is_series else RADIOGRAPHS, count - len(made))
        study_uid, series_uid = f"2.25.1{study:034d}", f"2.25.2{study:034d}"
        for number in range(size):
            uid = f"2.25.3{study:028d}{number:06d}"
            written = template(*(mr if is_series else radiograph), size)
            for place, value in (("sop", uid), ("study", study_uid), ("series", series_uid)):
                assert len(value) == 40
                written = written.replace(PLACES[place].encode(), value.encode())
            made.append(Instance(uid, study_uid, written, size))
        study += 1
    return made
