"""A picture of any size through a translator: in one piece up to 1,024 px, by tiles beyond.

Instance normalisation looks at the whole picture, so that tiles by themselves would get colours of their own. So the
statistics are measured once, on the picture at 768 px, and frozen for the tiles; and each tile is shown with some of
what lies around it. Memory then grows with the picture's bytes alone.
"""

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from nijigen.enlarge.tiling import Box, tiles
from nijigen.images.sheet import Pixels
from nijigen.machine import give_freed_memory_back
from nijigen.models.translator import Translator
from nijigen.nn.spatial_norm import frozen, measured
from nijigen.style.pictures import fitted

WHOLE = 1024  # pixels of the longer side that are made in one piece
MEASURED = 768  # and at which statistics are measured for larger pictures: in half the memory
TILE = 512  # pixels a side that are kept of a tile
# Pixels shown around a tile. A CartoonGAN looks 88 px far, but little of what it makes depends on what lies beyond 48
# (docs/stylizing.md), and tiles with 88 px around them take a quarter more time.
AROUND = 48


@torch.inference_mode()
def translated(
    network: Translator,
    pixels: Pixels,
    *,
    whole: int = WHOLE,
    at: int = MEASURED,
    tile: int = TILE,
    around: int = AROUND,
    step: Callable[[], object] | None = None,
) -> Pixels:
    """A picture in the network's look.

    Args:
        pixels: uint8 ``[H, W, 3]``, any size from 1×1 on.
        whole: longer side up to which a picture is made in one piece.
        at: longer side at which statistics are measured otherwise, at most ``whole``.
        tile, around: pixels a side that are kept of a tile, and that are shown around it.
        step: called after the picture, or after every tile and once after the statistics; :func:`steps` times.

    Returns:
        uint8 ``[H, W, 3]``.
    """
    height, width = pixels.shape[:2]
    if max(height, width) <= whole:
        made = _through(network, pixels)
        if step:
            step()
        return made
    small = Image.fromarray(pixels).resize(fitted((width, height), min(at, whole)), Image.Resampling.LANCZOS)
    with measured(network):
        _through(network, np.asarray(small))
    give_freed_memory_back()
    if step:
        step()
    made = np.empty((height, width, 3), np.uint8)
    with frozen(network):
        for box in aligned(tiles(height, width, tile), network.multiple, (height, width)):
            top, bottom, left, right = box
            up, down, before, behind = widened(box, around, network.multiple, (height, width))
            part = _through(network, pixels[up:down, before:behind])
            made[top:bottom, left:right] = part[top - up : bottom - up, left - before : right - before]
            give_freed_memory_back()  # tiles differ in size, and what is kept of one fits another badly
            if step:
                step()
    return made


def steps(size: tuple[int, int], whole: int = WHOLE, tile: int = TILE) -> int:
    """How often :func:`translated` calls its ``step`` for a picture of (width, height)."""
    return 1 if max(size) <= whole else 1 + len(tiles(size[1], size[0], tile))


def aligned(boxes: list[Box], multiple: int, size: tuple[int, int]) -> list[Box]:
    """Tiles whose inner edges lie at multiples of what the network halves by, so that it halves them as the whole."""
    height, width = size

    def near(edge: int, most: int) -> int:
        return most if edge == most else edge // multiple * multiple

    return [(near(t, height), near(b, height), near(le, width), near(r, width)) for t, b, le, r in boxes]


def widened(box: Box, around: int, multiple: int, size: tuple[int, int]) -> Box:
    """A tile with what is shown around it, as far as there is a picture."""
    top, bottom, left, right = box
    far = -(-around // multiple) * multiple
    return max(0, top - far), min(size[0], bottom + far), max(0, left - far), min(size[1], right + far)


def _through(network: Translator, pixels: Pixels) -> Pixels:
    """One picture, or one tile, through the network; sides that it cannot take are made longer by mirroring."""
    height, width = pixels.shape[:2]
    device = next(network.parameters()).device
    values = torch.from_numpy(np.array(pixels)).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1
    values = _mirrored(values, _room(height, network), _room(width, network))
    made = network(values)[0, :, :height, :width]
    levels: Pixels = made.add_(1).mul_(127.5).round_().clamp_(0, 255).byte().permute(1, 2, 0).cpu().numpy()
    return levels


def _room(length: int, network: Translator) -> int:
    """Pixels that are missing at the end of a side."""
    return max(network.least, -(-length // network.multiple) * network.multiple) - length


def _mirrored(values: Tensor, rows: int, columns: int) -> Tensor:
    """More rows and columns at the end; a mirror has no more pixels than the picture, so it may take several."""
    while rows or columns:
        down, right = min(rows, values.shape[2] - 1), min(columns, values.shape[3] - 1)
        if (rows and not down) or (columns and not right):  # one pixel has nothing to mirror
            values = functional.pad(values, (0, columns, 0, rows), mode="replicate")
            break
        values = functional.pad(values, (0, right, 0, down), mode="reflect")
        rows, columns = rows - down, columns - right
    return values
