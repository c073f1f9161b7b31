"""A picture of any size through a painter: in one piece up to 512 px, by tiles beyond.

What a painter needs of the whole of a picture, the statistics of its features above all, is studied once, on the
picture at 512 px. Tiles are then painted with that, each shown with as much around it as the painter looks at, so that
nothing is seen of where they end. Memory grows with the picture's bytes alone, and so, because a painter looks at a
bounded number of a style's places, does time.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from nijigen.engine.painters import OpenedPainter
from nijigen.enlarge.tiling import tiles
from nijigen.faststyle.settings import FastSettings
from nijigen.machine import give_freed_memory_back
from nijigen.models.painter import Seen
from nijigen.style.colours import lightness, matched_lightness, recoloured, with_lightness
from nijigen.style.pictures import Planes, fit, fitted, planes_of
from nijigen.translate.tiling import aligned, widened

WHOLE = 512  # pixels of the longer side that are painted in one piece, and at which larger pictures are studied
TILE = 384  # pixels a side that are kept of a tile

Step = Callable[[], object]


def steps(content: Image.Image, settings: FastSettings, whole: int = WHOLE, tile: int = TILE) -> int:
    """How often :func:`paint_fast` calls its ``step``."""
    width, height = fitted(content.size, settings.size or max(content.size))
    return 1 if max(width, height) <= whole else 1 + len(tiles(height, width, tile))


@torch.inference_mode()
def paint_fast(
    opened: OpenedPainter,
    content: Image.Image,
    styles: Sequence[Image.Image],
    settings: FastSettings | None = None,
    *,
    whole: int = WHOLE,
    tile: int = TILE,
    step: Step | None = None,
) -> Image.Image:
    """Paint ``content`` like ``styles`` in one pass (2108.03647; 1812.02342).

    Args:
        content, styles: RGB or RGBA, as :func:`nijigen.images.decode.decode` returns them. What is hidden is not
            painted, and is taken from around where the painter looks.
        whole, tile: see :data:`WHOLE` and :data:`TILE`.
        step: called after the picture, or after every tile and once after the study.

    Returns:
        RGB, or RGBA with the alpha of the content.

    Raises:
        NijigenError: settings that do not fit each other.
    """
    settings = settings or FastSettings()
    settings.check(len(styles))
    own = fit(content, settings.size or max(content.size))
    device = next(opened.painter.parameters()).device
    planes = planes_of(own)
    looked_at = [_style(style, planes, own.size, settings) for style in styles]
    shown = planes.colours
    if settings.colours == "luminance":
        shown = lightness(shown)
    made = _painted(opened, shown, looked_at, settings.shares(len(styles)), device, whole, tile, step)
    if settings.colours == "luminance":
        made = with_lightness(planes.colours, made)
    return _pixels(own, planes, made, settings.strength)


def _style(style: Image.Image, content: Planes, size: tuple[int, int], settings: FastSettings) -> Tensor:
    """A style as it is looked at: ``[1, 3, h, w]`` in 0…1."""
    planes = planes_of(fit(style, settings.style_size or min(WHOLE, max(size))))
    if settings.colours == "content":
        planes = recoloured(planes, content)
    elif settings.colours == "luminance":
        planes = matched_lightness(planes, content)
    return planes.colours


def _painted(
    opened: OpenedPainter,
    shown: Tensor,
    styles: Sequence[Tensor],
    shares: Sequence[float],
    device: torch.device,
    whole: int,
    tile: int,
    step: Step | None,
) -> Tensor:
    """``[1, 3, H, W]`` in 0…1, on the CPU."""
    painter = opened.painter
    height, width = shown.shape[-2:]
    larger = max(height, width) > whole
    small = _smaller(shown, fitted((width, height), whole)) if larger else shown
    seen = _seen(opened, small, device)
    studies = []
    for style in styles:
        studies.append(painter.study(seen, opened.seer.see(style.to(device) * 2 - 1, painter.layers)))
        give_freed_memory_back()
    if not larger:
        made = _as_levels(painter.paint(seen, studies, shares), height, width)
        if step:
            step()
        return made
    del seen
    if step:
        step()
    made = torch.empty_like(shown)
    for box in aligned(tiles(height, width, tile), painter.multiple, (height, width)):
        top, bottom, left, right = box
        up, down, before, behind = widened(box, painter.reach, painter.multiple, (height, width))
        there = _seen(opened, shown[..., up:down, before:behind], device)
        part = _as_levels(painter.paint(there, studies, shares), down - up, behind - before)
        made[..., top:bottom, left:right] = part[..., top - up : bottom - up, left - before : right - before]
        give_freed_memory_back()
        if step:
            step()
    return made


def _seen(opened: OpenedPainter, pictures: Tensor, device: torch.device) -> Seen:
    """What VGG19 sees in pictures in 0…1; sides are made longer by repeating the last pixels where they must be."""
    multiple = opened.painter.multiple
    rows, columns = -pictures.shape[-2] % multiple, -pictures.shape[-1] % multiple
    whole = functional.pad(pictures, (0, columns, 0, rows), mode="replicate")
    return opened.seer.see(whole.to(device) * 2 - 1, opened.painter.layers)


def _as_levels(made: Tensor, height: int, width: int) -> Tensor:
    return ((made[..., :height, :width] + 1) / 2).clamp(0, 1).cpu()


def _smaller(shown: Tensor, size: tuple[int, int]) -> Tensor:
    columns, rows = size
    made = functional.interpolate(shown, (rows, columns), mode="bilinear", align_corners=False, antialias=True)
    return made.clamp(0, 1)


def _pixels(own: Image.Image, planes: Planes, made: Tensor, strength: float) -> Image.Image:
    """As pixels, with alpha and hidden pixels of the content."""
    mixed = made if strength == 1 else torch.lerp(planes.colours, made, strength)
    levels = mixed[0].mul(255).round().byte().permute(1, 2, 0).numpy()
    if own.mode != "RGBA":
        return Image.fromarray(np.ascontiguousarray(levels))
    pixels = np.array(own)
    pixels[..., :3] = np.where(pixels[..., 3:] > 0, levels, pixels[..., :3])
    return Image.fromarray(pixels)
