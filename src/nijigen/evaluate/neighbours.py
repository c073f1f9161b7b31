"""What generated pictures cover: precision and recall, density and coverage, by nearest neighbours in feature space.

Improved precision and recall: Kynkäänniemi et al. 2019 (1904.06991, §2). Density and coverage: Naeem et al. 2020
(2002.09797, §3), which an outlier among the real pictures cannot inflate.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

PRECISION_NEIGHBOURS = 3
DENSITY_NEIGHBOURS = 5
CHUNK = 512  # rows of a distance matrix at once: with 10,000 columns of float64 41 MB
ROUNDING = 64 * torch.finfo(torch.float64).eps  # of a squared distance, as a share of the squared lengths


@dataclass(frozen=True)
class Coverage:
    """All as shares; ``density`` may exceed 1.

    Attributes:
        precision: made pictures that lie among the real ones: quality.
        recall: real pictures that lie among the made ones: diversity.
        density: how many real neighbourhoods a made picture lies in, over how many it should.
        coverage: real pictures that have a made one in their neighbourhood.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def cover(real: Tensor, made: Tensor) -> Coverage:
    """Precision, recall, density and coverage of features ``[N, width]`` and ``[M, width]``.

    Computed in float64, in chunks; the time goes with ``(N + M)² · width``. All four depend on the counts: compare
    equal ones.

    Raises:
        ValueError: fewer rows than neighbours asked for, or widths that differ.
    """
    least = DENSITY_NEIGHBOURS + 1
    if min(len(real), len(made)) < least:
        raise ValueError(f"precision, recall, density and coverage need {least} rows of features at least")
    if real.shape[1] != made.shape[1]:
        raise ValueError(f"features of width {real.shape[1]} and {made.shape[1]} cannot be compared")
    centre = real.mean(dim=0, dtype=torch.float64)  # nearer to zero fewer digits are lost in differences of squares
    real, made = real - centre, made - centre  # float64 from here on
    real_radii = nearest_within(real, (PRECISION_NEIGHBOURS, DENSITY_NEIGHBOURS))
    made_radii = nearest_within(made, (PRECISION_NEIGHBOURS,))[:, 0]
    near, wide = real_radii.unbind(dim=1)
    inside = hits = 0
    recalled = torch.zeros(len(real), dtype=torch.bool)
    covered = torch.zeros(len(real), dtype=torch.bool)
    for rows, squares, slack in squared_distances(made, real):  # [m, N]
        inside += int((squares <= near + slack).any(dim=1).sum())
        recalled |= (squares <= made_radii[rows, None] + slack).any(dim=0)
        within = squares <= wide + slack
        hits += int(within.sum())
        covered |= within.any(dim=0)
    return Coverage(
        precision=inside / len(made),
        recall=float(recalled.double().mean()),
        density=hits / (DENSITY_NEIGHBOURS * len(made)),
        coverage=float(covered.double().mean()),
    )


def nearest_within(rows: Tensor, ranks: tuple[int, ...]) -> Tensor:
    """Squared distances from each row ``[N, width]`` to its k-th nearest other row, for each k: ``[N, ranks]``."""
    found = []
    for part, squares, _ in squared_distances(rows, rows):
        places = torch.arange(len(rows))[part]
        squares[torch.arange(len(places)), places] = torch.inf  # itself is no neighbour
        nearest = squares.topk(max(ranks), dim=1, largest=False, sorted=True).values
        found.append(nearest[:, [rank - 1 for rank in ranks]])
    return torch.cat(found)


def squared_distances(one: Tensor, other: Tensor) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Chunks of all squared distances of float64 rows ``[N, width]`` and ``[M, width]``.

    Yields:
        The rows of ``one`` that the chunk is about, its squared distances ``[n, M]``, and how far each may be off by
        rounding: equal rows are at a distance of rounding noise, and must count as equal.
    """
    lengths = other.square().sum(dim=1)
    for start in range(0, len(one), CHUNK):
        chunk = one[start : start + CHUNK]
        sums = chunk.square().sum(dim=1, keepdim=True) + lengths
        squares = torch.addmm(sums, chunk, other.T, alpha=-2).clamp_(min=0)
        yield slice(start, start + len(chunk)), squares, sums.mul_(ROUNDING)
