"""The data card of the scouts: what was drawn, what was dropped, and how it is spread over the splits.

    python -m hilum_training.cardiac.card --data ../.training/cardiac --out ../docs/evaluation
"""

import argparse
from collections import Counter
from pathlib import Path

from .. import json_lines
from . import card_plots
from .dataset import SPLITS

GROUPS = ("acquisition", "orientation", "slices", "gap", "spacing", "sex", "age", "habitus")


def table(head: str, rows: dict[str, dict[str, int]]) -> str:
    """A line for each value, a column for each split."""
    lines = [f"| {head} | " + " | ".join(SPLITS) + " |", "| --- |" + " ---: |" * len(SPLITS)]
    return "\n".join(lines + [f"| {name} | " + " | ".join(str(counts.get(s, 0)) for s in SPLITS) + " |"
                              for name, counts in rows.items()])


def counted(cases: list[dict], value) -> dict[str, dict[str, int]]:
    """Cases by value and split; those without the value are left out."""
    counts: dict[str, Counter] = {}
    for case in cases:
        if (found := value(case)) is not None:
            counts.setdefault(found, Counter())[case["split"]] += 1
    return dict(sorted(counts.items(), key=lambda item: (len(item[0]) if item[0].isdigit() else 0, item[0])))


def shared_patients(cases: list[dict]) -> int:
    """Patients that stand in more than one split."""
    splits: dict[str, set] = {}
    for case in cases:
        splits.setdefault(case["patient"], set()).add(case["split"])
    return sum(len(found) > 1 for found in splits.values())


def card(cases: list[dict], dropped: list[dict]) -> str:
    hearts = [case for case in cases if case["expected"] == "answer"]
    others = [case for case in cases if case["expected"] == "refuse"]
    groups = "\n\n".join(table(name, counted(hearts, lambda case, name=name: case["subgroups"].get(name))) for name in GROUPS)
    reasons = counted([{"split": line["split"], "reason": reason} for line in dropped for reason in line["dropped"]],
                      lambda line: line["reason"])
    totals = {"patients with a heart": counted_patients(hearts), "scouts of a heart": counted_all(hearts),
              "volumes to refuse": counted_all(others), "dropped scouts": counted_all(dropped)}
    return f"""# Data card: cardiac scouts

Digital phantoms of `hilum_training.cardiac`, written as MR Image Storage series; no patient data, not for clinical use.
`python -m hilum_training.cardiac.dataset` draws them from fixed seeds, `python -m hilum_training.cardiac.card` writes
this page from `manifest.jsonl`.

{table("", totals)}

Splits are exclusive by patient: {shared_patients(cases)} patients stand in more than one. Every training patient is scanned
twice, once isotropic and once as a sparse stack; those of validation and test once, the two kinds in turn.

![Scouts and true planes](cardiac-scouts.png)

Four patients of the test split: the middle slice of the scout, then the phantom cut along the true SA, 4CH, 2CH, 3CH.

## Scouts of a heart

{groups}

![Pose and size](cardiac-poses.svg)

## Dropped
A study would not take a scout whose apex, mitral, tricuspid or aortic centre lies outside the volume or within 5 mm of its
edge; such scouts are named with their reason in `dropped.jsonl`.

{table("reason", reasons)}

## Volumes to refuse
"Test object" (bottles and boxes of water with spheres and rods) is in no training or validation split.

{table("kind", counted(others, lambda case: case["subgroups"]["kind"]))}

## What they do not show
Every heart is built from the same bodies: no congenital disease, infarct, effusion, devices, motion, banding, wrap,
flow voids, or arms over the head. Figures on these scouts say nothing about patients.
"""


def counted_all(cases: list[dict]) -> Counter:
    return Counter(case["split"] for case in cases)


def counted_patients(cases: list[dict]) -> Counter:
    return Counter(split for split, _ in {(case["split"], case["patient"]) for case in cases})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../.training/cardiac"))
    parser.add_argument("--out", type=Path, default=Path("../docs/evaluation"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    cases, dropped = (json_lines.read(arguments.data / f"{name}.jsonl") for name in ("manifest", "dropped"))
    (arguments.out / "cardiac-data-card.md").write_text(card(cases, dropped))
    card_plots.poses(cases, arguments.out / "cardiac-poses.svg")
    card_plots.scouts(arguments.out / "cardiac-scouts.png")


if __name__ == "__main__":
    main()
