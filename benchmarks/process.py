"""What the process that computes does besides being fast: when it is ready, what it keeps, how long requests wait.

    make bench                                    # everything, these cases after the networks
    make bench BENCH_ARGS="b4_ready b4_load"      # the cases whose name contains one of these

Our side alone, with a limit for each figure; weights lie in the page cache, since they were written just before.
"""
import argparse
import math
import random
import statistics
import time
from dataclasses import dataclass
from typing import Callable

import cases
import engines
import machine
import tables
import torch

LOAD = 0.8              # of what one image after the other allows
REQUESTS = 100          # of a load
STARTS = 5
LOADS, MOST_LOADS = 5, 40  # times that the load is put on, without and with those that do not count
ALONE, WINDOW = 30, 10  # requests that come one by one; answers of a load that are looked at together
STEADY = 0.15           # part by which an image's processor time may differ during a load


@dataclass(frozen=True)
class Figure:
    label: str
    unit: str
    limit: float | None
    measure: Callable[[], float]


def setup(network: str) -> engines.Setup:
    return cases.setup_of(cases.Case("", network))


def ready(network: str) -> float:
    network_setup, times = setup(network), []
    for _ in range(STARTS):
        engine = engines.Hilum(network_setup)
        times.append(engine.ready_ms)
        engine.close()
    return statistics.median(times)


def growth(network: str, inferences: int) -> float:
    """MiB by which the resident set grows after the first tenth of the inferences."""
    engine = engines.Hilum(setup(network))
    engine.repeat(inferences // 10)
    before = engine.resident_kib()
    engine.repeat(inferences - inferences // 10)
    grown = engine.resident_kib() - before
    engine.close()
    return grown / 1024


def percentile99(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]


def arrivals(interval: float, poisson: bool) -> list[float]:
    source, now, times = random.Random(99), 0.0, []
    for _ in range(REQUESTS):
        now += source.expovariate(1 / interval) if poisson else interval
        times.append(now)
    return times


def ideal(times: list[float], service: float) -> list[float]:
    """Latencies if every image took exactly this long: what arrivals alone cost with one image at a time."""
    free, latencies = 0.0, []
    for arrival in times:
        free = max(free, arrival) + service
        latencies.append(free - arrival)
    return latencies


def loaded(network: str, poisson: bool) -> float:
    """99th percentile of latency under load, over the median of requests that come one by one; for Poisson arrivals
    over the 99th percentile that they have in an ideal queue, in which even that is several medians. Of all requests of
    several short loads, each at a steady pace of the machine; for Poisson arrivals of one."""
    engine = engines.Hilum(setup(network))
    engine.repeat(5)
    found, loads = [], 0
    for _ in range(MOST_LOADS):
        machine.wait_for_processors(2)
        alone, spent = one_by_one(engine)
        times = arrivals(alone / LOAD, poisson)
        latencies, processor = engine.arrive(times)
        if not is_steady(spent, processor):
            continue
        unit = percentile99(ideal(times, alone)) if poisson else alone
        found += [latency / unit for latency in latencies]
        loads += 1
        if loads == (1 if poisson else LOADS):
            break
    engine.close()
    return percentile99(found) if found else math.nan


def one_by_one(engine: engines.Hilum) -> tuple[float, list[float]]:
    """The median latency, and the processor time used by the end of each."""
    answers = [engine.arrive([0]) for _ in range(ALONE)]
    return statistics.median(latencies[0] for latencies, _ in answers), [spent[0] for _, spent in answers]


def is_steady(alone: list[float], loaded: list[float]) -> bool:
    """Whether images of a load cost what they cost alone, from the first to the last, whatever they waited for: a machine
    that takes half as long again for the same instructions is then not under the load that was meant, or was not when
    that was chosen.

    - alone, loaded: processor time used by the end of each image.
    """
    usual = (alone[-1] - alone[0]) / (len(alone) - 1)
    ends = sorted([alone[-1], *loaded])[::WINDOW]
    return all(abs((b - a) / WINDOW / usual - 1) <= STEADY for a, b in zip(ends, ends[1:]))


FIGURES = {
    "b4_ready": Figure("EfficientNet-B4, from the start of the process to ready", "ms", 1000, lambda: ready("b4")),
    "vnet64_ready": Figure("V-Net of full width, from the start to ready", "ms", 2500, lambda: ready("vnet64")),
    "b0_memory": Figure(
        "EfficientNet-B0 at 64×64, growth of the resident set over 10,000 inferences", "MiB", 1,
        lambda: growth("b0_small", 10_000)),
    "b4_memory": Figure(
        "EfficientNet-B4, growth of the resident set over 300 inferences", "MiB", 1, lambda: growth("b4", 300)),
    "b4_load": Figure(
        "EfficientNet-B4 at 80 % load, regular arrivals: 99th percentile over the unloaded median", "×", 2,
        lambda: loaded("b4", poisson=False)),
    "b4_load_poisson": Figure(
        "EfficientNet-B4 at 80 % load, Poisson arrivals: 99th percentile over that of an ideal queue", "×", None,
        lambda: loaded("b4", poisson=True)),
}


def table(results: dict) -> str:
    lines = ["| Hilum, 2 threads | measured | limit |", "|---|---|---|"]
    for r in results.values():
        limit = "–" if r["limit"] is None else f"≤ {r['limit']:g} {r['unit']}"
        lines.append(f"| {r['label']} | {r['ours']:.{0 if r['unit'] == 'ms' else 2}f} {r['unit']} | {limit} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of case names; none: all that the report needs")
    parser.add_argument("--rounds", type=int, help="of the other drivers; these cases have none")
    options = parser.parse_args()
    cases.OUT.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    results = {}
    for key, figure in FIGURES.items():
        if options.names and not any(part in key for part in options.names):
            continue
        begin = time.monotonic()
        results[key] = {
            "label": figure.label, "unit": figure.unit, "limit": figure.limit, "ours": figure.measure()}
        tables.keep({key: results[key]})
        print(f"{key}: {results[key]['ours']:.2f} {figure.unit} [{time.monotonic() - begin:.0f} s]", flush=True)
    if results:
        tables.publish("process", table(results), whole=not options.names)


if __name__ == "__main__":
    main()
