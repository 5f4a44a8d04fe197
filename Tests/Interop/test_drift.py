"""A site sees that its inputs are not those its bundles learned from: what the services count of them."""

import json
import re
import shutil
import subprocess
import urllib.request

import pydicom
import pytest
from conftest import MODELS, SAMPLES

TRUTH = json.loads((SAMPLES / "truth.json").read_text())


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """The shipped bundles, as if they had been trained on inputs of any contrast, all of them far too bright."""
    folder = tmp_path_factory.mktemp("bundles") / "models"
    shutil.copytree(MODELS, folder)
    for path in folder.glob("*/*/model.json"):
        manifest = json.loads(path.read_text())
        manifest["reference"] = {"input": {"deviation": [0.0, 1.0], "mean": [1.5, 2.0]}}
        path.write_text(json.dumps(manifest))
    return folder


def metrics(system, service):
    text = urllib.request.urlopen(f"http://127.0.0.1:{system.port(service)}/metrics", timeout=60).read().decode()
    return dict(re.findall(r"^(\S+) (\S+)$", text, re.M))


@pytest.mark.parametrize("service, command, sample, answers", [
    ("classifier", "classify", TRUTH["chest"][1]["file"], 'hilum_classifier_probability_count{code="scoliosis"}'),
    ("planning", "plan", TRUTH["cardiac"][0]["folder"], 'hilum_planning_confidence_count{view="SHORT_AXIS"}'),
])  # fmt: skip
def test_inputs_outside_the_training_distribution_are_counted(new_system, bundles, service, command, sample, answers):
    system = new_system("--models", bundles)
    done = subprocess.run(
        [system.hilum, command, SAMPLES / sample, "--server", f"http://127.0.0.1:{system.port(service)}"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counted = metrics(system, service)
    prefix = f"hilum_{service}_input"
    assert counted[answers] == "1"
    assert counted[f'{prefix}_compared_total{{statistic="mean"}}'] == "1"
    assert counted[f'{prefix}_compared_total{{statistic="deviation"}}'] == "1"
    assert counted[f'{prefix}_outside_training_total{{statistic="mean"}}'] == "1"
    assert f'{prefix}_outside_training_total{{statistic="deviation"}}' not in counted
    assert 0 < float(counted[f'{prefix}_sum{{statistic="mean"}}']) < 1
    assert float(counted[f'{prefix}_sum{{statistic="p05"}}']) < float(counted[f'{prefix}_sum{{statistic="p95"}}'])
    if service == "planning":
        assert float(counted[f'{prefix}_metres_sum{{statistic="spacing_least"}}']) > 0.0005
    else:
        bits = pydicom.dcmread(SAMPLES / sample, stop_before_pixels=True).BitsStored
        assert counted[f'{prefix}_depth_total{{bits="{bits}"}}'] == "1"
