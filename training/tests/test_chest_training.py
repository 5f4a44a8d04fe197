"""From a table and DICOM files to bundles, as a site goes with its own data; networks are small and learn little.

Needs the command `hilum` (`make build`).
"""

import csv
import json
from collections import Counter

import numpy as np
import pytest
import torch

from hilum_training import bundle
from hilum_training.chest import card, cases, dataset, export, own_data, sets, train
from hilum_training.chest.network import make_network
from hilum_training.chest.train import LATE, Stage

SIZE = 92
BRIEF = (Stage(60, 2, 16, LATE, batch=8),)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A site's folder: radiographs as files, and a table with one of the nine findings and one of its own."""
    folder = tmp_path_factory.mktemp("own")
    dataset.build(folder / "made", 2, {"train": 24, "validation": 24, "test": 24}, size=96)
    with (folder / "labels.csv").open("w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["file", "patient", "split", "scoliosis", "long_heart"])
        for case in cases.manifest(folder / "made"):
            table.writerow([case["files"][0], case["patient"], case["split"],
                            int(case["severities"]["scoliosis"] > 0), int(case["cardiothoracic_ratio"] > 0.45)])
        table.writerow(["absent.dcm", "nobody", "train", 0, 0])
    own_data.write(folder / "labels.csv", folder / "made", folder / "data")
    return folder / "data"


def test_files_that_cannot_be_read_are_named_with_a_reason(own):
    (line,) = (own / "dropped.jsonl").read_text().splitlines()
    assert json.loads(line)["reason"] == "not read: FileNotFoundError"


def test_a_table_becomes_a_manifest_with_its_findings_and_what_the_headers_say(own):
    assert cases.codes_of(own) == ("scoliosis", "long_heart")
    case = cases.manifest(own, "train")[0]
    assert case["subgroups"]["sex"] in "FM" and case["subgroups"]["view"] in ("PA", "AP")


def test_a_patient_in_two_splits_is_refused(own, tmp_path):
    rows = "file,patient,split,scoliosis\n{0},one,train,1\n{0},one,test,1\n"
    file = (own / cases.manifest(own)[0]["files"][0]).resolve()
    (tmp_path / "table.csv").write_text(rows.format(file))
    with pytest.raises(SystemExit, match="two splits"):
        own_data.write(tmp_path / "table.csv", tmp_path, tmp_path / "out")


def test_patients_are_dealt_out_by_their_identifiers_alone():
    counts = Counter(own_data.split_of(f"P{number}") for number in range(4000))
    assert 0.67 < counts["train"] / 4000 < 0.73 and min(counts["validation"], counts["test"]) > 520
    assert own_data.split_of("P7") == own_data.split_of("P7")


def test_the_set_of_one_finding_has_as_many_cases_with_it_as_without():
    labels = torch.zeros(100, 1)
    labels[::7] = 1
    rows = sets.balanced_rows(labels)
    assert len(rows) == 30 and labels[rows].sum() == 15 and len(set(rows)) == 30


def test_a_card_counts_what_the_manifest_holds(own, tmp_path):
    card.write(own, tmp_path)
    text = (tmp_path / "chest-data-card.md").read_text()
    assert "Patients in more than one split: 0." in text
    assert f"| test | {len(cases.manifest(own, 'test'))} |" in text
    assert "not read: FileNotFoundError" in text and (tmp_path / "chest-data-card.svg").stat().st_size > 1000


def test_two_findings_make_two_bundles_of_one_output_each(own, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "WORTH_SERVING", 0.0)
    for split in cases.SPLITS:
        cases.pack(own, split, size=SIZE)
    for code in cases.codes_of(own):
        run = tmp_path / code
        train.train(own, run, (code,), BRIEF, "b0")
        assert (run / "curves.svg").exists()
        results = export.export(run, own, tmp_path / "models" / code / "1")
        assert set(results) == {code}
        manifest = bundle.load(tmp_path / "models" / code / "1", make_network(1, "b0"))
        assert [output["code"] for output in manifest["outputs"]] == [code]
        assert manifest["input"]["size"] == [SIZE, SIZE] and manifest["intended_use"] == own_data.INTENDED_USE
        predicted = [json.loads(line) for line in (run / "predictions.jsonl").read_text().splitlines()]
        assert [line["id"] for line in predicted] == [case["id"] for case in cases.manifest(own, "test")]
        assert all(0 <= line["probabilities"][code] <= 1 for line in predicted)


def test_a_training_goes_on_from_its_last_round(own, tmp_path):
    for split in cases.SPLITS:
        if not (own / f"{split}.npy").exists():
            cases.pack(own, split, size=SIZE)
    train.train(own, tmp_path, ("scoliosis",), (Stage(60, 1, 8, LATE, batch=8),), "b0")
    first = torch.load(tmp_path / "last.pt", weights_only=False)
    train.train(own, tmp_path, ("scoliosis",), (Stage(60, 2, 8, LATE, batch=8),), "b0")
    history = json.loads((tmp_path / "history.json").read_text())
    assert [entry["round"] for entry in history] == [1, 2] and history[0] == first["history"][0]
    assert np.isfinite(history[1]["loss"])
