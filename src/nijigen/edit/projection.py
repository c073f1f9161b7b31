"""Projection: the latent of a generator whose picture is nearest to a given one (1912.04958, §5 and appendix D).

Gradient descent on the latent: noise is added to it at first, less and less, so that it does not settle in the first
valley; the rate rises for a moment and falls along a cosine at the end. Per-pixel noise, where a generator has it, is
looked for beside the latent, and kept noise. Steps are a function of the state and of their
number, so a search that was interrupted goes on to the same digits.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.edit.maps import maps_of, parted, pattern, renewed, wearing
from nijigen.edit.target import Target
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator
from nijigen.seeds import derive

SPACES = ("w+", "w", "z")
RATE = 0.1  # of a step, in spreads of the latent; as in the paper, whose latents have a spread of about one
RISE, FALL = 0.05, 0.5  # shares of the steps in which the rate rises and falls
RESTLESS, CALM = (
    0.3,
    0.5,
)  # the noise on the latent at first, in spreads, and the share of the steps after which is none
BETA1, BETA2, TINY = 0.9, 0.99, 1e-8  # of Adam (1412.6980); squares are forgotten sooner than usual: it is a short way
PATTERN = 10.0  # weight of what is no noise in maps of noise; 1e5 in the paper, beside another distance
LONGEST = 1.1  # of a noise that was drawn is hardly ever more than this times the usual length
MOST_STEPS = 100_000
FRAMES = 60  # latents that are kept on the way, to be shown


@dataclass(frozen=True, eq=False)
class Search:
    """Where a projection is; all that it needs to go on. Each step makes another one, so none is ever half a step.

    Attributes:
        step: steps taken.
        value: ``[layers, dim]`` in w+, ``[dim]`` in w, ``[z_dim]`` in z.
        maps: of per-pixel noise, ``[numbers]``; ``[0]``: those of the generator stay.
        mean, square: of the gradients of all these numbers, as Adam keeps them, ``[numbers of both]``.
        trail: values on the way, ``[frames, …]``.
    """

    step: int
    value: Tensor
    maps: Tensor
    mean: Tensor
    square: Tensor
    trail: Tensor

    @classmethod
    def start(cls, value: Tensor, maps: Tensor) -> "Search":
        """Before the first step."""
        nothing = value.new_zeros(value.numel() + len(maps))
        return cls(0, value, maps, nothing, nothing.clone(), value[None].clone())


class Projection:
    """A search for one target in one space.

    Args:
        labels: ``[1, label_width]``; in z they are what the noise is mapped with.
        start: a value of the space (:class:`Search`) to begin at.
        spread: root mean square distance of a number of the latent from its mean.
        steps: how many there are in all.
        noise: in w and w+ also look for maps of per-pixel noise, where the generator takes some and not too many.

    Raises:
        NijigenError: the family has no such space, or steps are out of range.
    """

    def __init__(
        self,
        generator: Generator,
        target: Target,
        labels: Tensor,
        space: str,
        start: Tensor,
        spread: float,
        steps: int,
        seed: int,
        noise: bool = True,
    ) -> None:
        check_space(generator, space)
        check_steps(steps)
        self.generator, self.target, self.labels, self.space = generator, target, labels, space
        self.spread, self.steps, self.seed = spread, steps, seed
        maps = maps_of(generator) if noise and space != "z" else start.new_zeros(0)
        self.search = Search.start(start.detach().clone(), maps)

    def latent(self, value: Tensor) -> Tensor:
        """A value of the space → the latent ``[1, dim]`` or ``[1, layers, dim]``."""
        if self.space == "z":
            return self.generator.map(value[None], self.labels)
        return value[None] if self.space == "w+" else value.expand(1, self.generator.layers, -1)

    def step(self) -> float:
        """One step further; returns how far the picture was before it."""
        search, done = self.search, (self.search.step + 0.5) / self.steps
        value, maps = search.value.detach().requires_grad_(), search.maps.detach().requires_grad_()
        with torch.enable_grad(), wearing(self.generator, maps):
            away = self.target.distance(self.generator.synthesize(self.latent(self._restless(value, done)))).sum()
            loss = away + PATTERN * pattern(parted(self.generator, maps)) if len(maps) else away
        slopes = torch.autograd.grad(loss, [value, maps] if len(maps) else [value])
        with torch.no_grad():
            slope = torch.cat([one.flatten() for one in slopes])
            self.search = self._after(slope, rate_at(done))
        return float(away.detach())

    def _after(self, slope: Tensor, rate: float) -> Search:
        """Where a slope ``[numbers of both]`` leads at a rate, by Adam."""
        search, step, size = self.search, self.search.step + 1, self.search.value.numel()
        mean = search.mean * BETA1 + slope * (1 - BETA1)
        square = search.square * BETA2 + slope.square() * (1 - BETA2)
        way = RATE * rate * (mean / (1 - BETA1**step)) / ((square / (1 - BETA2**step)).sqrt() + TINY)
        value = self._bounded(search.value - way[:size].view_as(search.value) * self.spread)
        maps = renewed(parted(self.generator, search.maps - way[size:])) if len(search.maps) else search.maps
        shown = step * FRAMES // self.steps > search.step * FRAMES // self.steps
        trail = torch.cat([search.trail, value[None]]) if shown else search.trail
        return Search(step, value, maps, mean, square, trail)

    def _restless(self, value: Tensor, done: float) -> Tensor:
        """The value with the noise of this step on it; each step's is drawn for itself."""
        strength = RESTLESS * self.spread * max(0.0, 1 - done / CALM) ** 2
        if not strength:
            return value
        random = torch.Generator().manual_seed(derive(self.seed, "project", self.search.step))
        return value + strength * torch.randn(value.shape, generator=random).to(value)

    def _bounded(self, value: Tensor) -> Tensor:
        """Noise no longer than noise is: what lies outside the generator never saw."""
        if self.space != "z":
            return value
        most = LONGEST * math.sqrt(value.numel())
        bounded: Tensor = value * (most / value.norm()).clamp(max=1)
        return bounded


def rate_at(done: float) -> float:
    """The learning rate at a share of the steps, in parts of the highest: up, level, down a cosine (appendix D)."""
    fall = min(1.0, (1 - done) / FALL)
    return (0.5 - 0.5 * math.cos(math.pi * fall)) * min(1.0, done / RISE)


def spaces_of(generator: Generator) -> tuple[str, ...]:
    """The spaces that a family has, the widest first."""
    return SPACES if generator.layers else ("z",)


def check_space(generator: Generator, space: str) -> None:
    """See that a generator has a space.

    Raises:
        NijigenError: it has not; those that it has are named.
    """
    if space not in SPACES:
        raise NijigenError(f"--space {space}: use {', '.join(SPACES)}")
    if space not in spaces_of(generator):
        raise NijigenError(
            f"--space {space}: this model's family has no mapped latent (stylegan, stylegan2 and stylegan2-ada have):"
            f" use --space {', '.join(spaces_of(generator))}"
        )


def check_steps(steps: int) -> None:
    """Raises NijigenError where nobody would take so many steps."""
    if not 1 <= steps <= MOST_STEPS:
        raise NijigenError(f"--steps {steps}: use 1 to {MOST_STEPS:,}")
