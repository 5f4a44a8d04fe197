"""Facts about the generators; no torch needed."""

import numpy as np
import pytest

from hilum_training import preprocess
from hilum_training.chest.acquisition import draw_patient, expose
from hilum_training.chest.findings import CODES, draw_severities, severities
from hilum_training.dicom import uid


def shown(seed, size=224, **present):
    r = expose(np.random.default_rng(seed), severities(**present), size)
    return preprocess.square(preprocess.present(r.stored, r.photometric, r.window), 224), r


def test_a_seed_gives_one_image():
    assert np.array_equal(shown(5)[0], shown(5)[0])


@pytest.mark.parametrize("seed", range(6))
def test_stored_values_fit_their_bits(seed):
    _, r = shown(seed)
    assert r.stored.max() < 2**r.bits_stored


@pytest.mark.parametrize("seed", range(6))
def test_lungs_are_darker_than_the_mediastinum_whatever_the_polarity(seed):
    image, _ = shown(seed)
    assert image[90:130, 100:124].mean() > max(image[90:130, 65:80].mean(), image[90:130, 144:159].mean())


@pytest.mark.parametrize("seed", range(4))
def test_enlarged_hearts_pass_half_of_the_thorax(seed):
    assert shown(seed)[1].thorax.ctr < 0.5
    assert shown(seed, enlarged_heart=0.4)[1].thorax.ctr > 0.54
    assert shown(seed, enlarged_heart_shadow=0.4)[1].thorax.ctr > 0.54


def cobb_angle(thorax):
    """Between the most tilted vertebrae of the thoracic spine, in degrees."""
    slope = np.degrees(np.arctan(thorax.spine_slope(np.linspace(-110, 110, 45))))
    return np.ptp(slope)


@pytest.mark.parametrize("seed", range(8))
def test_a_scoliotic_spine_bends_by_more_than_ten_degrees_and_a_straight_one_by_less(seed):
    assert cobb_angle(shown(seed)[1].thorax) < 10
    assert cobb_angle(shown(seed, scoliosis=0.35)[1].thorax) > 10


@pytest.mark.parametrize("seed", range(4))
def test_the_image_frames_both_lungs(seed):
    rng = np.random.default_rng(seed)
    thorax, grid = draw_patient(rng, severities(), 224)
    edges = [lung.side * (lung.medial + 2 * lung.half_width) for lung in thorax.lungs]
    assert grid.x[0] < min(edges) and max(edges) < grid.x[-1]
    assert grid.z[-1] < min(dome.top for dome in thorax.domes) and max(lung.apex for lung in thorax.lungs) < grid.z[0]


def test_findings_occur_together_and_not_at_all():
    drawn = [draw_severities(np.random.default_rng(i)) for i in range(200)]
    counts = [sum(v > 0 for v in d.values()) for d in drawn]
    assert min(counts) == 0 and max(counts) >= 4
    assert all(any(d[code] > 0 for d in drawn) for code in CODES)


def test_uids_are_valid_and_stable():
    assert uid("a", 1) == uid("a", 1) != uid("a", 2)
    assert uid("a", 1).is_valid and len(uid("a", 1)) <= 64
