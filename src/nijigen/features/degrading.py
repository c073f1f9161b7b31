"""Pictures made worse at random, so that what is read from them does not hinge on a single pixel.

A labeler looks at drawings of any size and at what half-trained generators make: soft, noisy, a little off in place and
colour. Hue stays as it is, because colours are what is asked about.
"""

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.features.labeler_network import to_size

SMALLEST = 24  # pixels a side that a picture may be shrunk to before it is enlarged again
MIRRORED, BLURRED, NOISED = 0.5, 0.25, 0.5  # how often
RESIZED, MOVED = 0.5, 0.7  # how often, for whole batches: some are to stay as sharp as they are drawn
NOISE = 0.12  # at most, of a range of 2
TURN, SCALE, SHIFT = 0.07, 0.08, 0.07  # at most: radians, share, share of the side (of ±1)
BRIGHTNESS, CONTRAST, CAST = 0.1, 0.12, 0.04


def degrade(values: Tensor, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Pictures float32 ``[N, 3, H, W]`` in [-1, 1] → worse ones ``[N, 3, size, size]``; ``[N]`` which are mirrored."""
    count = len(values)
    if _one(generator) < RESIZED:
        smaller = round(SMALLEST * (size / SMALLEST) ** _one(generator))
        if _one(generator) < 0.5:
            smaller = size // 2  # the most usual small size, shrunk as a renderer does it
        values = functional.interpolate(values, (smaller, smaller), mode="area")
    values = to_size(values, size)
    mirrored = torch.rand(count, generator=generator) < MIRRORED
    if _one(generator) < MOVED:
        values = _moved(values, mirrored, generator)
    else:
        values = torch.where(mirrored[:, None, None, None], values.flip(-1), values)
    soft = functional.avg_pool2d(functional.pad(values, (1, 1, 1, 1), mode="replicate"), 3, 1)
    blur = torch.rand(count, 1, 1, 1, generator=generator) * (torch.rand(count, 1, 1, 1, generator=generator) < BLURRED)
    values = values.lerp(soft, blur)
    values = values * (1 + _spread(count, CONTRAST, generator)) + _spread(count, BRIGHTNESS, generator)
    values = values + (torch.rand(count, 3, 1, 1, generator=generator) * 2 - 1) * CAST
    strength = torch.rand(count, 1, 1, 1, generator=generator) * NOISE
    strength = strength * (torch.rand(count, 1, 1, 1, generator=generator) < NOISED)
    values = values + strength * torch.randn(values.shape, generator=generator)
    return values.clamp(-1, 1), mirrored


def _moved(values: Tensor, mirrored: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture turned, scaled, shifted and perhaps mirrored; the rim is filled by reflection."""
    count = len(values)
    turn = _spread(count, TURN, generator).flatten()
    scale = 1 + _spread(count, SCALE, generator).flatten()
    across, down = (_spread(count, SHIFT, generator).flatten() for _ in range(2))
    sign = 1 - 2 * mirrored.float()
    rows = (scale * turn.cos() * sign, -scale * turn.sin(), across, scale * turn.sin() * sign, scale * turn.cos(), down)
    grid = functional.affine_grid(torch.stack(rows, 1).view(count, 2, 3), list(values.shape), align_corners=False)
    return functional.grid_sample(values, grid, padding_mode="reflection", align_corners=False)


def _spread(count: int, most: float, generator: torch.Generator) -> Tensor:
    """Uniform in ±most, ``[count, 1, 1, 1]``."""
    return (torch.rand(count, 1, 1, 1, generator=generator) * 2 - 1) * most


def _one(generator: torch.Generator) -> float:
    return torch.rand((), generator=generator).item()
