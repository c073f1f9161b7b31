"""A judge of lessons: what a reader of attributes sees in a picture, beside its pixels.

A mouth is a hundredth of a drawing. A network that has learned to tell smiles from frowns looks at it, and the distance
of what it sees, stage by stage, is large where pixels hardly differ (perceptual losses, 1603.08155, §3.2). Its reading
of a model that was taught by it is no proof any more: judge such a model by another labeler.
"""

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
    labeler = _labeler(made.device)
    with torch.no_grad():
        right = labeler.depths(to_size(laid_on(wanted, ground), labeler.size))
    ours = labeler.depths(to_size(laid_on(made, ground), labeler.size))
    found = made.new_zeros(len(made))
    for mine, theirs in zip(ours, right, strict=True):
        found = found + (mine - theirs).abs().flatten(1).mean(dim=1) / (theirs.abs().mean() + TINY)
    return found / len(ours)


def laid_on(pictures: Tensor, ground: Tensor) -> Tensor:
    """Pictures ``[N, 3 or 4, R, R]`` in [-1, 1] → ``[N, 3, R, R]``, see-through ones on a ground in [0, 1]."""
    return pictures if pictures.shape[1] == 3 else pictures[:, :3] + (1 - pictures[:, 3:]) * ground


@cache
def _labeler(device: torch.device) -> Labeler:
    return load_labeler().to(device)
