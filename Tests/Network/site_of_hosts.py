"""A hospital's site, each program on a host of its own: HAProxy before two gateways, PostgreSQL, replicas of services.

The gateways find replicas by name; their images lie in one folder, in place of the file server of a real site.
"""

import json
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request

import hosts
import processes
import scaling

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORTS = {"classifier": 8081, "planning": 8082}


class Replica:
    """One program that answers for a service, on its host."""

    def __init__(self, site, service, number):
        self.site, self.service = site, service
        self.host = site.network.add(f"{service}{number}")
        self.name = f"{service} {number}"
        self.program = None

    @property
    def place(self):
        return f"{self.host.address}:{PORTS[self.service]}"

    def start(self):
        site, port = self.site, PORTS[self.service]
        if site.stand_in_seconds:
            script = pathlib.Path(__file__).with_name("stand_ins.py")
            command = [sys.executable, script, site.stubs_folder, site.stand_in_seconds, self.place]
        else:
            command = [site.programs / f"{self.service}-service", "--host", self.host.address, "--port", port, "--threads", 1,
                       "--models", ROOT / "models", "--log-level", "warning"]  # fmt: skip
        self.program = processes.Kept(self.name, command, site.log, self.host.prefix)

    def drain(self):
        """SIGTERM, and the wait for its end."""
        status = self.program.stop()
        assert status == 0, f"{self.name} ended with {status}"


class Gateway:
    def __init__(self, site, number):
        self.site, self.host, self.name = site, site.network.add(f"gateway{number}"), f"gateway {number}"
        self.address, self.program = f"{self.host.address}:8080", None

    def start(self):
        site = self.site
        command = [
            site.programs / "gateway", "--host", self.host.address, "--port", 8080, "--dicom-host", self.host.address,
            "--data", site.folder / "data", "--ledger", site.ledger, "--classifier", "dns+http://classifier:8081",
            "--planning", "dns+http://planning:8082", "--lookup-seconds", 0.5, "--health-check-seconds", 0.3,
            "--quiet-seconds", 600, "--retry-longest-seconds", 2, "--log-level", "warning",
        ]  # fmt: skip
        self.program = processes.Kept(self.name, command, site.log, self.host.prefix)

    def drain(self):
        status = self.program.stop()
        assert status == 0, f"{self.name} ended with {status}"


class Site:
    def __init__(self, folder, programs, stubs_folder, stand_in_seconds, classifiers=4, planners=2):
        self.folder, self.programs, self.stubs_folder = folder, programs, stubs_folder
        self.stand_in_seconds, self.log = stand_in_seconds, folder / "log"
        self.network, self.kept = hosts.Network(), []
        self.named = {"classifier": [], "planning": []}
        self.replicas = [Replica(self, "classifier", n) for n in range(1, classifiers + 1)]
        self.replicas += [Replica(self, "planning", n) for n in range(1, planners + 1)]
        self.database, self.ledger = processes.postgres(folder / "pg", self.log, self.network.add("database"))
        self.gateways = [Gateway(self, 1), Gateway(self, 2)]
        proxy = self.network.add("proxy")
        self.address = proxy.address
        settings = [f"HILUM_ADDRESS={proxy.address}"]
        settings += [f"HILUM_GATEWAY_{n}={gateway.host.address}" for n, gateway in enumerate(self.gateways, 1)]
        configuration = ROOT / "deploy/haproxy/haproxy.cfg"
        command = ["env", *settings, "haproxy", "-db", "-f", configuration]
        self.proxy = processes.Kept("haproxy", command, self.log, proxy.prefix)

    def of(self, service):
        return [one for one in self.replicas if one.service == service]

    def publish(self, *replicas):
        """Adds replicas to what their names mean."""
        for one in replicas:
            self.named[one.service].append(one)
        self.rename()

    def withdraw(self, replica):
        self.named[replica.service].remove(replica)
        self.rename()

    def rename(self):
        for service, replicas in self.named.items():
            self.network.name(service, [one.host.address for one in replicas])

    def calls(self, service):
        """Calls that each named replica of a service has answered, of both gateways."""
        counts = {one.place: 0.0 for one in self.named[service]}
        for gateway in self.gateways:
            for place, count in scaling.calls_by_replica(gateway.address, service).items():
                counts[place] = counts.get(place, 0) + count
        return counts

    def query(self, sql):
        run = subprocess.run(["psql", self.ledger, "-AtF", "\t", "-c", sql], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        return [line.split("\t") for line in run.stdout.splitlines()]

    def study(self, gateway, uid):
        """A study as a gateway shows it."""
        request = urllib.request.Request(
            f"http://{gateway.address}/hilum.v1.TriageService/GetStudy",
            json.dumps({"studyInstanceUid": uid}).encode(), {"content-type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["study"]

    def stop(self):
        """At once: orderly ends are a matter of the steps."""
        for program in [self.proxy, *(one.program for one in [*self.gateways, *self.replicas])]:
            if program:
                program.stop(signal.SIGKILL)
        self.database.stop(signal.SIGINT)
        self.network.remove()


def eventually(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)
