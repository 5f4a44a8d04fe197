"""A gateway pair, its database, its proxy and its replicas, each on a host of its own, while replicas and gateways come,
go, drain, die and are cut off under load; then one gateway with up to 64 replicas.

    proof.py [--stand-ins SECONDS] [--seconds 60] [--only site|scaling]

No accepted study may be lost, no request may fail where nothing but an orderly end happens, the load has to be even, and
the pair has to survive the loss of either gateway. Needs root. Figures are printed; the exit status says whether all held.
"""

import argparse
import contextlib
import itertools
import os
import pathlib
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Chaos"))

import chaos  # noqa: E402
import load  # noqa: E402
import scaling  # noqa: E402
import site_of_hosts  # noqa: E402
import studies  # noqa: E402
from site_of_hosts import ROOT, eventually  # noqa: E402

EVEN = 0.2  # how far a replica's share may be off
STILL = 5.0  # longest time without an answer while a gateway is lost, in seconds


class Proof:
    """One run on one site: each step says what it did and what was wrong."""

    def __init__(self, site, running, window):
        self.site, self.load, self.window, self.wrong = site, running, window, []

    @contextlib.contextmanager
    def step(self, name, may_fail=False):
        """Faults of requests that end meanwhile are wrong unless they may be."""
        begin = time.monotonic()
        try:
            yield
        except AssertionError as error:
            self.wrong.append(f"{name}: {error}")
        end = time.monotonic()
        ended = self.load.between(begin, end)
        faults = [one for one in ended if one.fault]
        gap = max(b - a for a, b in itertools.pairwise([begin, *sorted(o.at for o in ended if not o.fault), end]))
        slowest = max((one.seconds for one in ended if not one.fault), default=0)
        print(f"  {name:34}{end - begin:6.1f} s {len(ended):6} requests {len(faults):4} failed"
              f"   longest {slowest:5.2f} s, without an answer {gap:5.2f} s", flush=True)  # fmt: skip
        if faults and not may_fail:
            self.wrong.append(f"{name}: {len(faults)} failed, such as {faults[0].path}: {faults[0].fault}")
        if gap > STILL:
            self.wrong.append(f"{name}: {gap:.1f} s without an answer")

    def gets_calls(self, replica):
        """Waits until a replica that has just come answers some."""
        before = self.site.calls(replica.service).get(replica.place, 0)
        eventually(lambda: self.site.calls(replica.service).get(replica.place, 0) > before, 20, f"{replica.name} gets calls")

    def whole(self):
        (first, second, third, *_), (planner, _) = self.site.of("classifier"), self.site.of("planning")
        one, other = self.site.gateways
        self.replicas_come()
        self.load_is_even()
        self.drains(first)
        self.drains(planner)
        self.is_removed(second)
        self.is_killed(third)
        self.is_cut_off(first)
        self.gateway_drains(one)
        self.gateway_drains(other)
        self.gateway_is_killed(one)
        self.gateway_is_cut_off(other, self.window / 2)

    def short(self):
        """What takes no longer than the leases of a killed gateway."""
        self.replicas_come()
        self.load_is_even()
        self.drains(self.site.of("classifier")[0])
        self.gateway_drains(self.site.gateways[0])
        self.gateway_is_cut_off(self.site.gateways[1], 1)

    def replicas_come(self):
        new = self.site.of("classifier")[-1], self.site.of("planning")[-1]
        with self.step("two replicas are added"):
            for replica in new:
                replica.start()
            for replica in new:
                scaling.ready(replica.place) if not self.site.stand_in_seconds else time.sleep(0.5)
            self.site.publish(*new)
            for replica in new:
                self.gets_calls(replica)

    def load_is_even(self):
        with self.step("all replicas work"):
            before = {service: self.site.calls(service) for service in ("classifier", "planning")}
            time.sleep(self.window)
            for service, counts in before.items():
                done = {place: count - counts[place] for place, count in self.site.calls(service).items()}
                mean = sum(done.values()) / len(done)
                off = max(abs(count / mean - 1) for count in done.values())
                print(f"    {service}: {', '.join(f'{count:.0f}' for count in done.values())} calls, {off:.0%} off even")
                assert off <= EVEN, f"{service} is {off:.0%} off even"

    def drains(self, replica):
        with self.step(f"{replica.name} drains and comes back"):
            replica.drain()
            replica.start()
            self.gets_calls(replica)

    def is_removed(self, replica):
        with self.step(f"{replica.name} is removed"):
            self.site.withdraw(replica)
            time.sleep(1.5)
            before = self.site.calls(replica.service).get(replica.place, 0)
            time.sleep(1)
            assert self.site.calls(replica.service).get(replica.place, 0) == before, f"{replica.name} still gets calls"
            replica.drain()
        replica.start()
        self.site.publish(replica)
        self.gets_calls(replica)

    def is_killed(self, replica):
        with self.step(f"{replica.name} is killed", may_fail=True):
            replica.program.kill()
            self.gets_calls(replica)

    def is_cut_off(self, replica):
        with self.step(f"{replica.name} is cut off", may_fail=True):
            replica.host.cut()
            time.sleep(3)
            replica.host.mend()
            self.gets_calls(replica)

    def gateway_drains(self, gateway):
        with self.step(f"{gateway.name} drains and comes back"):
            gateway.drain()
            gateway.start()
            self.is_back(gateway)

    def gateway_is_killed(self, gateway):
        with self.step(f"{gateway.name} is killed and stays away", may_fail=True):
            gateway.program.stop(signal.SIGKILL)
            time.sleep(self.window / 4)
        gateway.start()
        self.is_back(gateway)

    def gateway_is_cut_off(self, gateway, seconds):
        with self.step(f"{gateway.name} is cut off", may_fail=True):
            gateway.host.cut()
            time.sleep(seconds)
            gateway.host.mend()
            self.is_back(gateway)

    def is_back(self, gateway):
        scaling.ready(gateway.address)
        time.sleep(1)  # the proxy's checks

    def verdict(self):
        """Every acknowledged study, in the ledger and as either gateway shows it."""
        begin, states = time.monotonic(), "SELECT count(*) FROM jobs WHERE state NOT IN (3)"
        try:
            eventually(lambda: self.site.query(states) == [["0"]], 90, "everything is answered")
        except AssertionError as error:
            self.wrong.append(f"{error}: {self.site.query('SELECT state, reason, count(*) FROM jobs GROUP BY 1, 2')}")
        print(f"  everything answered {time.monotonic() - begin:.1f} s after the last request")
        twice = self.site.query("SELECT job_id FROM events WHERE kind = 'answered' GROUP BY 1 HAVING count(*) > 1")
        if twice:
            self.wrong.append(f"{len(twice)} jobs answered twice")
        lost = 0
        for (uid, count), gateway in zip(self.load.acknowledged.items(), itertools.cycle(self.site.gateways)):
            shown = self.site.study(gateway, uid)
            answered = [one for one in shown.get("instances", []) if one["state"] == "ANSWERED"]
            if shown["state"] != "COMPLETE" or len(answered) != count:
                lost += 1
                self.wrong.append(f"{uid}: {shown['state']}, {shown['reason']}, {len(answered)} of {count} answered")
        print(f"  {len(self.load.acknowledged)} studies accepted, {lost} of them lost")


def on_site(programs, folder, stubs, stand_in_seconds, window, steps=Proof.whole):
    """The proof on a site; returns what is wrong."""
    stubs_folder = folder / "stubs"
    what = f"stand-ins of {stand_in_seconds * 1000:.0f} ms" if stand_in_seconds else "the services with their bundles"
    print(f"two gateways, PostgreSQL, HAProxy, 4 classifier and 2 planning replicas on 10 hosts; replicas: {what}")
    place = site_of_hosts.Site(folder, programs, stubs_folder, stand_in_seconds)
    running = None
    try:
        standing = place.of("classifier")[:-1] + place.of("planning")[:-1]
        for replica in standing:
            replica.start()
        place.publish(*standing)
        for gateway in place.gateways:
            gateway.start()
        for gateway in place.gateways:
            scaling.ready(gateway.address)
        scaling.ready(f"{place.address}:8080")
        running = load.Load(place.address, 8080)
        begin(running, stubs, studies.small() if stand_in_seconds else studies.of_samples(ROOT / "samples"), stand_in_seconds)
        proof = Proof(place, running, window)
        steps(proof)
        running.stop()
        proof.verdict()
        if proof.wrong and place.log.exists():
            print(place.log.read_text(errors="replace")[-3000:])
        return proof.wrong
    finally:
        place.stop()


def begin(running, stubs, templates, stand_in_seconds):
    """Senders of studies, and callers of both services, at a rate that two cores carry."""
    radiograph, other, series = templates
    classify = [stubs.classifier_pb2.ClassifyRequest(image=one.files[0]).SerializeToString() for one in (radiograph, other)]
    plan = stubs.planning_pb2.PlanViewsRequest(instances=series.files).SerializeToString()
    pause = 0 if stand_in_seconds else 0.4
    running.call(load.CLASSIFY, itertools.cycle(classify), 6, pause)
    running.call(load.PLAN, itertools.repeat(plan), 3, pause * 4)
    running.submit(studies.endless([radiograph, other]), lambda study: scaling.submission(stubs, study), 2, 0.2 + pause)
    running.submit(studies.endless([series], 1_000_000), lambda study: scaling.submission(stubs, study), 1, 0.5 + pause * 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stand-ins", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--seconds", type=float, default=60, help="how long the load is measured")
    parser.add_argument("--only", choices=["site", "scaling"])
    options = parser.parse_args()
    programs = pathlib.Path(os.environ.get("HILUM_PROGRAMS", ROOT / ".build/release")).resolve()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="hilum-network-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        stubs = chaos.make_stubs(folder / "stubs")
        if options.only != "scaling":
            wrong += on_site(programs, folder, stubs, options.stand_ins, options.seconds)
        if options.only != "site":
            wrong += scaling.prove(programs, folder, folder / "stubs", stubs, (1, 4, 16, 64), seconds=0.3, window=9)
    print("all held" if not wrong else "WRONG: " + "; ".join(wrong[:20]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
