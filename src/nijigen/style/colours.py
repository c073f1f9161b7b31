"""Whose colours a painted picture has: those of the style, or those it had (1606.05897).

``content`` gives the style picture the mean and the covariance of the content's colours before anything is painted (the
paper's "color histogram matching", with the symmetric root), so that the strokes come in the right colours.
``luminance`` paints lightness alone and keeps hue and colourfulness of every pixel (its
"luminance-only transfer").
"""

import torch
from torch import Tensor

from nijigen.style.pictures import Planes

LUMA = (0.299, 0.587, 0.114)  # Y of YIQ
LEAST_SPREAD = 1e-5  # variance below which colours count as one colour: grey pictures have no spread along two axes


def moments(planes: Planes) -> tuple[Tensor, Tensor]:
    """Mean ``[3]`` and covariance ``[3, 3]`` of the colours that can be seen, float64 on the CPU."""
    flat = planes.colours[0].flatten(1).cpu().double()
    seen = torch.ones(flat.shape[1], dtype=torch.float64)
    if planes.alpha is not None and bool(planes.alpha.any()):
        seen = planes.alpha.flatten().cpu().double()
    share = seen / seen.sum()
    mean = flat @ share
    away = flat - mean[:, None]
    return mean, (away * share) @ away.T


def recoloured(style: Planes, content: Planes) -> Planes:
    """The style with mean and covariance of the content's colours, as far as 0…1 allows."""
    (mean, spread), (wanted_mean, wanted_spread) = moments(style), moments(content)
    turn = _root(wanted_spread, 0.5) @ _root(spread, -0.5)
    return Planes(_mapped(style.colours, turn, wanted_mean - turn @ mean), style.alpha)


def lightness(colours: Tensor) -> Tensor:
    """Y of ``[N, 3, H, W]``, three times."""
    weights = torch.tensor(LUMA, dtype=colours.dtype, device=colours.device)[:, None, None]
    return (colours * weights).sum(1, keepdim=True).expand_as(colours)


def matched_lightness(style: Planes, content: Planes) -> Planes:
    """The lightness of a style, with mean and spread of the content's lightness (1606.05897, luminance-only)."""
    light, wanted = Planes(lightness(style.colours), style.alpha), Planes(lightness(content.colours), content.alpha)
    (mean, spread), (wanted_mean, wanted_spread) = moments(light), moments(wanted)
    factor = float((wanted_spread[0, 0] / spread[0, 0].clamp_min(LEAST_SPREAD)).sqrt())
    return Planes(((light.colours - float(mean[0])) * factor + float(wanted_mean[0])).clamp(0, 1), style.alpha)


def with_lightness(content: Tensor, made: Tensor) -> Tensor:
    """The content's colours with the lightness of what was made: I and Q of YIQ stay as they are."""
    return (content + lightness(made) - lightness(content)).clamp(0, 1)


def _root(matrix: Tensor, power: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = vectors @ torch.diag(values.clamp_min(LEAST_SPREAD).pow(power)) @ vectors.T
    return root


def _mapped(colours: Tensor, turn: Tensor, move: Tensor) -> Tensor:
    turn, move = turn.to(colours.device, colours.dtype), move.to(colours.device, colours.dtype)
    return (torch.einsum("ij,njhw->nihw", turn, colours) + move[:, None, None]).clamp(0, 1)
