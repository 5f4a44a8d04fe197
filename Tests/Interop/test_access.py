"""Access control as foreign clients meet it: PyJWT's tokens, grpcio, httpx, curl with client certificates, `hilum`."""

import base64
import hashlib
import hmac
import json
import os
import signal
import ssl
import subprocess
import time

import grpc
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from conftest import ROOT, SAMPLES
from test_services import Service, wait_for

ISSUER, AUDIENCE = "https://login.example/realms/site", "hilum"
LIST = "/hilum.v1.TriageService/ListWorklist"
SECRET = bytes(range(40))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Site:
    """A gateway with tokens, keys and certificates, and what its callers hold."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.keys = {
            "rs": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "es": ec.generate_private_key(ec.SECP256R1()),
            "ed": ed25519.Ed25519PrivateKey.generate(),
        }
        (folder / "keys.json").write_text(json.dumps({"keys": self.jwks()}))
        self.tokens = {name: self.new_token(name, role) for name, role in
                       [("pacs", "sender"), ("roe", "reader"), ("ops", "operator")]}  # fmt: skip
        self.certificates()
        (folder / "certificates").write_text("mr-3 console,reader DNS:console-3.example\n")
        self.service = Service(
            programs / "gateway", folder, "--data", folder / "data", "--access-tokens", folder / "tokens",
            "--access-jwt-keys", folder / "keys.json", "--access-jwt-issuer", ISSUER,
            "--access-jwt-audience", AUDIENCE, "--audit-log", folder / "audit.log",
            "--access-metrics", "operator", "--tls-certificate", folder / "server.pem", "--tls-key",
            folder / "server.key", "--tls-client-ca", folder / "authority.pem", "--tls-client-certificates", "optional",
            "--access-certificates", folder / "certificates",
        )  # fmt: skip
        self.url = f"https://localhost:{self.service.port}"
        context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
        self.client = httpx.Client(base_url=self.url, verify=context, http2=True, timeout=30)
        wait_for(lambda: self.client.get("/healthz/ready").status_code == 200)

    def jwks(self):
        rs, es = self.keys["rs"].public_key().public_numbers(), self.keys["es"].public_key().public_numbers()
        ed = self.keys["ed"].public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return [
            {"kty": "RSA", "kid": "rs", "use": "sig", "alg": "RS256", "n": number(rs.n), "e": number(rs.e)},
            {"kty": "EC", "kid": "es", "crv": "P-256", "x": b64(es.x.to_bytes(32, "big")),
             "y": b64(es.y.to_bytes(32, "big"))},
            {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": b64(ed)},
            {"kty": "oct", "kid": "hs", "k": b64(SECRET)},
            {"kty": "RSA", "kid": "enc", "use": "enc", "n": number(rs.n), "e": number(rs.e)},
        ]  # fmt: skip

    def new_token(self, name, role):
        done = subprocess.run([self.programs / "hilum", "token", name, role, "--file", self.folder / "tokens"],
                              capture_output=True, text=True, timeout=60)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def certificates(self):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        openssl("req", "-x509", *new, "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=authority",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
        for name, names in [("server", "DNS:localhost,IP:127.0.0.1"), ("console", "DNS:console-3.example"),
                            ("other", "DNS:other.example")]:  # fmt: skip
            openssl("req", "-x509", "-CA", "authority.pem", "-CAkey", "authority.key", *new, "-keyout", f"{name}.key",
                    "-out", f"{name}.pem", "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}",
                    "-addext", "basicConstraints=CA:FALSE")  # fmt: skip

    def claims(self, **changes):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": [AUDIENCE, "other"], "sub": "dr-roe", "exp": now + 300, "nbf": now - 10,
                  "roles": ["reader", "admin"]}  # fmt: skip
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key="rs", algorithm="RS256", kid="same", **changes):
        headers = {} if kid is None else {"kid": key if kid == "same" else kid}
        return jwt.encode(self.claims(**changes), self.keys.get(key, key), algorithm, headers=headers)

    def list(self, token):
        return self.client.post(LIST, json={}, headers={} if token is None else {"authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def site(programs, tmp_path_factory):
    running = Site(programs, tmp_path_factory.mktemp("site"))
    yield running
    running.client.close()
    assert running.service.stop() == 0


@pytest.mark.parametrize("key, algorithm", [("rs", "RS256"), ("es", "ES256"), ("ed", "EdDSA"), (SECRET, "HS256")])
@pytest.mark.parametrize("with_kid", [True, False])
def test_a_token_of_every_algorithm_is_taken_with_and_without_its_keys_name(site, key, algorithm, with_kid):
    kid = ("hs" if key is SECRET else "same") if with_kid else None
    assert site.list(site.token(key, algorithm, kid=kid)).status_code == 200


def forged(header, claims, sign=lambda message: b""):
    message = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{message}.{b64(sign(message.encode()))}"


def hs256_with_the_public_key(site, as_pem):
    """The classic confusion: the public key, which everybody has, taken as the secret."""
    public = site.keys["rs"].public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    encoding = serialization.Encoding.PEM if as_pem else serialization.Encoding.DER
    secret = public.public_bytes(encoding, form)
    return forged({"alg": "HS256", "typ": "JWT", "kid": "rs"}, site.claims(),
                  lambda message: hmac.digest(secret, message, hashlib.sha256))  # fmt: skip


BAD = [
    ("no token", lambda site: None, None),
    ("wrong key", lambda site: site.token(rsa.generate_private_key(public_exponent=65537, key_size=2048), kid="rs"),
     "signature"),
    ("another key's name", lambda site: site.token("rs", kid="es"), "algorithm"),
    ("a name nobody has", lambda site: site.token("rs", kid="nobody"), "signature"),
    ("an encryption key's name", lambda site: site.token("rs", kid="enc"), "signature"),
    ("expired", lambda site: site.token(exp=int(time.time()) - 60), "expired"),
    ("without an end", lambda site: site.token(exp=None), "claims"),
    ("not valid yet", lambda site: site.token(nbf=int(time.time()) + 90), "not_yet_valid"),
    ("wrong audience", lambda site: site.token(aud="elsewhere"), "audience"),
    ("no audience", lambda site: site.token(aud=None), "audience"),
    ("wrong issuer", lambda site: site.token(iss="https://evil.example"), "issuer"),
    ("no subject", lambda site: site.token(sub=None), "claims"),
    ("none", lambda site: forged({"alg": "none"}, site.claims()), "algorithm"),
    ("nOnE", lambda site: forged({"alg": "nOnE", "kid": "rs"}, site.claims()), "algorithm"),
    ("HS256 with the RSA key in PEM", lambda site: hs256_with_the_public_key(site, True), "algorithm"),
    ("HS256 with the RSA key in DER", lambda site: hs256_with_the_public_key(site, False), "algorithm"),
    ("HS256 with an empty secret", lambda site: forged({"alg": "HS256", "kid": "hs"}, site.claims(),
     lambda message: hmac.digest(b"", message, hashlib.sha256)), "signature"),
    ("RS512", lambda site: site.token("rs", "RS512"), "algorithm"),
    ("PS256", lambda site: site.token("rs", "PS256"), "algorithm"),
    ("a key inside the token", lambda site: forged({"alg": "EdDSA", "jwk": {"kty": "OKP"}}, site.claims(),
     lambda message: ed25519.Ed25519PrivateKey.generate().sign(message)), "signature"),
    ("a critical extension", lambda site: jwt.encode(site.claims(), site.keys["rs"], "RS256",
     headers={"kid": "rs", "crit": ["x"], "x": 1}), "malformed"),
    ("no signature", lambda site: site.token().rsplit(".", 1)[0] + ".", "signature"),
    ("not a token", lambda site: "a.b.c", "malformed"),
    ("a static token that is none", lambda site: "hilum_" + "A" * 43, "unknown"),
]  # fmt: skip


@pytest.mark.parametrize("name, make, fault", BAD, ids=[case[0] for case in BAD])
def test_a_token_that_is_not_good_is_401_with_its_reason(site, stubs, name, make, fault):
    answer = site.list(make(site))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    error = answer.json()
    assert error["code"] == "unauthenticated"
    info = stubs.common_pb2.ErrorInfo.FromString(base64.b64decode(error["details"][0]["value"] + "=="))
    assert info.reason == ("CREDENTIALS_MISSING" if fault is None else "CREDENTIALS_INVALID")
    assert info.found == (fault or "")


def test_roles_decide_what_a_known_caller_may(site):
    assert site.list(site.tokens["roe"]).status_code == 200
    refused = site.list(site.tokens["pacs"])
    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["www-authenticate"]
    assert site.list(site.token(roles=["admin"])).status_code == 403
    assert site.list(site.token(roles="operator reader")).status_code == 200


def test_paths_are_401_403_404_and_only_health_is_open(site):
    def get(path, token=None):
        fields = {} if token is None else {"authorization": f"Bearer {token}"}
        return site.client.get(path, headers=fields).status_code

    assert get("/healthz/live") == get("/healthz/ready") == 200
    for path in ["/metrics", "/v2", "/nothing", "/dicom-web/studies/1.2/metadata", "/hilum.v1.TriageService/Nothing"]:
        assert get(path) == 401, path
    assert get("/metrics", site.tokens["ops"]) == 200
    assert get("/metrics", site.tokens["roe"]) == 403
    assert get("/dicom-web/studies/1.2/metadata", site.tokens["ops"]) == 403
    assert get("/nothing", site.tokens["ops"]) == 404


def channel(site, name=None):
    def read(file):
        return (site.folder / file).read_bytes()

    own = (read(f"{name}.key"), read(f"{name}.pem")) if name else (None, None)
    credentials = grpc.ssl_channel_credentials(read("authority.pem"), *own)
    return grpc.secure_channel(f"localhost:{site.service.port}", credentials)


def test_grpcio_shows_tokens_as_metadata_and_gets_statuses(site, stubs):
    with channel(site) as wire:
        triage = stubs.triage_pb2_grpc.TriageServiceStub(wire)

        def code(call, request, token=None):
            metadata = [("authorization", f"Bearer {token}")] if token else []
            try:
                call(request, metadata=metadata, timeout=30)
                return grpc.StatusCode.OK
            except grpc.RpcError as error:
                return error.code()

        worklist, submit = stubs.triage_pb2.ListWorklistRequest(), stubs.triage_pb2.SubmitRequest(instances=[b"x"])
        assert code(triage.ListWorklist, worklist) == grpc.StatusCode.UNAUTHENTICATED
        assert code(triage.ListWorklist, worklist, site.token(exp=1)) == grpc.StatusCode.UNAUTHENTICATED
        assert code(triage.ListWorklist, worklist, site.tokens["pacs"]) == grpc.StatusCode.PERMISSION_DENIED
        assert code(triage.ListWorklist, worklist, site.token("es", "ES256")) == grpc.StatusCode.OK
        assert code(triage.Submit, submit, site.tokens["roe"]) == grpc.StatusCode.PERMISSION_DENIED
        assert code(triage.Submit, submit, site.tokens["pacs"]) == grpc.StatusCode.OK
        stream = iter([submit])
        assert code(triage.SubmitStream, stream, site.tokens["roe"]) == grpc.StatusCode.PERMISSION_DENIED


def test_grpcio_with_a_client_certificate_has_its_roles(site, stubs):
    with channel(site, "console") as wire:
        stubs.triage_pb2_grpc.TriageServiceStub(wire).ListWorklist(stubs.triage_pb2.ListWorklistRequest(), timeout=30)
    with channel(site, "other") as wire, pytest.raises(grpc.RpcError) as error:
        stubs.triage_pb2_grpc.TriageServiceStub(wire).ListWorklist(stubs.triage_pb2.ListWorklistRequest(), timeout=30)
    assert error.value.code() == grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("name, fields, status", [
    ("console", [], 200), ("other", [], 401), (None, [], 401),
    # A bad token is not made good by a certificate.
    ("console", ["-H", "authorization: Bearer x"], 401), ("other", ["-H", "authorization: bearer TOKEN"], 200),
])  # fmt: skip
def test_curl_with_a_client_certificate(site, name, fields, status):
    own = ["--cert", site.folder / f"{name}.pem", "--key", site.folder / f"{name}.key"] if name else []
    fields = [field.replace("TOKEN", site.tokens["roe"]) for field in fields]
    done = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", site.folder / "authority.pem", *own,
         *fields, "-H", "content-type: application/json", "-d", "{}", site.url + LIST],
        capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.stdout == str(status), done.stderr


def hilum(site, *arguments, **environment):
    return subprocess.run(
        [site.programs / "hilum", *map(str, arguments)], capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], **environment},
    )  # fmt: skip


def test_the_hilum_command_shows_its_token(site):
    at = ["worklist", "--server", site.url, "--ca", site.folder / "authority.pem"]
    (site.folder / "roe.token").write_text(site.tokens["roe"] + "\n")
    assert "UNAUTHENTICATED" in hilum(site, *at).stderr
    assert hilum(site, *at, "--token-file", site.folder / "roe.token").returncode == 0
    assert hilum(site, *at, HILUM_TOKEN=site.tokens["roe"]).returncode == 0
    assert hilum(site, *at, HILUM_TOKEN_FILE=str(site.folder / "roe.token")).returncode == 0
    assert "PERMISSION_DENIED" in hilum(site, *at, HILUM_TOKEN=site.tokens["pacs"]).stderr
    assert hilum(site, *at, "--token-file", "/nowhere").returncode == 2


def test_sighup_takes_new_tokens_and_forgets_old_ones(site):
    old = site.new_token("temp", "reader")
    assert site.list(old).status_code == 401
    site.service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: site.list(old).status_code == 200)
    tokens = site.folder / "tokens"
    good = tokens.read_text()
    tokens.write_text("".join(line for line in good.splitlines(True) if not line.startswith("temp ")))
    site.service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: site.list(old).status_code == 401)
    assert site.list(site.tokens["roe"]).status_code == 200
    tokens.write_text("broken\n")
    site.service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: any("not reloaded" in line["message"] for line in site.service.log()))
    assert site.list(site.tokens["roe"]).status_code == 200
    tokens.write_text(good)


def test_the_audit_log_says_who_asked_for_what_and_its_chain_is_checked(site, tmp_path):
    site.client.post("/hilum.v1.TriageService/GetStudy", json={"studyInstanceUid": "1.2.840.7"},
                     headers={"authorization": f"Bearer {site.token()}"})  # fmt: skip
    site.list(site.tokens["pacs"])
    log = site.folder / "audit.log"
    lines = wait_for(lambda: (lines := [json.loads(line) for line in log.read_text().splitlines()])
                     and lines[-1]["action"] == "refused" and lines)  # fmt: skip
    assert lines[0]["action"] == "start"
    read = [line for line in lines if line["study"] == "1.2.840.7"][0]
    assert (read["action"], read["caller"], read["roles"]) == ("result_read", "dr-roe", ["reader"])
    assert (lines[-1]["caller"], lines[-1]["detail"]) == ("pacs", "role_missing")
    for token in site.tokens.values():
        assert token not in log.read_text() and token not in site.service.log_file.read_text()
    good = hilum(site, "audit", "verify", log)
    assert good.returncode == 0 and "unbroken" in good.stdout
    copy = tmp_path / "audit.log"
    copy.write_text(log.read_text().replace("1.2.840.7", "1.2.840.8"))
    bad = hilum(site, "audit", "verify", copy)
    assert bad.returncode == 1 and "broken" in bad.stderr


def test_a_review_bears_the_name_of_who_is_known_and_not_the_one_it_claims(site):
    sample = (SAMPLES / "chest" / "01_normal.dcm").read_bytes()

    def call(method, request, token):
        path = f"/hilum.v1.TriageService/{method}"
        return site.client.post(path, json=request, headers={"authorization": f"Bearer {token}"})

    sent = call("Submit", {"instances": [base64.b64encode(sample).decode()]}, site.tokens["pacs"]).json()
    uid = sent["results"][0]["studyInstanceUid"]
    review = {"studyInstanceUid": uid, "reader": "somebody else", "action": "CLAIM"}
    assert call("ReviewStudy", review, site.tokens["pacs"]).status_code == 403
    answer = call("ReviewStudy", review, site.tokens["roe"])
    assert answer.status_code == 200, answer.text
    assert [event["reader"] for event in answer.json()["history"]] == ["roe"]
    actions = [json.loads(line) for line in (site.folder / "audit.log").read_text().splitlines()]
    assert [(line["caller"], line["study"]) for line in actions if line["action"] == "review"] == [("roe", uid)]


def test_a_program_that_others_reach_without_access_control_says_so_loudly(programs, tmp_path):
    service = Service(programs / "classifier-service", tmp_path, "--host", "0.0.0.0", "--models", tmp_path)
    warnings = [line["message"] for line in service.log() if line["level"] == "warning"]
    assert any("NO ACCESS CONTROL" in message for message in warnings)
    service.stop()


def test_the_gateway_shows_its_own_token_to_the_services(programs, models, tmp_path):
    def token(name, role):
        return subprocess.run([programs / "hilum", "token", name, role, "--file", tmp_path / "tokens"],
                              capture_output=True, text=True, check=True).stdout  # fmt: skip

    (tmp_path / "gateway.token").write_text(token("gateway", "sender"))
    for name in ("classifier", "with", "without"):
        (tmp_path / name).mkdir()
    classifier = Service(programs / "classifier-service", tmp_path / "classifier", "--models", models,
                         "--access-tokens", tmp_path / "tokens")  # fmt: skip
    services = [classifier]
    try:
        wait_for(lambda: classifier.get("/healthz/ready")[0] == 200)
        for name, flags, status in [("with", ["--backend-token-file", tmp_path / "gateway.token"], 200),
                                    ("without", [], 401)]:  # fmt: skip
            gateway = Service(programs / "gateway", tmp_path / name, "--data", tmp_path / name / "data",
                              "--classifier", classifier.address, "--planning", "", *flags)  # fmt: skip
            services.append(gateway)
            answer = wait_for(lambda: (answer := httpx.post(
                gateway.address + "/hilum.v1.ClassifierService/ListModels", json={}, timeout=30)).status_code != 503
                and answer)  # fmt: skip
            assert answer.status_code == status
    finally:
        for service in services:
            service.stop()


def test_a_caller_that_sends_too_fast_is_told_when_to_come_again(programs, tmp_path):
    service = Service(programs / "gateway", tmp_path, "--data", tmp_path / "data", "--rate-limit", "1",
                      "--rate-burst", "5")  # fmt: skip
    with httpx.Client(base_url=service.address) as client:
        wait_for(lambda: client.get("/healthz/ready").status_code == 200)
        answers = [client.post(LIST, json={}) for _ in range(7)]
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json()["code"] == "resource_exhausted"
    service.stop()


def test_every_part_of_access_control_is_documented():
    text = (ROOT / "docs/security.md").read_text()
    for word in ["RS256", "ES256", "EdDSA", "HS256", "hilum token", "hilum audit verify", "SIGHUP", "rate-limit"]:
        assert word in text
