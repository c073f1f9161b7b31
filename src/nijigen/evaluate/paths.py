"""Perceptual path length: how evenly pictures change along straight lines between latents (1812.04948, §4.1).

It differs from the published measure in two things, so their numbers cannot be compared: distances are squared
distances of this report's features, not of LPIPS; and steps are longer, because features are taken of pictures with
256 levels a channel, in which a step of 1/10,000 is not to be seen.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

STEP = 0.1  # of the way between two latents: with 0.02 half of what is seen is rounding (docs/evaluation.md)
OUTLIERS = 0.01  # left out at either end, as published implementations do


@dataclass(frozen=True)
class PathLength:
    """Attributes:
    value: mean squared distance of features a step, over the squared step.
    relative: the same in units of the mean squared distance of two real pictures; no unit of the features is left.
    """

    value: float
    relative: float
    step: float
    paths: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"value": self.value, "relative": self.relative, "step": self.step, "paths": self.paths}


def path_ends(one: Tensor, other: Tensor, random: torch.Generator, step: float = STEP) -> tuple[Tensor, Tensor]:
    """Two neighbouring points on each way between latents ``[N, …]``: at t and t + step, t uniform in [0, 1 − step]."""
    t = torch.rand(len(one), generator=random).to(one) * (1 - step)
    t = t.reshape(-1, *([1] * (one.ndim - 1)))
    return one.lerp(other, t), one.lerp(other, t + step)


def path_length(start: Tensor, end: Tensor, real_variance: float, step: float = STEP) -> PathLength:
    """The path length from features ``[N, width]`` at both points of each way.

    Args:
        real_variance: total variance of real features; two real pictures are on average twice that apart, squared.
    """
    squares = (start.double() - end.double()).square().sum(dim=1) / step**2
    low, high = torch.quantile(squares, torch.tensor([OUTLIERS, 1 - OUTLIERS], dtype=torch.float64))
    value = float(squares[(squares >= low) & (squares <= high)].mean())
    return PathLength(value, value / (2 * real_variance), step, len(squares))
