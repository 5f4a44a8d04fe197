"""What `deploy/` holds: rules and dashboard against the programs' metrics, manifests against their schemas, the units'
hardening, and the image's root run as it will run."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.parse
import urllib.request

import kubernetes_validate
import pytest
import yaml

from conftest import PROGRAMS, ROOT, SAMPLES

DEPLOY = ROOT / "deploy"
KEYS = {"gateway": "gateway", "classifier": "classifier-service", "planning": "planning-service"}


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


@pytest.fixture(scope="module")
def expositions(system):
    """What each program shows to Prometheus."""
    pages = {}
    for service in KEYS:
        with urllib.request.urlopen(f"http://127.0.0.1:{system.port(service)}/metrics", timeout=10) as answer:
            pages[service] = answer.read().decode()
    return pages


def names(exposition):
    return set(re.findall(r"^# TYPE (\S+) ", exposition, re.M))


def test_metrics_follow_the_conventions(expositions):
    for service, page in expositions.items():
        lint = run("promtool", "check", "metrics", input=page)
        assert lint.returncode == 0, f"{service}: {lint.stderr}"


def test_every_metric_is_documented(expositions):
    documented = set(re.findall(r"`((?:hilum|process)_\w+)`", (ROOT / "docs/observability.md").read_text()))
    shown = set().union(*map(names, expositions.values()))
    assert shown - documented == set(), "not in docs/observability.md"
    # Some are shown only where their part is configured.
    sources = "".join(path.read_text() for path in (ROOT / "Sources").rglob("*.swift"))
    assert [name for name in sorted(documented) if f'"{name}"' not in sources] == [], "in docs/observability.md alone"


def test_rules_and_dashboard_ask_for_metrics_that_exist(expositions):
    shown = set().union(*map(names, expositions.values())) | {"up"}
    dashboard = json.loads((DEPLOY / "grafana/hilum.json").read_text())
    rules = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())
    expressions = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    expressions += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    used = {re.sub(r"_bucket$", "", name) for e in expressions for name in re.findall(r"\b(?:hilum|process)_\w+", e)}
    assert used - shown == set()
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_each_alert_fires_on_what_it_is_for_and_is_in_the_runbook():
    folder = DEPLOY / "prometheus"
    for command in (["check", "config", "prometheus.yml"], ["test", "rules", "rules-test.yml"]):
        result = run("promtool", *command, cwd=folder)
        assert result.returncode == 0, result.stdout + result.stderr
    alerts = re.findall(r"alert: (\w+)", (folder / "rules.yml").read_text())
    tested = set(re.findall(r"alertname: (\w+)", (folder / "rules-test.yml").read_text()))
    headings = set(re.findall(r"^## (\w+)$", (ROOT / "docs/runbook.md").read_text(), re.M))
    assert set(alerts) == tested == headings & set(alerts)


def test_prometheus_scrapes_all_three(system, tmp_path):
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(DEPLOY / "prometheus/rules.yml")]
    for job, service in zip(config["scrape_configs"], KEYS):
        job["static_configs"] = [{"targets": [f"127.0.0.1:{system.port(service)}"]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    with (tmp_path / "log").open("w") as log:
        prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
             "--web.listen-address=127.0.0.1:0"],
            stderr=log,
        )  # fmt: skip
    try:
        address = eventually(lambda: listening(tmp_path / "log"))
        up = eventually(lambda: result if len(result := ask(address, "up == 1")) == 3 else None)
        assert {row["metric"]["job"] for row in up} == {f"hilum-{service}" for service in KEYS}
        assert len(ask(address, "process_resident_memory_bytes > 1e6")) == 3
        assert ask(address, "sum(hilum_gateway_replica_available)")[0]["value"][1] == "2"
        with urllib.request.urlopen(f"{address}/api/v1/rules", timeout=10) as answer:
            rules = json.load(answer)["data"]["groups"][0]["rules"]
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"} and len(rules) >= 8
    finally:
        prometheus.send_signal(signal.SIGTERM)
        prometheus.wait(timeout=30)


def eventually(attempt):
    """The first value that is not None, within half a minute."""
    end = time.monotonic() + 30
    while (value := attempt()) is None:
        assert time.monotonic() < end
        time.sleep(0.2)
    return value


def listening(log):
    """Where Prometheus listens; it writes the port it got into its log."""
    found = re.search(r'component=web msg="Listening on" address=(\S+)', log.read_text())
    return f"http://{found[1]}" if found else None


def ask(address, query):
    with urllib.request.urlopen(f"{address}/api/v1/query?query={urllib.parse.quote(query)}", timeout=10) as answer:
        return json.load(answer)["data"]["result"]


def manifests():
    files = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]
    assert set(files) | {"kustomization.yaml"} == {p.name for p in (DEPLOY / "kubernetes").iterdir()}
    return [(name, d) for name in files for d in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text())]


def test_manifests_are_valid():
    for name, manifest in manifests():
        kubernetes_validate.validate(manifest, "1.37", strict=True)
        if manifest["kind"] != "Deployment":
            continue
        pod = manifest["spec"]["template"]["spec"]
        container = pod["containers"][0]
        assert pod["securityContext"]["runAsNonRoot"] and not pod["enableServiceLinks"], name
        assert container["securityContext"]["readOnlyRootFilesystem"], name
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container), name


def test_environments_name_keys_that_exist(programs):
    keys = {}
    for service, program in KEYS.items():
        text = run(programs / program, "--help").stdout
        found = re.findall(r"--([a-z][a-z0-9-]+)", text)
        keys |= {f"HILUM_{service.upper()}_{key.replace('-', '_').upper()}": service for key in found}
    texts = [*(DEPLOY / "kubernetes").iterdir(), *(DEPLOY / "systemd").iterdir(), DEPLOY / "container/Containerfile"]
    for path in texts:
        for variable in re.findall(r"\bHILUM_[A-Z_]+\b(?==|:|\n)", path.read_text()):
            assert variable in keys or variable.endswith("_KEY"), f"{path.name}: {variable}"


def test_units_are_hardened():
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        result = run("systemd-analyze", "security", "--offline=yes", "--no-pager", unit)
        score = float(re.search(r"exposure level for \S+: ([\d.]+)", result.stdout)[1])
        assert score <= 1.5, f"{unit.name}: {score}"
        faults = [line for line in run("systemd-analyze", "verify", unit).stderr.splitlines() if unit.name in line]
        assert all("is not executable" in line for line in faults), faults


def test_the_proxy_of_a_pair_is_configured_well(monkeypatch):
    haproxy = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
    for number, variable in enumerate(["ADDRESS", "GATEWAY_1", "GATEWAY_2"], 1):
        monkeypatch.setenv(f"HILUM_{variable}", f"127.0.0.{number}")
    result = run(haproxy, "-c", "-f", DEPLOY / "haproxy/haproxy.cfg")
    assert result.returncode == 0 and "WARNING" not in result.stdout + result.stderr, result.stdout + result.stderr


IMAGE_RUN = """
set -e
# What every container runtime gives: processes and devices.
mkdir -p "$ROOT/proc" "$ROOT/dev"
mount --bind "$ROOT" "$ROOT"
mount --rbind /proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -o remount,ro,bind "$ROOT"
mount -t tmpfs -o uid=65532,gid=65532,mode=700 tmpfs "$ROOT/var/lib/hilum"
exec chroot --userspec=65532:65532 "$ROOT" "$@"
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting the image's root needs root")
def test_the_image_runs_without_rights_on_a_read_only_root(programs, tmp_path):
    root = tmp_path / "image"
    layout = run(DEPLOY / "container/assemble", root, PROGRAMS, cwd=ROOT)
    assert layout.returncode == 0, layout.stderr
    for shell in ("bin/sh", "usr/bin/bash", "usr/bin/env"):
        assert not (root / shell).exists()
    environment = {
        match[1]: match[2]
        for match in re.finditer(r"(\w+)=(\S+)", (DEPLOY / "container/Containerfile").read_text())
        if match[1].startswith(("LD_", "HILUM_"))
    }  # fmt: skip
    started = []
    try:
        ports = {}
        for program in ("classifier-service", "gateway"):
            prefix = "HILUM_GATEWAY" if program == "gateway" else "HILUM_CLASSIFIER"
            extra = {f"{prefix}_PORT": "0", f"{prefix}_HOST": "127.0.0.1", "ROOT": str(root)}
            if program == "gateway":
                extra |= {
                    "HILUM_GATEWAY_CLASSIFIER": f"http://127.0.0.1:{ports['classifier-service']}",
                    "HILUM_GATEWAY_DICOM_PORT": "0",
                }
            log = tmp_path / f"{program}.log"
            started.append(
                subprocess.Popen(
                    ["unshare", "-m", "bash", "-c", IMAGE_RUN, "run", f"/usr/bin/{program}"],
                    env={"PATH": os.environ["PATH"]} | environment | extra, stderr=log.open("w"),
                )
            )  # fmt: skip
            found = eventually(lambda: re.search(r'"address":"127.0.0.1:(\d+)"', log.read_text()))
            ports[program] = int(found[1])
            eventually(lambda: ready(ports[program]))
        image = sorted(SAMPLES.glob("chest/*.dcm"))[0]
        answer = run(programs / "hilum", "classify", image, "--server", f"http://127.0.0.1:{ports['gateway']}")
        assert answer.returncode == 0 and "not for clinical use" in answer.stdout, answer.stdout + answer.stderr
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            assert process.wait(timeout=60) == 0
        shutil.rmtree(root, ignore_errors=True)


def ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/ready", timeout=2):
            return True
    except OSError:
        return None
