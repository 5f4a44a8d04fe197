"""A volume as a classic MR series: one object for each slice."""

import numpy as np
from pydicom.dataset import Dataset

from ..dicom import new_object, set_pixels, uid
from .volume import Volume

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"


def datasets(volume: Volume, name: str, number: int) -> list[Dataset]:
    """Slices in order along the slice normal."""
    stored = np.clip(np.round(volume.voxels / volume.voxels.max() * 1500), 0, 4095).astype(np.uint16)
    return [_slice(volume, stored[k], k, name, number) for k in range(len(stored))]


def _slice(volume: Volume, stored: np.ndarray, index: int, name: str, number: int) -> Dataset:
    ds = new_object(MR_IMAGE, name, number, "MR", index)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    ds.SeriesDescription, ds.ProtocolName = "3D scout", "3D scout"
    ds.BodyPartExamined, ds.PatientPosition = "HEART", "HFS"
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = uid(name, "frame"), ""
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions, ds.MRAcquisitionType = "GR", "SS", "", "3D"
    ds.EchoTime, ds.RepetitionTime, ds.FlipAngle, ds.EchoTrainLength = "1.4", "2.9", "40", "1"
    ds.MagneticFieldStrength = "1.5"
    ds.InstanceNumber, ds.AcquisitionNumber = index + 1, 1
    ds.PixelSpacing = [f"{volume.spacing[1]:.6g}", f"{volume.spacing[0]:.6g}"]  # between rows first
    ds.SliceThickness = f"{volume.thickness:.6g}"
    ds.SpacingBetweenSlices = f"{volume.spacing[2]:.6g}"
    ds.ImageOrientationPatient = [f"{v:.9f}" for v in (*volume.row, *volume.column)]
    origin = volume.origin + index * volume.spacing[2] * volume.normal
    ds.ImagePositionPatient = [f"{v:.6f}" for v in origin]
    ds.SliceLocation = f"{float(origin @ volume.normal):.4f}"
    ds.WindowCenter, ds.WindowWidth = "600", "1200"
    set_pixels(ds, stored, 12, "MONOCHROME2")
    return ds
