"""A volume as a classic MR series: one object for each slice."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from ..dicom import new_object, set_pixels, uid
from .volume import Volume

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"


def datasets(volume: Volume, name: str, number: int, sex: str = "O", age: int | None = None) -> Iterator[Dataset]:
    """Slices in order along the slice normal. One object is changed from slice to slice: save each before the next."""
    stored = np.clip(np.round(volume.voxels * (1500 / max(float(volume.voxels.max()), 1e-6))), 0, 4095).astype(np.uint16)
    ds = _series(volume, name, number)
    ds.PatientSex = sex
    if age is not None:
        ds.PatientAge = f"{age:03d}Y"
    for index, pixels in enumerate(stored):
        yield _slice(ds, volume, pixels, index, name)


def _series(volume: Volume, name: str, number: int) -> Dataset:
    """What all slices have in common."""
    ds = new_object(MR_IMAGE, name, number, "MR", 0)
    solid = volume.thickness <= volume.spacing[2] and volume.spacing[2] == volume.spacing[0]
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    ds.SeriesDescription = ds.ProtocolName = "3D scout" if solid else "Multislice scout"
    ds.BodyPartExamined, ds.PatientPosition = "HEART", "HFS"
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = uid(name, "frame"), ""
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions, ds.MRAcquisitionType = "GR", "SS", "", "3D" if solid else "2D"
    ds.EchoTime, ds.RepetitionTime, ds.FlipAngle, ds.EchoTrainLength = "1.4", "2.9", "40", "1"
    ds.MagneticFieldStrength, ds.AcquisitionNumber = "1.5", 1
    ds.PixelSpacing = [f"{volume.spacing[1]:.6g}", f"{volume.spacing[0]:.6g}"]  # between rows first
    ds.SliceThickness = f"{volume.thickness:.6g}"
    ds.SpacingBetweenSlices = f"{volume.spacing[2]:.6g}"
    ds.ImageOrientationPatient = [f"{v:.9f}" for v in (*volume.row, *volume.column)]
    ds.WindowCenter, ds.WindowWidth = "600", "1200"
    return ds


def _slice(ds: Dataset, volume: Volume, pixels: np.ndarray, index: int, name: str) -> Dataset:
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid(name, "instance", index)
    ds.InstanceNumber = index + 1
    origin = volume.origin + index * volume.spacing[2] * volume.normal
    ds.ImagePositionPatient = [f"{v:.6f}" for v in origin]
    ds.SliceLocation = f"{float(origin @ volume.normal):.4f}"
    set_pixels(ds, pixels, 12, "MONOCHROME2")
    return ds


GEOMETRY = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns")


def grid_of(folder: Path) -> tuple[np.ndarray, np.ndarray, tuple[int, int, int]]:
    """Origin, steps (as columns: column, row, slice) and counts (columns, rows, slices) of a series, from its headers."""
    headers = [pydicom.dcmread(path, stop_before_pixels=True, specific_tags=[Tag(name) for name in GEOMETRY])
               for path in sorted(folder.iterdir())]
    row, column = (np.array(headers[0].ImageOrientationPatient[i:i + 3], float) for i in (0, 3))
    normal = np.cross(row, column)
    places = sorted((np.array(ds.ImagePositionPatient, float) for ds in headers), key=lambda place: float(place @ normal))
    between_rows, between_columns = map(float, headers[0].PixelSpacing)
    step = (places[-1] - places[0]) / (len(places) - 1)
    return (places[0], np.stack([row * between_columns, column * between_rows, step], 1),
            (int(headers[0].Columns), int(headers[0].Rows), len(places)))
