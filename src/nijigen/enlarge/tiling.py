"""A picture doubled tile by tile: the same numbers as in one piece, in memory that does not grow with the picture.

A tile is shown to the network together with as many pixels around it as the network looks at; beyond the picture's edge
its outermost pixels are repeated. What is made of a pixel is then the same wherever the tiles end, but for the last
digits of float32.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.enlarge.networks import Doubler
from nijigen.machine import memory_format

TILE = 128  # pixels a side of the small picture: larger ones are no faster, and need more memory

# A network may leave the range of the 3×3 pixels it comes from by half of that range, so that edges become sharper than
# they were. Without a bound upconv7 turns flat pure green into a pattern of darker greens; with it ratios to the truth
# are the same or up to 0.03 dB higher (benchmarks/enlarging.py).
COLOUR_ROOM = 0.5
ALPHA_ROOM = 0.0  # nothing appears where nothing was, and what was opaque stays so

Box = tuple[int, int, int, int]


def tiles(height: int, width: int, side: int = TILE) -> list[Box]:
    """(top, bottom, left, right) of tiles that cover a picture, row by row, of nearly one size."""
    return [(*rows, *columns) for rows in _spans(height, side) for columns in _spans(width, side)]


@torch.inference_mode()
def double(
    network: Doubler,
    picture: Tensor,
    out: Tensor,
    *,
    tile: int = TILE,
    device: torch.device | None = None,
    step: Callable[[], object] | None = None,
) -> None:
    """Write a picture, doubled by a network, into ``out``.

    Args:
        picture: ``[3, H, W]`` RGB or ``[4, H, W]`` with straight alpha; uint8, or float32 in 0…1. Colours should reach
            some pixels beyond what is seen (:func:`nijigen.enlarge.alpha.bleed`).
        out: ``[3 or 4, 2H, 2W]``. As float32 its colours reach as far as they did, to be doubled again; as uint8 they
            are 0 where alpha is.
        tile: pixels of the small picture that are doubled at once, a side.
        device: where the network is.
        step: called after every tile.
    """
    grey = bool(torch.equal(picture[0], picture[1]) and torch.equal(picture[1], picture[2]))
    for top, bottom, left, right in tiles(picture.shape[1], picture.shape[2], tile):
        values = _cut(picture, (top, bottom, left, right), network.context).to(device)
        made = _doubled(network, values, grey).cpu()
        part = out[:, 2 * top : 2 * bottom, 2 * left : 2 * right]
        part.copy_(_levels(made) if out.dtype == torch.uint8 else made)
        if step:
            step()


def _levels(made: Tensor) -> Tensor:
    """0…1 → whole numbers 0…255."""
    levels = made.mul(255).round_()
    if len(levels) == 4:
        levels[:3] *= levels[3] > 0
    return levels


def _spans(length: int, side: int) -> list[tuple[int, int]]:
    count = -(-length // side)
    return list(pairwise(length * index // count for index in range(count + 1)))


def _cut(picture: Tensor, box: Box, context: int) -> Tensor:
    """One tile with what lies around it, float32 ``[1, C, h + 2c, w + 2c]`` in 0…1."""
    top, bottom, left, right = box
    height, width = picture.shape[1:]
    inside = max(0, top - context), min(height, bottom + context), max(0, left - context), min(width, right + context)
    values = picture[None, :, inside[0] : inside[1], inside[2] : inside[3]]
    values = values.float() / 255 if picture.dtype == torch.uint8 else values.float()
    beyond = (inside[2] - left, right - inside[3], inside[0] - top, bottom - inside[1])
    pads = [context + share for share in beyond]
    return functional.pad(values, pads, mode="replicate") if any(pads) else values


def _doubled(network: Doubler, values: Tensor, grey: bool) -> Tensor:
    """``[1, C, h + 2c, w + 2c]`` → ``[C, 2h, 2w]`` in 0…1."""
    c, alpha = network.context, values[:, 3:]
    if alpha.numel() and not alpha.any():  # nothing is seen here, nor as near as a network looks from what is seen
        return values.new_zeros(4, 2 * (values.shape[2] - 2 * c), 2 * (values.shape[3] - 2 * c))
    colour = _bounded(_run(network, values[:, :3], grey), values[:, :3], c, COLOUR_ROOM)
    return torch.cat([colour, _doubled_alpha(network, alpha)], dim=1)[0] if alpha.numel() else colour[0]


def _doubled_alpha(network: Doubler, alpha: Tensor) -> Tensor:
    """Alpha as a grey picture; the network is not asked where there is nothing to be seen in it."""
    c = network.context
    if bool((alpha == alpha[0, 0, 0, 0]).all()):
        return functional.interpolate(alpha[..., c:-c, c:-c], scale_factor=2, mode="nearest")
    return _bounded(_run(network, alpha.expand(-1, 3, -1, -1), True)[:, :1], alpha, c, ALPHA_ROOM)


def _run(network: Doubler, values: Tensor, grey: bool) -> Tensor:
    made: Tensor = network(values.contiguous(memory_format=memory_format(values.device)))
    return made.mean(1, keepdim=True).expand_as(made) if grey else made


def _bounded(made: Tensor, values: Tensor, context: int, room: float) -> Tensor:
    """What was made, held within the range of the 3×3 pixels it came from and ``room`` of that range beyond, and 0…1.

    So flat areas stay exactly as they are, whatever a network makes of them.
    """
    near = values[..., context - 1 : 1 - context, context - 1 : 1 - context]
    most, least = functional.max_pool2d(near, 3, 1), -functional.max_pool2d(-near, 3, 1)
    beyond = (most - least) * room
    low, high = (
        functional.interpolate(bound.clamp(0, 1), scale_factor=2, mode="nearest")
        for bound in (least - beyond, most + beyond)
    )
    return made.clamp(low, high)
