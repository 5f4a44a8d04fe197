"""The data card: what the images of a manifest are, in numbers and plots.

    python -m hilum_training.chest.card --data ../.training/chest --out ../docs/evaluation

Writes `chest-data-card.md`, `chest-data-card.svg` and, once the tensors are there, `chest-examples.jpg`: a test image
without a finding and one with each finding alone, as the network sees them.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import matplotlib
import torch

from .. import json_lines
from . import cases, sets
from .network import MEAN, STD

matplotlib.use("Agg")
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "hilum"
from matplotlib import pyplot  # noqa: E402

SPLITS = ("train", "validation", "test")
GROUPS = ("sex", "age", "view", "bits", "photometric", "window", "modality", "habitus", "inspiration")


def write(data: Path, out: Path) -> None:
    """Reads the manifest alone, no image."""
    out.mkdir(parents=True, exist_ok=True)
    lines = cases.manifest(data)
    dropped = json_lines.read(data / "dropped.jsonl")
    said = json.loads((data / "provenance.json").read_text())
    sections = [
        "# Chest data card", f"{said['data'][0].upper()}{said['data'][1:]}.", *_examples(data, out),
        "![plots](chest-data-card.svg)",
        "## Splits", _splits(lines, dropped), "## Findings", _findings(lines), "## Sets to train on", _sets(lines),
        *[part for group in GROUPS if (table := _group(lines, group)) for part in (f"## By {group}", table)],
        "## Left out by the quality filter", _reasons(dropped)]
    (out / "chest-data-card.md").write_text("\n\n".join(sections) + "\n")
    _draw(lines, out / "chest-data-card.svg")


def _examples(data: Path, out: Path) -> list[str]:
    """Draws the examples where the test split has its tensors."""
    if not (data / "test.npy").exists():
        return []
    codes = cases.codes_of(data)
    test = cases.load(data, "test", codes)
    shown = {}
    for row, labels in enumerate(test.labels):
        if labels.sum() <= 1:
            shown.setdefault(codes[int(labels.argmax())] if labels.any() else "no finding", row)
    figure, panels = pyplot.subplots(2, (len(shown) + 1) // 2, figsize=(12, 5.4), layout="constrained", squeeze=False)
    for panel in panels.flat:
        panel.axis("off")
    for panel, (name, row) in zip(panels.flat, sorted(shown.items(), key=lambda item: (item[0] in codes, item[1]))):
        panel.imshow(test.images[row, 0].float() * STD + MEAN, cmap="gray", vmin=0, vmax=1)
        panel.set_title(name.replace("_", " "), fontsize=9)
    figure.savefig(out / "chest-examples.jpg", dpi=110, pil_kwargs={"quality": 80})
    pyplot.close(figure)
    return ["![one image without a finding and one with each finding alone](chest-examples.jpg)"]


def _table(head: list[str], rows: list[list]) -> str:
    bars = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in bars)


def _of(lines: list[dict], split: str) -> list[dict]:
    return [line for line in lines if line["split"] == split]


def _splits(lines: list[dict], dropped: list[dict]) -> str:
    patients = {split: {line["patient"] for line in _of(lines, split)} for split in SPLITS}
    shared = sum(len(patients[a] & patients[b]) for a, b in (SPLITS[:2], SPLITS[1:], SPLITS[::2]))
    table = _table(["split", "images", "patients", "left out"],
                   [[split, len(_of(lines, split)), len(patients[split]), len(_of(dropped, split))]
                    for split in SPLITS])
    return f"{table}\n\nPatients in more than one split: {shared}."


def _present(lines: list[dict], code: str) -> int:
    return sum(line["severities"][code] > 0 for line in lines)


def _findings(lines: list[dict]) -> str:
    rows = [[code, *(f"{_present(part, code)} ({_present(part, code) / max(len(part), 1):.0%})"
                     for part in (_of(lines, split) for split in SPLITS))] for code in lines[0]["severities"]]
    several = Counter(min(sum(v > 0 for v in line["severities"].values()), 4) for line in lines)
    rows += [[f"{count if count < 4 else 'four or more'} at once", f"{several[count]} of all", "", ""]
             for count in range(5)]
    return _table(["finding", *SPLITS], rows)


def _sets(lines: list[dict]) -> str:
    """The multi-label set and the balanced set of each finding, as `sets` makes them."""
    learned = _of(lines, "train")
    codes = list(learned[0]["severities"])
    labels = torch.tensor([[float(line["severities"][code] > 0) for code in codes] for line in learned])
    rows = [["all findings together", len(learned), "", f"present counts {w:.2f} times"]
            for w in [float(sets.weights(labels).mean())]]
    for k, code in enumerate(codes):
        chosen = sets.balanced_rows(labels[:, k:k + 1])
        present = int(labels[chosen, k].sum())
        rows.append([code, len(chosen), present, "as many without it, drawn once"])
    return _table(["set", "images", "with the finding", "balance"], rows)


def _group(lines: list[dict], group: str) -> str | None:
    values = sorted({line["subgroups"][group] for line in lines if group in line.get("subgroups", {})})
    if not values:
        return None
    codes = list(lines[0]["severities"])
    rows = []
    for value in values:
        part = [line for line in lines if line["subgroups"].get(group) == value]
        rows.append([value, *(len(_of(part, split)) for split in SPLITS), *(_present(part, code) for code in codes)])
    return _table([group, *SPLITS, *(code.replace("_", " ") for code in codes)], rows)


def _reasons(dropped: list[dict]) -> str:
    counts = Counter((line["reason"], line["split"]) for line in dropped)
    reasons = sorted({reason for reason, _ in counts})
    return _table(["reason", *SPLITS], [[reason, *(counts[reason, split] for split in SPLITS)] for reason in reasons])


def _draw(lines: list[dict], path: Path) -> None:
    figure, panels = pyplot.subplots(2, 3, figsize=(13, 7), layout="constrained")
    codes = list(lines[0]["severities"])
    bars = panels[0, 0].barh([code.replace("_", " ") for code in codes], [_present(lines, code) for code in codes])
    panels[0, 0].bar_label(bars, fontsize=7)
    panels[0, 0].set_title("images with each finding")
    for panel, group in zip((panels[0, 1], panels[0, 2], panels[1, 0], panels[1, 1]), ("age", "view", "bits", "sex")):
        counts = Counter(line["subgroups"].get(group, "?") for line in lines)
        panel.bar_label(panel.bar(*zip(*sorted(counts.items()))), fontsize=7)
        panel.set_title(group)
    if "cardiothoracic_ratio" in lines[0]:
        for name, wanted in (("enlarged heart or shadow", True), ("neither", False)):
            panels[1, 2].hist([line["cardiothoracic_ratio"] for line in lines if wanted == any(
                line["severities"].get(code, 0) > 0 for code in ("enlarged_heart", "enlarged_heart_shadow"))],
                bins=40, alpha=0.6, label=name)
        panels[1, 2].legend()
        panels[1, 2].set_title("cardiothoracic ratio")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../.training/chest"))
    parser.add_argument("--out", type=Path, default=Path("../docs/evaluation"))
    arguments = parser.parse_args()
    write(arguments.data, arguments.out)


if __name__ == "__main__":
    main()
