"""Has the labeler seen anything like it? A network is sure of itself on pictures that are nothing like what it learned.

The Mahalanobis distance (1807.03888, "A Simple Unified Framework for Detecting Out-of-Distribution Samples") of what
three depths of the network see on average in a picture, from all pictures it learned from: texture and shading tell a
photograph from a drawing long before the answers do.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nijigen.features.degrading import degrade
from nijigen.seeds import derive

if TYPE_CHECKING:
    from nijigen.features.labeler_network import Labeler

MOST = 6_000  # pictures to measure with
BATCH = 64
USUAL = 0.99  # of pictures like those it learned from are familiar
FITTED = 0.7  # of the pictures make the mean and the spread; the rest, unseen by these, says how far is usual
FLOOR = 0.001  # of the mean variance is added to each: directions in which nothing varies must not decide alone


@torch.no_grad()
def measure_familiar(labeler: "Labeler", pictures: Tensor, seed: int) -> None:
    """Fill the labeler's ``middle``, ``spread`` and ``usual`` from pictures uint8 ``[N, 3, H, W]`` as it learned from.

    Half of them are taken as they are and half made worse: pictures by generators are no photographs either.
    """
    generator = torch.Generator().manual_seed(derive(seed, "labeler", "familiar"))
    chosen = torch.randperm(len(pictures), generator=generator)[:MOST]
    parts = []
    for turn, rows in enumerate(torch.split(chosen, BATCH)):
        values = labeler.shrink(pictures[rows])
        if turn % 2:
            values, _ = degrade(values, labeler.size, generator)
        parts.append(labeler.look(values).places.double())
    places = torch.cat(parts)
    places = places[torch.randperm(len(places), generator=generator)]
    fitted = places[: max(2, round(FITTED * len(places)))]
    middle = fitted.mean(dim=0)
    spread = torch.cov(fitted.T)
    spread += FLOOR * spread.diagonal().mean() * torch.eye(len(spread), dtype=torch.float64)
    root = torch.linalg.inv(torch.linalg.cholesky(spread))
    labeler.middle.copy_(middle)
    labeler.spread.copy_(root)
    labeler.usual.fill_(1.0)
    rest = places[len(fitted) :] if len(fitted) < len(places) else fitted
    labeler.usual.copy_(torch.quantile(labeler.strangeness(rest.float()).double(), USUAL))
