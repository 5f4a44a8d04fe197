"""Reads an answer of PlanViews with pydicom and nibabel and compares their geometry with what the answer states.

Usage: check_answer.py FOLDER, which holds answer.json, and N.dcm and N.nii.gz for each plane N.
"""

import json
import pathlib
import sys

import nibabel
import numpy as np
import pydicom


def vector(message):
    return np.array([message.get(axis, 0.0) for axis in "xyz"])


def check(folder, index, plane):
    image = pydicom.dcmread(folder / f"{index}.dcm")
    orientation = np.array(image.ImageOrientationPatient, float)
    row, column = orientation[:3], orientation[3:]
    assert abs(row @ column) < 1e-6 and abs(np.linalg.norm(row) - 1) < 1e-6 and abs(np.linalg.norm(column) - 1) < 1e-6
    assert np.allclose(np.cross(row, column), vector(plane["normal"]), atol=1e-6)
    assert image.FrameOfReferenceUID == plane["frameOfReferenceUid"]
    middle = np.array(image.ImagePositionPatient, float)
    middle += row * float(image.PixelSpacing[1]) * (image.Columns - 1) / 2
    middle += column * float(image.PixelSpacing[0]) * (image.Rows - 1) / 2
    center = plane["sliceGroup"]["firstCenter"] if "sliceGroup" in plane else plane["center"]
    assert np.allclose(middle, vector(center), atol=1e-4), (middle, center)
    assert image.pixel_array.shape == (256, 256)
    assert str(image.PatientName) == "Phantom^Heart"

    distances = nibabel.load(folder / f"{index}.nii.gz")
    to_voxel = np.linalg.inv(distances.affine)
    lps = vector(plane["center"]) + 12 * vector(plane["normal"])
    voxel = np.round((to_voxel @ [-lps[0], -lps[1], lps[2], 1])[:3]).astype(int)
    at = (distances.affine @ [*voxel, 1])[:3] * [-1, -1, 1]
    expected = (at - vector(plane["center"])) @ vector(plane["normal"])
    assert abs(float(distances.dataobj[tuple(voxel)]) - expected) < 0.05


def main(folder):
    planes = json.loads((folder / "answer.json").read_text())["planes"]
    for index, plane in enumerate(planes):
        check(folder, index, plane)
    print(len(planes), "planes agree")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
