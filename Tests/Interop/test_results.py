"""Results out, judged by their readers: dciodvfy, dsrdump, highdicom, pydicom, FHIR's models, an HL7 parser, a hook."""

import contextlib
import hashlib
import hmac
import io
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

import pydicom
import pytest
from conftest import ROOT, SAMPLES, need
from hospital import CLASSES, Archive, HL7Engine, HTTPPeers, server_context

SHARED = pathlib.Path(os.environ.get("HILUM_SHARED", ROOT.parent / "shared")) / "data"
SECRET = "a secret of the site"
KINDS = {
    "1.2.840.10008.5.1.4.1.1.88.34": "sr",
    "1.2.840.10008.5.1.4.1.1.7": "capture",
    "1.2.840.10008.5.1.4.1.1.4": "reformat",
}


def eventually(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)
    return found


class Site:
    """A system whose results go to four peers."""

    def __init__(self, folder, new_system, monkeypatch, archive=None, others=()):
        self.folder = folder
        self.peers, self.engine = HTTPPeers(), HL7Engine(self.tls(folder))
        (folder / "secret").write_text(SECRET + "\n")
        (folder / "token").write_text("t0ken")
        url = f"http://127.0.0.1:{self.peers.port}"
        tls = {"tls": True, "ca_file": str(folder / "certificate.pem")}
        self.file = folder / "results.json"
        self.file.write_text(json.dumps({
            "serial_number": "S-1", "retry_first_seconds": 0.05, "retry_longest_seconds": 0.2, "refusals": 2,
            "destinations": [
                {"name": "archive", "type": "stow", "url": archive or url + "/studies", "token_file": str(folder / "token")},
                {"name": "records", "type": "fhir", "url": url + "/fhir", "patient_id_system": "urn:oid:1.2.9"},
                {"name": "ris", "type": "mllp", "address": f"localhost:{self.engine.port}", **tls},
                {"name": "hook", "type": "webhook", "url": url + "/hook", "secret_file": str(folder / "secret")},
                *others,
            ],
        }))  # fmt: skip
        monkeypatch.setenv("HILUM_GATEWAY_RESULTS", str(self.file))
        monkeypatch.setenv("HILUM_GATEWAY_QUIET_SECONDS", "0.5")
        self.system = new_system()

    @staticmethod
    def tls(folder):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem",
             "-out", folder / "certificate.pem"], check=True, capture_output=True,
        )  # fmt: skip
        return server_context(folder / "certificate.pem", folder / "key.pem")

    def submit(self, *files):
        run = self.system.run("submit", *map(str, files))
        assert run.returncode == 0, run.stderr

    def study(self, file):
        uid = pydicom.dcmread(file, stop_before_pixels=True).StudyInstanceUID
        study = json.loads(self.system.run("study", uid, "--json").stdout)["study"]
        return {"reason": "", **study}  # JSON leaves out what is empty

    def came(self):
        """How many instances, bundles, messages and notices came, repetitions counted."""
        return [
            sum(len(times) for times in self.peers.instances.values()), len(self.peers.bundles),
            len(self.engine.messages), len(self.peers.notices),
        ]  # fmt: skip

    def undelivered(self):
        """What waits or was given up, as the ledger has it at this moment."""
        with contextlib.closing(sqlite3.connect(self.folder / "system0/data/ledger.sqlite", timeout=10)) as ledger:
            return ledger.execute("SELECT count(*) FROM deliveries WHERE state IN (1, 3)").fetchone()[0]

    def shown_undelivered(self):
        """The same as the metric has it, which is looked up every few seconds."""
        with urllib.request.urlopen(self.system.address + "/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("hilum_gateway_undelivered{"))

    def stop(self):
        self.peers.stop()
        self.engine.stop()


@pytest.fixture
def site(tmp_path, new_system, monkeypatch):
    made = Site(tmp_path, new_system, monkeypatch)
    yield made
    made.stop()


class Orthanc:
    """Debian's Orthanc with its DICOMweb plugin, alone in a folder of its own."""

    PROGRAM, PLUGIN = "/usr/sbin/Orthanc", "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"

    def __init__(self, folder):
        folder.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        (folder / "orthanc.json").write_text(json.dumps({
            "Name": "archive", "StorageDirectory": str(folder / "storage"), "Plugins": [self.PLUGIN], "HttpPort": port,
            "DicomServerEnabled": False, "AuthenticationEnabled": False, "DicomWeb": {"Root": "/dicom-web/"},
        }))  # fmt: skip
        self.process = subprocess.Popen(
            [self.PROGRAM, folder / "orthanc.json"], stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb")
        )
        eventually(lambda: self.get("/system"))

    def get(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.URLError:
            return None

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def test_orthanc_takes_everything_by_stow(tmp_path, new_system, monkeypatch):
    need(os.path.exists(Orthanc.PROGRAM) and os.path.exists(Orthanc.PLUGIN), "orthanc-dicomweb is not installed")
    orthanc = Orthanc(tmp_path / "orthanc")
    site = Site(tmp_path, new_system, monkeypatch, archive=orthanc.url + "/dicom-web/studies")
    try:
        site.submit(SAMPLES / "chest" / "02_enlarged_heart_vascular_hila.dcm")
        eventually(lambda: site.peers.notices and site.undelivered() == 0)
        series = orthanc.get("/series?expand")
        assert sorted(one["MainDicomTags"]["Modality"] for one in series) == ["OT", "OT", "SR"]
        assert sorted(len(one["Instances"]) for one in series) == [1, 1, 2]  # report, summary, two heat maps
        assert {one["MainDicomTags"]["Manufacturer"] for one in series} == {"Hilum"}
    finally:
        site.stop()
        orthanc.stop()


def test_archives_get_every_object_by_c_store(tmp_path, new_system, monkeypatch):
    """One over TLS that commits itself; one in clear text that wants reports only and is short of room at first."""
    (tmp_path / "pacs").mkdir()
    whole, reports = Archive(Site.tls(tmp_path / "pacs")), Archive()
    secured = {
        "name": "pacs", "type": "dicom", "address": f"PACS@localhost:{whole.port}", "calling_title": "SITE", "tls": True,
        "ca_file": str(tmp_path / "pacs/certificate.pem"), "commitment": True,
    }  # fmt: skip
    plain = {"name": "reports", "type": "dicom", "address": f"PACS@127.0.0.1:{reports.port}", "send": ["sr"]}
    reports.statuses = [0xA700, 0xA700, 0xA700]  # more often than the refusals that are allowed
    site = Site(tmp_path, new_system, monkeypatch, others=[secured, plain])
    try:
        file = SAMPLES / "chest" / "02_enlarged_heart_vascular_hila.dcm"
        site.submit(file)
        eventually(lambda: len(site.peers.instances) == len(whole.asked) == 4 and reports.received)
        eventually(lambda: site.undelivered() == 0 and "results" not in site.study(file)["reason"])
        by_stow = {uid: times[0] for uid, times in site.peers.instances.items()}
        assert sorted(whole.asked) == sorted(by_stow) == sorted(uid for uid, _ in whole.received)
        assert all(by_stow[uid].endswith(data) for uid, data in whole.received + reports.received)
        assert whole.callers == {"SITE"} and reports.callers == {"HILUM"}
        ((uid, _),) = reports.received
        assert pydicom.dcmread(io.BytesIO(by_stow[uid])).Modality == "SR"
    finally:
        site.stop()
        whole.stop()
        reports.stop()


def test_what_an_archive_does_not_keep_is_a_dead_letter(tmp_path, new_system, monkeypatch):
    failing, other = Archive(failing=True), Archive(classes=CLASSES[1:])
    named = [("failing", failing, {"commitment": True}), ("other", other, {})]
    site = Site(tmp_path, new_system, monkeypatch, others=[
        {"name": name, "type": "dicom", "address": f"PACS@127.0.0.1:{one.port}", "send": ["sr"], **more}
        for name, one, more in named
    ])  # fmt: skip
    try:
        file = sorted(SAMPLES.glob("chest/*.dcm"))[0]
        site.submit(file)
        reason = "failing: it does not commit itself, reason 0112; gave up after 2 refusals"
        eventually(lambda: reason in site.study(file)["reason"])
        assert len(failing.received) == 2
        eventually(lambda: site.undelivered() == 2)
        assert other.received == []
    finally:
        site.stop()
        failing.stop()
        other.stop()


def test_what_goes_outside_says_of_nobody_whose_it_is(tmp_path, new_system, monkeypatch):
    (tmp_path / "site.key").write_bytes(os.urandom(32).hex().encode() + b"\n")
    outside = Archive()
    site = Site(tmp_path, new_system, monkeypatch, others=[
        {"name": "outside", "type": "dicom", "address": f"PACS@127.0.0.1:{outside.port}", "send": ["sr", "summary"],
         "deidentify": {"secret_file": str(tmp_path / "site.key"), "retain_dates": True}},
    ])  # fmt: skip
    try:
        file = SAMPLES / "chest" / "02_enlarged_heart_vascular_hila.dcm"
        site.submit(file)
        eventually(lambda: len(outside.received) == 2 and site.undelivered() == 0)
        source = pydicom.dcmread(file, stop_before_pixels=True)
        told = [str(source.get(keyword, "")) for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "AccessionNumber")]
        studies, patients = set(), set()
        for uid, data in outside.received:
            assert uid not in site.peers.instances, "the archive inside has it under another UID"
            assert not [one for one in told if one and one.encode() in data]
            made = pydicom.dcmread(io.BytesIO(data), force=True)
            assert made.PatientIdentityRemoved == "YES"
            studies.add(made.StudyInstanceUID)
            patients.add(made.PatientID)
        assert len(studies) == len(patients) == 1 and patients.pop().startswith("P-")
    finally:
        site.stop()
        outside.stop()


def sources():
    """Samples, and real radiographs where they are there."""
    real = ["cxr/nih_dx_nofinding.dcm", "cxr/chrJapMulti.dcm", "cxr/dx_dog_thorax.dcm", "cxr/CR-MONO1-10-chest_nopreamble.dcm"]
    found = [SHARED / name for name in real if (SHARED / name).exists()]
    need(found, f"{SHARED} has no real radiographs")
    chest = sorted(SAMPLES.glob("chest/*.dcm"))
    return [chest[0], chest[1], chest[4], *found], sorted((SAMPLES / "cardiac" / "scout1").glob("*.dcm"))


def errors(path):
    run = subprocess.run(["dciodvfy", path], capture_output=True, text=True)
    return {line for line in (run.stdout + run.stderr).splitlines() if line.startswith("Error")}


def test_everything_made_of_real_studies_is_read_by_others(site, tmp_path):
    radiographs, scout = sources()
    site.submit(*radiographs, *scout)
    studies = {pydicom.dcmread(file, stop_before_pixels=True, force=True).StudyInstanceUID for file in radiographs + scout[:1]}
    eventually(lambda: len(site.peers.bundles) >= len(studies) and len(site.engine.messages) >= len(studies), 120)
    eventually(lambda: len(site.peers.notices) >= len(studies) and site.undelivered() == 0)
    objects = {}
    for index, (uid, times) in enumerate(site.peers.instances.items()):
        assert len(times) == 1
        path = tmp_path / f"{index}.dcm"
        path.write_bytes(times[0])
        objects[path] = pydicom.dcmread(path)
    by_kind = {}
    for path, made in objects.items():
        by_kind.setdefault(KINDS[made.SOPClassUID], []).append((path, made))
    assert {kind: len(found) > 0 for kind, found in by_kind.items()} == {"sr": True, "capture": True, "reformat": True}
    check_identity(radiographs + scout[:1], objects)
    assert {path.name: found for path in objects if (found := errors(path) - copied_errors(radiographs + scout[:1]))} == {}
    for path, _ in by_kind["sr"]:
        check_report(path)
    check_bundles(site.peers.bundles)
    for message in site.engine.messages:
        check_message(message)
    for fields, body in site.peers.notices:
        check_notice(fields, body)


def copied_errors(files):
    """What dciodvfy says of the sources themselves: it comes along with patient and study."""
    return set().union(*(errors(file) for file in files))


def check_identity(files, objects):
    """Patient and study are those of the source, byte for byte; series and instance are ours."""
    for file in files:
        source = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        of_study = [made for made in objects.values() if made.StudyInstanceUID == source.StudyInstanceUID]
        assert of_study, file
        for made in of_study:
            for keyword in ["PatientID", "PatientName", "AccessionNumber", "StudyDate", "StudyID", "PatientSex"]:
                assert made.get(keyword, "") == source.get(keyword, ""), keyword
            assert made.get("SpecificCharacterSet") == source.get("SpecificCharacterSet")
            assert made.Manufacturer == "Hilum" and made.DeviceSerialNumber == "S-1"
            assert made.SeriesInstanceUID.startswith("2.25.") and made.SOPInstanceUID.startswith("2.25.")
            assert made.TimezoneOffsetFromUTC
            if made.SOPClassUID != "1.2.840.10008.5.1.4.1.1.88.34":
                assert made.ImageType[:2] == ["DERIVED", "SECONDARY"] and made.BurnedInAnnotation == "NO"


def check_report(path):
    import highdicom

    dump = subprocess.run(["dsrdump", "-Er", "+Pt", path], capture_output=True, text=True)
    assert dump.returncode == 0 and "INVALID" not in dump.stdout + dump.stderr, dump.stderr
    report = highdicom.sr.srread(path)
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    referenced = {
        instance.ReferencedSOPInstanceUID
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    assert referenced
    content = highdicom.sr.MeasurementReport.from_sequence([report])
    groups = content.get_image_measurement_groups()
    planes = content.get_planar_roi_measurement_groups()
    for group in groups:
        assert group.finding_type.meaning and group.tracking_uid.startswith("2.25.")
        certainty = [m for m in group.get_measurements() if m.name.value == "111012"]
        assert len(certainty) == 1 and 0 <= certainty[0].value <= 1 and certainty[0].unit.value == "1"
    for plane in planes:
        assert plane.roi.graphic_type.value == "POLYGON" and plane.roi.value.shape == (5, 3)
    assert len(groups) in (0, 9) and len(planes) in (0, 3)


def check_bundles(bundles):
    from fhir.resources.R4B.bundle import Bundle

    for bundle in bundles:
        read = Bundle.model_validate(bundle)
        assert read.type == "transaction"
        report = [entry.resource for entry in read.entry if entry.resource.get_resource_type() == "DiagnosticReport"][0]
        assert report.status == "preliminary" and report.imagingStudy[0].identifier.value.startswith("urn:oid:")
        for entry in read.entry:
            assert entry.request.method == "PUT" and entry.request.url.endswith(entry.resource.id)


def check_message(message):
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.parser import parse_message

    read = parse_message(message.decode(), validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True)
    assert read.msh.msh_9.to_er7() == "ORU^R01^ORU_R01" and read.msh.msh_12.to_er7() == "2.5.1"
    assert read.msh.msh_18.to_er7() == "UNICODE UTF-8"
    segments = [segment.split("|")[0] for segment in message.decode().strip("\r").split("\r")]
    assert segments[:3] == ["MSH", "PID", "OBR"] and set(segments[3:]) == {"OBX"}


def check_notice(fields, body):
    fields = {name.lower(): value for name, value in fields.items()}
    signed = fields["hilum-timestamp"].encode() + b"." + body
    expected = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(fields["hilum-signature"], expected)
    assert abs(time.time() - int(fields["hilum-timestamp"])) < 300
    notice = json.loads(body)
    assert notice["event"] == "study.reported" and "patient" not in notice and "1.2." not in body.decode()


def test_peers_that_come_back_get_everything_once(site):
    files = sorted(SAMPLES.glob("chest/*.dcm"))[:2]
    site.peers.stop()
    site.engine.answers = ["AR"] * 3
    site.submit(*files)
    eventually(lambda: "results wait for" in site.study(files[1])["reason"])
    assert "nobody answers" in site.study(files[1])["reason"]
    eventually(lambda: site.shown_undelivered() > 0)
    site.peers.start()
    eventually(lambda: site.peers.bundles and len(site.peers.notices) == 2 and site.undelivered() == 0)
    assert [len(times) for times in site.peers.instances.values()] == [1] * len(site.peers.instances)
    assert len(site.peers.bundles) == 2 and len(site.peers.notices) == 2
    assert len(site.engine.messages) == 2 + 3  # three rejected
    eventually(lambda: site.study(files[1])["reason"].find("results") < 0)
    eventually(lambda: site.shown_undelivered() == 0)


def test_what_is_refused_is_a_dead_letter_until_it_is_sent_again(site):
    file = sorted(SAMPLES.glob("chest/*.dcm"))[0]
    site.peers.refuses = 400
    site.submit(file)
    eventually(lambda: "were not taken by" in site.study(file)["reason"])
    assert "HTTP 400; gave up after 2 refusals" in site.study(file)["reason"]
    site.peers.refuses = 0
    uid = pydicom.dcmread(file, stop_before_pixels=True).StudyInstanceUID
    eventually(lambda: "sent again" in site.system.run("retry", uid).stdout)
    eventually(lambda: site.undelivered() == 0 and len(site.peers.bundles) == 1 and len(site.peers.notices) == 1)
    assert "results" not in site.study(file)["reason"]


def gateway(site):
    """The gateway's process number; None while there is none."""
    try:
        return site.system.children().get("gateway")
    except OSError:  # it is just ending
        return None


def test_nothing_is_lost_by_kill_9(site):
    files = sorted(SAMPLES.glob("chest/*.dcm"))
    site.submit(*files)
    for _ in range(4):
        time.sleep(0.4)
        before = eventually(lambda: gateway(site))
        os.kill(before, signal.SIGKILL)
        eventually(lambda before=before: gateway(site) not in (None, before))
    studies = {pydicom.dcmread(file, stop_before_pixels=True).StudyInstanceUID for file in files}

    def reports():
        made = [pydicom.dcmread(io.BytesIO(times[0])) for times in list(site.peers.instances.values())]
        return {one.StudyInstanceUID for one in made if one.Modality == "SR"}

    eventually(lambda: reports() == studies and site.undelivered() == 0, 120)
    # What was under way when it was killed may come twice, as the same bytes.
    for times in site.peers.instances.values():
        assert len(set(times)) == 1
    reported = {
        entry["resource"]["id"] for bundle in site.peers.bundles for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "DiagnosticReport"
    }  # fmt: skip
    assert len(reported) == len(studies)
    assert len({message.split(b"|")[9] for message in site.engine.messages}) == len(studies)
    assert len({fields.get("hilum-delivery", fields.get("Hilum-Delivery")) for fields, _ in site.peers.notices}) == len(studies)


def test_late_instances_are_reported_anew(site):
    chest = sorted(SAMPLES.glob("chest/*.dcm"))
    first = pydicom.dcmread(chest[0])
    late = pydicom.dcmread(chest[1])
    late.StudyInstanceUID = first.StudyInstanceUID
    late.SeriesInstanceUID, late.SOPInstanceUID = "2.25.1001", "2.25.1002"
    late.file_meta.MediaStorageSOPInstanceUID = "2.25.1002"
    late.save_as(site.folder / "late.dcm")

    def reports():
        made = [pydicom.dcmread(io.BytesIO(times[0])) for times in list(site.peers.instances.values())]
        return sorted((one for one in made if one.Modality == "SR"), key=lambda one: one.InstanceNumber)

    site.submit(chest[0])
    eventually(lambda: len(reports()) == 1 and site.undelivered() == 0)
    site.submit(site.folder / "late.dcm")
    eventually(lambda: len(reports()) == 2 and site.undelivered() == 0 and len(site.peers.bundles) == 2)
    before, after = reports()
    replaced = after.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert replaced.ReferencedSOPInstanceUID == before.SOPInstanceUID
    assert after.SeriesInstanceUID == before.SeriesInstanceUID
    ids = [[entry["resource"]["id"] for entry in bundle["entry"]] for bundle in site.peers.bundles]
    assert ids[0][-1] == ids[1][-1] and set(ids[0]) < set(ids[1])
