"""`hilum evaluate`: its metrics are scikit-learn's, and the running services are what it judges."""

import json
import subprocess
from xml.etree import ElementTree

import nibabel
import numpy as np
import pytest
from conftest import SAMPLES
from PIL import Image
from sklearn import metrics

USE = "trained on synthetic phantoms; not for clinical use"
CODES = ["scoliosis", "dense_aorta"]
TRUTH = json.loads((SAMPLES / "truth.json").read_text())


def write_lines(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def perpendicular(normal):
    row = np.cross(normal, [1, 0, 0])
    return (row / np.linalg.norm(row)).tolist()


@pytest.fixture(scope="module")
def judged(programs, tmp_path_factory):
    """500 drawn answers, some scores equal, judged by the command; and what they were drawn as."""
    folder = tmp_path_factory.mktemp("judged")
    rng = np.random.default_rng(7)
    labels = {code: rng.random(500) < share for code, share in zip(CODES, (0.3, 0.1))}
    scores = {code: np.clip(rng.normal(0.3 + 0.3 * labels[code], 0.2), 0, 1).round(2) for code in CODES}
    thresholds = dict(zip(CODES, (0.45, 0.6)))
    write_lines(folder / "manifest.jsonl", (
        {"id": str(i), "split": "test", "task": "classify", "files": [f"{i}.dcm"], "expected": "answer",
         "severities": {code: float(labels[code][i]) for code in CODES}} for i in range(500)))  # fmt: skip
    write_lines(folder / "answers.jsonl", (
        {"id": str(i), "outcome": "answered",
         "models": [{"name": "m", "version": "1", "weights_sha256": "ab", "intended_use": USE}],
         "findings": {code: {"probability": scores[code][i], "threshold": thresholds[code],
                             "flagged": bool(scores[code][i] >= thresholds[code])} for code in CODES}}
        for i in range(500)))  # fmt: skip
    command = [programs / "hilum", "evaluate", "--manifest", folder / "manifest.jsonl", "--answers",
               folder / "answers.jsonl", "--out", folder / "report"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    report = json.loads((folder / "report" / "report.json").read_text())["findings"]
    return {row["code"]: row for row in report["findings"]}, labels, scores, thresholds


@pytest.mark.parametrize("code", CODES)
def test_metrics_are_those_of_scikit_learn(judged, code):
    rows, labels, scores, thresholds = judged
    row, truth, score = rows[code], labels[code].astype(int), scores[code]
    flags = (score >= thresholds[code]).astype(int)
    assert row["auc"] == pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-12)
    assert row["reliability"]["brier"] == pytest.approx(metrics.brier_score_loss(truth, score), abs=1e-12)
    assert row["accuracy"] == pytest.approx(metrics.accuracy_score(truth, flags), abs=1e-12)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, flags, average="weighted")
    assert (row["precision"], row["recall"], row["f1"]) == pytest.approx((precision, recall, f1), abs=1e-12)
    assert row["sensitivity"] == pytest.approx(metrics.recall_score(truth, flags), abs=1e-12)
    assert row["specificity"] == pytest.approx(metrics.recall_score(truth, flags, pos_label=0), abs=1e-12)
    confusion = row["confusion"]
    assert [[confusion["true_negatives"], confusion["false_positives"]],
            [confusion["false_negatives"], confusion["true_positives"]]] == (
        metrics.confusion_matrix(truth, flags).tolist())  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_the_curve_is_that_of_scikit_learn(judged, code):
    rows, labels, scores, _ = judged
    false_rate, true_rate, _ = metrics.roc_curve(labels[code], scores[code], drop_intermediate=False)
    points = [(p["false_positive_rate"], p["true_positive_rate"]) for p in rows[code]["roc"]]
    theirs = set(zip(false_rate.round(9), true_rate.round(9)))
    assert {(round(x, 9), round(y, 9)) for x, y in points} <= theirs
    # What is left out lies on the straight lines between what is kept.
    assert metrics.auc(*zip(*points)) == pytest.approx(metrics.auc(false_rate, true_rate), abs=1e-12)


@pytest.mark.parametrize("code", CODES)
def test_calibration_error_is_the_definition(judged, code):
    rows, labels, scores, _ = judged
    bins = np.minimum((scores[code] * 15).astype(int), 14)
    error = sum(
        (bins == k).mean() * abs(scores[code][bins == k].mean() - labels[code][bins == k].mean()) for k in np.unique(bins)
    )
    assert rows[code]["reliability"]["expected_calibration_error"] == pytest.approx(error, abs=1e-12)


def test_the_interval_is_that_of_a_bootstrap_in_numpy(judged):
    rows, labels, scores, _ = judged
    code = CODES[0]
    rng = np.random.default_rng(3)
    areas = []
    for _ in range(400):
        draw = rng.integers(0, 500, 500)
        areas.append(metrics.roc_auc_score(labels[code][draw], scores[code][draw]))
    low, high = np.quantile(areas, [0.025, 0.975])
    interval = rows[code]["auc_interval_95"]
    assert interval["low"] == pytest.approx(low, abs=0.015) and interval["high"] == pytest.approx(high, abs=0.015)


def test_the_running_services_are_judged(system, tmp_path):
    Image.new("L", (8, 8), 255).save(tmp_path / "all.png")
    lines = [
        {"id": chest["file"], "split": "test", "task": "classify", "files": [str(SAMPLES / chest["file"])],
         "expected": "answer", "severities": {code: float(present) for code, present in chest["findings"].items()},
         "structures": {code: "all.png" for code, present in chest["findings"].items() if present}}
        for chest in TRUTH["chest"]
    ]  # fmt: skip
    cardiac = TRUTH["cardiac"][0]
    # A ball where the planes meet, on a grid of 2 mm: NIfTI is RAS, the truth LPS.
    center = np.array(cardiac["planes"]["SHORT_AXIS"]["center"]) * [-1, -1, 1]
    grid = np.indices((61, 61, 61)).transpose(1, 2, 3, 0) * 2 - 60
    affine = np.diag([2, 2, 2, 1.0])
    affine[:3, 3] = center - 60
    ball = (np.linalg.norm(grid, axis=-1) < 40).astype(np.float32)
    planes = {name: plane | {"row": perpendicular(plane["normal"])} for name, plane in cardiac["planes"].items()}
    nibabel.save(nibabel.Nifti1Image(ball, affine), tmp_path / "ball.nii.gz")
    lines += [
        {"id": "scout", "split": "test", "task": "plan", "files": [str(SAMPLES / cardiac["folder"])],
         "expected": "answer", "planes": planes, "mask": "ball.nii.gz"},
        {"id": "no scout", "split": "test", "task": "plan", "files": [str(SAMPLES / TRUTH["chest"][0]["file"])],
         "expected": "refuse"},
    ]  # fmt: skip
    write_lines(tmp_path / "manifest.jsonl", lines)
    command = [system.hilum, "evaluate", "--manifest", tmp_path / "manifest.jsonl", "--gateway", system.address,
               "--real", SAMPLES / TRUTH["chest"][0]["file"], "--out", tmp_path / "report", "--resamples", "100"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert {model["intended_use"] for model in report["models"]} == {USE} and len(report["models"]) == 2
    findings = report["findings"]
    assert findings["answered"] == len(TRUTH["chest"])
    assert all(row["confusion"]["false_negatives"] == 0 for row in findings["findings"])
    assert findings["heat_maps"]["hits"] == findings["heat_maps"]["true_positives"] > 0
    (views,) = report["views"]["acquisitions"]
    assert [row["view"] for row in views["views"]] >= ["SHORT_AXIS", "FOUR_CHAMBER", "TWO_CHAMBER"]
    for row in views["views"]:
        assert row["failures"] == 0 and row["angle"]["median"] < 15 and row["distance"]["median"] < 10
        assert 0.7 < row["iou"] < row["dice"] <= 1  # of two sections of a ball, at most 10 mm apart
    refused = next(row for row in report["refusals"] if row["expected"] == "refuse")
    assert (refused["task"], refused["refused"]) == ("plan", 1)
    assert [row["outcome"] for row in report["unjudged"]] == ["answered"]
    plots = sorted((tmp_path / "report").glob("*.svg"))
    assert len(plots) == 5 and all(ElementTree.parse(plot).getroot().tag.endswith("svg") for plot in plots)
    text = (tmp_path / "report" / "report.md").read_text()
    assert text.startswith(f"# Evaluation\n\n**{USE}**") and str(tmp_path) not in text
