"""Attention between two pictures' features: what each place of the one finds at places of the other.

``softmax(QKᵀ/√d)V`` with queries of one picture and keys and values of another (SANet: Park & Lee 2018, 1812.02342,
§3.2; AdaAttN: Liu et al. 2021, 2108.03647, §3.2). The papers leave the division by √d out; with it scores are of about
one size however many channels are compared. No matrix of all places by all others is ever kept (``attention.attend``).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.nn.attention import attend

EPS = 1e-5  # of variances: features are of about unit size where this is used


class Looked(NamedTuple):
    """What can be found in a picture.

    Attributes:
        keys: ``[N, S, D]``, by which a place is found.
        values: ``[N, S, E]``, what is taken from there.
    """

    keys: Tensor
    values: Tensor


def as_places(seen: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, HW, C]``."""
    return seen.flatten(2).transpose(1, 2)


def moments(seen: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel over the places of a picture: ``[N, C, H, W]`` → ``[N, C, 1, 1]``."""
    mean = seen.mean(dim=(2, 3), keepdim=True)
    return mean, ((seen - mean).square().mean(dim=(2, 3), keepdim=True) + EPS).sqrt()


def normed(seen: Tensor) -> Tensor:
    """Every channel of every picture with mean 0 and deviation 1 over its places."""
    mean, deviation = moments(seen)
    return (seen - mean) / deviation


def thinned(seen: Tensor, most: int) -> Tensor:
    """At most so many places of ``[N, C, H, W]``: every so manieth row and column, so that none is left out by chance.

    AdaAttN draws as many at random where a picture is large; a grid gives the same twice.
    """
    height, width = seen.shape[-2:]
    step = 1
    while -(-height // step) * -(-width // step) > most:
        step += 1
    return seen[..., ::step, ::step]


def joined(seen: list[Tensor], size: tuple[int, int]) -> Tensor:
    """Several layers as one, at ``size`` (rows, columns): AdaAttN compares places by all layers up to its own (§3.2).

    Args:
        seen: ``[N, Cᵢ, Hᵢ, Wᵢ]`` each, none smaller than ``size``; larger ones are averaged.
    """
    return torch.cat([functional.adaptive_avg_pool2d(x, size) if x.shape[-2:] != size else x for x in seen], dim=1)


def found(query: Tensor, looked: Looked) -> Tensor:
    """Softmax(QKᵀ/√d)V: queries ``[N, L, D]`` → ``[N, L, E]``."""
    return attend(query * query.shape[-1] ** -0.5, looked.keys, looked.values)


def found_statistics(query: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation, at each place, of what it finds (AdaAttN, eq. 5 and 6).

    Args:
        query: ``[N, L, D]``; keys: ``[N, S, D]``; values: ``[N, S, E]``.

    Returns:
        ``[N, L, E]`` both: ``AV`` and ``√(AV² − (AV)²)``.
    """
    middle = values.mean(dim=1, keepdim=True)  # squares of what lies far from 0 would leave no digits for a deviation
    away = values - middle
    both = found(query, Looked(keys, torch.cat([away, away.square()], dim=2)))
    mean, squares = both.chunk(2, dim=2)
    return mean + middle, ((squares - mean.square()).clamp(min=0) + EPS).sqrt()


class CrossAttention(nn.Module):
    """One picture's features look at another's, or at their own: ``x + γ·W·softmax(QKᵀ/√d)V``, γ learned from 0.

    Args:
        channels: of both pictures' features.
        inner: width of queries, keys and values.
    """

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Conv2d(channels, inner, 1, bias=False) for _ in range(3))
        self.output = nn.Conv2d(inner, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def look(self, at: Tensor) -> Looked:
        """What can be found in ``[N, channels, H, W]``."""
        return Looked(as_places(self.key(at)), as_places(self.value(at)))

    def forward(self, x: Tensor, looked: Looked) -> Tensor:
        """``[N, channels, H, W]`` → the same shape, with what each place found."""
        gathered = found(as_places(self.query(x)), looked).transpose(1, 2).reshape(len(x), -1, *x.shape[2:])
        made: Tensor = x + self.gamma * self.output(gathered)
        return made
