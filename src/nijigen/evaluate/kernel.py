"""Kernel distance: an unbiased squared maximum mean discrepancy (Bińkowski et al. 2018, 1801.01401, §4; Gretton 2012).

Unlike a Fréchet distance its expectation does not depend on how many samples there are, so a thousand of them will do.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

SUBSET = 1000  # rows of a subset, as published
LEAST_SUBSETS = 10  # fewer tell nothing of how sure the mean is; with few samples subsets are smaller


@dataclass(frozen=True)
class KernelDistance:
    """Mean of the subsets and how sure it is.

    Attributes:
        value: about 0 for samples of one distribution; it may be slightly negative, because it is unbiased.
        standard_error: of the mean, from the spread over disjoint, and so independent, subsets.
    """

    value: float
    standard_error: float
    subsets: int
    subset_size: int


def kernel_distance(one: Tensor, other: Tensor, subset: int = SUBSET) -> KernelDistance:
    """The kernel distance of feature rows ``[N, width]`` and ``[M, width]``, both in random order; float64.

    Published scores average subsets drawn with replacement; their spread says little about the error, because they
    share samples. These are disjoint: every sample counts once, and the standard error is one.

    Raises:
        ValueError: fewer than four rows, or widths that differ.
    """
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"features of width {one.shape[1]} and {other.shape[1]} cannot be compared")
    count = min(len(one), len(other))
    if count < 4:
        raise ValueError("a kernel distance needs four rows of features at least")
    size = max(2, min(subset, count // LEAST_SUBSETS))
    parts = count // size
    values = torch.tensor(
        [
            unbiased_mmd(one[start : start + size], other[start : start + size])
            for start in range(0, parts * size, size)
        ],
        dtype=torch.float64,
    )
    error = float(values.std()) / math.sqrt(parts) if parts > 1 else math.nan
    return KernelDistance(float(values.mean()), error, parts, size)


def unbiased_mmd(one: Tensor, other: Tensor) -> float:
    """MMD² of ``[N, width]`` and ``[M, width]`` with the kernel ``(a·b / width + 1)³``, without the diagonals."""
    within = [_off_diagonal_mean(_kernel(rows, rows)) for rows in (one, other)]
    return sum(within) - 2 * float(_kernel(one, other).mean())


def _off_diagonal_mean(kernel: Tensor) -> float:
    count = len(kernel)
    return float((kernel.sum() - kernel.trace()) / (count * (count - 1)))


def _kernel(one: Tensor, other: Tensor) -> Tensor:
    product: Tensor = one.to(torch.float64) @ other.to(torch.float64).T
    return product.div_(one.shape[1]).add_(1).pow_(3)
