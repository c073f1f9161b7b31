"""Fréchet distance between two sets of features, taken as Gaussians (Heusel et al. 2017, 1706.08500, §2; Dowson and
Landau 1982).

Only with the features of the standard Inception network is it the FID; with others it is a Fréchet distance of theirs.
"""

import torch
from torch import Tensor

from nijigen.evaluate.moments import Moments


def frechet_distance(one: Moments, other: Moments) -> float:
    """``|μ₁ − μ₂|² + tr(C₁) + tr(C₂) − 2 tr((C₁C₂)^½)``, in squared units of the features; 0 for equal moments.

    It is biased upward for few samples (Bińkowski et al. 2018, 1801.01401): compare only equal counts, and with fewer
    samples than features read the kernel distance instead.

    Raises:
        ValueError: the widths differ, or one has fewer than two rows.
    """
    if one.width != other.width:
        raise ValueError(f"features of width {one.width} and {other.width} cannot be compared")
    if min(one.count, other.count) < 2:
        raise ValueError("a Fréchet distance needs two rows of features at least")
    return gaussian_distance(one.mean, one.covariance, other.mean, other.covariance)


def gaussian_distance(mean1: Tensor, covariance1: Tensor, mean2: Tensor, covariance2: Tensor) -> float:
    """The Fréchet distance of N(μ₁, C₁) and N(μ₂, C₂), float64.

    With ``AAᵀ = C₁`` the matrices ``C₁C₂`` and ``AᵀC₂A`` have the same eigenvalues, and the second is symmetric. So two
    symmetric eigenproblems do (3 s for 2,048 features on one core), and the general one of the textbook formula, with
    its imaginary parts to throw away, is never formed.
    """
    mean1, covariance1, mean2, covariance2 = (
        value.to(torch.float64) for value in (mean1, covariance1, mean2, covariance2)
    )
    root = _root(covariance1)
    shared = root.T @ covariance2 @ root
    values = torch.linalg.eigvalsh((shared + shared.T) / 2)
    traces = float(covariance1.trace() + covariance2.trace()) - 2 * float(values[_certain(values)].sqrt().sum())
    return max(0.0, float((mean1 - mean2).square().sum()) + traces)  # rounding must not make a distance negative


def _root(covariance: Tensor) -> Tensor:
    """``A [width, rank]`` with ``AAᵀ`` the covariance."""
    values, vectors = torch.linalg.eigh(covariance)
    kept = _certain(values)
    root: Tensor = vectors[:, kept] * values[kept].sqrt()
    return root


def _certain(values: Tensor) -> Tensor:
    """Which eigenvalues are more than rounding noise, whose square roots would add up: [N], ascending → bool [N]."""
    if not len(values):
        return torch.zeros(0, dtype=torch.bool)
    tolerance = float(values[-1]) * len(values) * torch.finfo(torch.float64).eps
    return values > max(tolerance, 0.0)
