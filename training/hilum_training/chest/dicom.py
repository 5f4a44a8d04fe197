"""A radiograph as a CR or DX object."""

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ..dicom import DATE, new_object, set_pixels
from .acquisition import Radiograph

COMPUTED_RADIOGRAPHY = "1.2.840.10008.5.1.4.1.1.1"
DIGITAL_X_RAY = "1.2.840.10008.5.1.4.1.1.1.1"

VIEW_CODES = {"PA": ("399348003", "SCT", "postero-anterior"), "AP": ("399061006", "SCT", "antero-posterior")}
"""PS3.16 CID 4010."""


def dataset(radiograph: Radiograph, name: str, number: int) -> Dataset:
    digital = radiograph.modality == "DX"
    ds = new_object(DIGITAL_X_RAY if digital else COMPUTED_RADIOGRAPHY, name, number, radiograph.modality)
    thorax = radiograph.thorax
    ds.BodyPartExamined, ds.ViewPosition = "CHEST", thorax.pose.view
    ds.PatientSex, ds.PatientAge = thorax.sex, f"{thorax.age:03d}Y"
    ds.PatientBirthDate = f"{int(DATE[:4]) - thorax.age}0101"
    ds.PatientOrientation = ["L", "F"]
    ds.ImagerPixelSpacing = [f"{radiograph.pixel_spacing:.4f}"] * 2
    ds.BurnedInAnnotation = "NO"
    ds.KVP = "125"
    set_pixels(ds, radiograph.stored, radiograph.bits_stored, radiograph.photometric)
    if radiograph.window is not None:
        ds.WindowCenter, ds.WindowWidth = (str(int(v)) for v in radiograph.window)
    if digital:
        _digital_modules(ds, radiograph)
    return ds


def _digital_modules(ds: Dataset, radiograph: Radiograph) -> None:
    """What DX asks for beyond CR (PS3.3 A.26)."""
    inverse = radiograph.photometric == "MONOCHROME1"
    ds.ImageType = ["DERIVED", "PRIMARY", ""]
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.PresentationLUTShape = "INVERSE" if inverse else "IDENTITY"
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", 1 if inverse else -1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.LossyImageCompression = "00"
    ds.ImageLaterality = "U"
    ds.AnatomicRegionSequence = Sequence([_code("51185008", "SCT", "Chest")])
    ds.ViewCodeSequence = Sequence([_code(*VIEW_CODES[ds.ViewPosition])])
    ds.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence([])
    ds.AcquisitionContextSequence = Sequence([])
    ds.DetectorType, ds.DetectorConfiguration = "SCINTILLATOR", "AREA"
    ds.PositionerType = "NONE"
    if radiograph.window is None:
        full = 2**radiograph.bits_stored
        ds.WindowCenter, ds.WindowWidth = str(full // 2), str(full)  # DX needs a window or a LUT


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code
