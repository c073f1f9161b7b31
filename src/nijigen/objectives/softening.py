"""What makes the game gentler or fairer: noise on the pictures, weights for rare classes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

ROUNDS = 200
CLOSE = 1e-6


def instance_noise(pictures: Tensor, strength: float, random: torch.Generator) -> Tensor:
    """Pictures plus normal noise of standard deviation ``strength``; for real and made ones alike (1610.04490).

    Args:
        pictures: ``[N, C, R, R]``, of any layout: the noise is the same. The result may leave [-1, 1].
        strength: in units of the pixels, 0 or more; 0 returns the pictures and draws nothing.
        random: on the device of the pictures.

    Raises:
        ValueError: a strength below 0.
    """
    if not strength >= 0:
        raise ValueError(f"the strength of instance noise must be 0 or more, not {strength:g}")
    if strength == 0:
        return pictures
    noise = torch.randn(pictures.shape, generator=random, device=pictures.device, dtype=pictures.dtype)
    return pictures + strength * noise


@dataclass(frozen=True)
class ClassWeights:
    """Label rows ``[N, width]`` → weights ``[N]`` between ``1 / limit`` and ``limit``; see :func:`class_weights`.

    Attributes:
        logarithms: float64 ``[width]``: of the factor of each value, 0 where it counts for nothing.
        shift: of all rows, so that the mean over the data set is 1 within the limits.
        limit: the largest weight, and one over the smallest.
    """

    logarithms: Tensor
    shift: float
    limit: float

    def __call__(self, labels: Tensor) -> Tensor:
        """Weights ``[N]`` for any label rows, of the data set or not, on their device and of their type."""
        # Sums of logarithms are products of factors, and a block of zeros (unknown) is a factor of 1.
        summed = labels @ self.logarithms.to(labels) + self.shift
        return summed.exp().clamp(1 / self.limit, self.limit)


def class_weights(labels: Tensor, blocks: Sequence[slice], limit: float = 10.0) -> ClassWeights:
    """Weights of losses under which rare values of the attributes count as much as common ones.

    A row's weight is the product, over its known attributes, of the inverse frequency of its value: known rows /
    (values that occur · rows with this value), which has mean 1. One attribute comes out even, and so do several that
    are independent of each other; a value that is rare in two ways at once is held by the limit. A continuous block
    ``(1 − t, t)`` counts towards both of its ends in that proportion.

    Where :func:`nijigen.data.sampler.balance_weights` says how often a picture is drawn, this is a function of labels,
    so that made pictures and labels with some attributes left out have their weight too. Use one of the two: both
    together balance twice.

    Args:
        labels: ``[M, width]`` of the data set; a block of zeros is unknown and a factor of 1.
        blocks: the columns of each attribute to balance; none gives every row the weight 1.
        limit: no weight is above it or below one over it, so that no rare picture rules a batch and none is muted.
            The mean over the data set is 1 all the same: what the limit takes goes to the others. 10 lets one
            picture have about a quarter of a batch of 32.

    Raises:
        ValueError: a limit not above 1, labels that are not rows, or a block outside of them.
    """
    if not 1 < limit < math.inf:
        raise ValueError(f"the limit of class weights must be above 1 and finite, not {limit:g}")
    if labels.dim() != 2 or any(not 0 <= block.start < block.stop <= labels.shape[1] for block in blocks):
        raise ValueError(f"labels {[*labels.shape]} must be rows that hold the blocks {[*blocks]}")
    rows = labels.detach().to("cpu", torch.double)
    logarithms = rows.new_zeros(rows.shape[1])
    for block in blocks:
        totals = rows[:, block].sum(0)
        seen = totals > 0
        logarithms[block] = torch.where(seen, (totals.sum() / seen.sum() / totals).log(), 0.0)
    return ClassWeights(logarithms, _shift(rows @ logarithms, limit), limit)


def _shift(summed: Tensor, limit: float) -> float:
    """What to add to the logarithms of all weights, so that their mean within the limits is 1."""
    shift = 0.0
    for _ in range(ROUNDS if len(summed) else 0):
        mean = (summed + shift).exp().clamp(1 / limit, limit).mean().item()
        if abs(mean - 1) < CLOSE:
            break
        shift -= math.log(mean)
    return shift
