"""DICOMweb of the gateway, seen by dicomweb-client, requests and curl."""

import io
import json
import os
import pathlib
import re
import socket
import subprocess
import time

import numpy
import PIL.Image
import pydicom
import pydicom.uid
import pytest
import requests
from conftest import ROOT, SAMPLES, need
from dicomweb_client.api import DICOMwebClient
from pydicom.dataset import Dataset, FileMetaDataset
from test_gateway import Gateway

SHARED = pathlib.Path(os.environ.get("HILUM_SHARED", ROOT.parent / "shared")) / "data"
EXPLICIT, IMPLICIT = pydicom.uid.ExplicitVRLittleEndian, pydicom.uid.ImplicitVRLittleEndian
NATIVE = 'multipart/related; type="application/octet-stream"'


@pytest.fixture(scope="module")
def gateway(programs, tmp_path_factory):
    running = Gateway(programs, tmp_path_factory.mktemp("dicomweb"))
    yield running
    running.process.terminate()
    assert running.process.wait(timeout=30) == 0


@pytest.fixture(scope="module")
def root(gateway):
    return f"http://{gateway.address}/dicom-web"


@pytest.fixture(scope="module")
def client(root):
    return DICOMwebClient(root)


def image(syntax=EXPLICIT, rows=24, columns=16, frames=1, **attributes):
    """A small MR image of 12 bits that knows its own pixels."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = pydicom.uid.generate_uid(), pydicom.uid.generate_uid()
    data.SpecificCharacterSet, data.PatientName, data.PatientID = "ISO_IR 192", "Test^Case", "P1"
    data.Modality, data.InstanceNumber, data.StudyDate, data.StudyTime = "MR", 1, "20240131", "101500"
    data.Rows, data.Columns, data.SamplesPerPixel, data.BitsAllocated = rows, columns, 1, 16
    data.BitsStored, data.HighBit, data.PixelRepresentation = 12, 11, 0
    data.PhotometricInterpretation = "MONOCHROME2"
    if frames > 1:
        data.NumberOfFrames = frames
    pixels = (numpy.arange(frames * rows * columns) * 7 % 4096).astype("<u2")
    data.PixelData = pixels.tobytes()
    for keyword, value in attributes.items():
        setattr(data, keyword, value)
    return data


def written(data):
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


def message(parts, boundary="b", part_type="application/dicom"):
    body = b"".join(f"--{boundary}\r\nContent-Type: {part_type}\r\n\r\n".encode() + part + b"\r\n" for part in parts)
    return body + f"--{boundary}--\r\n".encode()


def stow(root, parts, study=None, **headers):
    url = f"{root}/studies" + (f"/{study}" if study else "")
    headers = {"content-type": 'multipart/related; type="application/dicom"; boundary=b', **headers}
    return requests.post(url, data=message(parts), headers=headers, timeout=60)


def url(root, data, tail=""):
    return f"{root}/studies/{data.StudyInstanceUID}/series/{data.SeriesInstanceUID}/instances/{data.SOPInstanceUID}{tail}"


def parts_of(response):
    boundary = re.search(r"boundary=([^;]+)", response.headers["content-type"])[1].encode()
    pieces = response.content.split(b"\r\n--" + boundary)[1:]
    assert pieces[-1].startswith(b"--")
    return [piece.removeprefix(b"\r\n").split(b"\r\n\r\n", 1) for piece in pieces[:-1]]


def test_a_client_stores_searches_and_retrieves(client):
    series = pydicom.uid.generate_uid()
    first = image(SeriesInstanceUID=series, PatientName="Müller^Jörg", SpecificCharacterSet="ISO_IR 100")
    second = image(SeriesInstanceUID=series, StudyInstanceUID=first.StudyInstanceUID, InstanceNumber=2)
    answer = client.store_instances([first, second])
    assert {item.ReferencedSOPInstanceUID for item in answer.ReferencedSOPSequence} == {
        first.SOPInstanceUID, second.SOPInstanceUID,
    }  # fmt: skip
    assert "FailedSOPSequence" not in answer and answer.RetrieveURL.endswith(first.StudyInstanceUID)

    study = first.StudyInstanceUID
    found = [Dataset.from_json(one) for one in client.search_for_studies(search_filters={"StudyInstanceUID": study})]
    assert [one.PatientName for one in found] == ["Müller^Jörg"]
    assert found[0].ModalitiesInStudy == "MR" and found[0].NumberOfStudyRelatedInstances == 2
    (found,) = [Dataset.from_json(one) for one in client.search_for_series(study)]
    assert found.SeriesInstanceUID == series and found.NumberOfSeriesRelatedInstances == 2
    found = [Dataset.from_json(one) for one in client.search_for_instances(study, series)]
    assert [(one.SOPInstanceUID, one.InstanceNumber, one.Rows) for one in found] == [
        (first.SOPInstanceUID, 1, 24), (second.SOPInstanceUID, 2, 24),
    ]  # fmt: skip

    for held in (client.retrieve_study(study), client.retrieve_series(study, series)):
        assert [one.SOPInstanceUID for one in held] == [first.SOPInstanceUID, second.SOPInstanceUID]
    one = client.retrieve_instance(study, series, first.SOPInstanceUID)
    assert one.PixelData == first.PixelData and one.PatientName == "Müller^Jörg"
    described = [Dataset.from_json(one) for one in client.retrieve_study_metadata(study)]
    assert [one.InstanceNumber for one in described] == [1, 2]
    (metadata,) = [client.retrieve_instance_metadata(study, series, first.SOPInstanceUID)]
    assert metadata["00100010"]["Value"] == [{"Alphabetic": "Müller^Jörg"}]
    # URLs begin as Host says; this client's Host lacks the port.
    uri = metadata["7FE00010"]["BulkDataURI"]
    (named,) = requests.get(url(client.base_url, first, "/metadata"), timeout=30).json()
    assert named["7FE00010"]["BulkDataURI"] == uri.replace("http://127.0.0.1/dicom-web", client.base_url) != uri
    assert client.retrieve_bulkdata(named["7FE00010"]["BulkDataURI"]) == [first.PixelData]
    (frame,) = client.retrieve_instance_frames(study, series, first.SOPInstanceUID, [1])
    assert frame == first.PixelData
    for kind, magic in (("image/jpeg", b"\xff\xd8"), ("image/png", b"\x89PNG")):
        shown = client.retrieve_instance_rendered(study, series, first.SOPInstanceUID, media_types=(kind,))
        assert shown.startswith(magic)
        shown = client.retrieve_instance_frames_rendered(
            study, series, first.SOPInstanceUID, [1], media_types=(kind,))  # fmt: skip
        assert shown.startswith(magic)


def test_real_files_come_back_bit_for_bit(root):
    files = sorted(SAMPLES.glob("*/*.dcm")) + sorted(SAMPLES.glob("*/*/*.dcm"))[:8]
    if SHARED.exists():
        files += [path for folder in ("cxr", "cxr_derived", "mr", "mr_enhanced", "other", "xr_other")
                  for path in sorted((SHARED / folder).glob("*.dcm"))]  # fmt: skip
    need(len(files) > 10, "no files")
    stored = rendered = 0
    for path in files:
        content = path.read_bytes()
        answer = stow(root, [content])
        assert answer.status_code in (200, 202, 400, 409), path
        if answer.status_code != 200:
            assert "00081199" not in answer.json() or answer.status_code == 202, path
            continue
        stored += 1
        held = answer.json()["00081199"]["Value"][0]["00081190"]["Value"][0]
        back = requests.get(held, headers={"accept": 'application/dicom; transfer-syntax=*'}, timeout=60)
        assert back.status_code == 200, path
        if content[128:132] == b"DICM":
            assert back.content == content, path
            assert int(back.headers["content-length"]) == len(content)
        else:  # it came without its beginning, and goes out as a file
            assert pydicom.dcmread(io.BytesIO(back.content)) == pydicom.dcmread(path, force=True), path
        assert json.loads(requests.get(f"{held}/metadata", timeout=60).content), path
        answer = requests.get(f"{held}/rendered?viewport=64,64", timeout=60)
        assert answer.status_code in (200, 406), path
        if answer.status_code == 200:
            rendered += 1
            assert max(PIL.Image.open(io.BytesIO(answer.content)).size) == 64, path
    assert stored > 10 and rendered > 10


@pytest.mark.parametrize("lacks", [128 + 4, None])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_what_was_stored_without_its_beginning_comes_back_as_a_file(root, syntax, lacks):
    data = image(syntax)
    content = written(data)
    if lacks is None:  # the meta information too, whose length stands behind the prefix
        lacks = 144 + int.from_bytes(content[140:144], "little")
    assert stow(root, [content[lacks:]]).status_code == 200
    study = f"{root}/studies/{data.StudyInstanceUID}"
    ((_, part),) = parts_of(requests.get(study, timeout=30))
    answers = [part]
    for parameter in ("", f"; transfer-syntax={syntax}", f"; transfer-syntax={EXPLICIT}", "; transfer-syntax=*"):
        answer = requests.get(url(root, data), headers={"accept": "application/dicom" + parameter}, timeout=30)
        assert int(answer.headers.get("content-length", len(answer.content))) == len(answer.content)
        answers.append(answer.content)
    for answer in answers:
        found = pydicom.dcmread(io.BytesIO(answer))
        assert found.PixelData == data.PixelData and found.PatientName == data.PatientName
        assert found.file_meta.MediaStorageSOPInstanceUID == data.SOPInstanceUID
    for answer in (answers[2], answers[4]):
        assert pydicom.dcmread(io.BytesIO(answer)).file_meta.TransferSyntaxUID == syntax


@pytest.mark.parametrize("name", ["nih_dx_j2k", "nih_dx_jls", "nih_dx_jpegll", "nih_dx_rle"])
def test_a_compressed_image_is_decoded_on_request(root, name):
    path = SHARED / "cxr_derived" / f"{name}.dcm"
    need(path.exists(), f"{path} is not here")
    data = pydicom.dcmread(path)
    assert stow(root, [path.read_bytes()]).status_code == 200
    native = pydicom.dcmread(SHARED / "cxr_derived" / "nih_dx_rle.dcm")
    native.decompress()
    for syntax in (EXPLICIT, IMPLICIT):
        answer = requests.get(
            url(root, data), headers={"accept": f"application/dicom; transfer-syntax={syntax}"}, timeout=60)  # fmt: skip
        assert answer.status_code == 200, answer.text
        found = pydicom.dcmread(io.BytesIO(answer.content))
        assert found.file_meta.TransferSyntaxUID == syntax and found.PatientID == data.PatientID
        assert found.PixelData[: len(native.PixelData)] == native.PixelData
    answer = requests.get(url(root, data, "/frames/1"), headers={"accept": NATIVE}, timeout=60)
    ((head, frame),) = parts_of(answer)
    assert frame == native.PixelData[: len(frame)] and len(frame) == data.Rows * data.Columns * data.BitsAllocated // 8
    stored = requests.get(
        url(root, data, "/frames/1"), headers={"accept": "multipart/related; type=\"*/*\"; transfer-syntax=*"},
        timeout=60)  # fmt: skip
    ((head, frame),) = parts_of(stored)
    assert data.file_meta.TransferSyntaxUID.encode() in head
    assert frame.rstrip(b"\0") == next(pydicom.encaps.generate_frames(data.PixelData, number_of_frames=1)).rstrip(b"\0")
    answer = requests.get(
        url(root, data), headers={"accept": "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.50"}, timeout=60)
    assert answer.status_code == 406


def test_frames_have_their_full_depth(root):
    data = image(frames=3)
    assert stow(root, [written(data)]).status_code == 200
    expected = numpy.frombuffer(data.PixelData, "<u2").reshape(3, 24, 16)
    answer = requests.get(
        url(root, data, "/frames/2"), headers={"accept": "application/octet-stream"}, timeout=30)  # fmt: skip
    assert answer.headers["content-type"].startswith("application/octet-stream")
    assert (numpy.frombuffer(answer.content, "<u2").reshape(24, 16) == expected[1]).all()
    answer = requests.get(url(root, data, "/frames/3,1"), headers={"accept": NATIVE}, timeout=30)
    found = [numpy.frombuffer(frame, "<u2").reshape(24, 16) for _, frame in parts_of(answer)]
    assert (found[0] == expected[2]).all() and (found[1] == expected[0]).all()
    assert requests.get(url(root, data, "/frames/4"), timeout=30).status_code == 404
    assert requests.get(url(root, data, "/frames/0"), timeout=30).status_code == 404
    both = requests.get(url(root, data, "/frames/1,2"), headers={"accept": "application/octet-stream"}, timeout=30)
    assert both.status_code == 406


def test_an_image_is_shown_as_asked(root):
    data = image(WindowCenter=2048, WindowWidth=4096)
    assert stow(root, [written(data)]).status_code == 200
    pixels = numpy.frombuffer(data.PixelData, "<u2").reshape(24, 16).astype(float)

    def shown(query):
        answer = requests.get(url(root, data, f"/rendered?{query}"), headers={"accept": "image/png"}, timeout=30)
        assert answer.status_code == 200, answer.text
        return numpy.asarray(PIL.Image.open(io.BytesIO(answer.content))).astype(int)

    expected = numpy.clip((pixels - 1000) / 500 + 0.5, 0, 1) * 255
    assert abs(shown("window=1000,500,linear-exact") - expected).max() <= 1
    assert shown("viewport=8,12").shape == (12, 8)
    assert shown("viewport=32,32").shape == (32, 21)
    whole = shown("")
    assert (shown("viewport=8,12,4,6,8,12") == whole[6:18, 4:12]).all()
    assert (shown("viewport=16,24,0,0,-16,24") == whole[:, ::-1]).all()
    sizes = [
        len(requests.get(url(root, data, f"/rendered?quality={quality}"), timeout=30).content) for quality in (5, 95)
    ]
    assert sizes[0] < sizes[1]
    thumbnail = requests.get(f"{root}/studies/{data.StudyInstanceUID}/thumbnail", timeout=30)
    assert max(PIL.Image.open(io.BytesIO(thumbnail.content)).size) == 128
    several = requests.get(
        f"{root}/studies/{data.StudyInstanceUID}/rendered", headers={"accept": "image/png"}, timeout=30)  # fmt: skip
    assert len(parts_of(several)) == 1
    for query in ("window=1", "window=a,b", "viewport=0,1", "viewport=1", "quality=0", "quality=101", "x=1",
                  "viewport=99999,1", "window=1,0"):  # fmt: skip
        assert requests.get(url(root, data, f"/rendered?{query}"), timeout=30).status_code == 400, query


def test_colour_is_shown_in_colour(root):
    data = image(rows=8, columns=8, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=1,
                 BitsAllocated=8, BitsStored=8, HighBit=7)  # fmt: skip
    planes = numpy.zeros((3, 8, 8), "u1")
    planes[0] = 255
    data.PixelData = planes.tobytes()
    assert stow(root, [written(data)]).status_code == 200
    answer = requests.get(url(root, data, "/rendered"), headers={"accept": "image/png"}, timeout=30)
    assert PIL.Image.open(io.BytesIO(answer.content)).getpixel((3, 3)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("PatientName=ortega*", "AB"), ("PatientName=*RÚBEN", "A"), ("PatientName=ortega%5Eana", "B"),
        ("PatientName=ort?ga%5Erúben", "A"), ("PatientName=%E5%B1%B1*", "C"), ("PatientName=smith", ""),
        ("PatientID=Q-1*", "AB"), ("PatientID=q-1*", ""), ("PatientID=Q_1", ""), ("PatientID=Q-10", "A"),
        ("StudyDate=19990101-19991231", "A"), ("StudyDate=20000229", "B"), ("StudyDate=20000301-", "C"),
        ("StudyDate=-19990101", ""), ("StudyDate=1999", "A"), ("StudyTime=0900-0959", "AC"), ("StudyTime=093015.5", "C"),
        ("ModalitiesInStudy=DX", "B"), ("ModalitiesInStudy=MR,CT", "AC"), ("ModalitiesInStudy=M*", "AC"),
        ("AccessionNumber=%25", ""), ("AccessionNumber=100%25", "C"), ("00100040=F", "BC"), ("PatientSex=F&StudyDate=2000*", None),
        ("StudyDescription=Heart%20MR", "A"), ("fuzzymatching=true&PatientID=Q-10", "A"),
    ],
)  # fmt: skip
def test_a_search_matches_as_the_standard_says(root, corpus, query, found):
    answer = requests.get(f"{root}/studies?{query}&ReferringPhysicianName=corpus&includefield=PatientID", timeout=30)
    if found is None:
        assert answer.status_code == 400 and "StudyDate" in answer.text and "2000*" not in answer.text
        return
    assert answer.status_code == 200, answer.text
    uids = {one["0020000D"]["Value"][0] for one in answer.json()}
    assert uids == {corpus[letter] for letter in found}
    if "fuzzy" in query:
        assert "fuzzymatching parameter is not supported" in answer.headers["warning"]


@pytest.fixture(scope="module")
def corpus(root):
    common = {"ReferringPhysicianName": "CORPUS"}
    studies = {
        "A": image(PatientName="Ortega^Rúben", PatientID="Q-10", StudyDate="19990615", StudyTime="0915",
                   PatientSex="M", StudyDescription="Heart MR", **common),
        "B": image(PatientName="ORTEGA^ANA^^", PatientID="Q-11", StudyDate="20000229", StudyTime="101500",
                   PatientSex="F", Modality="DX", **common),
        "C": image(PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう", PatientID="R", StudyDate="20010101",
                   StudyTime="093015.5", PatientSex="F", AccessionNumber="100%", **common),
    }  # fmt: skip
    assert stow(root, [written(one) for one in studies.values()]).status_code == 200
    return {letter: one.StudyInstanceUID for letter, one in studies.items()}


def test_a_search_has_pages_and_a_total(root, corpus):
    base = f"{root}/studies?ReferringPhysicianName=corpus&PatientID=*"
    seen = []
    for offset in range(3):
        answer = requests.get(f"{base}&limit=1&offset={offset}", timeout=30)
        assert answer.headers["x-total-count"] == "3"
        left = 2 - offset
        assert (f"There are {left} additional results" in answer.headers.get("warning", "")) == (left > 0)
        seen += [one["0020000D"]["Value"][0] for one in answer.json()]
    assert set(seen) == set(corpus.values())
    answer = requests.get(f"{base}&offset=3", timeout=30)
    assert answer.status_code == 200 and answer.json() == [] and answer.headers["x-total-count"] == "3"
    assert requests.get(f"{base}&limit=0", timeout=30).json() == []


def test_a_search_shows_what_it_was_asked_for(root, corpus):
    answer = requests.get(f"{root}/instances?StudyInstanceUID={corpus['A']}&includefield=StudyDescription", timeout=30)
    (found,) = answer.json()
    assert found["00081030"]["Value"] == ["Heart MR"] and found["00280010"] == {"vr": "US", "Value": [24]}
    assert found["00083002"]["Value"] == [str(EXPLICIT)] and list(found) == sorted(found)
    held = requests.get(found["00081190"]["Value"][0], timeout=30)
    assert held.status_code == 200
    (plain,) = requests.get(f"{root}/studies/{corpus['A']}/series", timeout=30).json()
    assert "00081030" not in plain and "00100010" not in plain and plain["00080060"]["Value"] == ["MR"]
    assert requests.get(f"{root}/studies/{corpus['A']}/series?Modality=CT", timeout=30).json() == []


def test_each_instance_of_a_request_has_its_own_outcome(root):
    good, other = image(), image()
    lacking = image()
    del lacking.SeriesInstanceUID
    answer = stow(root, [written(good), written(other), b"not DICOM", written(lacking)], study=good.StudyInstanceUID)
    assert answer.status_code == 202 and answer.headers["content-type"] == "application/dicom+json"
    report = Dataset.from_json(answer.json())
    assert [one.ReferencedSOPInstanceUID for one in report.ReferencedSOPSequence] == [good.SOPInstanceUID]
    (failed,) = report.FailedSOPSequence
    assert (failed.ReferencedSOPInstanceUID, failed.FailureReason) == (other.SOPInstanceUID, 0xA900)
    assert [one.FailureReason for one in report.OtherFailuresSequence] == [0xC000, 0xC000]
    assert requests.get(url(root, other), timeout=30).status_code == 404

    assert stow(root, [written(other)], study=good.StudyInstanceUID).status_code == 409
    assert stow(root, [b"not DICOM"]).status_code == 400
    assert stow(root, [written(good)]).status_code == 200  # the same again
    changed = image(**{name: good[name].value for name in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")},
                    PatientComments="changed")  # fmt: skip
    answer = stow(root, [written(changed)])
    assert answer.status_code == 202 and "other bytes" in answer.headers["warning"]
    report = Dataset.from_json(answer.json())
    assert report.ReferencedSOPSequence[0].WarningReason == 0xB111 and "FailedSOPSequence" not in report
    back = requests.get(url(root, good), headers={"accept": "application/dicom;transfer-syntax=*"}, timeout=30)
    assert back.content == written(good)  # the one that came first stands


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", 'multipart/related; type="application/dicom"; boundary=b', 400),
        (b"--b--\r\n", 'multipart/related; type="application/dicom"; boundary=b', 400),
        (b"--b\r\n", 'multipart/related; type="application/dicom"; boundary=b', 400),
        (b"no boundary", 'multipart/related; type="application/dicom"', 400),
        (b"x", 'multipart/related; type="application/dicom"; boundary="' + "x" * 71 + '"', 400),
        (b"--b\r\nno field\r\n\r\n\r\n--b--", 'multipart/related; type="application/dicom"; boundary=b', 400),
        (b"--b\r\n" + b"x: " + b"a" * 100_000, 'multipart/related; type="application/dicom"; boundary=b', 400),
        (b"x" * 100_000, 'multipart/related; type="application/dicom"; boundary=b', 400),
        (b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--",
         'multipart/related; type="application/dicom"; boundary=b', 400),
        (b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", "multipart/related; boundary=b", 400),
        (b"{}", "application/json", 415),
        (b"[]", 'multipart/related; type="application/dicom+json"; boundary=b', 415),
        (b"x", "", 415), (b"x", "rubbish", 415), (b"not DICOM", "application/dicom", 400),
    ],
)  # fmt: skip
def test_a_hostile_body_is_refused(root, body, kind, status):
    answer = requests.post(f"{root}/studies", data=body, headers={"content-type": kind}, timeout=30)
    assert answer.status_code == status, answer.text
    answer = requests.post(f"{root}/studies", data=iter([body[:5], body[5:]]), headers={"content-type": kind}, timeout=30)
    assert answer.status_code == status, answer.text


def test_what_came_whole_is_kept_when_the_rest_does_not_come(root, gateway):
    good = image()
    body = message([written(good)])[: -len("--b--\r\n")] + b"--b\r\nContent-Type: application/dicom\r\n\r\nhalf"
    head = (f"POST /dicom-web/studies HTTP/1.1\r\nHost: {gateway.address}\r\nContent-Length: {len(body) + 1000}\r\n"
            'Content-Type: multipart/related; type="application/dicom"; boundary=b\r\n\r\n')  # fmt: skip
    host, port = gateway.address.split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + body)
    end = time.monotonic() + 10
    while requests.get(url(root, good), timeout=30).status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.05)
    answer = requests.post(f"{root}/studies", data=body,
                           headers={"content-type": "multipart/related; boundary=b"}, timeout=30)  # fmt: skip
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/studies", "application/dicom+xml", 406), ("/studies", "text/html, application/json;q=0.1", 200),
        ("/studies", "application/dicom+json;q=0", 406),
        ("/studies/9.9", "*/*", 404), ("/studies/9.9/metadata", "*/*", 404), ("/studies/9.9/thumbnail", "*/*", 404),
        ("/studies/x", "*/*", 404), ("/nothing", "*/*", 404), ("/studies/1/series/2/instances/3/frames/x", "*/*", 404),
        ("/studies?nonsense=1", "*/*", 400), ("/studies?StudyDate=x", "*/*", 400), ("/studies?PatientName=%ff", "*/*", 400),
        ("{instance}", "image/jpeg", 406), ("{instance}", "application/dicom", 200),
        ("{instance}", 'multipart/related; type="application/dicom"; transfer-syntax=*', 200),
        ("{instance}", 'multipart/related; type="application/dicom+xml", application/dicom;q=0.5', 200),
        ("{instance}/metadata", "application/dicom", 406), ("{instance}/rendered", "image/gif", 406),
        ("{instance}/rendered", "image/*;q=0.2", 200), ("{instance}/rendered?accept=image/png", "image/jpeg", 200),
        ("{instance}/frames/1", "image/jpeg", 406), ("{instance}/bulkdata/00100010", "*/*", 200),
        ("{instance}/bulkdata/7FE00010/1/00100010", "*/*", 404),
    ],
)  # fmt: skip
def test_the_form_is_negotiated(root, path, accept, status, one):
    address = root + path.replace("{instance}", url("", one))
    answer = requests.get(address, headers={"accept": accept}, timeout=30)
    assert answer.status_code == status, answer.text
    head = requests.head(address, headers={"accept": accept}, timeout=30)
    assert head.status_code == status and head.content == b""
    kinds = [re.sub(r"boundary=.*", "", one.headers["content-type"]) for one in (answer, head)]
    assert kinds[0] == kinds[1]
    if status >= 400:
        assert len(answer.text) < 200 and answer.headers["content-type"].startswith("text/plain")


@pytest.fixture(scope="module")
def one(root):
    data = image()
    assert stow(root, [written(data)]).status_code == 200
    return data


def test_a_method_that_does_nothing_is_refused(root):
    for method, path in (("DELETE", "/studies/1"), ("PUT", "/studies"), ("POST", "/studies/1/series/2"), ("POST", "/series")):
        answer = requests.request(method, root + path, timeout=30)
        assert answer.status_code == 405 and "GET" in answer.headers["allow"]


def test_no_patient_reaches_a_log_a_metric_or_an_error(programs, tmp_path):
    log = tmp_path / "log"
    gateway = Gateway(programs, tmp_path, log=log)
    try:
        root = f"http://{gateway.address}/dicom-web"
        data = image(PatientName="Zyxwv^Secret", PatientID="HIDDEN-77")
        assert stow(root, [written(data), written(image(PatientName="Zyxwv^Secret"))[:600]]).status_code == 202
        texts = [requests.get(f"{root}{path}", timeout=30).text for path in (
            "/studies?PatientName=Zyxwv%5ESecret&PatientBirthDate=Zyxwv", "/studies?Zyxwv^Secret=1", "/studies/Zyxwv",
            f"/studies/{data.StudyInstanceUID}/rendered?window=Zyxwv", "/studies?limit=HIDDEN-77")]  # fmt: skip
        requests.get(f"{root}/studies?PatientName=Zyxwv*", timeout=30)
        texts.append(requests.get(f"http://{gateway.address}/metrics", timeout=30).text)
    finally:
        gateway.process.terminate()
        gateway.process.wait(timeout=30)
    texts.append(log.read_text())
    for text in texts:
        assert "zyxwv" not in text.lower() and "HIDDEN-77" not in text


def test_a_page_of_another_origin_may_call_where_configured(programs, tmp_path):
    gateway = Gateway(programs, tmp_path, "--cors-origins", "https://viewer.example")
    try:
        root = f"http://{gateway.address}/dicom-web"
        answer = requests.options(f"{root}/studies", timeout=30, headers={
            "origin": "https://viewer.example", "access-control-request-method": "POST",
            "access-control-request-headers": "content-type"})  # fmt: skip
        assert answer.status_code == 204 and answer.headers["access-control-allow-origin"] == "https://viewer.example"
        answer = requests.get(f"{root}/studies", headers={"origin": "https://viewer.example"}, timeout=30)
        assert answer.headers["access-control-allow-origin"] == "https://viewer.example"
        answer = requests.get(f"{root}/studies", headers={"origin": "https://evil.example"}, timeout=30)
        assert "access-control-allow-origin" not in answer.headers
    finally:
        gateway.process.terminate()
        gateway.process.wait(timeout=30)


def test_an_instance_that_is_too_large_is_413(programs, tmp_path):
    gateway = Gateway(programs, tmp_path, "--max-body-bytes", "65536", "--public-url", "https://pacs.example/hilum")
    try:
        root = f"http://{gateway.address}/dicom-web"
        small, large = image(), image(rows=256, columns=256)
        many = [written(image()) for _ in range(100)]  # together larger than one may be
        answer = stow(root, many)
        assert answer.status_code == 200 and len(answer.json()["00081199"]["Value"]) == 100
        assert stow(root, [written(small), written(large)]).status_code == 413
        assert requests.get(url(root, small), timeout=30).status_code == 200
        (found,) = requests.get(f"{root}/studies?StudyInstanceUID={small.StudyInstanceUID}", timeout=30).json()
        assert found["00081190"]["Value"] == [f"https://pacs.example/hilum/dicom-web/studies/{small.StudyInstanceUID}"]
    finally:
        gateway.process.terminate()
        gateway.process.wait(timeout=30)


MEBIBYTES = int(os.environ.get("HILUM_STOW_MEBIBYTES", "192"))


def test_memory_stays_bounded_while_much_goes_through(programs, tmp_path):
    gateway = Gateway(programs, tmp_path)
    try:
        root = f"http://{gateway.address}/dicom-web"
        template = image(rows=2048, columns=2048)  # 8 MiB
        study, series = template.StudyInstanceUID, template.SeriesInstanceUID
        content, uid = written(template), str(template.SOPInstanceUID).encode()
        count = MEBIBYTES // 8

        def body():
            for number in range(count):
                fresh = content.replace(uid, uid[:-6] + b"%06d" % number)
                yield b"--b\r\nContent-Type: application/dicom\r\n\r\n" + fresh + b"\r\n"
            yield b"--b--\r\n"

        answer = requests.post(f"{root}/studies/{study}", data=body(), timeout=600, headers={
            "content-type": 'multipart/related; type="application/dicom"; boundary=b'})  # fmt: skip
        assert answer.status_code == 200, answer.text[:500]
        assert len(answer.json()["00081199"]["Value"]) == count
        size = 0
        with requests.get(f"{root}/studies/{study}", stream=True, timeout=600, headers={
                "accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}) as back:  # fmt: skip
            for piece in back.iter_content(1 << 20):
                size += len(piece)
        assert size > count * len(content)
        status = pathlib.Path(f"/proc/{gateway.process.pid}/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) >> 10
        print(f"{MEBIBYTES} MiB in and out, peak {peak} MiB")
        assert peak < 300
    finally:
        gateway.process.terminate()
        gateway.process.wait(timeout=30)


BLOCKS = re.findall(r"^```console\n(.*?)^```", (ROOT / "docs/dicomweb.md").read_text(), re.S | re.M)


def test_the_commands_of_the_document_do_what_stands_there(gateway, tmp_path):
    assert len(BLOCKS) >= 5
    for block in BLOCKS:
        command, expected = block.removeprefix("$ ").split("\n", 1)
        command = command.replace("127.0.0.1:8080", gateway.address)
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, timeout=60,
            env={**os.environ, "TMPDIR": str(tmp_path)})  # fmt: skip
        found = done.stdout.replace("\r", "").replace(gateway.address, "127.0.0.1:8080")
        assert found.rstrip("\n") == expected.rstrip("\n"), command
