"""Facts about the cardiac scouts, their planes, and the training on them."""

import json

import numpy as np
import pydicom
import pytest
import torch

from hilum_training.cardiac import dataset, tensors, train
from hilum_training.cardiac.acquisition import faults, isotropic, sparse
from hilum_training.cardiac.augment import batch, grid_mm
from hilum_training.cardiac.bodies import ball
from hilum_training.cardiac.card import counted, shared_patients
from hilum_training.cardiac.dicom import datasets, grid_of
from hilum_training.cardiac.fit import TRUNCATION, planes_from
from hilum_training.cardiac.others import KINDS, draw_other
from hilum_training.cardiac.planes import VIEWS, errors, unit
from hilum_training.cardiac.render import Lattice, acquire, paint
from hilum_training.cardiac.scene import draw_scene
from hilum_training.cardiac.volume import Volume
from hilum_training.dicom import save
from hilum_training.networks import grown, narrow_vnet


@pytest.mark.parametrize("seed", range(4))
def test_planes_follow_the_display_conventions(seed):
    scene = draw_scene(np.random.default_rng(seed))
    marks, (sa, four, two, three) = scene.landmarks, scene.planes.values()
    axis = unit(marks.mitral_center - marks.apex)
    assert np.allclose(sa.normal, axis)
    assert four.normal[2] > 0 and two.normal[0] < 0 and three.normal[0] < 0
    assert np.allclose(np.cross(two.normal, four.normal), axis)
    assert np.allclose(sa.center, (marks.apex + marks.mitral_center) / 2)
    for plane in scene.planes.values():
        assert np.allclose(np.cross(plane.row, plane.column), plane.normal)
    assert four.column @ axis > 0.999 and two.column[2] < 0 and three.column[2] < 0


@pytest.mark.parametrize("seed", range(4))
def test_landmarks_lie_on_the_planes_that_are_named_after_them(seed):
    scene = draw_scene(np.random.default_rng(seed))
    marks = scene.landmarks

    def off(view, point):
        return abs((point - scene.planes[view].center) @ scene.planes[view].normal)

    for view in VIEWS[1:]:
        assert off(view, marks.apex) < 1e-9 and off(view, marks.mitral_center) < 1e-9
    assert off("FOUR_CHAMBER", marks.tricuspid_center) < 1e-9
    assert off("THREE_CHAMBER", marks.aortic_center) < 1e-9
    assert off("FOUR_CHAMBER", marks.aortic_center) > 8


@pytest.mark.parametrize("oblique", [False, True])
def test_a_ball_is_painted_with_its_volume_at_its_place(oblique):
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0] if oblique else np.eye(3)
    volume = Volume.around([5, 5, 5], (30, 40, 50), turn[:, 0], turn[:, 1], (2, 2, 3), 3)
    image = paint([ball(1, [4, 8, 2], [12, 17, 20])], Lattice(volume.origin, volume.steps, volume.voxels.shape), 3)
    k, r, c = np.meshgrid(*map(np.arange, image.shape), indexing="ij")
    place = volume.origin + volume.steps @ [(image * i).sum() / image.sum() for i in (c, r, k)]
    assert np.allclose(place, [4, 8, 2], atol=0.1)
    assert image.sum() * 12 == pytest.approx(4 / 3 * np.pi * 12 * 17 * 20, rel=0.02)


def test_a_thick_slice_shows_a_ball_that_reaches_into_half_of_it_at_half_its_signal():
    row, column = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    stack = Volume.around([0, 0, 0], (3, 20, 20), row, column, (2, 2, 12), 10)
    acquire(np.random.default_rng(0), [ball(100, [0, 0, -300], [600, 600, 300])], stack)
    profile = stack.voxels[:, 8:12, 8:12].mean((1, 2))
    assert profile[1] / profile[0] == pytest.approx(0.5, abs=0.06) and profile[2] < 0.01 * profile[0]


@pytest.mark.parametrize("seed", range(5))
def test_stacks_are_sparse_and_volumes_isotropic(seed):
    rng = np.random.default_rng(seed)
    scene = draw_scene(rng)
    stack, _ = sparse(rng, scene)
    assert 6 <= len(stack.voxels) <= 12 and stack.spacing[2] >= stack.thickness + 1 and 6 <= stack.thickness <= 10
    volume, _ = isotropic(rng, scene, finest=2.6)
    assert len(set(volume.spacing)) == 1 and 1.5 <= volume.spacing[0] <= 3


def test_scouts_that_miss_a_landmark_are_dropped():
    scene = draw_scene(np.random.default_rng(0))
    row, column = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    assert not faults(scene, Volume.around(scene.about, (100, 120, 120), row, column, (2, 2, 2), 2))
    assert any("apex" in fault for fault in faults(scene, Volume.around(scene.about, (10, 120, 120), row, column, (2, 2, 2), 2)))


def test_headers_give_back_the_grid(tmp_path):
    row, column = np.array([0, 1.0, 0]), np.array([0, 0, -1.0])
    volume = Volume.around([10, -20, 30], (7, 12, 16), row, column, (1.5, 2, 9), 6)
    volume.voxels[:] = np.arange(7)[:, None, None]
    for index, ds in enumerate(datasets(volume, "GRID", 1, "F", 61)):
        save(ds, tmp_path / f"{9 - index}.dcm")
    origin, steps, counts = grid_of(tmp_path)
    assert np.allclose(origin, volume.origin) and np.allclose(steps, volume.steps) and counts == (16, 12, 7)
    read = [pydicom.dcmread(path) for path in tmp_path.iterdir()]
    assert len({ds.SOPInstanceUID for ds in read}) == 7 and {ds.PatientAge for ds in read} == {"061Y"}


def test_splits_share_no_patient_and_hold_a_kind_to_refuse_that_training_never_saw():
    lines = [{"split": name, "patient": (case[1], case[3] is not None, name)} for name in dataset.SPLITS
             for case in dataset.cases(name)]
    assert shared_patients(lines) == 0
    assert len({split.family for split in dataset.SPLITS.values()} | {s.other_family for s in dataset.SPLITS.values()}) == 6
    assert set(dataset.SPLITS["test"].kinds) - set(dataset.SPLITS["train"].kinds) == {KINDS[-1]}
    assert counted(lines, lambda line: "all")["all"]["test"] == len(dataset.cases("test"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_to_be_refused_has_no_planes(kind):
    assert not draw_other(np.random.default_rng(0), kind).planes


def true_maps(scene, points):
    return np.stack([np.clip((points - p.center) @ p.normal, -TRUNCATION, TRUNCATION) for p in scene.planes.values()])


def test_the_fit_finds_the_planes_of_noisy_maps():
    rng = np.random.default_rng(4)
    scene = draw_scene(rng)
    points = grid_mm().reshape(-1, 3).numpy().astype(float)
    found = planes_from(true_maps(scene, points) + rng.normal(0, 2, (4, len(points))), points)
    for view, plane in scene.planes.items():
        angle, distance = errors(found[view], plane)
        assert angle < 0.3 and distance < 0.3
        assert np.allclose(found[view].center, plane.center, atol=1)
    assert planes_from(np.full((4, len(points)), TRUNCATION), points) is None


def test_turned_patients_keep_their_planes(tmp_path):
    scene = draw_scene(np.random.default_rng(2))
    np.save(tmp_path / "a.npy", np.zeros((1, 56, 56, 56), np.float32))
    planes = np.array([[*p.center, *p.normal] for p in scene.planes.values()], np.float32)
    x, distance = batch([tensors.Scout(tmp_path / "a.npy", planes)], np.random.default_rng(3))
    points = grid_mm().reshape(-1, 3).numpy()
    found = planes_from(distance[0].reshape(4, -1).clamp(-TRUNCATION, TRUNCATION).numpy(), points)
    for a in VIEWS:
        for b in VIEWS:
            turned, still = found[a].normal @ found[b].normal, scene.planes[a].normal @ scene.planes[b].normal
            assert abs(turned) == pytest.approx(abs(still), abs=1e-3)
    assert x.shape == (1, 1, 48, 48, 48)


def test_a_bundle_with_fewer_views_is_a_start(tmp_path):
    small, large = narrow_vnet(2, out_channels=3).eval(), narrow_vnet(2, out_channels=4).eval()
    grown(large, small.state_dict())
    for name, value in small.state_dict().items():
        assert torch.equal(large.state_dict()[name][tuple(slice(0, n) for n in value.shape)], value)


def test_a_training_resumes_where_it_was_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "make_network", lambda: narrow_vnet(1, out_channels=len(VIEWS)))
    rng, lines = np.random.default_rng(5), {"train": [], "validation": []}
    for split, number in (("train", 0), ("train", 1), ("validation", 2)):
        scene, folder = draw_scene(rng), tmp_path / "tensors" / split
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"{number}.npy", rng.normal(0, 1, (1, 56, 56, 56)).astype(np.float32))
        lines[split].append({"source": f"{number}", "tensor": f"{number}.npy", "center": [0, 0, 0]})
        case = {"id": f"{number}", "split": split, "files": [f"{split}/{number}"]}
        if number != 1:  # one of them shows no heart
            case["planes"] = {v: {"center": [*p.center], "normal": [*p.normal]} for v, p in scene.planes.items()}
        with (tmp_path / "manifest.jsonl").open("a") as file:
            file.write(json.dumps(case) + "\n")
    for split, rows in lines.items():
        (tmp_path / "tensors" / split / "index.jsonl").write_text("\n".join(map(json.dumps, rows)))
    train.train(tmp_path, tmp_path / "run", epochs=1)
    train.train(tmp_path, tmp_path / "run", epochs=2)
    history = json.loads((tmp_path / "run/history.json").read_text())
    assert [row["epoch"] for row in history] == [1, 2] and all(np.isfinite(row["loss"]) for row in history)
    assert (tmp_path / "run/curves.svg").exists()
