"""The commands of docs/operations.md that back a gateway up while it runs, and restore it elsewhere after its loss."""

import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.request

import pydicom
import pynetdicom
import pytest

import dicom
from conftest import ROOT, SAMPLES, need

sys.path.insert(0, str(ROOT / "Tests/Chaos"))


def commands(title):
    """The first block of commands below a heading."""
    text = (ROOT / "docs/operations.md").read_text()
    return re.search(rf"^#+ {title}\n.*?^```\n(.*?)^```", text, re.M | re.S)[1]


def do(title, **variables):
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands(title)], env=os.environ | {k: str(v) for k, v in variables.items()},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


class Ledgers:
    """Where the ledger is, before the loss and after it."""

    def __init__(self, kind, before="", after=""):
        self.kind, self.before, self.after = kind, before, after

    def options(self, ledger):
        # Addresses in answers are the same whatever the port.
        return ["--public-url", "http://hilum.example", *(["--ledger", ledger] if ledger else [])]


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def ledgers(request, tmp_path_factory):
    if request.param == "SQLite":
        yield Ledgers("SQLite")
        return
    need(pathlib.Path("/usr/lib/postgresql/15/bin/initdb").exists(), "PostgreSQL is not installed")
    import processes

    folder = tmp_path_factory.mktemp("postgres")
    for above in [folder, *folder.parents[:2]]:
        above.chmod(0o755)
    server, string = processes.postgres(folder / "pg", folder / "log")
    subprocess.run(["createdb", "-h", folder / "pg", "-U", "hilum", "restored"], check=True)
    yield Ledgers("PostgreSQL", string, string.replace("dbname=postgres", "dbname=restored"))
    server.stop(2)


def call(gateway, method, **request):
    asked = urllib.request.Request(
        f"http://127.0.0.1:{gateway.http}/hilum.v1.TriageService/{method}", json.dumps(request).encode(),
        {"content-type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def shown(gateway, studies):
    """All that the gateway shows of the studies, and the bytes of their images."""
    images = []
    for study in studies:
        fields = {"accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
        asked = urllib.request.Request(f"http://127.0.0.1:{gateway.http}/dicom-web/studies/{study}", headers=fields)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            boundary = re.search(r'boundary="?([^";]+)', answer.headers["content-type"])[1].encode()
            images.append(sorted(answer.read().split(b"--" + boundary)))
    return [call(gateway, "GetStudy", studyInstanceUid=study) for study in studies], images


def test_a_gateway_is_restored_with_every_study_as_it_was(programs, system, tmp_path, ledgers):
    folders = {name: tmp_path / name for name in ("first", "second", "backup")}
    for folder in folders.values():
        folder.mkdir()
    classifier = f"http://127.0.0.1:{system.port('classifier')}"
    gateway = dicom.Gateway(programs, folders["first"], "--classifier", classifier, *ledgers.options(ledgers.before))
    images = sorted(SAMPLES.glob("chest/*.dcm"))[:3]
    server = f"http://127.0.0.1:{gateway.http}"
    sent = subprocess.run(
        [programs / "hilum", "submit", *images, "--complete", "--wait", "--server", server], capture_output=True, timeout=120
    )
    assert sent.returncode == 0, sent.stderr
    studies = [str(dicom.pydicom.dcmread(image, stop_before_pixels=True).StudyInstanceUID) for image in images]
    for action in ("CLAIM", "ACCEPT"):
        call(gateway, "ReviewStudy", studyInstanceUid=studies[0], reader="Dr. Rahn", action=action)
    before = shown(gateway, studies)
    data, restored = folders["first"] / "data", folders["second"] / "data"

    do(ledgers.kind, DATA=data, BACKUP=folders["backup"], LEDGER=ledgers.before)
    gateway.process.kill()  # the machine is lost
    gateway.process.wait()
    do(f"Restore {ledgers.kind}", DATA=restored, BACKUP=folders["backup"], LEDGER=ledgers.after)

    gateway = dicom.Gateway(programs, folders["second"], *ledgers.options(ledgers.after))
    try:
        assert shown(gateway, studies) == before
        # It takes new ones, and knows those that it had.
        again = subprocess.run(
            [programs / "hilum", "submit", images[0], "--server", f"http://127.0.0.1:{gateway.http}"],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert again.returncode == 0 and again.stdout.split()[-2:] == ["1", "1"], again.stdout + again.stderr
    finally:
        gateway.process.kill()
        gateway.process.wait()


class Sender(threading.Thread):
    """Sends small instances, one after the other, until it is stopped."""

    def __init__(self, gateway):
        super().__init__()
        self.instance = pydicom.dcmread(min(SAMPLES.glob("cardiac/*/*.dcm")))
        entity = pynetdicom.AE("BACKUP")
        entity.add_requested_context(self.instance.SOPClassUID, self.instance.file_meta.TransferSyntaxUID)
        self.association = entity.associate("127.0.0.1", gateway.port, ae_title="HILUM")
        assert self.association.is_established
        self.acknowledged, self.stopping = [], threading.Event()
        self.start()

    def run(self):
        while not self.stopping.is_set():
            self.instance.SOPInstanceUID = uid = pydicom.uid.generate_uid()
            self.instance.file_meta.MediaStorageSOPInstanceUID = uid
            if self.association.send_c_store(self.instance).Status == 0:
                self.acknowledged.append(uid)

    def stop(self):
        self.stopping.set()
        self.join()
        self.association.release()


def test_what_stands_in_the_journal_alone_is_backed_up_too(programs, tmp_path):
    folders = {name: tmp_path / name for name in ("first", "second", "backup")}
    for folder in folders.values():
        folder.mkdir()
    gateway = dicom.Gateway(programs, folders["first"])
    sender = Sender(gateway)
    try:
        end = time.monotonic() + 60
        while gateway.metric("hilum_gateway_unfiled_bytes") == 0 or len(sender.acknowledged) < 100:
            assert time.monotonic() < end
            time.sleep(0.05)
        acknowledged = list(sender.acknowledged)
        do("SQLite", DATA=folders["first"] / "data", BACKUP=folders["backup"])
        assert gateway.metric("hilum_gateway_unfiled_bytes") > 0
    finally:
        sender.stop()
        gateway.process.kill()
        gateway.process.wait()
    do("Restore SQLite", DATA=folders["second"] / "data", BACKUP=folders["backup"])
    gateway = dicom.Gateway(programs, folders["second"])
    try:
        assert set(acknowledged) <= set(gateway.blobs())
    finally:
        gateway.process.kill()
        gateway.process.wait()
