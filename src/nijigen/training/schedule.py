"""What the recipe asks for at a moment of the run: a pure function of the images seen, so a resume cannot lose it."""

import math
from dataclasses import dataclass

from nijigen.training.recipe import Recipe


@dataclass(frozen=True)
class Stage:
    """A stretch of the run at one resolution.

    Attributes:
        start: real images seen when it begins.
        fade: images over which its resolution is faded in.
        rate: share of the recipe's learning rates.
    """

    start: int
    resolution: int
    batch: int
    fade: int
    rate: float


@dataclass(frozen=True)
class Moment:
    """One batch of the run.

    Attributes:
        images: real images seen before it.
        batch: how many it has.
        step: batches before it in its stage.
        resolution: the resolution worked at, and ``fade``, the share of it in (0, 1] beside the one below.
        rate: share of the recipe's learning rates.
        burn_in: how far the burn-in has come, 0 to 1; 0 without one: nothing changes.
    """

    images: int
    batch: int
    step: int
    resolution: int
    fade: float
    rate: float
    burn_in: float


def stages(recipe: Recipe) -> list[Stage]:
    """The stages of a run: one, or with progressive growing one for each resolution (1710.10196, §2)."""
    growth = recipe.growth
    if not growth.start:
        return [Stage(0, recipe.resolution, recipe.batch, 0, 1.0)]
    found: list[Stage] = []
    start, resolution = 0, growth.start
    while resolution <= recipe.resolution:
        batch = growth.batch.get(str(resolution), recipe.batch)
        fade = growth.fade if found else 0
        found.append(Stage(start, resolution, batch, fade, growth.rate.get(str(resolution), 1.0)))
        start += math.ceil((fade + growth.stable) / batch) * batch
        resolution *= 2
    return found


def moment(recipe: Recipe, images: int) -> Moment:
    """What the batch that begins at ``images`` real images seen is to be."""
    stage = next(stage for stage in reversed(stages(recipe)) if stage.start <= images)
    inside = images - stage.start
    fade = min(1.0, (inside + stage.batch) / stage.fade) if stage.fade else 1.0
    burn_in = _risen(images, recipe.burn_in.images) if recipe.burn_in.images else 0.0
    rate = stage.rate * rate_share(recipe, images) * _between(1.0, recipe.burn_in.rate, burn_in)
    return Moment(images, stage.batch, inside // stage.batch, stage.resolution, fade, rate, burn_in)


def rate_share(recipe: Recipe, images: int) -> float:
    """The share of the learning rate that the decay leaves at ``images``, from 1 down to ``decay_to``."""
    start = recipe.images * (1 - recipe.optimizer.decay)
    if images <= start or start >= recipe.images:  # the latter: no decay, or one too short to be seen
        return 1.0
    progress = min(1.0, (images - start) / (recipe.images - start))
    return float(recipe.optimizer.decay_to**progress)


def beta2(recipe: Recipe, start: float, now: Moment) -> float:
    """Adam's beta2 on its way from the optimiser's own to the burn-in's."""
    return _between(start, recipe.burn_in.beta2, now.burn_in) if recipe.burn_in.beta2 else start


def penalty_share(recipe: Recipe, now: Moment) -> float:
    """The share of r1 and r2 that the burn-in leaves."""
    return _between(1.0, recipe.burn_in.penalty, now.burn_in)


def half_life(recipe: Recipe, images: int) -> float:
    """The average's half-life in images, once ``images`` have been seen."""
    value = float(recipe.average.half_life) * _risen(images, recipe.burn_in.images)
    return min(value, images * recipe.average.ramp) if recipe.average.ramp else value


def label_share(recipe: Recipe, images: int) -> float:
    """The share of label rows that reach the networks."""
    ramp = recipe.conditioning.ramp
    return (1 - recipe.conditioning.dropout) * (min(1.0, images / ramp) if ramp else 1.0)


def noise_strength(recipe: Recipe, images: int) -> float:
    """The standard deviation of the noise on pictures: constant, or falling linearly to nothing."""
    over = recipe.softening.noise_images
    return recipe.softening.noise * (max(0.0, 1 - images / over) if over else 1.0)


def _risen(images: int, over: int) -> float:
    """From 0 to 1 along half a cosine."""
    return (1 - math.cos(math.pi * min(1.0, images / over))) / 2 if over else 1.0


def _between(start: float, end: float, progress: float) -> float:
    return start + (end - start) * progress
