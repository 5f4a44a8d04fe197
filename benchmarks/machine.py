"""Waits until the processors are as many as they seem.

Virtual ones may for minutes share a core with each other or with a neighbour: then two threads do hardly more than one,
for every engine, and what comes out says nothing about two processors.
"""
import statistics
import time

import torch

SCALING = 1.7     # of two threads over one, at least; undisturbed they give 1.9 to 2.0
PATIENCE = 180.0  # seconds that a process waits in all
SIDE = 768

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


def wait_for_processors(threads: int) -> None:
    """Returns when that many threads scale, or when the process has waited for that as long as it may."""
    global waited
    begin = time.monotonic()
    while threads > 1 and waited + time.monotonic() - begin < PATIENCE:
        if scaling(threads) >= SCALING * threads / 2:
            break
        time.sleep(1)
    waited += time.monotonic() - begin
    time.sleep(0.05)  # threads of the product go on spinning for a while
