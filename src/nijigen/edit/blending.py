"""Two generators made one, resolution by resolution (layer swapping: Pinkney & Adler 2020, 2010.05334).

Coarse weights decide shapes and poses, fine ones lines and colours. Fine-tuned relatives understand each other's
features, so one's coarse weights may go before the other's fine ones; or every weight goes part of the way to the
other's.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.utils.parametrize import ParametrizationList

from nijigen.errors import NijigenError
from nijigen.models.contract import LATENT, Generator
from nijigen.nn.growing import Growing

Curve = Literal["linear", "smooth"]
Mixture = Literal["one", "other", "mix"]
Shares = dict[int, float]
MOST_DOUBLINGS = 16
MEAN_OF = 2_048  # draws for the mean latent of a mixed mapping
SETTLING = 64  # steps to the largest singular value of a mixed weight


@dataclass(frozen=True)
class Way:
    """How two models are blended.

    Attributes:
        at: pixels a side; finer features are OTHER's, coarser ones ONE's. None: all of them go part of the way.
        ramp: over how many resolutions from ``at`` on OTHER's share rises, before it is whole; 0: at once.
        curve: how it rises.
        share: of OTHER where it is whole, 0 to 1. None: all, which only a blend with ``at`` can mean.
        mapping: whose the latent is, and with it the words. None: ONE's with ``at``; without, a mixture as the rest.
    """

    at: int | None = None
    ramp: int = 0
    curve: Curve = "linear"
    share: float | None = None
    mapping: Mixture | None = None

    def shares(self, sides: Iterable[int]) -> Shares:
        """How much is OTHER's at each side (see :class:`nijigen.models.contract.Part`), 0 to 1.

        Raises:
            NijigenError: numbers out of range, or no features of the side ``at``.
        """
        features = sorted(set(sides) - {LATENT})
        self._check(features)
        whole = 1.0 if self.share is None else self.share
        mapping = self.mapping or ("mix" if self.at is None else "one")
        half = 0.5 if self.share is None else self.share
        found = {LATENT: {"one": 0.0, "other": 1.0, "mix": half}[mapping]}
        return found | {side: whole * self._risen(side) for side in features}

    def _risen(self, side: int) -> float:
        """How far the share has risen at a side, 0 to 1."""
        if self.at is None:
            return 1.0
        step = side.bit_length() - self.at.bit_length() + 1
        risen = min(max(step / (self.ramp + 1), 0.0), 1.0)
        return risen * risen * (3 - 2 * risen) if self.curve == "smooth" else risen

    def _check(self, features: list[int]) -> None:
        if self.at is None and self.share is None:
            raise NijigenError(
                "say how to blend: --at 16 (ONE's weights below 16 px, OTHER's from there on) or --share 0.5 (all of"
                " them half way)"
            )
        if self.at is not None and self.at not in features:
            raise NijigenError(f"--at {self.at}: these models have weights at {', '.join(map(str, features))} px")
        if not 0 <= self.ramp <= MOST_DOUBLINGS:
            raise NijigenError(f"--ramp {self.ramp}: use 0 (at once) to {MOST_DOUBLINGS} resolutions")
        if self.ramp and self.at is None:
            raise NijigenError(f"--ramp {self.ramp} says how a share rises from a resolution on: give --at too")
        if self.share is not None and not 0 <= self.share <= 1:
            raise NijigenError(f"--share {self.share:g}: use 0 (ONE) to 1 (OTHER)")
        for flag, word, known in (("curve", self.curve, Curve), ("mapping", self.mapping, Mixture)):
            if word is not None and word not in get_args(known):
                raise NijigenError(f"--{flag} {word}: use {' or '.join(get_args(known))}")


@torch.no_grad()
def blend(one: Generator, other: Generator, shares: Mapping[int, float], labels: Tensor) -> Generator:
    """A new generator in evaluation mode: of every tensor ONE's, OTHER's, or what lies so far between them.

    Where a share is 0 or 1 its tensors are those of one model to the bit. What follows from mixed weights is found
    anew: the mean latent, and by how much spectral normalisation divides.

    Args:
        one, other: of the same family and options, with features of the same shapes (:func:`unlike`).
        shares: of OTHER by side (:meth:`Way.shares`).
        labels: rows ``[M, label_width]`` as they occur, for the mean latent.
    """
    owner = other if shares[LATENT] == 1 else one  # of the latent: its words may be others than the other's
    mine, theirs = one.state_dict(), other.state_dict()
    sides, blended = owner.sides(), copy.deepcopy(owner)
    state = {name: _between(name, mine, theirs, shares[side]) for name, side in sides.items()}
    blended.load_state_dict(state)
    blended.eval().requires_grad_(False)
    for name, module in blended.named_modules():
        if isinstance(module, ParametrizationList) and 0 < shares[sides[f"{name}.original"]] < 1:
            module.train()
            for _ in range(SETTLING):
                module()
            module.eval()
    if blended.has_mean_latent and 0 < shares[LATENT] < 1:
        blended.mean_latent().copy_(_mean_latent(blended, labels))
    return blended


def unlike(one: Generator, other: Generator) -> str:
    """What tells the features of two generators of one family and options apart, in words; empty where nothing does."""
    grown = [generator.growth if isinstance(generator, Growing) else (0, 1.0) for generator in (one, other)]
    if grown[0] != grown[1]:
        return f"one has grown to {grown[0][0]} px (faded in by {grown[0][1]:g}), the other to {grown[1][0]} px"
    shapes = [
        {name: tuple(generator.state_dict()[name].shape) for name, side in generator.sides().items() if side != LATENT}
        for generator in (one, other)
    ]
    apart = sorted(name for name in {**shapes[0], **shapes[1]} if shapes[0].get(name) != shapes[1].get(name))
    return f"{apart[0]} is of {shapes[0].get(apart[0])} and of {shapes[1].get(apart[0])}" if apart else ""


def _between(name: str, mine: Mapping[str, Tensor], theirs: Mapping[str, Tensor], share: float) -> Tensor:
    """A tensor so far on the way from mine to theirs; what counts, and cannot lie between, is the nearer one's."""
    if share in (0, 1) or not mine[name].is_floating_point():
        return (theirs if share >= 0.5 else mine)[name]
    return mine[name].lerp(theirs[name], share)


def _mean_latent(generator: Generator, labels: Tensor) -> Tensor:
    """The mean of latents of random noise and of labels as they occur, ``[dim]``.

    In float64: so the float32 numbers do not depend on how many threads add them up.
    """
    exact = copy.deepcopy(generator).double()
    rows = labels[torch.arange(MEAN_OF) % len(labels)].double()
    latents = exact.map(exact.noise(range(MEAN_OF)).double(), rows)
    return (latents[:, 0] if latents.ndim == 3 else latents).mean(dim=0).float()
