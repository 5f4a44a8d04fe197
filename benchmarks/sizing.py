"""What a site needs: processor time and memory of each service, disk of each study.

    sizing.py [--seconds 20]

Each service runs on one core with one thread and answers one request after the other, of the samples.
"""

import argparse
import contextlib
import itertools
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "Tests/Network"), str(ROOT / "Tests/Chaos")]

import chaos  # noqa: E402
import load  # noqa: E402
import processes  # noqa: E402
import scaling  # noqa: E402
import studies  # noqa: E402

PROGRAMS = pathlib.Path(os.environ.get("HILUM_PROGRAMS", ROOT / ".build/release")).resolve()


@contextlib.contextmanager
def program(name, folder, *options, core=None):
    """A program on a free port, on one core where it is said."""
    port = processes.free_port()
    pin = ["taskset", "-c", str(core)] if core is not None else []
    command = [*pin, PROGRAMS / name, "--port", str(port), "--grace-seconds", "0", "--log-level", "warning", *options]
    process = subprocess.Popen(command, stderr=open(folder / "log", "ab"))
    try:
        scaling.ready(f"127.0.0.1:{port}")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def memory(pid, what):
    """MiB: `VmRSS` now, `VmHWM` at most so far."""
    return int(re.search(rf"{what}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def service(name, path, body, folder, seconds):
    """Requests a second of one core, and the memory they take."""
    with program(name, folder, "--threads", "1", "--models", ROOT / "models", core=0) as (port, pid):
        idle = memory(pid, "VmRSS")
        running = load.Load("127.0.0.1", port, timeout=60)
        running.call(path, itertools.repeat(body), 2)
        time.sleep(2)
        begin, cpu = time.monotonic(), scaling.cpu_seconds(pid)
        time.sleep(seconds)
        end, cpu = time.monotonic(), scaling.cpu_seconds(pid) - cpu
        running.stop()
        done = [one for one in running.between(begin, end) if not one.fault]
        print(f"{name:20} {len(done) / (end - begin):6.2f} requests/s on one core, {cpu / len(done) * 1000:5.0f} ms of"
              f" processor time each; memory {idle:.0f} MiB ready, {memory(pid, 'VmHWM'):.0f} MiB at most", flush=True)  # fmt: skip


def growth(templates, stubs, folder, count):
    """What each study adds to ledger and images, answered by the services; and the gateway's memory."""
    options = ["--dicom", "false", "--data", folder / "data"]
    with program("classifier-service", folder, "--models", ROOT / "models") as (classifier, _), program(
        "planning-service", folder, "--models", ROOT / "models"
    ) as (planning, _), program(
        "gateway", folder, *options, "--classifier", f"http://127.0.0.1:{classifier}", "--planning", f"http://127.0.0.1:{planning}"
    ) as (port, pid):
        for name, kind, first in (("radiograph", templates[0], 0), ("MR scout", templates[2], 1_000_000)):
            before = sizes(folder)
            running = load.Load("127.0.0.1", port, timeout=120)
            made = itertools.islice(studies.endless([kind], first), count)
            running.submit(made, lambda study: scaling.submission(stubs, study), 2)
            wait_for(lambda: len(running.acknowledged) == count and open_jobs(folder) == 0)
            running.stop()
            ledger, images = (after - was for after, was in zip(sizes(folder), before))
            print(f"{name:20} {ledger / count / 1024:6.1f} KiB of ledger a study, {images / count / 1024:8.0f} KiB of images"
                  f" ({len(kind.files)} instances)", flush=True)  # fmt: skip
        print(f"{'gateway':20} memory {memory(pid, 'VmHWM'):.0f} MiB at most")


def sizes(folder):
    """Bytes of the ledger, were it compact, and of the images."""
    copy = folder / "copy.sqlite"
    copy.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(folder / "data/ledger.sqlite")) as ledger:
        ledger.execute(f"VACUUM INTO '{copy}'")
    return copy.stat().st_size, sum(path.stat().st_size for path in (folder / "data/blobs").rglob("*") if path.is_file())


def open_jobs(folder):
    with contextlib.closing(sqlite3.connect(folder / "data/ledger.sqlite", timeout=30)) as ledger:
        return ledger.execute("SELECT count(*) FROM jobs WHERE state <> 3").fetchone()[0]


def wait_for(condition):
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end, "not done in five minutes"
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--studies", type=int, default=60)
    options = parser.parse_args()
    templates = studies.of_samples(ROOT / "samples")
    with tempfile.TemporaryDirectory(prefix="hilum-sizing-") as name:
        folder = pathlib.Path(name)
        stubs = chaos.make_stubs(folder / "stubs")
        classify = stubs.classifier_pb2.ClassifyRequest(image=templates[0].files[0]).SerializeToString()
        plan = stubs.planning_pb2.PlanViewsRequest(instances=templates[2].files).SerializeToString()
        service("classifier-service", load.CLASSIFY, classify, folder, options.seconds)
        service("planning-service", load.PLAN, plan, folder, options.seconds)
        growth(templates, stubs, folder, options.studies)


if __name__ == "__main__":
    main()
