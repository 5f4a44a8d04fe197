"""The `hilum` command against a running system."""

import json
import os
import signal
import subprocess

import pydicom
import pytest
from conftest import SAMPLES
from google.protobuf import json_format

NOTICE = "not for clinical use"


def truth():
    return json.loads((SAMPLES / "truth.json").read_text())


def scout():
    return str(SAMPLES / truth()["cardiac"][0]["folder"])


def with_findings():
    return next(chest for chest in truth()["chest"] if any(chest["findings"].values()))


def test_classify_prints_findings_and_what_the_model_may_be_used_for(system):
    done = system.run("classify", SAMPLES / with_findings()["file"])
    assert done.returncode == 0, done.stderr
    assert "flagged" in done.stdout and "PROBABILITY" in done.stdout
    assert NOTICE in done.stdout
    assert done.stderr == ""


def test_classify_json_is_the_response(system, stubs):
    chest = with_findings()
    done = system.run("classify", SAMPLES / chest["file"], "--json")
    response = json_format.Parse(done.stdout, stubs.classifier_pb2.ClassifyResponse())
    assert {f.code for f in response.findings if f.flagged} == {c for c, v in chest["findings"].items() if v}
    assert NOTICE in response.model.intended_use


def test_classify_writes_heat_maps(system, tmp_path):
    done = system.run("classify", SAMPLES / with_findings()["file"], "--heatmaps", tmp_path)
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.iterdir() if path.read_bytes().startswith(b"\x89PNG")]


def test_classify_goes_on_after_a_bad_file(system, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\nthis is no image")
    done = system.run("classify", bad, SAMPLES / with_findings()["file"])
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith(f"hilum: {bad}: ")
    assert "PROBABILITY" in done.stdout


def test_plan_prints_planes_and_writes_reformats(system, tmp_path):
    done = system.run("plan", scout(), "--views", "sa,4ch", "--reformats", tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [line.split()[0] for line in done.stdout.splitlines()[1:3]]
    assert rows == ["SA", "4CH"] and NOTICE in done.stdout
    source = pydicom.dcmread(next(path for path in sorted(os.scandir(scout()), key=lambda e: e.name)))
    written = [pydicom.dcmread(path) for path in tmp_path.glob("*.dcm")]
    assert len(written) > 2 and len(list(tmp_path.glob("*.png"))) == len(written)
    assert {image.FrameOfReferenceUID for image in written} == {source.FrameOfReferenceUID}


def test_plan_json_has_one_plane_for_each_view(system, stubs):
    done = system.run("plan", scout(), "--json")
    response = json_format.Parse(done.stdout, stubs.planning_pb2.PlanViewsResponse())
    assert [plane.view for plane in response.planes] == [1, 2, 3]


def test_a_submitted_study_is_answered_listed_and_shown(system, stubs):
    chest = with_findings()
    uid = pydicom.dcmread(SAMPLES / chest["file"], stop_before_pixels=True).StudyInstanceUID
    done = system.run("submit", SAMPLES / chest["file"], "--wait")
    assert done.returncode == 0, done.stderr
    assert "ACCEPTED" in done.stdout and f"Study {uid}" in done.stdout and NOTICE in done.stdout

    shown = json_format.Parse(
        system.run("study", uid, "--json").stdout, stubs.triage_pb2.GetStudyResponse()
    ).study
    assert shown.state == stubs.triage_pb2.COMPLETE
    assert set(shown.flagged_findings) == {code for code, present in chest["findings"].items() if present}

    listed = system.run("worklist")
    assert uid in listed.stdout and NOTICE in listed.stdout


def test_what_is_no_dicom_file_is_not_accepted(system, tmp_path):
    (tmp_path / "a.txt").write_text("no DICOM file")
    done = system.run("submit", tmp_path / "a.txt")
    assert done.returncode == 1
    assert done.stdout == "No file was accepted.\n"
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_study_is_an_error_of_the_server(system):
    done = system.run("study", "1.2.3.4")
    assert done.returncode == 1
    assert done.stderr.startswith("hilum: study: ") and "NOT_FOUND" in done.stderr


def test_health_lists_the_bundles(system):
    done = system.run("health")
    assert done.returncode == 0, done.stderr
    assert "serving" in done.stdout and NOTICE in done.stdout


@pytest.mark.parametrize("service", ["classifier", "planning"])
def test_a_service_can_be_asked_itself(system, service):
    done = system.run("health", server=f"127.0.0.1:{system.port(service)}")
    assert done.returncode == 0, done.stderr


def test_up_starts_a_killed_service_again(new_system):
    system = new_system()
    before = system.children()
    assert set(before) == {"gateway", "classifier-service", "planning-service"}
    os.kill(before["classifier-service"], signal.SIGKILL)
    assert "classifier-service ended with signal 9; starting it again" in system.process.stderr.readline()
    done = retry(lambda: system.run("classify", SAMPLES / with_findings()["file"]))
    assert done.returncode == 0, done.stderr
    assert system.children()["classifier-service"] != before["classifier-service"]


def test_up_stops_everything_on_a_signal(new_system):
    for number in (signal.SIGINT, signal.SIGTERM):
        system = new_system()
        children = system.children()
        assert system.stop(number) == 0
        assert not [pid for pid in children.values() if os.path.exists(f"/proc/{pid}")]


def test_up_says_when_a_service_cannot_start(programs, tmp_path):
    done = subprocess.run(
        [programs / "hilum", "up", "--free-ports", "--data", tmp_path, "--threads", "0"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2 and "--threads" in done.stderr


def test_the_demo_agrees_with_the_truth(programs, models, tmp_path):
    done = subprocess.run(
        [programs / "hilum", "demo", "--once", "--samples", SAMPLES, "--models", models, "--data", tmp_path],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert NOTICE in done.stdout


def retry(attempt, times=50):
    """Repeats what may fail while a service starts; each attempt waits for an answer by itself."""
    for _ in range(times):
        done = attempt()
        if done.returncode == 0:
            break
    return done
