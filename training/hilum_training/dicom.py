"""Phantoms as DICOM files: what every synthetic object has in common."""

import hashlib
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

DATE, TIME = "20260101", "120000"
MANUFACTURER = "Hilum phantom"


def uid(*parts) -> UID:
    """A UID under 2.25 that depends on `parts` alone, so that the same phantom always has the same UIDs."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return UID("2.25." + str(int.from_bytes(digest[:16], "big")))


def new_object(sop_class: str, name: str, number: int, modality: str, *key) -> Dataset:
    """Patient, study, series and equipment of one object; `key` tells instances of one series apart."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = sop_class
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = uid(name, "instance", *key)
    ds.file_meta.ImplementationClassUID = uid("hilum", "training")
    ds.PatientName, ds.PatientID = f"SYNTHETIC^{name}", f"SYN-{name}"
    ds.PatientBirthDate, ds.PatientSex = "19600101", "O"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid(name, "study"), uid(name, "series")
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = DATE
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = TIME
    ds.AccessionNumber, ds.StudyID, ds.ReferringPhysicianName = f"A{number:04d}", str(number), ""
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber = modality, 1, 1
    ds.Manufacturer, ds.ManufacturerModelName = MANUFACTURER, "hilum_training"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "1", "1"
    return ds


def set_pixels(ds: Dataset, stored: np.ndarray, bits_stored: int, photometric: str) -> None:
    """16-bit unsigned pixels, rows × columns."""
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, photometric
    ds.Rows, ds.Columns = stored.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, bits_stored, bits_stored - 1, 0
    ds.PixelData = np.ascontiguousarray(stored, "<u2").tobytes()


def save(ds: Dataset, path: Path, transfer_syntax: UID = ExplicitVRLittleEndian) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if transfer_syntax.is_compressed:
        ds.compress(transfer_syntax, generate_instance_uid=False)
    else:
        ds.file_meta.TransferSyntaxUID = transfer_syntax
    pydicom.dcmwrite(path, ds, enforce_file_format=True)
