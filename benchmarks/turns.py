"""Comparison of what takes turns on a machine whose pace changes."""
import statistics

Turns = list[list[float]]  # what was measured in each turn


def ratio(ours: Turns, theirs: Turns) -> float:
    """The median over the rounds of the ratio of both medians within a round, which are moments apart. Medians of all
    rounds may fall into a fast minute for one side and into a slow one for the other."""
    return statistics.median(statistics.median(a) / statistics.median(b) for a, b in zip(ours, theirs, strict=True))


def flat(turns: Turns) -> list[float]:
    return [value for turn in turns for value in turn]
