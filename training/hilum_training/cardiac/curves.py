"""The course of a training as a picture."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

SHORT = ("SA", "4CH", "2CH", "3CH")


def draw_curves(history: list[dict], file: Path) -> None:
    """Loss of training and validation, and median angle and distance of each view on validation scouts, by epoch."""
    epochs = [row["epoch"] for row in history]
    figure, (loss, angle, distance) = pyplot.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    loss.plot(epochs, [row["loss"] for row in history], "o-", label="training")
    loss.plot(epochs, [row["validation"] for row in history], "o-", label="validation")
    for number, name in enumerate(SHORT):
        angle.plot(epochs, [row["angle"][number] for row in history], "o-", label=name)
        distance.plot(epochs, [row["distance"][number] for row in history], "o-", label=name)
    for axes, title in ((loss, "loss"), (angle, "median angle, degrees"), (distance, "median distance, mm")):
        axes.set(title=title, xlabel="epoch", ylim=(0, None))
        axes.legend(frameon=False)
        axes.grid(alpha=0.3)
    figure.savefig(file)
    pyplot.close(figure)
