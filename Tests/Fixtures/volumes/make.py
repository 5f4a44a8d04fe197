"""Geometry and values of the real series in ../shared/data as pydicom and nibabel see them, for VolumeFilesTests.

Usage: .venv/bin/python Tests/Fixtures/volumes/make.py ../shared/data > Tests/Fixtures/volumes/expected.json
Positions are LPS mm; `corners` are the centres of the first voxel and of the last along column, row and slice.
"""

import json
import pathlib
import sys

import nibabel
import numpy as np
import pydicom


def describe(affine, voxels):
    """`affine`: 4 × 4, (column, row, slice) to LPS; `voxels`: [column, row, slice]."""
    columns, rows, slices = voxels.shape
    indices = [(0, 0, 0), (columns - 1, 0, 0), (0, rows - 1, 0), (0, 0, slices - 1)]
    return {
        "shape": [columns, rows, slices],
        "corners": [[round(float(v), 6) for v in (affine @ [*index, 1])[:3]] for index in indices],
        "min": float(voxels.min()), "max": float(voxels.max()), "mean": float(voxels.mean(dtype=np.float64)),
        "middle": float(voxels[columns // 3, rows // 2, slices // 4]),
    }


def nifti(path):
    image = nibabel.load(path)
    data = np.asarray(image.dataobj)
    while data.ndim > 3:
        data = data[..., 0]
    return describe(np.diag([-1, -1, 1, 1]) @ image.affine, data.astype(np.float64))


def slices_affine(planes):
    """Planes sorted along the normal: (position, orientation, spacing)."""
    position, orientation, spacing = planes[0]
    affine = np.eye(4)
    affine[:3, 0] = np.array(orientation[:3], float) * float(spacing[1])
    affine[:3, 1] = np.array(orientation[3:], float) * float(spacing[0])
    affine[:3, 2] = (np.array(planes[-1][0], float) - np.array(position, float)) / (len(planes) - 1)
    affine[:3, 3] = position
    return affine


def along_normal(plane):
    position, orientation, _ = plane
    return float(np.dot(np.cross(orientation[:3], orientation[3:]), position))


def classic(paths):
    images = [pydicom.dcmread(path) for path in paths]
    items = [((i.ImagePositionPatient, i.ImageOrientationPatient, i.PixelSpacing), i) for i in images]
    items.sort(key=lambda item: along_normal(item[0]))
    pixels = [
        i.pixel_array * float(i.get("RescaleSlope", 1)) + float(i.get("RescaleIntercept", 0)) for _, i in items
    ]
    return describe(slices_affine([plane for plane, _ in items]), np.stack(pixels).transpose(2, 1, 0))


def enhanced(path):
    image = pydicom.dcmread(path)
    shared = image.SharedFunctionalGroupsSequence[0]
    items = []
    for frame, own in zip(image.pixel_array, image.PerFrameFunctionalGroupsSequence):
        def macro(name):
            return (getattr(own, name, None) or getattr(shared, name))[0]
        value = macro("PixelValueTransformationSequence")
        items.append((
            (macro("PlanePositionSequence").ImagePositionPatient,
             macro("PlaneOrientationSequence").ImageOrientationPatient, macro("PixelMeasuresSequence").PixelSpacing),
            frame * float(value.RescaleSlope) + float(value.RescaleIntercept)))
    items.sort(key=lambda item: along_normal(item[0]))
    return describe(
        slices_affine([plane for plane, _ in items]), np.stack([pixels for _, pixels in items]).transpose(2, 1, 0))


def main(root):
    expected = {}
    for name in ["anatomical.nii", "example4d.nii.gz", "reoriented_anat_moved.nii", "standard.nii.gz"]:
        expected[f"nifti/{name}"] = nifti(root / "nifti" / name)
    expected["mr_series_wrist"] = classic(sorted((root / "mr_series_wrist").glob("*.dcm")))
    for name in ["011-0001.img", "011-0002.img"]:
        expected[f"mr_enhanced/{name}"] = enhanced(root / "mr_enhanced" / name)
    json.dump(expected, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
