"""`hilum deidentify`: nothing of the patient is left in the bytes, and what is left is still DICOM."""

import concurrent.futures
import io
import json
import os
import pathlib
import re
import shutil
import subprocess

import numpy
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, generate_uid

from conftest import ROOT, SAMPLES, need

SHARED = pathlib.Path(os.environ.get("HILUM_SHARED", ROOT.parent / "shared")) / "data"
ALL = ("--retain-dates", "--retain-patient", "--retain-device", "--clean-descriptors")
# Attributes whose values say who somebody is; what the options keep is not among them.
IDENTIFYING = [
    "PatientName", "PatientID", "PatientBirthDate", "OtherPatientIDs", "OtherPatientNames", "PatientAddress",
    "PatientTelephoneNumbers", "PatientMotherBirthName", "IssuerOfPatientID", "AccessionNumber", "ReferringPhysicianName",
    "PerformingPhysicianName", "OperatorsName", "NameOfPhysiciansReadingStudy", "PhysiciansOfRecord",
    "RequestingPhysician", "InstitutionName", "InstitutionAddress", "StudyInstanceUID", "SeriesInstanceUID",
    "SOPInstanceUID", "FrameOfReferenceUID", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate",
    "InstanceCreationDate", "PerformedProcedureStepStartDate", "AcquisitionDateTime", "VerifyingObserverName",
    "VerifyingOrganization", "PersonName", "ReferencedSOPInstanceUID", "ConcatenationUID",
    "DimensionOrganizationUID", "FrameAcquisitionDateTime", "FrameReferenceDateTime",
]  # fmt: skip


@pytest.fixture(scope="module")
def tool(programs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("privacy")
    (folder / "secret").write_text("0123456789abcdef0123456789abcdef01234567\n")

    def run(*arguments, secret=folder / "secret"):
        command = [programs / "hilum", *arguments, *(["--secret", secret] if secret else [])]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300)

    return run


def identifiers(data_set, found=None):
    """Every value that has to be gone, with the attribute it came from."""
    found = {} if found is None else found
    for element in data_set:
        if element.VR == "SQ":
            for item in element.value or []:
                identifiers(item, found)
        elif element.keyword in IDENTIFYING and element.value:
            for value in element.value if element.VM > 1 else [element.value]:
                found.setdefault(str(value).strip(), element.keyword)
                if element.VR == "PN":
                    for part in re.split(r"[\^= ,]", str(value)):
                        found.setdefault(part, element.keyword)
    return found


def forms(value, keyword):
    """A value in every form in which it may hide; dates in all that people write."""
    texts = {value}
    if keyword.endswith(("Date", "DateTime")) and re.match(r"\d{8}", value):
        y, m, d = value[:4], value[4:6], value[6:8]
        texts = {y + m + d, *(f"{a}{s}{b}{s}{c}" for s in "-./" for a, b, c in [(y, m, d), (d, m, y), (m, d, y)])}
    for text in texts:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "shift_jis", "iso2022_jp"):
            try:
                yield text, text.encode(encoding)
            except UnicodeEncodeError:
                pass


def leaks(originals, output, shortest=4):
    low = output.lower()
    return sorted({
        (keyword, text) for value, keyword in originals.items() if len(value) >= shortest
        and not value.startswith("1.2.840.10008.")
        for text, form in forms(value, keyword) if len(form) >= shortest and form.lower() in low
    })  # fmt: skip


def original(path):
    return pydicom.dcmread(path, force=True)


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def readable(path):
    """Whether a file is one that has something to take out."""
    try:
        data_set = original(path)
        return bool(identifiers(data_set)) and "SOPInstanceUID" in data_set
    except Exception:
        return False


REAL = [path for folder in ("cxr", "cxr_derived", "mr", "mr_enhanced", "mr_series_wrist", "other", "xr_other", "fuzz",
                            "malformed") for path in files(SHARED / folder) if path.suffix != ".png"]  # fmt: skip


@pytest.mark.parametrize("options", [(), ALL], ids=["basic", "all options"])
def test_no_identifier_is_found_in_any_byte_of_the_real_files(tool, tmp_path, options):
    need(REAL, f"{SHARED} has no files")
    done = tool("deidentify", SHARED, tmp_path / "out", *options, "--map", tmp_path / "map")
    outputs = files(tmp_path / "out")
    assert len(outputs) >= 60, done.stderr
    by_uid = {}
    for line in (tmp_path / "map").read_text().splitlines():
        entry = json.loads(line)
        by_uid.setdefault(entry["original"], entry["pseudonym"])
    checked = 0
    for path in filter(readable, REAL):
        data_set = original(path)
        output = [file for file in outputs if file.stem == by_uid.get(str(data_set.SOPInstanceUID).strip("\0 "))]
        for file in output:
            values = {k: v for k, v in identifiers(data_set).items() if not (options and v in ("Manufacturer",))}
            assert leaks(values, file.read_bytes(), 5) == [], path.name
            checked += 1
    assert checked >= 50


def complaints(path):
    """What dciodvfy calls an error, without values."""
    done = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, timeout=60, errors="replace")
    lines = (line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error"))
    return {re.sub(r"[<=].*", "", line) for line in lines}


def test_the_output_passes_dciodvfy_as_well_as_the_input_did(tool, tmp_path):
    need(shutil.which("dciodvfy"), "dciodvfy is not installed")
    need(REAL, f"{SHARED} has no files")
    folders = {}
    for path in filter(readable, REAL):
        if path.parent.name not in ("fuzz", "malformed") and path.stat().st_size < 2_000_000:
            folders.setdefault(path.parent.name, []).append(path)
    inputs = [path for paths in folders.values() for path in paths[:3]]
    inputs += [SAMPLES / "chest" / "01_normal.dcm", next((SAMPLES / "cardiac").rglob("*.dcm"))]
    jobs = [(path, tmp_path / f"{number}-{len(options)}.dcm", options)
            for number, path in enumerate(inputs) for options in ((), ALL)]  # fmt: skip

    def worse(job):
        path, out, options = job
        return tool("deidentify", path, out, *options).returncode == 0 and complaints(out) - complaints(path)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = {(job[0].name, len(job[2])): result for job, result in zip(jobs, pool.map(worse, jobs))}
    assert sum(result is not False for result in found.values()) >= 20
    assert {key: errors for key, errors in found.items() if errors} == {}


# Hostile objects


SECRETS = ["Zyxwvut", "Qponmlk", "HOSP-771199", "ACC-5566778", "Doktor Geheim", "Klinik Nirgendwo", "1961-04-12"]


def hostile(**fields):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["instance"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = "ZYXWVUT"
    meta.PrivateInformationCreatorUID = "1.2.3.4.5.6.7.8.9"
    meta.PrivateInformation = b"Zyxwvut "
    data_set = FileDataset("", {}, file_meta=meta, preamble=b"Zyxwvut^Qponmlk".ljust(128, b"\0"))
    data_set.SOPClassUID = meta.MediaStorageSOPClassUID
    data_set.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    data_set.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    data_set.SeriesInstanceUID = generate_uid(entropy_srcs=["series"])
    data_set.Modality = "OT"
    data_set.PatientName = "Zyxwvut^Qponmlk^^Dr."
    data_set.PatientID = "HOSP-771199"
    data_set.PatientBirthDate = "19610412"
    data_set.PatientSex, data_set.PatientAge = "F", "063Y"
    data_set.AccessionNumber = "ACC-5566778"
    data_set.StudyDate, data_set.StudyTime = "20240605", "101112"
    data_set.ReferringPhysicianName = "Doktor Geheim"
    data_set.InstitutionName = "Klinik Nirgendwo"
    data_set.StudyDescription = "CHEST PA of Zyxwvut, born 12.04.1961"
    data_set.ConversionType = "WSD"
    for name, value in fields.items():
        setattr(data_set, name, value)
    return data_set


def with_pixels(data_set, bits=8, rows=16, columns=16):
    data_set.Rows, data_set.Columns, data_set.SamplesPerPixel = rows, columns, 1
    data_set.PhotometricInterpretation = "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = bits, bits, bits - 1, 0
    data_set.PixelData = bytes(range(256)) * (rows * columns * bits // 8 // 256)
    data_set["PixelData"].VR = "OW" if bits == 16 else "OB"
    return data_set


def run(tool, folder, data_set, *options):
    """The output of one object, or the reason why there is none."""
    source, target = folder / "in.dcm", folder / "out.dcm"
    target.unlink(missing_ok=True)
    data_set.save_as(source, enforce_file_format=False)
    done = tool("deidentify", source, target, *options)
    return target if done.returncode == 0 else done.stderr


def check(tool, folder, data_set, *options):
    target = run(tool, folder, data_set, *options)
    assert isinstance(target, pathlib.Path), target
    output = target.read_bytes()
    assert leaks({**identifiers(data_set), **{secret: "Secret" for secret in SECRETS}}, output) == []
    return pydicom.dcmread(target)


@pytest.mark.parametrize("options", [(), ALL], ids=["basic", "all options"])
def test_nested_and_private_sequences_hide_nothing(tool, tmp_path, options):
    data_set = with_pixels(hostile())
    deep = Dataset()
    deep.PatientName, deep.PatientID = "Zyxwvut^Qponmlk", "HOSP-771199"
    deep.ContentDate = "19610412"
    for _ in range(12):
        outer = Dataset()
        outer.ReferencedSOPInstanceUID = data_set.SOPInstanceUID
        outer.PurposeOfReferenceCodeSequence = Sequence([deep])
        deep = outer
    data_set.SourceImageSequence = Sequence([deep])
    block = data_set.private_block(0x0099, "Zyxwvut Inc", create=True)
    private = Dataset()
    private.PatientName = "Zyxwvut^Qponmlk"
    block.add_new(1, "SQ", Sequence([private]))
    block.add_new(2, "UN", b"HOSP-771199 ")
    inner = data_set.SourceImageSequence[0].private_block(0x0099, "Zyxwvut Inc", create=True)
    inner.add_new(1, "LO", "HOSP-771199")
    data_set.OriginalAttributesSequence = Sequence([private])
    data_set.OtherPatientIDsSequence = Sequence([deep])
    data_set.PersonName = "Doktor Geheim"
    result = check(tool, tmp_path, data_set, *options)
    assert not any(element.tag.is_private for element in result.iterall())
    assert result.file_meta.get("SourceApplicationEntityTitle") is None
    assert result.preamble == bytes(128)


def test_names_repeated_in_other_attributes_are_taken_out(tool, tmp_path):
    data_set = with_pixels(hostile(
        ImageComments="Zyxwvut", SeriesDescription="T1 AXIAL Zyxwvut HOSP-771199", ManufacturerModelName="for Qponmlk",
        DerivationDescription="made on 05.06.2024 and 2024-06-05 for ACC-5566778", SoftwareVersions="20240605",
        BodyPartExamined="ZYXWVUT", LossyImageCompressionMethod="HOSP-771199", StationName="Qponmlk",
        ContributingEquipmentSequence=Sequence([Dataset()]),
    ))  # fmt: skip
    data_set.ContributingEquipmentSequence[0].InstitutionName = "Klinik Nirgendwo"
    data_set.ContributingEquipmentSequence[0].Manufacturer = "Klinik Nirgendwo"
    result = check(tool, tmp_path, data_set, "--clean-descriptors")
    assert result.SeriesDescription == "T1 AXIAL"
    assert result.StudyDescription == "CHEST PA of".replace(" of", "")
    check(tool, tmp_path, data_set, *ALL)


def test_structured_report_text_is_replaced_and_codes_and_numbers_stay(tool, tmp_path):
    def code(value, scheme, meaning):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
        return item

    def content(kind, name, **fields):
        item = Dataset()
        item.RelationshipType, item.ValueType = "CONTAINS", kind
        item.ConceptNameCodeSequence = Sequence([code(*name)])
        for keyword, value in fields.items():
            setattr(item, keyword, value)
        return item

    report = hostile(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality="SR", ValueType="CONTAINER",
                     CompletionFlag="COMPLETE", VerificationFlag="VERIFIED", ContinuityOfContent="SEPARATE")  # fmt: skip
    report.file_meta.MediaStorageSOPClassUID = report.SOPClassUID
    observer = Dataset()
    observer.VerifyingObserverName, observer.VerifyingOrganization = "Doktor Geheim", "Klinik Nirgendwo"
    observer.VerificationDateTime = "20240605101112"
    observer.VerifyingObserverIdentificationCodeSequence = Sequence([code("HOSP-771199", "99SITE", "Doktor Geheim")])
    report.VerifyingObserverSequence = Sequence([observer])
    unit = code("mm", "UCUM", "millimeter")
    measured = Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = "12.5", Sequence([unit])
    report.ContentSequence = Sequence([
        content("TEXT", ("121071", "DCM", "Finding"), TextValue="Zyxwvut, 12.04.1961, has a nodule"),
        content("PNAME", ("121008", "DCM", "Person Observer Name"), PersonName="Doktor^Geheim"),
        content("DATE", ("121033", "DCM", "Subject Birth Date"), Date="19610412"),
        content("UIDREF", ("112002", "DCM", "Series Instance UID"), UID=report.SeriesInstanceUID),
        content("NUM", ("121401", "DCM", "Diameter"), MeasuredValueSequence=Sequence([measured])),
        content("CODE", ("121071", "DCM", "Finding"), ConceptCodeSequence=Sequence([code("27925004", "SCT", "Nodule")])),
    ])  # fmt: skip
    result = check(tool, tmp_path, report)
    text, _, date, uid, number, finding = result.ContentSequence
    assert "nodule" not in text.TextValue.lower()
    assert uid.UID == result.SeriesInstanceUID
    assert number.MeasuredValueSequence[0].NumericValue == 12.5
    assert finding.ConceptCodeSequence[0].CodeMeaning == "Nodule"
    methods = [item.CodeValue for item in result.DeidentificationMethodCodeSequence]
    assert "113100" in methods and "113104" in methods
    check(tool, tmp_path, report, *ALL)


def test_a_document_inside_becomes_one_that_says_it_is_gone(tool, tmp_path):
    pdf = b"%PDF-1.4\n1 0 obj<</Title(Zyxwvut, HOSP-771199)>>endobj\n" + "Klinik Nirgendwo".encode("utf-16-be") + b"\n%%EOF"
    data_set = hostile(SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1", Modality="DOC", DocumentTitle="Brief an Zyxwvut",
                       MIMETypeOfEncapsulatedDocument="application/pdf", EncapsulatedDocumentLength=len(pdf))  # fmt: skip
    data_set.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    result = check(tool, tmp_path, data_set)
    document = result.EncapsulatedDocument[: result.EncapsulatedDocumentLength]
    assert document.startswith(b"%PDF-1.4") and b"Removed by de-identification" in document
    offset = int(re.search(rb"startxref\n(\d+)", document)[1])
    assert document[offset:].startswith(b"xref")
    data_set.MIMETypeOfEncapsulatedDocument = "model/stl"
    assert "no harmless stand-in" in run(tool, tmp_path, data_set)


def jpeg(comment):
    image = Image.fromarray(numpy.arange(1024, dtype="uint8").reshape(32, 32))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "Zyxwvut", "Doktor Geheim"
    image.save(out, "JPEG", quality=90, comment=comment, exif=exif)
    return out.getvalue() + b"hidden HOSP-771199"


def jpeg2000(comment):
    image = Image.fromarray(numpy.arange(1024, dtype="uint8").reshape(32, 32))
    out = io.BytesIO()
    image.save(out, "JPEG2000", irreversible=False, no_jp2=True, comment=comment)
    return out.getvalue()


@pytest.mark.parametrize("syntax, encode", [(JPEGBaseline8Bit, jpeg), (JPEG2000Lossless, jpeg2000)])
@pytest.mark.parametrize("frames", [1, 3])
def test_comments_inside_compressed_frames_are_blanked_and_the_picture_stays(tool, tmp_path, syntax, encode, frames):
    data_set = with_pixels(hostile(), rows=32, columns=32)
    data_set.file_meta.TransferSyntaxUID = syntax
    codestream = encode("Zyxwvut^Qponmlk HOSP-771199 born 12.04.1961")
    assert b"Zyxwvut" in codestream
    data_set.NumberOfFrames = frames
    data_set.PixelData = encapsulate([codestream + b"\0" * (len(codestream) % 2)] * frames)
    data_set["PixelData"].VR = "OB"
    result = check(tool, tmp_path, data_set)
    assert result.file_meta.TransferSyntaxUID == syntax
    for frame in generate_frames(result.PixelData, number_of_frames=frames):
        assert len(frame) == len(codestream) + len(codestream) % 2
        found = numpy.asarray(Image.open(io.BytesIO(frame)))
        assert (found == numpy.asarray(Image.open(io.BytesIO(codestream)))).all()


def test_overlays_curves_and_unused_bits_are_cleared(tool, tmp_path):
    data_set = with_pixels(hostile(), bits=16)
    data_set.BitsStored, data_set.HighBit = 12, 11
    data_set.add_new(0x60000010, "US", 16)
    data_set.add_new(0x60000102, "US", 12)
    data_set.add_new(0x60000022, "LO", "Zyxwvut")
    data_set.add_new(0x60023000, "OW", b"Zyxwvut HOSP-771199 ")
    data_set.add_new(0x50000010, "US", 1)
    data_set.add_new(0x50003000, "OW", b"Zyxwvut HOSP-771199 ")
    result = check(tool, tmp_path, data_set)
    assert not [element for element in result if 0x5000 <= element.tag.group < 0x6100]
    assert max(numpy.frombuffer(result.PixelData, "<u2")) < 4096
    original_pixels = numpy.frombuffer(data_set.PixelData, "<u2") & 0x0FFF
    assert (numpy.frombuffer(result.PixelData, "<u2") == original_pixels).all()


def test_burned_in_text_is_refused_unless_a_rule_blackens_it(tool, tmp_path):
    data_set = with_pixels(hostile(Modality="US", Manufacturer="ACME Ultrasound", BurnedInAnnotation="YES"))
    assert "burned into the pixels" in run(tool, tmp_path, data_set)
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"rules": [
        {"modality": "US", "manufacturer": "other", "regions": []},
        {"modality": "US", "manufacturer": "acme", "rows": 16, "regions": [{"x": 2, "y": 0, "width": 99, "height": 3}]},
    ]}))  # fmt: skip
    result = check(tool, tmp_path, data_set, "--regions", rules)
    before, after = (numpy.frombuffer(d.PixelData, "u1").reshape(16, 16) for d in (data_set, result))
    assert (after[:3, 2:] == 0).all() and (after[3:] == before[3:]).all() and (after[:3, :2] == before[:3, :2]).all()
    assert result.BurnedInAnnotation == "NO"
    assert "113101" in [item.CodeValue for item in result.DeidentificationMethodCodeSequence]
    compressed = with_pixels(data_set, rows=32, columns=32)
    compressed.file_meta.TransferSyntaxUID = JPEG2000Lossless
    codestream = jpeg2000("Zyxwvut")
    compressed.PixelData = encapsulate([codestream + b"\0" * (len(codestream) % 2)])
    rules.write_text('{"rules":[{"modality":"US","regions":[{"x":0,"y":0,"width":32,"height":1}]}]}')
    result = check(tool, tmp_path, compressed, "--regions", rules)
    assert result.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    expected = numpy.arange(1024, dtype="uint8").reshape(32, 32)
    expected[0] = 0
    assert (numpy.frombuffer(result.PixelData, "u1").reshape(32, 32) == expected).all()
    rules.write_text('{"rules":[{"regions":[]}]}')
    assert "region rule 1" in run(tool, tmp_path, data_set, "--regions", rules)


def test_the_marks_say_what_was_done(tool, tmp_path):
    data_set = with_pixels(hostile())
    basic = check(tool, tmp_path, data_set)
    assert basic.PatientIdentityRemoved == "YES"
    assert "2026c" in basic.DeidentificationMethod[0]
    assert basic.LongitudinalTemporalInformationModified == "REMOVED"
    assert basic.StudyDate == "" and basic.PatientBirthDate == "" and basic.PatientSex == ""
    every = check(tool, tmp_path, data_set, *ALL)
    codes = [(item.CodeValue, item.CodingSchemeDesignator) for item in every.DeidentificationMethodCodeSequence]
    assert {value for value, _ in codes} == {"113100", "113104", "113105", "113107", "113108", "113109"}
    assert {scheme for _, scheme in codes} == {"DCM"}
    assert every.LongitudinalTemporalInformationModified == "MODIFIED"
    assert every.PatientSex == "F" and every.PatientAge == "063Y" and every.PatientBirthDate == ""
    assert every.StudyTime == "101112"


def test_one_patient_has_one_pseudonym_and_one_shift_and_uids_stay_linked(tool, tmp_path):
    from datetime import date

    def day(text):
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))

    first = check(tool, tmp_path, with_pixels(hostile()), "--retain-dates")
    later = hostile(StudyDate="20240815", SOPInstanceUID=generate_uid(), PatientName="ZYXWVUT^QPONMLK")
    second = check(tool, tmp_path, with_pixels(later), "--retain-dates")
    other = check(tool, tmp_path, with_pixels(hostile(PatientID="HOSP-771200")), "--retain-dates")
    assert first.PatientID == second.PatientID == first.PatientName and first.PatientID != other.PatientID
    assert (day(second.StudyDate) - day(first.StudyDate)).days == 71
    assert 365 <= (day("20240605") - day(first.StudyDate)).days <= 3652
    assert first.StudyInstanceUID == second.StudyInstanceUID != second.SOPInstanceUID
    for uid in (first.StudyInstanceUID, first.SOPInstanceUID, first.file_meta.MediaStorageSOPInstanceUID):
        assert re.fullmatch(r"2\.25\.[1-9]\d{0,38}", uid)
    (tmp_path / "other-secret").write_text("f" * 64)
    (tmp_path / "in2.dcm").write_bytes((tmp_path / "in.dcm").read_bytes())
    assert tool("deidentify", tmp_path / "in2.dcm", tmp_path / "out2.dcm", secret=tmp_path / "other-secret").returncode == 0
    assert pydicom.dcmread(tmp_path / "out2.dcm").PatientID != other.PatientID


def test_the_way_back_needs_map_and_secret_and_is_written_down(tool, programs, tmp_path):
    with_pixels(hostile()).save_as(tmp_path / "in.dcm")
    mapped = tmp_path / "map"
    assert tool("deidentify", tmp_path / "in.dcm", tmp_path / "out.dcm", "--map", mapped).returncode == 0
    assert mapped.stat().st_mode & 0o777 == 0o600
    pseudonym = pydicom.dcmread(tmp_path / "out.dcm").PatientID
    audit = tmp_path / "audit.log"
    done = tool("reidentify", pseudonym, "--map", mapped, "--audit", audit)
    assert done.returncode == 0 and "HOSP-771199" in done.stdout
    record = json.loads(audit.read_text().splitlines()[-1])
    assert record["action"] == "reidentification" and pseudonym in record["detail"] and record["caller"]
    assert "HOSP-771199" not in audit.read_text()
    forged = tmp_path / "forged"
    forged.write_text(json.dumps({"kind": "patient", "original": "SOMEBODY", "pseudonym": pseudonym}) + "\n")
    wrong = tool("reidentify", pseudonym, "--map", forged, "--audit", audit)
    assert wrong.returncode == 1 and "SOMEBODY" not in wrong.stdout
    verified = subprocess.run([programs / "hilum", "audit", "verify", audit], capture_output=True, text=True)
    assert verified.returncode == 0 and "2 records" in verified.stdout


def test_what_cannot_be_cleaned_is_refused_and_nothing_is_written(tool, tmp_path):
    data_set = with_pixels(hostile())
    data_set.PixelData = bytes(100) + b"Zyxwvut HOSP-771199" + bytes(137)
    assert "still found" in run(tool, tmp_path, data_set)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Zyxwvut.txt").write_text("no DICOM")
    with_pixels(hostile()).save_as(tmp_path / "in" / "Zyxwvut.dcm")
    done = tool("deidentify", tmp_path / "in", tmp_path / "out")
    assert done.returncode == 1 and "1 of 2 files" in done.stdout
    assert [path for path in (tmp_path / "out").rglob("*") if "Zyxwvut" in str(path)] == []
    (tmp_path / "short").write_text("short")
    assert tool("deidentify", tmp_path / "in", tmp_path / "out", secret=tmp_path / "short").returncode == 2


def test_the_table_is_that_of_the_edition():
    """Held against the one that another project took from the standard's text."""
    from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as theirs

    actions = {"D": theirs.D_TAGS, "Z": theirs.Z_TAGS, "X": theirs.X_TAGS, "U": theirs.U_TAGS, "Z/D": theirs.Z_D_TAGS,
               "X/Z": theirs.X_Z_TAGS, "X/D": theirs.X_D_TAGS, "X/Z/D": theirs.X_Z_D_TAGS,
               "X/Z/U*": theirs.X_Z_U_STAR_TAGS}  # fmt: skip
    expected = {f"{tag[0]:04X}{tag[1]:04X}": action for action, tags in actions.items() for tag in tags if len(tag) == 2}
    file = ROOT / "Sources/Shared/Deidentification/Profile/ConfidentialityProfile+Table.swift"
    ours = dict(re.findall(r"^ +([0-9A-F]{8}) (\S+)", file.read_text(), re.M))
    assert len(ours) == 652 and ours == expected
