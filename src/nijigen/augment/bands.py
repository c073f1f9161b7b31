"""Filters on mirrored pictures, by cosines.

A picture that goes on beyond its borders as in a mirror is a sum of cosines, and a symmetric filter multiplies each of
them by a number: its response. So any filter is exact at the borders here, and is one small matrix an axis:
``synthesis @ diag(response) @ analysis``.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor


@lru_cache(maxsize=32)
def analysis(resolution: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """``[R, R]``: values at the pixels' middles → amplitudes of ``R`` cosines (the orthonormal DCT-II)."""
    return _cosines(resolution, resolution).T.contiguous().to(device, dtype)


@lru_cache(maxsize=32)
def synthesis(resolution: int, points: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """``[points, R]``: amplitudes of the cosines → values at the middles of ``points`` equal parts of the side."""
    return _cosines(resolution, points).to(device, dtype)


def _cosines(resolution: int, points: int) -> Tensor:
    places = (torch.arange(points, dtype=torch.float64) + 0.5) * (math.pi / points)
    basis = torch.cos(places[:, None] * torch.arange(resolution)) * math.sqrt(2 / resolution)
    basis[:, 0] /= math.sqrt(2)
    return basis


def half_band(angle: Tensor, order: int) -> Tensor:
    """Power response of the low-pass of a Daubechies wavelet (``symN`` has the same): 1 at 0, 1/2 at π/2, 0 at π.

    The flattest possible polynomial in cosines with ``2 order`` zeros at π; ``half_band(x) + half_band(π − x) = 1``.
    Source: Daubechies 1988, "Orthonormal bases of compactly supported wavelets", §4.
    """
    squared_sine = torch.sin(angle / 2).square()
    terms = sum(math.comb(order - 1 + k, k) * squared_sine**k for k in range(order))
    return (1 - squared_sine) ** order * terms
