"""How one gateway scales with replicas of fixed service time, and what a request costs it."""

import contextlib
import itertools
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

import load
import processes
import studies

CONCURRENCY = 4  # requests at a time for each replica: one is worked on, the others wait there
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """Processor time of a program so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def ready(address, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://{address}/healthz/ready", timeout=2):
                return
        time.sleep(0.05)
    raise AssertionError(f"{address} does not become ready")


@contextlib.contextmanager
def gateway(programs, folder, stubs_folder, replicas, seconds):
    """A gateway with so many stand-ins behind it: its address and process."""
    port = processes.free_port()
    places = [f"127.0.{number // 250 + 1}.{number % 250 + 1}:{port}" for number in range(replicas)]
    with open(folder / "log", "ab") as log:
        script = pathlib.Path(__file__).with_name("stand_ins.py")
        behind = subprocess.Popen([sys.executable, script, stubs_folder, str(seconds), *places], stderr=log)
        port = processes.free_port()
        process = subprocess.Popen(
            [programs / "gateway", "--port", str(port), "--dicom", "false", "--data", folder / f"data{replicas}",
             "--classifier", ",".join(f"http://{place}" for place in places), "--planning", "", "--grace-seconds", "0",
             "--max-concurrency", str(CONCURRENCY * replicas), "--dispatch-concurrency", str(CONCURRENCY),
             "--log-level", "warning"],
            stderr=log,
        )  # fmt: skip
    try:
        ready(f"127.0.0.1:{port}")
        yield port, process
    finally:
        for one in (process, behind):
            one.terminate()
        for one in (process, behind):
            one.wait(60)


def answered(address):
    """Calls that replicas have answered so far."""
    return sum(calls_by_replica(address, "classifier").values())


def calls_by_replica(address, service):
    """Calls of a gateway to each replica of a service that were answered."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as page:
        lines = page.read().decode().splitlines()
    start = "hilum_gateway_replica_calls_total{"
    shown = [line for line in lines if line.startswith(start) and f'service="{service}"' in line and 'outcome="answered"' in line]
    return {re.search(r'replica="([^"]+)"', line)[1]: float(line.split()[-1]) for line in shown}


def measure(programs, folder, stubs_folder, stubs, replicas, seconds, window, through_ledger):
    """Requests a second, and the gateway's processor time for each in milliseconds."""
    with gateway(programs, folder, stubs_folder, replicas, seconds) as (port, process):
        running = load.Load("127.0.0.1", port, timeout=60)
        radiograph, *_ = studies.small()
        if through_ledger:
            # A tenth more than can be answered, so that there is always something to do.
            workers = 16
            made = (radiograph.make(number) for number in itertools.count())
            pause = workers * seconds / (1.1 * replicas)
            running.submit(made, lambda study: submission(stubs, study), workers, pause)
            running.submit(itertools.islice(made, 2 * CONCURRENCY * replicas), lambda study: submission(stubs, study), 8)
        else:
            body = stubs.classifier_pb2.ClassifyRequest(image=radiograph.files[0]).SerializeToString()
            running.call(load.CLASSIFY, itertools.repeat(body), CONCURRENCY * replicas)
        time.sleep(1.5)
        address = f"127.0.0.1:{port}"
        done, cpu, begin = answered(address), cpu_seconds(process.pid), time.monotonic()
        time.sleep(window)
        done, cpu, took = answered(address) - done, cpu_seconds(process.pid) - cpu, time.monotonic() - begin
        running.stop()
        faults = [one for one in running.outcomes if one.fault]
        assert not faults, faults[:3]
    return done / took, cpu / done * 1000


def submission(stubs, study):
    request = stubs.triage_pb2.SubmitRequest(instances=study.instances, expected_instances=len(study.instances))
    return request.SerializeToString()


def prove(programs, folder, stubs_folder, stubs, counts, seconds, window):
    """The table of figures; returns what is wrong."""
    wrong = []
    print(f"one gateway, stand-ins of {seconds * 1000:.0f} ms a call, {CONCURRENCY} calls at a time for each")
    print("  path          replicas  requests/s  of linear  gateway CPU ms/request")
    for path, through_ledger in (("routed call", False), ("through ledger", True)):
        for replicas in counts:
            rate, cost = measure(programs, folder, stubs_folder, stubs, replicas, seconds, window, through_ledger)
            share = rate * seconds / replicas
            print(f"  {path:14}{replicas:8}  {rate:10.1f}  {share:9.2f}  {cost:22.2f}", flush=True)
            if share < 0.9:
                wrong.append(f"{path}: {replicas} replicas answer {share:.2f} of linear")
    return wrong
