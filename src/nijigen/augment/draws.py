"""What is drawn for each picture: the parameters of ADA's transforms (2006.06676, appendix B), without a pixel.

Each ``draw_*`` takes the strength p in [0, 1], the number of pictures N and a generator, on whose device the result
lies. It makes the same number of draws whatever p, and p = 0 gives the neutral value of every parameter exactly.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

LN2 = math.log(2)


class Blit(NamedTuple):
    """Moves of whole pixels, in this order."""

    flip: Tensor  # [N] bool: left and right change places
    turns: Tensor  # [N] int64, 0–3: quarter turns counter-clockwise
    shift: Tensor  # [N, 2] to the right and down, in sides of the picture; rounded to whole pixels when applied


class Geometry(NamedTuple):
    """Moves between the pixels, in this order."""

    scale: Tensor  # [N] > 0, both axes: above 1 enlarges
    before: Tensor  # [N] radians counter-clockwise, before the stretch
    stretch: Tensor  # [N] > 0: x times it, y divided by it
    after: Tensor  # [N] radians counter-clockwise, after the stretch
    shift: Tensor  # [N, 2] to the right and down, in sides of the picture

    def active(self) -> Tensor:
        """``[N]`` bool: which pictures are moved at all."""
        still = (self.scale == 1) & (self.stretch == 1) & (self.before == 0) & (self.after == 0)
        return ~(still & (self.shift == 0).all(dim=1))


class Colour(NamedTuple):
    """Changes of colours in [-1, 1], in this order."""

    brightness: Tensor  # [N] added
    contrast: Tensor  # [N] > 0, times the distance from mid-grey
    flip: Tensor  # [N] bool: light and dark change places, hue stays
    hue: Tensor  # [N] radians around the grey axis
    saturation: Tensor  # [N] > 0, times the distance from the grey axis


def draw_blit(p: float, count: int, random: torch.Generator) -> Blit:
    """Flip or not, 0 to 3 quarter turns, shift U(−1/8, 1/8) on each axis: each with probability p (B.1)."""
    flip = _uniform(count, random, 2).floor()
    flip = _sometimes(p, flip, 0.0, random)
    turns = _sometimes(p, _uniform(count, random, 4).floor(), 0.0, random)
    shift = _both(p, (_uniform((count, 2), random, 2) - 1) / 8, random)
    return Blit(flip > 0, turns.long(), shift)


def draw_geometry(p: float, count: int, random: torch.Generator) -> Geometry:
    """Scale and stretch log-normal with σ = 0.2 ln 2, shift N(0, 1/8²), two rotations by U(−π, π) (B.1).

    Each with probability p; each of the rotations with 1 − √(1−p), so that a picture is rotated with probability p.
    """
    p_rotation = 1 - math.sqrt(1 - p)
    return Geometry(
        _sometimes(p, torch.exp(0.2 * LN2 * _normal(count, random)), 1.0, random),
        _sometimes(p_rotation, math.pi * (_uniform(count, random, 2) - 1), 0.0, random),
        _sometimes(p, torch.exp(0.2 * LN2 * _normal(count, random)), 1.0, random),
        _sometimes(p_rotation, math.pi * (_uniform(count, random, 2) - 1), 0.0, random),
        _both(p, _normal((count, 2), random) / 8, random),
    )


def draw_colour(p: float, count: int, random: torch.Generator) -> Colour:
    """Brightness N(0, 0.2²), contrast log-normal σ = 0.5 ln 2, luma flip or not, hue U(−π, π), saturation log-normal
    σ = ln 2: each with probability p (B.2)."""
    return Colour(
        _sometimes(p, 0.2 * _normal(count, random), 0.0, random),
        _sometimes(p, torch.exp(0.5 * LN2 * _normal(count, random)), 1.0, random),
        _sometimes(p, _uniform(count, random, 2).floor(), 0.0, random) > 0,
        _sometimes(p, math.pi * (_uniform(count, random, 2) - 1), 0.0, random),
        _sometimes(p, torch.exp(LN2 * _normal(count, random)), 1.0, random),
    )


# Expected power of the four bands in natural pictures, whose spectrum falls as 1/f (B.3).
BAND_POWER = (10 / 13, 1 / 13, 1 / 13, 1 / 13)


def draw_bands(p: float, count: int, random: torch.Generator) -> Tensor:
    """Gains ``[N, 4]`` of four bands, low to high: each log-normal with σ = ln 2, with probability p (B.3).

    After each of the four draws all gains are divided so that the expected power stays what it was.
    """
    power = torch.tensor(BAND_POWER, device=random.device)
    gains = torch.ones(count, len(BAND_POWER), device=random.device)
    for band in range(len(BAND_POWER)):
        gain = _sometimes(p, torch.exp(LN2 * _normal(count, random)), 1.0, random)
        factors = torch.ones_like(gains)
        factors[:, band] = gain
        # A gain of 1 leaves every band as it is, to the last bit: the powers add up to 1 only nearly.
        scale = torch.where(gain == 1, 1.0, (power * factors.square()).sum(dim=1).rsqrt())
        gains = gains * factors * scale[:, None]
    return gains


def draw_noise(p: float, count: int, random: torch.Generator) -> Tensor:
    """Standard deviation ``[N]`` of the noise: |N(0, 0.1²)| with probability p, else 0 (B.3)."""
    return _sometimes(p, 0.1 * _normal(count, random).abs(), 0.0, random)


class Cutout(NamedTuple):
    """A square of half the picture's side that is taken out."""

    active: Tensor  # [N] bool
    centre: Tensor  # [N, 2] x and y in sides of the picture, 0–1: parts of the square can lie outside


def draw_cutout(p: float, count: int, random: torch.Generator) -> Cutout:
    """Centre uniform over the picture, with probability p (B.3; 2006.10738, §3.2)."""
    centre = _uniform((count, 2), random)
    return Cutout(_uniform(count, random) < p, centre)


def _uniform(shape: int | tuple[int, ...], random: torch.Generator, below: int = 1) -> Tensor:
    return torch.rand(shape, generator=random, device=random.device) * below


def _normal(shape: int | tuple[int, ...], random: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=random, device=random.device)


def _sometimes(p: float, value: Tensor, neutral: float, random: torch.Generator) -> Tensor:
    # torch.rand lies in [0, 1): p = 0 never, p = 1 always.
    return torch.where(_uniform(value.shape[0], random) < p, value, neutral)


def _both(p: float, shift: Tensor, random: torch.Generator) -> Tensor:
    return torch.where(_uniform((shift.shape[0], 1), random) < p, shift, 0.0)
