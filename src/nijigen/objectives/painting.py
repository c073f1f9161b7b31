"""What a picture painted in one pass must keep of its content and take from its style: pure functions.

==========  ===============================================================  ==========================================
name        what it returns                                                  source
==========  ===============================================================  ==========================================
structure   mean squared difference of features, each channel normalised     SANet (1812.02342), eq. 9; AdaIN before it
statistics  squared differences of means and deviations, in the style's own  SANet, eq. 10; AdaAttN (2108.03647), eq. 9
local       what a place should look like, found without anything learned    AdaAttN, eq. 10
==========  ===============================================================  ==========================================

All are in proportion to what is wanted, so that a weight means the same with any layer and file of VGG19.
"""

import torch
from torch import Tensor

from nijigen.nn.attended import as_places, found_statistics, moments, normed

TINY = 1e-8


def structure_difference(made: Tensor, wanted: Tensor) -> Tensor:
    """How differently places stand out, ``[N, C, H, W]`` both; a scalar: 0 the same, about 2 unrelated.

    Whatever is alike everywhere, colour and contrast of a whole picture, makes no difference.

    Args:
        wanted: what is seen in the content; it gets no gradient.
    """
    return (normed(made) - normed(wanted.detach())).square().mean()


def statistics_difference(made: Tensor, wanted: Tensor) -> Tensor:
    """How far means and deviations of channels are apart, features ``[N, C, H, W]`` of any sizes; a scalar, 0 or more.

    Args:
        wanted: what is seen in the style, picture by picture beside ``made``; it gets no gradient.
    """
    mean, deviation = moments(made)
    style_mean, style_deviation = moments(wanted.detach())
    away = (mean - style_mean).square().mean() + (deviation - style_deviation).square().mean()
    return away / (style_mean.square().mean() + style_deviation.square().mean() + TINY)


def seen_difference(made: Tensor, wanted: Tensor) -> Tensor:
    """The mean squared difference in the mean square of what is wanted, any shape; a scalar.

    Args:
        wanted: it gets no gradient.
    """
    wanted = wanted.detach()
    return (made - wanted).square().mean() / (wanted.square().mean() + TINY)


@torch.no_grad()
def local_target(content: Tensor, style: Tensor, content_own: Tensor, style_own: Tensor) -> Tensor:
    """What a layer should see in the painted picture: attention over normalised features alone (AdaAttN, eq. 10).

    Args:
        content, style: ``[N, J, H, W]`` and ``[N, J, h, w]``, by which places are compared.
        content_own, style_own: ``[N, C, H, W]`` and ``[N, C, h, w]``, what the layer sees in each.

    Returns:
        ``[N, C, H, W]``: the content normalised, with the mean and the deviation that each place finds in the style.
    """
    query, keys, values = as_places(normed(content)), as_places(normed(style)), as_places(style_own)
    mean, deviation = (
        part.transpose(1, 2).reshape(content_own.shape) for part in found_statistics(query, keys, values)
    )
    return deviation * normed(content_own) + mean
