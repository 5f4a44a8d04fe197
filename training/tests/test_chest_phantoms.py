"""Facts about the chest phantom; no torch needed."""

import json

import numpy as np
import pydicom
import pytest
from PIL import Image

from hilum_training.chest import anatomy_maps, dataset
from hilum_training.chest.acquisition import expose
from hilum_training.chest.findings import CODES, draw_severities, severities
from hilum_training.chest.quality import reason_to_drop


def exposed(seed, size=160, **present):
    return expose(np.random.default_rng(seed), severities(**present), size)


def upright(radiograph):
    """Stored values with bone white, 0…1."""
    values = radiograph.stored / (2**radiograph.bits_stored - 1)
    return 1 - values if radiograph.photometric == "MONOCHROME1" else values


def mean_at(radiograph, x, z):
    """Mean brightness of a box in mm: (low, high) along x and z."""
    rows, columns = radiograph.grid.box(*x, *z)
    return upright(radiograph)[rows, columns].mean()


def test_a_seed_gives_one_image():
    assert np.array_equal(exposed(5).stored, exposed(5).stored)


@pytest.mark.parametrize("seed", range(6))
def test_stored_values_fit_their_bits(seed):
    radiograph = exposed(seed)
    assert radiograph.stored.max() < 2**radiograph.bits_stored


@pytest.mark.parametrize("seed", range(6))
def test_lungs_are_darker_than_the_mediastinum_whatever_the_polarity(seed):
    radiograph = exposed(seed)
    lungs = mean_at(radiograph, (-95, -65), (0, 60)), mean_at(radiograph, (65, 95), (0, 60))
    assert mean_at(radiograph, (-10, 10), (0, 60)) > max(lungs)


@pytest.mark.parametrize("seed", range(4))
def test_enlarged_hearts_pass_half_of_the_thorax(seed):
    assert exposed(seed).thorax.ctr < 0.5
    assert exposed(seed, enlarged_heart=0.4).thorax.ctr > 0.54
    assert exposed(seed, enlarged_heart_shadow=0.4).thorax.ctr > 0.54


def cobb_angle(thorax):
    """Between the most tilted vertebrae of the thoracic spine, in degrees."""
    slope = np.degrees(np.arctan(thorax.spine_slope(np.linspace(-110, 110, 45))))
    return np.ptp(slope)


@pytest.mark.parametrize("seed", range(8))
def test_a_scoliotic_spine_bends_by_more_than_ten_degrees_and_a_straight_one_by_less(seed):
    assert cobb_angle(exposed(seed).thorax) < 10
    assert cobb_angle(exposed(seed, scoliosis=0.35).thorax) > 10


@pytest.mark.parametrize("seed", range(4))
def test_the_image_frames_both_lungs(seed):
    radiograph = exposed(seed)
    thorax, grid = radiograph.thorax, radiograph.grid
    edges = [lung.side * (lung.medial + 2 * lung.half_width) for lung in thorax.lungs]
    assert grid.x[0] < min(edges) and max(edges) < grid.x[-1]
    assert grid.z[-1] < min(dome.top for dome in thorax.domes) and max(lung.apex for lung in thorax.lungs) < grid.z[0]


def test_findings_occur_together_and_not_at_all():
    drawn = [draw_severities(np.random.default_rng(i)) for i in range(200)]
    counts = [sum(v > 0 for v in d.values()) for d in drawn]
    assert min(counts) == 0 and max(counts) >= 4
    assert all(any(d[code] > 0 for d in drawn) for code in CODES)


def test_a_patient_examined_twice_is_the_same_patient_in_another_exposure():
    assert [dataset.patient_of(index) for index in range(6)] == [(0, 0), (1, 0), (2, 0), (2, 1), (3, 0), (4, 0)]
    first, second = (dataset.radiograph(5, index, 96) for index in (2, 3))
    assert (first.thorax.sex, first.thorax.age, first.thorax.severities) == (
        second.thorax.sex, second.thorax.age, second.thorax.severities)
    assert first.thorax.pose != second.thorax.pose
    assert first.stored.shape != second.stored.shape or not np.array_equal(first.stored, second.stored)


def test_sexes_views_polarities_and_flaws_all_occur():
    drawn = [dataset.radiograph(8, index, 48) for index in range(60)]
    assert {image.thorax.sex for image in drawn} == {"F", "M"}
    assert {image.thorax.pose.view for image in drawn} == {"PA", "AP"}
    assert {image.photometric for image in drawn} == {"MONOCHROME1", "MONOCHROME2"}
    assert {image.bits_stored for image in drawn} == {10, 12, 14, 15}
    assert any(image.window for image in drawn) and not all(image.window for image in drawn)
    assert {reason_to_drop(image) for image in drawn} == {None, "clipped exposure", "field cut", "turned patient"}


@pytest.mark.parametrize("code", anatomy_maps.LOCALISED)
def test_a_mask_covers_a_part_of_the_image_and_has_its_aspect(code):
    radiograph = exposed(3, **{code: 1.0})
    mask = anatomy_maps.mask(radiograph.thorax, radiograph.grid, code)
    assert 0 < mask.mean() < 0.4
    assert abs(mask.shape[0] / mask.shape[1] - radiograph.stored.shape[0] / radiograph.stored.shape[1]) < 0.02


def test_a_split_is_dicom_files_with_a_manifest_beside_them(tmp_path):
    dataset.build(tmp_path, 1, {"train": 2, "validation": 2, "test": 12}, size=64)
    lines = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    dropped = (tmp_path / "dropped.jsonl").read_text().splitlines()
    assert len(lines) + len(dropped) == 16
    patients = {split: {line["patient"] for line in lines if line["split"] == split}
                for split in ("train", "validation", "test")}
    assert not patients["train"] & patients["test"] and not patients["validation"] & patients["test"]
    for line in lines:
        ds = pydicom.dcmread(tmp_path / line["files"][0])
        assert (ds.PatientSex, ds.ViewPosition, str(ds.BitsStored), ds.PhotometricInterpretation) == tuple(
            line["subgroups"][name] for name in ("sex", "view", "bits", "photometric"))
        assert set(line["severities"]) == set(CODES)
        for file in line.get("structures", {}).values():
            assert np.asarray(Image.open(tmp_path / file)).any()
    kept = sum(line["split"] == "train" for line in lines)
    assert np.load(tmp_path / "maps.npy").shape == (kept, len(anatomy_maps.NAMES), 56, 56)
