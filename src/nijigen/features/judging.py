"""A judge of likeness: what a reader of attributes sees in a picture, beside its pixels.

A mouth is a hundredth of a drawing. A network that has learned to tell smiles from frowns looks at it, and the distance
of what it sees, stage by stage, is large where pixels hardly differ (perceptual losses, 1603.08155, §3.2). Lessons and
projection ask it. Its reading of a model that was taught by it is no proof any more: judge such a model by another
labeler.
"""

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from nijigen.features.labeler import load_labeler
from nijigen.features.labeler_network import Labeler, to_size

TINY = 1e-6


def seen_distance(made: Tensor, wanted: Tensor, ground: Tensor) -> Tensor:
    """How differently the bundled labeler sees two pictures, ``[N]``.

    The mean absolute difference at each stage and of the features, in the mean of what it sees in the wanted ones.

    Args:
        made, wanted: ``[N, C, R, R]`` in [-1, 1]; of four channels, premultiplied RGBA.
        ground: ``[N, 3, 1, 1]`` in [0, 1): the colours that see-through pictures are laid on.
    """
    with torch.no_grad():
        right = sight(wanted, ground)
    return sights_apart(sight(made, ground), right)


def sight(pictures: Tensor, ground: Tensor) -> list[Tensor]:
    """What the bundled labeler sees in pictures, stage by stage, and its features; arguments as of seen_distance."""
    labeler = judge_on(pictures.device)
    return labeler.depths(to_size(laid_on(pictures, ground), labeler.size))


def sights_apart(mine: Sequence[Tensor], theirs: Sequence[Tensor]) -> Tensor:
    """How far what is seen in made pictures is from what is seen in wanted ones, ``[N]``."""
    found = mine[0].new_zeros(len(mine[0]))
    for made, wanted in zip(mine, theirs, strict=True):
        found = found + (made - wanted).abs().flatten(1).mean(dim=1) / (wanted.abs().mean() + TINY)
    return found / len(mine)


def laid_on(pictures: Tensor, ground: Tensor) -> Tensor:
    """Pictures ``[N, 3 or 4, R, R]`` in [-1, 1] → ``[N, 3, R, R]``, see-through ones on a ground in [0, 1]."""
    return pictures if pictures.shape[1] == 3 else pictures[:, :3] + (1 - pictures[:, 3:]) * ground


@cache
def judge_on(device: torch.device) -> Labeler:
    """The bundled labeler on a device, read once."""
    return load_labeler().to(device)
