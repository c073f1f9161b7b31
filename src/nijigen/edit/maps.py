"""Maps of per-pixel noise that one avatar has for its own, where the generator takes noise.

Projection may look for them beside the latent. They are many numbers, and would hold the whole picture if they could:
so they are kept noise, without a pattern at any scale (1912.04958, appendix D).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.models.contract import Generator
from nijigen.nn.noise import NoiseInjection

MOST = 2**16  # numbers: of 128 px there are 43,664, a quarter of a megabyte in a certificate; of 256 px too many
SMALLEST = 8  # pixels a side of the last level of a map's pyramid


def injections(generator: Generator) -> list[NoiseInjection]:
    """Where a generator takes per-pixel noise, in order."""
    return [module for module in generator.modules() if isinstance(module, NoiseInjection)]


def maps_of(generator: Generator) -> Tensor:
    """The maps that pictures are made with now, one after the other, ``[numbers]``; of none or too many ``[0]``."""
    known = [injection.fixed.flatten() for injection in injections(generator)]
    device = next(generator.parameters()).device
    found = torch.cat(known) if known else torch.zeros(0, device=device)
    return found.clone() if len(found) <= MOST else torch.zeros(0, device=device)


def parted(generator: Generator, maps: Tensor) -> list[Tensor]:
    """Maps ``[numbers]`` → ``[side, side]`` each.

    Raises:
        ValueError: they are not of this generator.
    """
    sides = [injection.resolution for injection in injections(generator)]
    if maps.shape != (sum(side * side for side in sides),):
        raise ValueError(f"{tuple(maps.shape)} noise maps")
    return [part.view(side, side) for part, side in zip(torch.split(maps, [s * s for s in sides]), sides, strict=True)]


@contextmanager
def wearing(generator: Generator, maps: Tensor | None) -> Iterator[None]:
    """Pictures are made with these maps ``[numbers]`` inside; None: with those that there are."""
    if maps is None or not len(maps):
        yield
        return
    known = injections(generator)
    former = [injection.fixed for injection in known]
    try:
        for injection, own in zip(known, parted(generator, maps), strict=True):
            injection.fixed = own.to(injection.fixed)
        yield
    finally:
        for injection, fixed in zip(known, former, strict=True):
            injection.fixed = fixed


def pattern(maps: list[Tensor]) -> Tensor:
    """How much of a pattern maps have: squared correlations of neighbours, at all halvings; of noise about 0."""
    found = maps[0].new_zeros(())
    for own in maps:
        level = own[None, None]
        while True:
            for way in (2, 3):
                found = found + (level * level.roll(1, way)).mean().square()
            if level.shape[-1] <= SMALLEST:
                break
            level = functional.avg_pool2d(level, 2) * 2  # sums of independent numbers keep their variance
    return found


def renewed(maps: list[Tensor]) -> Tensor:
    """Maps of mean 0 and variance 1 again, as noise is, ``[numbers]``."""
    return torch.cat([((own - own.mean()) / own.std(correction=0).clamp(min=1e-8)).flatten() for own in maps])
