"""How sure is sure? Temperatures that make confidences true, and the error that is left.

"On Calibration of Modern Neural Networks" (1706.04599): a network says 99 % and is right 95 % of the time. One number a
head, fitted on pictures it did not learn from, mends most of it and changes no answer.
"""

import torch
from torch import Tensor
from torch.nn import functional

BINS = 15  # as in the paper
COLDEST, HOTTEST = 0.2, 10.0
STEPS = 60  # of a golden-section search: the interval shrinks by 0.618 each


def fit_temperature(logits: Tensor, answers: Tensor) -> float:
    """The temperature under which the answers are likeliest; 1 where nothing is known.

    The mean negative log-likelihood is convex in 1 / temperature, so a search in one dimension finds its minimum.

    Args:
        logits: float ``[N, values]``.
        answers: int64 ``[N]``, the place of the right value; −1 is unknown and does not count.
    """
    known = answers >= 0
    if not known.any():
        return 1.0
    rows, right = logits[known].double(), answers[known]

    def loss(inverse: float) -> float:
        return functional.cross_entropy(rows * inverse, right).item()

    low, high = 1 / HOTTEST, 1 / COLDEST
    ratio = (5**0.5 - 1) / 2
    first, second = high - ratio * (high - low), low + ratio * (high - low)
    at_first, at_second = loss(first), loss(second)
    for _ in range(STEPS):
        if at_first < at_second:
            high, second, at_second = second, first, at_first
            first = high - ratio * (high - low)
            at_first = loss(first)
        else:
            low, first, at_first = first, second, at_second
            second = low + ratio * (high - low)
            at_second = loss(second)
    return 2 / (low + high)


def calibration_error(probabilities: Tensor, answers: Tensor) -> float:
    """Expected calibration error (1706.04599, eq. 5): mean |confidence − share right|, in [0, 1], over 15 equal bins.

    Args:
        probabilities: ``[N, values]``.
        answers: int64 ``[N]``; −1 is unknown and does not count. Without any known answer it is 0.
    """
    known = answers >= 0
    sure, said = probabilities[known].double().max(dim=1)
    right = (said == answers[known]).double()
    bins = (sure * BINS).long().clamp(max=BINS - 1)
    gaps = torch.zeros(BINS, dtype=torch.float64).index_add_(0, bins, sure - right)
    return float(gaps.abs().sum() / max(1, len(sure)))
