"""The DICOM port and its client with real peers: DCMTK's tools, pynetdicom, Orthanc, dcmqrscp."""

import contextlib
import json
import pathlib
import ssl
import struct
import subprocess
import threading
import time
import urllib.request

import dicom
import pydicom
import pytest
from conftest import SAMPLES, need
from dicom import EXPLICIT, IMPLICIT, MR, data_set_bytes
from hospital import commitment_provider
from pynetdicom import AE, _config, evt
from pynetdicom.sop_class import (
    MRImageStorage,
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
    Verification,
)

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared/data"
SLICES = sorted((SAMPLES / "cardiac/scout1").glob("*.dcm"))
RADIOGRAPHS = sorted((SAMPLES / "chest").glob("*.dcm"))


@pytest.fixture
def start(programs, tmp_path):
    """Makes gateways of a test's own."""
    started = []

    def make(*arguments):
        folder = tmp_path / f"gateway{len(started)}"
        folder.mkdir()
        started.append(dicom.Gateway(programs, folder, *arguments))
        return started[-1]

    yield make
    for gateway in started:
        if gateway.process.poll() is None:
            assert gateway.stop() == 0


@pytest.fixture
def gateway(start):
    return start()


def need_program(path):
    need(pathlib.Path(path).exists(), f"{path} is not installed; make setup")


@contextlib.contextmanager
def serving(ae, handlers):
    """pynetdicom as a provider; its port."""
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield server.socket.getsockname()[1]
    finally:
        server.shutdown()


# In


def test_an_echo_is_answered(gateway):
    assert gateway.run("echoscu").returncode == 0
    assert gateway.metric('hilum_dicom_requests_total{service="C-ECHO",status="0000"}') == 1


@pytest.mark.parametrize(
    ("arguments", "caller", "accepted", "cause", "configured"),
    [
        ([], {"title": "OTHER"}, "Called AE Title Not Recognized", "called_ae_title", "HILUM"),
        (["--dicom-ae-title", "X RAY"], {}, "Called AE Title Not Recognized", "called_ae_title", "X RAY"),
        (["--dicom-ae-title", "X RAY"], {"title": "X RAY"}, None, None, None),
        (["--dicom-check-called", "false"], {"title": "OTHER"}, None, None, None),
        (["--dicom-calling-titles", "CT1,MR 2"], {}, "Calling AE Title Not Recognized", "calling_ae_title", "CT1,MR 2"),
        (["--dicom-calling-titles", "CT1,MR 2"], {"flags": ["-aet", "MR 2"]}, None, None, None),
        (["--dicom-calling-hosts", "192.0.2.0/24"], {}, "No Reason", "host", "192.0.2.0/24"),
        (["--dicom-calling-hosts", "192.0.2.0/24,127.0.0.0/8"], {}, None, None, None),
    ],
)
def test_titles_and_hosts_are_checked_as_configured(start, arguments, caller, accepted, cause, configured):
    gateway = start(*arguments)
    run = gateway.run("echoscu", **caller)
    if accepted is None:
        assert run.returncode == 0, run.stderr
        return
    assert run.returncode != 0 and accepted in run.stderr
    series = f'hilum_dicom_rejections_total{{cause="{cause}",configured="{configured}"}}'
    assert gateway.metric(series) == 1
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines() if "association rejected" in line]
    assert [(line["cause"], line["configured"]) for line in lines] == [(cause, configured)]
    assert "ECHOSCU" not in gateway.log.read_text() and "OTHER" not in gateway.log.read_text()


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("cxr_derived/nih_dx_rle.dcm", "-xr"), ("cxr_derived/nih_dx_jls.dcm", "-xt"),
        ("cxr_derived/nih_dx_j2k.dcm", "-xv"), ("cxr_derived/nih_dx_jpegll.dcm", "-xs"),
        ("cxr_derived/nih_dx_deflated.dcm", "-xd"), ("cxr_derived/nih_dx_mono1_12bit.dcm", "-xt"),
        ("mr/MR_small.dcm", "-xe"), ("mr/MR2_J2KR.dcm", "-xv"), ("mr/MR_small.dcm", "-xi"),
    ],
)  # fmt: skip
def test_storescu_sends_every_transfer_syntax(gateway, name, flag):
    path = SHARED / name
    need(path.exists(), f"{path} is not there")
    run = gateway.run("storescu", path, flags=[flag])
    assert run.returncode == 0, run.stderr
    (stored,) = gateway.blobs().values()
    sent, received = pydicom.dcmread(path), pydicom.dcmread(stored)
    if flag != "-xi":
        assert received.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID
        assert received.PixelData == sent.PixelData
    else:
        assert received.file_meta.TransferSyntaxUID == IMPLICIT
    assert received.file_meta.MediaStorageSOPInstanceUID == sent.SOPInstanceUID == received.SOPInstanceUID
    assert subprocess.run(["dcmftest", stored], capture_output=True, timeout=20).returncode == 0


def raw_store(gateway, sop_class, sop_instance, syntax, data):
    """The status of a C-STORE of bytes that nobody encodes again; None where the context is refused."""
    with gateway.connect() as connection:
        connection.sendall(dicom.associate((1, sop_class, syntax), max_pdu=32768))
        kind, body = dicom.read_pdu(connection)
        assert kind == 2
        at = body.index(b"\x21\x00")
        if body[at + 6] != 0:
            return None
        connection.sendall(dicom.store(1, sop_class, sop_instance, data))
        status = dicom.status(dicom.read_pdu(connection)[1])
        connection.sendall(dicom.pdu(5, bytes(4)))
        assert dicom.read_pdu(connection)[0] == 6
        return status




@pytest.mark.parametrize(
    ("sop_class", "syntax"),
    [(MR, EXPLICIT), (MR, "1.2.840.10008.1.2.4.201"), (MR, "1.3.46.670589.33.1.4.1"), ("1.2.3.4.5.6.7", EXPLICIT)],
)
def test_unknown_classes_and_syntaxes_are_stored_byte_for_byte(gateway, sop_class, syntax):
    data = data_set_bytes(SLICES[0])
    instance = str(pydicom.dcmread(SLICES[0]).SOPInstanceUID)
    if sop_class != MR:
        data = data.replace(
            b"\x08\x00\x16\x00UI\x1a\x00" + MR.encode() + b"\0",
            b"\x08\x00\x16\x00UI" + bytes([14, 0]) + sop_class.encode() + b"\0",
        )
    assert raw_store(gateway, sop_class, instance, syntax, data) == 0
    (stored,) = (gateway.folder / "data/blobs").glob("*/*")
    assert data_set_bytes(stored) == data
    meta = pydicom.filereader.read_file_meta_info(stored)
    assert (meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID) == (syntax, sop_class)


def test_unknown_classes_can_be_refused(start):
    gateway = start("--dicom-unknown-classes", "false")
    data = data_set_bytes(SLICES[0])
    assert raw_store(gateway, "1.2.3.4.5.6.7", "1.2.3", EXPLICIT, data) is None
    assert raw_store(gateway, MR, str(pydicom.dcmread(SLICES[0]).SOPInstanceUID), EXPLICIT, data) == 0


def test_what_is_not_stored_says_why(gateway):
    data = data_set_bytes(SLICES[0])
    instance = str(pydicom.dcmread(SLICES[0]).SOPInstanceUID)
    assert raw_store(gateway, MR, "1.2.3.4", EXPLICIT, data) == 0xA900  # another instance than the command says
    assert raw_store(gateway, "1.2.840.10008.5.1.4.1.1.2", instance, EXPLICIT, data) == 0xA900  # another class
    assert raw_store(gateway, MR, instance, EXPLICIT, b"\xff" * 1000) == 0xC000
    assert raw_store(gateway, MR, "", EXPLICIT, data) == 0x0117
    assert gateway.blobs() == {}
    assert raw_store(gateway, MR, instance, EXPLICIT, data) == 0
    assert raw_store(gateway, MR, instance, EXPLICIT, data) == 0  # a duplicate
    changed = data.replace(b"MR", b"CT", 1)
    assert raw_store(gateway, MR, instance, EXPLICIT, changed) == 0  # a conflict: both are kept
    assert len(list((gateway.folder / "data/blobs").glob("*/*"))) == 2
    for outcome in ("accepted", "duplicate", "conflict"):
        assert gateway.metric(f'hilum_gateway_instances_total{{outcome="{outcome}"}}') == 1


def test_a_large_instance_goes_by_way_of_a_file(start):
    gateway = start("--dicom-memory-bytes", "1MiB")
    data = data_set_bytes(SLICES[0])
    instance = str(pydicom.dcmread(SLICES[0]).SOPInstanceUID)
    large = data + b"\xfc\xff\xfc\xffOB\0\0" + (20 << 20).to_bytes(4, "little") + bytes(20 << 20)
    before = gateway.resident_bytes()
    assert raw_store(gateway, MR, instance, EXPLICIT, large) == 0
    (stored,) = (gateway.folder / "data/blobs").glob("*/*")
    assert data_set_bytes(stored) == large
    assert gateway.resident_bytes() - before < 40 << 20


def test_pynetdicom_sends_files_as_they_are(gateway):
    _config.STORE_SEND_CHUNKED_DATASET = True
    ae = AE(ae_title="MODALITY")
    ae.add_requested_context(MRImageStorage, EXPLICIT)
    ae.add_requested_context(Verification)
    association = ae.associate("127.0.0.1", gateway.port, ae_title="HILUM")
    assert association.is_established
    assert association.send_c_echo().Status == 0
    for path in SLICES[:10]:
        assert association.send_c_store(path).Status == 0
    association.release()
    stored = gateway.blobs()
    assert len(stored) == 10
    for path in SLICES[:10]:
        assert data_set_bytes(stored[str(pydicom.dcmread(path).SOPInstanceUID)]) == data_set_bytes(path)


def test_eight_associations_at_once(gateway):
    def send(paths):
        assert gateway.run("storescu", *paths).returncode == 0

    threads = [threading.Thread(target=send, args=(SLICES[at::8],)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gateway.blobs()) == len(SLICES)
    assert gateway.metric('hilum_gateway_instances_total{outcome="accepted"}') == len(SLICES)
    assert gateway.metric('hilum_dicom_associations_total{outcome="released"}') == 8


def test_more_associations_than_allowed_are_rejected_by_code(start):
    gateway = start("--dicom-max-associations", 2, "--dicom-max-associations-per-peer", 2)
    ae = AE()
    ae.add_requested_context(Verification)
    held = [ae.associate("127.0.0.1", gateway.port, ae_title="HILUM") for _ in range(2)]
    assert all(one.is_established for one in held)
    run = gateway.run("echoscu")
    assert run.returncode != 0 and "Local Limit Exceeded" in run.stderr
    assert gateway.metric('hilum_dicom_rejections_total{cause="associations",configured="2"}') == 1
    held[0].release()
    gateway.eventually("hilum_dicom_open_associations", 1)
    assert gateway.run("echoscu").returncode == 0
    held[1].release()


def test_what_runs_finishes_when_the_gateway_ends(start):
    gateway = start("--drain-seconds", 20)
    ae = AE()
    ae.add_requested_context(MRImageStorage, EXPLICIT)
    association = ae.associate("127.0.0.1", gateway.port, ae_title="HILUM")
    assert association.send_c_store(SLICES[0]).Status == 0
    gateway.process.terminate()
    for path in SLICES[1:20]:
        assert association.send_c_store(path).Status == 0
        time.sleep(0.05)
    with pytest.raises(OSError):
        gateway.connect().close()
    association.release()
    assert gateway.process.wait(timeout=20) == 0
    assert len(gateway.blobs()) == 20


def certificates(folder):
    """An authority, a server's and a client's certificate of it, each with its key."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder, timeout=60)

    new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(*new, "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    for name in ("server", "client"):
        openssl(*new, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                "2", "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip
    return folder


def test_tls_with_client_certificates(start, programs, tmp_path):
    files = certificates(tmp_path)
    gateway = start(
        "--dicom-tls", "--tls-certificate", files / "server.pem", "--tls-key", files / "server.key",
        "--tls-client-ca", files / "ca.pem",
    )  # fmt: skip
    shown = ["+tls", files / "client.key", files / "client.pem", "+cf", files / "ca.pem"]
    secured = {"flags": shown}

    def run(program, *arguments, flags=()):
        command = [program, "-aec", "HILUM", *flags, "127.0.0.1", gateway.port, *arguments]
        return subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=60)

    assert run("echoscu", **secured).returncode == 0
    assert run("storescu", SLICES[0], **secured).returncode == 0
    assert run("echoscu").returncode != 0  # clear text
    assert run("echoscu", flags=["+tla", "+cf", files / "ca.pem"]).returncode != 0  # no certificate
    hilum = [programs / "hilum", "echo", f"HILUM@localhost:{gateway.port}", "--ca", files / "ca.pem"]
    own = ["--certificate", files / "client.pem", "--key", files / "client.key"]
    assert subprocess.run([*hilum, *own], capture_output=True, timeout=30).returncode == 0
    assert subprocess.run(hilum, capture_output=True, timeout=30).returncode == 3
    with gateway.connect() as silent:
        assert run("echoscu", **secured).returncode == 0
        silent.close()


def test_what_tls_has_read_ahead_is_answered_at_once(start, tmp_path):
    """The end of the handshake, the request for an association and two echoes, each time in as few segments as can be."""
    files = certificates(tmp_path)
    gateway = start("--dicom-tls", "--tls-certificate", files / "server.pem", "--tls-key", files / "server.key")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=files / "ca.pem").wrap_bio(incoming, outgoing, server_hostname="localhost")
    with gateway.connect(timeout=5) as connection:

        def until(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    if outgoing.pending:
                        connection.sendall(outgoing.read())
                    received = connection.recv(1 << 16)
                    assert received
                    incoming.write(received)

        until(tls.do_handshake)
        tls.write(dicom.associate((1, dicom.VERIFICATION, IMPLICIT)))
        connection.sendall(outgoing.read())
        assert until(lambda: tls.read(1 << 16))[0] == 2
        for _ in range(2):
            tls.write(dicom.echo())
        connection.sendall(outgoing.read())
        answers, success = b"", struct.pack("<HHIH", 0, 0x0900, 2, 0)
        while answers.count(success) < 2:
            answers += until(lambda: tls.read(1 << 16))


# Out


def send(programs, title, port, *arguments):
    command = [programs / "hilum", arguments[0], f"{title}@127.0.0.1:{port}", *arguments[1:]]
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=60)


def test_the_client_sends_files_as_they_are(programs, tmp_path):
    received = {}

    def store(event):
        received[event.request.AffectedSOPInstanceUID] = event.request.DataSet.getvalue()
        return 0

    ae = AE(ae_title="PACS")
    ae.require_called_aet = True
    ae.add_supported_context(Verification)
    ae.add_supported_context(MRImageStorage, [IMPLICIT, EXPLICIT])
    with serving(ae, [(evt.EVT_C_STORE, store)]) as port:
        assert send(programs, "PACS", port, "echo").returncode == 0
        run = send(programs, "OTHER", port, "echo")
        assert run.returncode == 1 and "called AE title not recognized" in run.stderr
        run = send(programs, "PACS", port, "send", *SLICES[:20])
        assert run.returncode == 0 and "20 stored, 0 not" in run.stdout
        for path in SLICES[:20]:
            assert received[pydicom.dcmread(path).SOPInstanceUID] == data_set_bytes(path)
        text = tmp_path / "text.dcm"
        text.write_text("no DICOM")
        run = send(programs, "PACS", port, "send", RADIOGRAPHS[0], text, SLICES[0])
        assert run.returncode == 1 and "1 stored, 2 not" in run.stdout
        assert "takes no such SOP class" in run.stderr and "is no DICOM file" in run.stderr
    assert send(programs, "PACS", port, "echo").returncode == 3


def test_refusals_and_warnings_of_a_peer_are_told(programs):
    statuses = iter([0xA700, 0xB000, 0])
    ae = AE(ae_title="PACS")
    ae.add_supported_context(MRImageStorage, EXPLICIT)
    with serving(ae, [(evt.EVT_C_STORE, lambda event: next(statuses))]) as port:
        run = send(programs, "PACS", port, "send", *SLICES[:3])
    assert run.returncode == 1 and "2 stored, 1 not" in run.stdout
    assert "refused with status A700" in run.stderr


@pytest.mark.parametrize("failing", [0, 1])
def test_storage_commitment_is_asked_and_its_report_read(programs, failing):
    lost = [str(pydicom.dcmread(path).SOPInstanceUID) for path in SLICES[:failing]]
    ae = AE(ae_title="PACS")
    ae.add_supported_context(MRImageStorage, EXPLICIT)
    ae.add_supported_context(StorageCommitmentPushModel, IMPLICIT)
    with serving(ae, [(evt.EVT_C_STORE, lambda event: 0), commitment_provider(lambda uid: uid in lost)]) as port:
        run = send(programs, "PACS", port, "send", "--commit", *SLICES[:3])
    assert f"{3 - failing} committed, {failing} not" in run.stdout, run.stdout + run.stderr
    assert run.returncode == (1 if failing else 0)


def test_a_peer_without_storage_commitment_is_named(programs):
    ae = AE(ae_title="PACS")
    ae.add_supported_context(MRImageStorage, EXPLICIT)
    with serving(ae, [(evt.EVT_C_STORE, lambda event: 0)]) as port:
        run = send(programs, "PACS", port, "send", "--commit", *SLICES[:1])
    assert run.returncode == 1 and "does not offer the service" in run.stderr


def test_a_report_that_comes_later_is_taken(gateway):
    ae = AE(ae_title="PACS")
    ae.add_requested_context(StorageCommitmentPushModel, IMPLICIT)
    role = __import__("pynetdicom").build_role(StorageCommitmentPushModel, scp_role=True)
    association = ae.associate("127.0.0.1", gateway.port, ae_title="HILUM", ext_neg=[role])
    assert association.is_established
    report = pydicom.Dataset()
    report.TransactionUID = "2.25.1"
    reference = pydicom.Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = MR, "1.2.3"
    report.ReferencedSOPSequence = [reference]
    status, _ = association.send_n_event_report(
        report, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
    )
    assert status.Status == 0
    association.release()
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines()]
    assert [line["committed"] for line in lines if line["message"] == "storage commitment reported"] == [1]


# Orthanc and dcmqrscp


def test_orthanc_is_sender_and_destination(gateway, programs):
    need_program("/usr/sbin/Orthanc")
    modality = {"AET": "HILUM", "Host": "127.0.0.1", "Port": gateway.port}
    with dicom.orthanc(DicomModalities={"hilum": modality}, DicomCheckModalityHost=False) as (port, rest):
        run = send(programs, "ORTHANC", port, "send", "--commit", *SLICES[:30], *RADIOGRAPHS[:2])
        assert run.returncode == 0, run.stderr
        assert "32 stored, 0 not" in run.stdout
        with urllib.request.urlopen(f"{rest}/instances", timeout=20) as answer:
            identifiers = json.load(answer)
        assert len(identifiers) == 32
        body = json.dumps({"Resources": identifiers, "Synchronous": True}).encode()
        request = urllib.request.Request(f"{rest}/modalities/hilum/store", body)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["FailedInstancesCount"] == 0
        assert len(gateway.blobs()) == 32
        end = time.monotonic() + 20
        while "storage commitment reported" not in gateway.log.read_text():  # by an association of Orthanc's own
            assert time.monotonic() < end
            time.sleep(0.1)


def test_dcmqrscp_is_sender_and_destination(gateway, programs, tmp_path):
    need_program("/usr/bin/dcmqrscp")
    port, store = dicom.free_port(), tmp_path / "store"
    store.mkdir()
    configuration = tmp_path / "dcmqrscp.cfg"
    configuration.write_text(
        f"""NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
hilum = (HILUM, localhost, {gateway.port})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE {store} RW (200, 1024mb) ANY
AETable END
"""
    )
    archive = subprocess.Popen(["dcmqrscp", "-c", configuration], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while send(programs, "ARCHIVE", port, "echo").returncode != 0:
            assert time.monotonic() < end
        run = send(programs, "ARCHIVE", port, "send", *SLICES[:10])
        assert run.returncode == 0 and "10 stored, 0 not" in run.stdout, run.stderr
        study = pydicom.dcmread(SLICES[0]).StudyInstanceUID
        move = ["movescu", "-S", "-aec", "ARCHIVE", "-aem", "HILUM", "-k", "0008,0052=STUDY", "-k",
                f"0020,000D={study}", "127.0.0.1", str(port)]  # fmt: skip
        run = subprocess.run(move, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        assert len(gateway.blobs()) == 10
    finally:
        archive.kill()
        archive.wait()
