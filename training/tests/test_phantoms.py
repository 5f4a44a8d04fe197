"""Facts about the generators; no torch needed."""

import numpy as np
import pytest

from hilum_training import preprocess
from hilum_training.cardiac.scene import draw_scene
from hilum_training.cardiac.volume import on_network_grid, scan
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


@pytest.mark.parametrize("seed", range(4))
def test_planes_follow_the_display_conventions(seed):
    scene = draw_scene(np.random.default_rng(seed))
    sa, four, two = (scene.planes[v] for v in ("SHORT_AXIS", "FOUR_CHAMBER", "TWO_CHAMBER"))
    axis = (scene.base - scene.apex) / np.linalg.norm(scene.base - scene.apex)
    assert np.allclose(sa.normal, axis)
    assert four.normal[2] > 0 and two.normal[0] < 0
    assert abs(four.normal @ axis) < 1e-9 and abs(two.normal @ axis) < 1e-9 and abs(four.normal @ two.normal) < 1e-9
    assert np.allclose(np.cross(two.normal, four.normal), axis)
    assert np.allclose(sa.center, (scene.apex + scene.base) / 2)


def test_a_volume_lands_on_the_grid_where_it_lies():
    rng = np.random.default_rng(3)
    scene = draw_scene(rng)
    volume = scan(rng, scene, shape=(30, 48, 48), spacing=6.0, turn=10)
    place = volume.origin + volume.steps @ [30, 20, 10]
    volume.voxels = np.exp(-((volume.points() - place) ** 2).sum(-1) / (2 * 25**2))
    grid, _, centre = on_network_grid(volume)
    weight = np.clip(grid + 1, 0, None)  # the upper half of the scale
    found = centre + [((np.moveaxis(weight, axis, 0).sum((1, 2)) * (np.arange(48) - 23.5)).sum() * 6 / weight.sum())
                      for axis in (2, 1, 0)]
    assert np.linalg.norm(found - place) < 1


def test_uids_are_valid_and_stable():
    assert uid("a", 1) == uid("a", 1) != uid("a", 2)
    assert uid("a", 1).is_valid and len(uid("a", 1)) <= 64
