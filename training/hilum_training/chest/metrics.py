"""Calibration, operating points and the figures reported with them."""

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    return float(roc_auc_score(labels, scores))


def platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """a and b of probability = sigmoid(a·logit + b), fitted with a weak ridge so that perfect separation ends."""
    model = LogisticRegression(C=10.0).fit(logits[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def probability(logits: np.ndarray, a: float, b: float) -> np.ndarray:
    return expit(a * logits + b)


def threshold(probabilities: np.ndarray, labels: np.ndarray, sensitivity: float = 0.90) -> float:
    """The cut with the largest Youden index among those that keep the sensitivity, half way to the next lower score."""
    false_rate, true_rate, cuts = roc_curve(labels, probabilities, drop_intermediate=False)
    allowed = np.flatnonzero(true_rate >= sensitivity)
    best = allowed[np.argmax((true_rate - false_rate)[allowed])]
    lower = cuts[best + 1] if best + 1 < len(cuts) else 0.0
    return float((cuts[best] + lower) / 2)


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """ECE over equal-width bins."""
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [abs(probabilities[index == k].mean() - labels[index == k].mean()) * (index == k).mean()
            for k in range(bins) if (index == k).any()]
    return float(sum(gaps))


def figures(probabilities: np.ndarray, labels: np.ndarray, cut: float) -> dict[str, float]:
    flagged, present = probabilities >= cut, labels > 0
    return {"auc": round(auc(probabilities, labels), 4),
            "sensitivity": round(float(flagged[present].mean()), 4),
            "specificity": round(float((~flagged[~present]).mean()), 4),
            "ece": round(calibration_error(probabilities, labels), 4),
            "brier": round(float(((probabilities - labels) ** 2).mean()), 4),
            "positives": int(present.sum())}
