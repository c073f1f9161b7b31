"""DiffAugment: colour, translation and cutout (2006.10738, §3.2).

The paper applies the whole policy to every picture (p = 1); here each picture gets it with probability p. What comes in
at a border and what is cut out is −1: black, or nothing in premultiplied RGBA. The paper says "zeros" of light; the
number 0 would be mid-grey in pictures of [-1, 1], and half-transparent in RGBA.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from nijigen.augment.colour import recolour
from nijigen.augment.corrupt import NOTHING, cut_mask
from nijigen.augment.draws import Blit, Cutout
from nijigen.augment.resample import blit_pictures

GROUPS = ("colour", "translation", "cutout")
REACH = 1 / 8  # of the side: how far a picture is shifted at most


class Policy(NamedTuple):
    """What each picture gets. Neutral values where ``active`` is False."""

    active: Tensor  # [N] bool
    brightness: Tensor  # [N] in (-0.5, 0.5): added
    saturation: Tensor  # [N] in (0, 2): times the distance from the grey of the same pixel
    contrast: Tensor  # [N] in (0.5, 1.5): times the distance from the picture's mean
    shift: Tensor  # [N, 2] whole pixels to the right and down, at most an eighth of the side
    centre: Tensor  # [N, 2] of the square cut out, x and y in sides of the picture


def draw_policy(p: float, count: int, resolution: int, random: torch.Generator) -> Policy:
    """Uniform draws for ``count`` pictures, always as many; a picture is active with probability p."""
    u = torch.rand(count, 8, generator=random, device=random.device)
    active, reach = u[:, 0] < p, round(REACH * resolution)
    shift = ((2 * reach + 1) * u[:, 4:6]).floor().long().clamp(max=2 * reach) - reach
    return Policy(
        active,
        torch.where(active, u[:, 1] - 0.5, 0.0),
        torch.where(active, u[:, 2] * 2, 1.0),
        torch.where(active, u[:, 3] + 0.5, 1.0),
        torch.where(active[:, None], shift, 0),
        u[:, 6:8],
    )


def augment(images: Tensor, p: float, random: torch.Generator, groups: frozenset[str]) -> Tensor:
    """Pictures ``[N, C, R, R]`` in [-1, 1] → the same shape and memory format."""
    resolution = images.shape[-1]
    policy = draw_policy(p, images.shape[0], resolution, random)
    if p == 0:
        return images
    made = images
    if "colour" in groups:
        made = recolour(made, colour_matrix(made, policy))
    empty = torch.zeros(1, dtype=torch.bool, device=images.device)
    if "translation" in groups:
        made, empty = translate(made, policy.shift)
    if "cutout" in groups:
        empty = empty | cut_mask(Cutout(policy.active, policy.centre), resolution)
    made = made.masked_fill(empty, NOTHING)
    if images.is_contiguous(memory_format=torch.channels_last):
        made = made.contiguous(memory_format=torch.channels_last)
    return made


def colour_matrix(images: Tensor, policy: Policy) -> Tensor:
    """Brightness, then saturation, then contrast as one matrix ``[N, 3, 4]`` (see :mod:`nijigen.augment.colour`).

    Contrast acts around the picture's mean, which brightness shifts and saturation leaves. The mean follows the
    picture, so gradients go through it. In RGBA it is the mean of what is there, each pixel weighted by its alpha.
    """
    dtype, device = images.dtype, images.device
    brightness, saturation, contrast = (
        part.to(dtype)[:, None, None] for part in (policy.brightness, policy.saturation, policy.contrast)
    )
    eye, grey = torch.eye(3, dtype=dtype, device=device), torch.full((3, 3), 1 / 3, dtype=dtype, device=device)
    linear = contrast * (saturation * eye + (1 - saturation) * grey)
    shift = brightness + (1 - contrast) * _mean(images)[:, None, None]
    return torch.cat([linear, shift.expand(-1, 3, 1)], dim=2)


def _mean(images: Tensor) -> Tensor:
    """``[N]``: mean colour over pixels and channels, in [-1, 1]."""
    colours = images[:, :3].mean(dim=(1, 2, 3))
    if images.shape[1] == 3:
        return colours
    alpha = ((images[:, 3] + 1) / 2).mean(dim=(1, 2))
    return (colours + 1 - alpha) / alpha.clamp(min=1e-3)


def translate(images: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures shifted by whole pixels ``[N, 2]``, and ``[N, 1, R, R]`` bool: what the picture does not reach."""
    count, resolution = images.shape[0], images.shape[-1]
    still = Blit(
        torch.zeros(count, dtype=torch.bool, device=shift.device),
        torch.zeros(count, dtype=torch.int64, device=shift.device),
        shift / resolution,
    )
    source = torch.arange(resolution, device=shift.device) - shift[:, :, None]  # [N, 2, R]
    outside = (source < 0) | (source >= resolution)
    return blit_pictures(images, still), (outside[:, 1, :, None] | outside[:, 0, None, :])[:, None]
