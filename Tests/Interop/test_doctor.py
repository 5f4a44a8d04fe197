"""`hilum doctor` on a site that is well and on one that ails: certificates, clocks, disk, ledger, replicas, destinations."""

import datetime
import json
import os
import pathlib
import ssl
import subprocess
import sys

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import dicom
import hospital
from conftest import MODELS, PROGRAMS, ROOT, need
from test_services import Service, wait_for

sys.path.insert(0, str(ROOT / "Tests/Chaos"))


def doctor(*arguments):
    """The exit status, and each check's level and finding by its name."""
    command = [PROGRAMS / "hilum", "doctor", "--json", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    checks = json.loads(run.stdout)["checks"]
    for check in checks:
        assert bool(check["remedy"]) == (check["level"] != "ok"), check
    return run.returncode, {check["name"]: check for check in checks}


def levels(checks):
    return {check["level"] for check in checks.values()}


def certificate(folder, name, days):
    """A key, and a certificate of its own for a host, in one PEM file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=400))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / f"{name}{days}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_a_site_that_is_well_has_no_fault(system):
    status, checks = doctor("--server", system.address)
    assert status == 0 and levels(checks) <= {"ok", "warning"}, checks
    dicom_port = (system.folder / "data/run/dicom.port").read_text().strip()
    assert checks[f"DICOM HILUM@127.0.0.1:{dicom_port}"]["finding"] == "answers C-ECHO"
    for service, bundle in (("classifier", "chest-xray"), ("planning", "cardiac-views")):
        replica = checks[f"{service} 127.0.0.1:{system.port(service)}"]
        assert replica["level"] == "ok" and bundle in replica["finding"]
        assert "synthetic phantoms" in checks[f"{service} bundles"]["finding"]
        assert checks[f"{service} 127.0.0.1:{system.port(service)} clock"]["level"] == "ok"
    assert checks["ledger (sqlite)"]["level"] == checks["gateway clock"]["level"] == "ok"
    text = system.run("doctor")
    assert text.returncode == 0 and "0 faults" in text.stdout
    # A replica that is gone is a fault with a remedy.
    os.kill(system.children()["planning-service"], 19)
    try:
        status, checks = doctor("--server", system.address)
        replica = checks[f"planning 127.0.0.1:{system.port('planning')}"]
        assert status == 1 and replica["level"] == "fault" and "systemctl status hilum-planning" in replica["remedy"]
    finally:
        os.kill(system.children()["planning-service"], 18)


def test_what_ails_is_named_with_what_to_do(programs, tmp_path):
    archive, away = hospital.Archive(), dicom.free_port()
    results = {
        "destinations": [
            {"name": "pacs", "type": "dicom", "address": f"PACS@127.0.0.1:{archive.port}", "send": ["sr"]},
            {"name": "away", "type": "dicom", "address": f"PACS@127.0.0.1:{away}", "send": ["sr"]},
            {"name": "ris", "type": "mllp", "address": f"127.0.0.1:{away}", "receiving_application": "RIS"},
            {"name": "hook", "type": "webhook", "url": f"http://127.0.0.1:{away}/", "secret_file": str(tmp_path / "key")},
        ]
    }
    (tmp_path / "key").write_text("secret")
    (tmp_path / "results.json").write_text(json.dumps(results))
    pem = certificate(tmp_path, "localhost", 5)
    (tmp_path / "service").mkdir()
    classifier = Service(
        programs / "classifier-service", tmp_path / "service", "--models", MODELS, "--tls-certificate", pem, "--tls-key", pem
    )
    gateway = dicom.Gateway(
        programs, tmp_path, "--tls-certificate", pem, "--tls-key", pem, "--results", tmp_path / "results.json",
        "--classifier", f"http://127.0.0.1:{away},https://localhost:{classifier.port},https://127.0.0.1:{classifier.port}",
        "--backend-ca", pem, "--low-space", "900000GiB", "--enough-space", "950000GiB",
        "--dicom-calling-titles", "SOMEBODY",
    )  # fmt: skip
    ready, trust = f"https://localhost:{classifier.port}/healthz/ready", ssl.create_default_context(cafile=pem)
    try:
        wait_for(lambda: httpx.get(ready, verify=trust).status_code == 200)
        address = f"https://localhost:{gateway.http}"
        status, checks = doctor("--server", address, "--ca", pem)
        assert status == 1
        assert checks[f"gateway {address}"]["level"] == "ok"
        days = ("ends in 4 days", "ends in 5 days")  # counted to the second
        assert checks["gateway certificate"]["finding"] in days
        assert checks["disk"]["level"] == "fault" and "refused" in checks["disk"]["finding"]
        assert checks[f"classifier 127.0.0.1:{away}"]["finding"] == "nobody answers at the address"
        assert checks[f"classifier localhost:{classifier.port}"]["level"] == "ok"
        assert checks[f"classifier localhost:{classifier.port} certificate"]["finding"] in days
        assert "mismatch" in checks[f"classifier 127.0.0.1:{classifier.port}"]["finding"]
        assert checks["planning "]["finding"] == "no replica is known"
        assert checks["destination pacs (dicom)"]["level"] == "ok"
        for name in ("away (dicom)", "ris (mllp)", "hook (webhook)"):
            assert checks[f"destination {name}"]["finding"] == "nobody answers at the address"
        echo = next(check for name, check in checks.items() if name.startswith("DICOM "))
        assert echo["level"] == "warning" and "calling AE title" in echo["finding"]
        # Nobody trusts the certificate without its authority, nor under another name.
        status, checks = doctor("--server", address)
        assert status == 1 and "self-signed" in checks["gateway certificate"]["finding"]
        status, checks = doctor("--server", f"https://127.0.0.1:{gateway.http}", "--ca", pem)
        assert status == 1 and "mismatch" in checks["gateway certificate"]["finding"]
    finally:
        gateway.stop()
        classifier.stop()
        archive.stop()


def test_nobody_there_is_said(programs):
    status, checks = doctor("--server", f"http://127.0.0.1:{dicom.free_port()}")
    assert status == 3 and len(checks) == 1


@pytest.fixture
def postgres(tmp_path_factory):
    need(pathlib.Path("/usr/lib/postgresql/15/bin/initdb").exists(), "PostgreSQL is not installed")
    import processes

    folder = tmp_path_factory.mktemp("postgres")
    for above in [folder, *folder.parents[:2]]:
        above.chmod(0o755)
    server, string = processes.postgres(folder / "pg", folder / "log")
    yield string
    server.stop(2)


def test_the_database_is_asked_for_its_tables_and_clock(programs, tmp_path, postgres):
    gateway = dicom.Gateway(programs, tmp_path, "--ledger", postgres)
    try:
        status, checks = doctor("--server", f"http://127.0.0.1:{gateway.http}")
        assert checks["ledger (postgresql)"]["level"] == checks["ledger clock"]["level"] == "ok"
        assert status == 1 and checks["classifier "]["finding"] == "no replica is known"
    finally:
        gateway.process.kill()
        gateway.process.wait()
