"""How far a picture is from what another one shows, from how a third one is painted, and from smooth: pure functions.

===============  =====================================================  ==============================================
name             what it returns                                        source
===============  =====================================================  ==============================================
Gram             correlations of a layer's channels over all places     1508.06576, eq. 3; guided: 1611.07865, eq. 5
style distance   ¼ mean of squared differences of two Grams             1508.06576, eq. 4
content          ½ mean of squared differences of what a layer sees     1508.06576, eq. 1
total variation  mean length of the slope from pixel to pixel           1412.0035, §2.2, β = 1
===============  =====================================================  ==============================================

The papers take sums where there are means here, so that what a weight means does not depend on a picture's size.
"""

import torch
from torch import Tensor

TINY = 1e-12
SMOOTHING = 1e-4  # of the slope's length, in the range of the values squared: a flat place has a derivative too


def gram(seen: Tensor, guide: Tensor | None = None) -> Tensor:
    """How often channels see something at the same place: ``[N, C, H, W]`` → ``[N, C, C]``.

    The paper divides by the number of places only in the distance (1/M² in eq. 4); here it is done at once, so that
    pictures of different sizes can be compared.

    Args:
        guide: ``[1 or N, 1, H, W]``, how much each place counts, 0 or more, with something above 0 in each
            picture; None: all alike.

    Raises:
        ValueError: a guide of another size.
    """
    flat = seen.flatten(2)
    if guide is None:
        return torch.bmm(flat, flat.transpose(1, 2)) / flat.shape[2]
    if guide.shape[-2:] != seen.shape[-2:]:
        raise ValueError(f"a guide of {[*guide.shape[-2:]]} places for {[*seen.shape[-2:]]}")
    weight = guide.flatten(2)
    share = weight / weight.sum(dim=2, keepdim=True)
    return torch.bmm(flat * share, flat.transpose(1, 2))


def style_distance(made: Tensor, wanted: Tensor) -> Tensor:
    """¼ of the mean squared difference of two Grams ``[N, C, C]``; a scalar (1508.06576, eq. 4)."""
    return (made - wanted).square().mean() / 4


def relative_style(made: Tensor, wanted: Tensor) -> Tensor:
    """The style distance of Grams ``[N, C, C]`` from one ``[1, C, C]``, in that of nothing: 1 is an empty picture.

    So layers weigh alike whatever their numbers are, which 1508.06576 reaches by a network of scaled weights (methods).
    """
    return style_distance(made, wanted) / (style_distance(torch.zeros_like(wanted), wanted) + TINY)


def content_distance(made: Tensor, wanted: Tensor, guide: Tensor | None = None) -> Tensor:
    """½ of the mean squared difference of what a layer sees, ``[N, C, H, W]``; a scalar (1508.06576, eq. 1).

    Args:
        guide: as for :func:`gram`.
    """
    away = (made - wanted).square()
    if guide is None:
        return away.mean() / 2
    return (away.mean(dim=(0, 1)) * guide[0, 0]).sum() / guide.sum() / 2


def total_variation(pictures: Tensor) -> Tensor:
    """The mean length of the slope at each pixel, to the next on the right and below; a scalar (1412.0035, §2.2).

    Lengths, not squares: a hard edge costs no more than a soft one of the same height, which drawings live by.

    Args:
        pictures: ``[N, C, H, W]``; of one row or column there is no slope, and the result is near 0.
    """
    right = torch.zeros_like(pictures)
    below = torch.zeros_like(pictures)
    right[..., :-1] = pictures[..., 1:] - pictures[..., :-1]
    below[..., :-1, :] = pictures[..., 1:, :] - pictures[..., :-1, :]
    return (right.square() + below.square() + SMOOTHING**2).sqrt().mean()
