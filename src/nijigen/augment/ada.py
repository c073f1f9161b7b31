"""ADA's pipeline: eighteen transforms in six groups, each applied with probability p (2006.06676, appendix B).

Everything that moves pixels is one affine map a picture and everything that changes colours one matrix a picture.
Each group is followed by the next in the paper's order: blit, geometry, colour, filter, noise, cutout.
"""

import torch
from torch import Tensor

from nijigen.augment import affine, colour
from nijigen.augment.corrupt import add_noise, cut_out, filter_pictures
from nijigen.augment.draws import (
    Blit,
    Geometry,
    draw_bands,
    draw_blit,
    draw_colour,
    draw_cutout,
    draw_geometry,
    draw_noise,
)
from nijigen.augment.resample import blit_pictures, warp_pictures

DEFAULT_GROUPS = ("blit", "geometry", "colour")
OPTIONAL_GROUPS = ("filter", "noise", "cutout")


def augment(images: Tensor, p: float, random: torch.Generator, groups: frozenset[str]) -> Tensor:
    """Pictures ``[N, C, R, R]`` in [-1, 1] → the same shape and memory format, transformed with probability p."""
    count, size = images.shape[0], images.shape[-1]
    # All is drawn first, and whatever p is: later draws from the same generator do not depend on p.
    blit = draw_blit(p if "blit" in groups else 0.0, count, random)
    geometry = draw_geometry(p if "geometry" in groups else 0.0, count, random)
    colours = draw_colour(p if "colour" in groups else 0.0, count, random)
    bands = draw_bands(p, count, random) if "filter" in groups else None
    deviation = draw_noise(p, count, random) if "noise" in groups else None
    cutout = draw_cutout(p, count, random) if "cutout" in groups else None
    noise = None
    if deviation is not None:
        noise = torch.randn(count, 3, size, size, generator=random, device=random.device).to(images.dtype)
    if p == 0:
        return images
    made = images
    if groups & {"blit", "geometry"}:
        made = move(made, blit, geometry)
    if "colour" in groups:
        made = colour.recolour(made, colour.fuse(colours))
    if bands is not None:
        made = filter_pictures(made, bands)
    if deviation is not None and noise is not None:
        made = add_noise(made, deviation.to(images.dtype), noise)
    if cutout is not None:
        made = cut_out(made, cutout)
    if images.is_contiguous(memory_format=torch.channels_last):
        made = made.contiguous(memory_format=torch.channels_last)
    return made


def move(images: Tensor, blit: Blit, geometry: Geometry) -> Tensor:
    """Pictures that only flip, turn or shift keep their pixels exactly; the others are resampled once."""
    between = geometry.active()
    rows = between.nonzero()[:, 0]  # the one place where an accelerator is waited for
    if len(rows) == 0:
        return blit_pictures(images, blit)
    maps = affine.fuse(blit, geometry, images.shape[-1])
    if len(rows) == len(images):
        return warp_pictures(images, maps)
    still = (~between).nonzero()[:, 0]
    warped = warp_pictures(images[rows], affine.Affine(maps.linear[rows], maps.shift[rows]))
    kept = blit_pictures(images[still], Blit(*(part[still] for part in blit)))
    # Every picture is in one of the two: put them back in order.
    return torch.cat([warped, kept])[torch.cat([rows, still]).argsort()]
