"""Our gateway beside Debian's Orthanc taking studies in, in turns; ratios of medians are what counts.

    make bench-ingest                                    # every case
    make bench-ingest BENCH_ARGS="--rounds 3 bare"       # fewer rounds, the cases whose name contains bare
    make bench-ingest BENCH_ARGS="--gib 10 memory"       # how much memory 10 GiB of X-rays take

Both servers write to the same disk; what was sent is counted at the server after each case. Our gateway answers after
bytes and ledger are synced.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
from pathlib import Path
from typing import Callable, NamedTuple

import instances
import senders
import servers

OUT = servers.OUT
# In memory: neither reading nor removing these files is to cost the disk anything.
SENT = Path("/dev/shm") / f"hilum-ingest-sent-{os.getpid()}"
MIB = 1 << 20


class Measured(NamedTuple):
    #: Instances a second.
    rate: float
    #: Processor time of an instance, microseconds.
    server: float
    client: float


def client_seconds() -> float:
    """Processor time of this process and of those that it started and waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Case:
    """How many instances of which kind go over how many associations, and the ratio that is wanted."""

    def __init__(self, name: str, title: str, kind: str, count: int, associations: int, target: float):
        self.name, self.title, self.kind, self.count, self.associations, self.target = (
            name, title, kind, count, associations, target)

    def measure(self, server, kind: instances.Kind) -> Measured:
        before = server.count()
        share = self.count // self.associations
        send = self.prepare(server, kind, share)
        used = server.processor_seconds(), client_seconds()
        seconds = send()
        sender = client_seconds() - used[1]
        server.settle()
        used = server.processor_seconds() - used[0], sender
        shutil.rmtree(SENT, ignore_errors=True)
        sent = share * self.associations
        if server.count() - before != sent:
            raise RuntimeError(f"{server.name} has {server.count() - before} of {sent} instances")
        return Measured(sent / seconds, used[0] / sent * 1e6, used[1] / sent * 1e6)

    def prepare(self, server, kind: instances.Kind, share: int) -> Callable[[], float]:
        """Makes what is to be sent; gives what sends it and tells the seconds."""
        if self.name.startswith("storescu"):
            folders = [SENT / f"{number}" for number in range(self.associations)]
            for folder in folders:
                kind.files(share, folder)
            return lambda: senders.storescu(server, folders)
        if self.name.startswith("http_client"):
            bodies = [[kind.stow_body() for _ in range(share)] for _ in range(self.associations)]
            return lambda: senders.http_client(server, bodies)
        if self.name.startswith("stow"):
            requests = [[kind.stow_request(server.stow) for _ in range(share)] for _ in range(self.associations)]
            return lambda: senders.bare_stow(server, requests)
        requests = [[kind.store_request(number + 1) for number in range(share)] for _ in range(self.associations)]
        return lambda: senders.bare(server, kind, requests)


#: Enough for about a second of ours: the start of the storescu processes, 0.2 s of eight on two cores, is a small part.
CASES = [
    Case("storescu_1", "MR slices of 100 KiB, `storescu`, one association", "mr", 1200, 1, 2.0),
    Case("storescu_8", "MR slices of 100 KiB, `storescu`, eight associations", "mr", 2400, 8, 2.0),
    Case("bare_1", "MR slices of 100 KiB, bare socket, one association", "mr", 1200, 1, 2.0),
    Case("bare_8", "MR slices of 100 KiB, bare sockets, eight associations", "mr", 2400, 8, 2.0),
    Case("stow_1", "MR slices of 100 KiB, STOW-RS, bare socket, one connection", "mr", 1200, 1, 2.0),
    Case("stow_8", "MR slices of 100 KiB, STOW-RS, bare sockets, eight connections", "mr", 2400, 8, 2.0),
    Case("http_client_1", "MR slices of 100 KiB, STOW-RS, Python's `http.client`, one connection", "mr", 1200, 1, 2.0),
    Case("http_client_8", "MR slices of 100 KiB, STOW-RS, Python's `http.client`, eight connections", "mr", 2400, 8, 2.0),
    Case("xray_1", "X-rays of 8 MiB, bare socket, one association", "dx", 24, 1, 1.3),
    Case("xray_8", "X-rays of 8 MiB, bare sockets, eight associations", "dx", 48, 8, 1.3),
]


def kinds() -> dict[str, instances.Kind]:
    return {
        "mr": instances.Kind(instances.MR, "MR", 226, 226), "dx": instances.Kind(instances.DX, "DX", 2048, 2048)}


def compare(cases: list[Case], rounds: int) -> tuple[list[dict], dict[str, int]]:
    """A result for each case, and the most memory that each server has held."""
    made = kinds()
    running = [servers.Hilum(), servers.Orthanc(), servers.Sink()]
    measured = {case.name: {server.name: [] for server in running} for case in cases}
    try:
        for number in range(rounds):
            for case in cases:
                for server in running if number % 2 == 0 else reversed(running):
                    measured[case.name][server.name].append(case.measure(server, made[case.kind]))
            print(f"round {number + 1} of {rounds}", flush=True)
        peaks = {server.name: server.peak_bytes() for server in running if server.name != "sink"}
    finally:
        for server in running:
            server.close()
    return [result(case, measured[case.name]) for case in cases], peaks


def result(case: Case, measured: dict[str, list[Measured]]) -> dict:
    medians = {name: Measured(*map(statistics.median, zip(*values))) for name, values in measured.items()}
    ratio = medians["hilum"].rate / medians["orthanc"].rate
    return {
        "case": case.name, "title": case.title, "ratio": ratio, "target": case.target,
        "median": {name: one._asdict() for name, one in medians.items()},
        "spread": {name: [min(values).rate, max(values).rate] for name, values in measured.items()},
        "reached": ratio >= case.target}  # fmt: skip


def table(results: list[dict]) -> str:
    lines = [
        "| case | Hilum /s (lowest–highest) | Orthanc /s | ratio | target | processor time of an instance, µs: "
        "Hilum, Orthanc, the sender | the sender alone /s |", "|---|---|---|---|---|---|---|"]  # fmt: skip
    for r in results:
        cells, median = [], r["median"]
        for name in ("hilum", "orthanc"):
            low, high = r["spread"][name]
            cells.append(f"{median[name]['rate']:,.0f} ({low:,.0f}–{high:,.0f})")
        times = [median["hilum"]["server"], median["orthanc"]["server"], median["sink"]["client"]]
        cells += [f"{r['ratio']:.2f}", f"≥ {r['target']}", ", ".join(f"{time:,.0f}" for time in times),
                  f"{median['sink']['rate']:,.0f}"]  # fmt: skip
        lines.append(f"| {r['title']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def memory(gib: float) -> None:
    """Sends X-rays over eight associations, a bounded number at a time, and tells the most memory that was held."""
    kind, server = kinds()["dx"], servers.Hilum()
    batch = 64
    try:
        sent = 0
        while sent * len(kind.data_set) < gib * 1024 * MIB:
            senders.bare(server, kind, [[kind.store_request(1) for _ in range(batch // 8)] for _ in range(8)])
            sent += batch
        print(f"{sent * len(kind.data_set) / 1024 / MIB:.1f} GiB in {sent} X-rays: at most "
              f"{server.peak_bytes() / MIB:.0f} MiB of memory")
    finally:
        server.close()
        shutil.rmtree(server.folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="parts of case names; none: all cases")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gib", type=float, default=10, help="of the case memory, which only runs when it is named")
    options = parser.parse_args()
    shutil.rmtree(SENT, ignore_errors=True)
    servers.remove_old_folders()
    if options.cases == ["memory"]:
        return memory(options.gib)
    cases = [c for c in CASES if not options.cases or any(part in c.name for part in options.cases)]
    results, peaks = compare(cases, options.rounds)
    print(f"\nMedians of {options.rounds} rounds in turns\n\n{table(results)}\n")
    for name, peak in peaks.items():
        print(f"{name}: at most {peak / MIB:.0f} MiB of memory")
    report = {"cases": results, "peak_bytes": peaks}
    (OUT / "ingest.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
