"""Directions from weights alone: closed-form factorisation (SeFa, Shen & Zhou 2021, 2007.06600).

What a latent does to a picture goes through the first weights A it meets. Along a unit vector n features move by A n,
the furthest along the eigenvectors of AᵀA with the largest eigenvalues (equations 4 to 6 of the paper). No pictures are
made and nothing is learned; what a direction does has to be looked at.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from nijigen.errors import NijigenError

NOTHING = 1e-12  # share of the largest eigenvalue below which a direction does nothing


def factorise(weights: Sequence[Tensor], count: int, kept: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The directions that move the features furthest.

    Args:
        weights: each ``[outputs, dim]``, stacked to one matrix.
        count: how many directions.
        kept: float64 ``[K, dim]``, orthonormal rows: directions are looked for at right angles to all of them.

    Returns:
        Unit vectors float64 ``[count, dim]``, furthest first, each with its largest number positive; and their
        eigenvalues as shares of the sum of all, ``[count]``.

    Raises:
        NijigenError: there are not so many directions that do anything.
    """
    stacked = torch.cat([weight.detach().to("cpu", torch.float64) for weight in weights])
    if kept is not None:
        stacked = stacked - stacked @ kept.T @ kept
    values, vectors = torch.linalg.eigh(stacked.T @ stacked)  # ascending
    values, vectors = values.flip(0), vectors.T.flip(0)
    most = int((values > NOTHING * values[0]).sum()) if values[0] > 0 else 0
    if not 1 <= count <= most:
        raise NijigenError(f"--count {count}: these weights have 1 to {most} directions that do anything")
    chosen = vectors[:count]
    largest = chosen.gather(1, chosen.abs().argmax(dim=1, keepdim=True))
    return chosen * largest.sign(), values[:count] / values.clamp_min(0).sum()
