"""Pictures of how a training went."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "hilum"
from matplotlib import pyplot  # noqa: E402


def draw(history: list[dict], path: Path) -> None:
    """Loss and validation AUC of each finding over the images looked at; the format follows from the suffix."""
    seen, total = [], 0
    for entry in history:
        total += entry["images"]
        seen.append(total)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
    left.plot(seen, [entry["loss"] for entry in history], marker="o", color="black")
    left.set(xlabel="images", ylabel="loss", ylim=(0, None))
    for code in history[0]["auc"]:
        right.plot(seen, [entry["auc"][code] for entry in history], marker=".", label=code.replace("_", " "))
    right.set(xlabel="images", ylabel="AUC on validation", ylim=(0.45, 1.005))
    right.legend(fontsize=7, loc="lower right")
    for panel in (left, right):
        for before, entry, at in zip([{"size": None}, *history], history, [0, *seen]):
            if entry["size"] != before["size"]:
                panel.axvline(at, color="0.8", zorder=0)
                panel.text(at, panel.get_ylim()[1], f" {entry['size']} px", fontsize=7, va="top", color="0.4")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)
