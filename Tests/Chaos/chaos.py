"""Instances come in by C-STORE, STOW-RS and RPC at once while gateways, services and database are killed, the disk fills and a backend is cut off.

    chaos.py [--store sqlite|postgresql|both] [--instances 5000] [--kills 100] [--seconds 900] [--seed N]

Everything acknowledged has to be answered exactly once, and nothing else may be shown as accepted. Needs root, for the
small disk and the network of the backend. The figures are printed; the exit status says whether all held.
"""

import argparse
import collections
import contextlib
import importlib
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import types

import grpc
import instances
import network
import processes
import senders

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make_stubs(folder):
    """The modules that grpcio-tools makes of proto/."""
    from grpc_tools import protoc

    folder.mkdir()
    proto = ROOT / "proto"
    files = [str(path.relative_to(proto)) for path in sorted((proto / "hilum").rglob("*.proto"))]
    assert protoc.main(["protoc", f"-I{proto}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]) == 0
    sys.path.insert(0, str(folder))
    names = ("classifier_pb2", "planning_pb2", "triage_pb2", "triage_pb2_grpc")
    return types.SimpleNamespace(**{name: importlib.import_module(f"hilum.v1.{name}") for name in names})


class Stage:
    """All programs of one run, on a small disk of their own."""

    def __init__(self, folder, stubs_folder, store, programs, latency, gateways=2):
        self.store, self.disk = store, folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=768m,mode=755", "tmpfs", self.disk], check=True)
        self.network = network.Namespace()
        self.kept, self.ledger = [], None
        log = folder / "log"
        python = [sys.executable, pathlib.Path(__file__).with_name("stand_in.py")]
        ports = [processes.free_port(), processes.free_port()]
        self.classifier = self.keep("classifier", [
            *python, self.network.address, ports[0], stubs_folder, latency], log, self.network.prefix)  # fmt: skip
        self.planning = self.keep("planning", [*python, "127.0.0.1", ports[1], stubs_folder, latency], log)
        options = []
        if store == "postgresql":
            server, self.ledger = processes.postgres(self.disk / "pg", log)
            self.kept.append(server)
            options = ["--ledger", self.ledger]
        self.gateways = []
        for number in range(gateways if store == "postgresql" else 1):
            port, dicom = processes.free_port(), processes.free_port()
            self.gateways.append(types.SimpleNamespace(address=f"127.0.0.1:{port}", dicom=dicom))
            self.keep(f"gateway {number}", [
                programs / "gateway", "--port", port, "--dicom-port", dicom, "--data", self.disk / "data",
                "--grace-seconds", 0, "--classifier", f"http://{self.network.address}:{ports[0]}",
                "--planning", f"http://127.0.0.1:{ports[1]}", "--retry-first-seconds", 0.05,
                "--retry-longest-seconds", 0.5, "--quiet-seconds", 600, "--call-timeout-seconds", 5,
                "--low-space", "32MiB", "--enough-space", "48MiB", "--dispatch-concurrency", 16,
                "--log-level", "warning", *options,
            ], log)  # fmt: skip

    def keep(self, name, command, log, prefix=()):
        kept = processes.Kept(name, command, log, prefix)
        self.kept.append(kept)
        return kept

    def stop(self):
        for kept in reversed(self.kept):
            kept.stop()
        self.network.remove()
        for _ in range(50):
            if subprocess.run(["umount", self.disk], capture_output=True).returncode == 0:
                return
            time.sleep(0.2)

    def query(self, sql):
        """The rows of a query, read beside the gateways."""
        if self.ledger:
            run = subprocess.run(["psql", self.ledger, "-AtF", "\t", "-c", sql], capture_output=True, text=True)
            assert run.returncode == 0, run.stderr
            return [line.split("\t") for line in run.stdout.splitlines()]
        with contextlib.closing(sqlite3.connect(self.disk / "data/ledger.sqlite", timeout=30)) as connection:
            return [[str(value) for value in row] for row in connection.execute(sql)]


def fill_disk(stage, queue, seconds):
    """Leaves less room than new work needs until somebody was refused, then leaves none, then all of it again."""
    path = stage.disk / "filler"
    with open(path, "wb", buffering=0) as filler:

        def fill():
            with contextlib.suppress(OSError):
                while shutil.disk_usage(stage.disk).free > 24 << 20:
                    filler.write(bytes(1 << 20))

        with queue.paused():
            fill()
        for _ in range(300):
            fill()  # a gateway that starts gives back the room of the journal before it
            if queue.refused_for_space():
                break
            time.sleep(0.1)
        with contextlib.suppress(OSError):
            while True:
                filler.write(bytes(1 << 16))
        time.sleep(seconds)
    path.unlink()


def cut_network(stage, _, seconds):
    stage.network.cut()
    time.sleep(seconds)
    stage.network.mend()


def harm(stage, queue, total, kills, generator, done):
    """Kills at random moments, spread over the run; the disk fills once and the backend is cut off once."""
    others = [(0.35, fill_disk), (0.6, cut_network)]
    last, count = time.monotonic(), 0
    while not done.is_set() and (count < kills or others):
        progress = len(queue.acknowledged) / total
        if others and progress >= others[0][0]:
            threading.Thread(target=others.pop(0)[1], args=(stage, queue, 4)).start()
        if count < kills and (progress * 0.9 >= count / kills or time.monotonic() - last > 2):
            time.sleep(generator.uniform(0, 0.15))
            count += generator.choice(stage.kept).kill()
            last = time.monotonic()
        time.sleep(0.01)


def open_work(stage):
    with contextlib.suppress(Exception):
        return int(stage.query("SELECT count(*) FROM jobs WHERE state <> 3")[0][0])
    return -1


def verdict(stage, queue, stubs, sent):
    """What is wrong: nothing, if all held."""
    wrong = []
    rows = stage.query("SELECT sop_uid, sha256 FROM instances")
    held = collections.Counter(row[0] for row in rows)
    if set(held) != queue.acknowledged:
        wrong.append(f"held {len(held)}, acknowledged {len(queue.acknowledged)}")
    if twice := [uid for uid, count in held.items() if count > 1]:
        wrong.append(f"{len(twice)} instances held twice")
    answers = stage.query("SELECT job_id, count(*) FROM events WHERE kind = 'answered' GROUP BY job_id")
    jobs = int(stage.query("SELECT count(*) FROM jobs")[0][0])
    if len(answers) != jobs or any(count != "1" for _, count in answers):
        wrong.append(f"{jobs} jobs, {len(answers)} answered, {sum(c != '1' for _, c in answers)} more than once")
    for _, sha256 in rows:
        if not (stage.disk / "data/blobs" / sha256[:2] / sha256).exists():
            wrong.append(f"blob {sha256} is gone")
    wrong += wrong_studies(stage, stubs, sent)
    return wrong


def wrong_studies(stage, stubs, sent):
    """Every study, as the gateways show it."""
    pb, wrong = stubs.triage_pb2, []
    expected = collections.defaultdict(set)
    for instance in sent:
        expected[instance.study].add(instance.uid)
    channels = [grpc.insecure_channel(gateway.address) for gateway in stage.gateways]
    services = [stubs.triage_pb2_grpc.TriageServiceStub(channel) for channel in channels]
    for number, (uid, uids) in enumerate(expected.items()):
        service = services[number % len(services)]
        # The last kill may have been a moment ago: the gateway is waited for.
        request = pb.GetStudyRequest(study_instance_uid=uid)
        study = service.GetStudy(request, timeout=60, wait_for_ready=True).study
        shown = sorted(one.sop_instance_uid for one in study.instances)
        if study.state != pb.COMPLETE or shown != sorted(uids):
            wrong.append(f"{uid}: {study.reason}")
        if any(one.state != pb.ANSWERED for one in study.instances):
            wrong.append(f"{uid}: an instance is not answered")
    return wrong


def run(store, programs, count=5000, kills=100, seconds=900, seed=1, latency=0.01, threads=9):
    """One run; true where all held."""
    sent, generator, done = instances.make(count), random.Random(seed), threading.Event()
    with tempfile.TemporaryDirectory(prefix="hilum-chaos-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        stubs_folder = folder / "stubs"
        stubs = make_stubs(stubs_folder)
        stage, start = Stage(folder, stubs_folder, store, programs, latency), time.monotonic()
        try:
            queue = senders.Queue(sent)
            ways = [senders.by_rpc, senders.by_store, senders.by_stow]
            workers = [threading.Thread(target=ways[n % 3], args=(queue, stage.gateways[n % len(stage.gateways):]
                       + stage.gateways, stubs, done), daemon=True) for n in range(threads)]  # fmt: skip
            harmer = threading.Thread(target=harm, args=(stage, queue, count, kills, generator, done), daemon=True)
            for thread in [*workers, harmer]:
                thread.start()
            while time.monotonic() - start < seconds and (len(queue.acknowledged) < count or harmer.is_alive()):
                time.sleep(0.1)
            sending = time.monotonic() - start
            while time.monotonic() - start < seconds and open_work(stage) != 0:
                time.sleep(0.2)
            done.set()
            killed = {kept.name: kept.kills for kept in stage.kept}
            wrong = verdict(stage, queue, stubs, sent)
            if len(queue.acknowledged) < count or sum(killed.values()) < kills:
                wrong.append(f"not done within {seconds} s")
            if not queue.refused_for_space():
                wrong.append("the full disk refused nothing")
            report(store, queue, killed, sending, time.monotonic() - start, seed, wrong)
            if wrong and (folder / "log").exists():
                print((folder / "log").read_text(errors="replace")[-4000:])
        finally:
            done.set()
            stage.stop()
    return not wrong


def report(store, queue, killed, sending, whole, seed, wrong):
    print(
        f"chaos {store}: {len(queue.acknowledged)} instances acknowledged in {sending:.0f} s, all answered after"
        f" {whole:.0f} s (seed {seed}); first acknowledged {', '.join(f'by {way} {n}' for way, n in queue.ways.items())}\n"
        f"  {sum(killed.values())} kills: {', '.join(f'{name} {count}' for name, count in killed.items())};"
        " the disk was full once, the classifier cut off once\n"
        f"  {sum(queue.refusals.values())} sends failed or were refused and came again:"
        f" {', '.join(f'{why} {count}' for why, count in queue.refusals.most_common())};"
        f" {queue.duplicates} were there already\n"
        + ("  everything acknowledged was answered exactly once" if not wrong else "  WRONG: " + "; ".join(wrong[:20])),
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--instances", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=900)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    programs = pathlib.Path(os.environ.get("HILUM_PROGRAMS", ROOT / ".build/release"))
    stores = ["sqlite", "postgresql"] if options.store == "both" else [options.store]
    held = [run(store, programs, options.instances, options.kills, options.seconds, options.seed) for store in stores]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
