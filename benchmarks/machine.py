"""Waits until two processors are what they seem: as fast as two, with a cache in common.

Virtual ones may for seconds or minutes share a core with each other or with a neighbour: then two threads do hardly more
than one, for every engine. Or the host puts them on cores that share no cache: what one thread writes and the other reads
then takes four times as long, which costs an engine the more the less it waits for else.
"""
import statistics
import subprocess
import time
from pathlib import Path

import torch

SCALING = 1.7     # of two threads over one, at least; undisturbed they give 1.9 to 2.0
HANDOFF = 80.0    # nanoseconds to hand a word over, at most; 35 to 45 with a cache in common, 155 to 170 without
PATIENCE = 180.0  # seconds that a process waits in all
SIDE = 768
BENCH = Path(__file__).parents[1] / ".build/release/NetworkBench"

waited = 0.0


def scaling(threads: int) -> float:
    """How many times as fast a product of matrices is on so many threads as on one."""
    before = torch.get_num_threads()
    a = torch.ones(SIDE, SIDE)
    times = []
    for count in (1, threads):
        torch.set_num_threads(count)
        torch.mm(a, a)
        times.append(statistics.median(elapsed(lambda: torch.mm(a, a)) for _ in range(3)))
    torch.set_num_threads(before)
    return times[0] / times[1]


def elapsed(body) -> float:
    begin = time.perf_counter()
    body()
    return time.perf_counter() - begin


def handoff() -> float:
    """Nanoseconds that a word takes from one thread to another."""
    return float(subprocess.run([BENCH, "handoff"], check=True, capture_output=True, text=True).stdout)


def are_neighbours(threads: int) -> bool:
    return scaling(threads) >= SCALING * threads / 2 and handoff() <= HANDOFF


def wait_for_processors(threads: int) -> None:
    """Returns when that many threads are neighbours that scale, or when the process has waited for that as long as it may."""
    global waited
    begin = time.monotonic()
    while threads > 1 and waited + time.monotonic() - begin < PATIENCE and not are_neighbours(threads):
        time.sleep(0.5)
    waited += time.monotonic() - begin
    time.sleep(0.05)  # threads of the product go on spinning for a while
