"""What to change against each illness: ``--set`` words for this recipe, the likeliest to help first.

Suggestions are tried on the recipe before anybody sees them: what does not fit its family or objective is left out.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from nijigen.doctor.finding import Change

if TYPE_CHECKING:
    from nijigen.training.recipe import Recipe

MOST = 3
Fits = Callable[[tuple[str, ...]], bool]


def remedies(illness: str, recipe: "Recipe", fits: Fits) -> tuple[Change, ...]:
    """At most three changes that the recipe can take.

    Args:
        fits: whether the recipe with these ``--set`` words is valid; it is for the caller to try, who knows how.
    """
    found: list[Change] = []
    for change in _ALL[illness](recipe):
        if len(found) < MOST and fits(change.words):
            found.append(change)
    return tuple(found)


def _rates(recipe: "Recipe", generator: float, discriminator: float) -> tuple[str, ...]:
    rates = {"generator": generator, "discriminator": discriminator}
    return tuple(
        f"optimizer.{name}.rate={getattr(recipe.optimizer, name).rate * share:.3g}"
        for name, share in rates.items()
        if share != 1
    )


def _smoother(recipe: "Recipe") -> Iterator[Change]:
    """A discriminator whose slope is bounded, by what the recipe does not have yet."""
    penalty = recipe.penalty
    if penalty.r1:
        yield Change((f"penalty.r1={penalty.r1 * 4:g}",), "none")
    elif not (penalty.gradient or penalty.clip):
        if recipe.network.get("spectral") is False and recipe.network.get("discriminator_norm") != "batch":
            yield Change(("network.spectral=true",), "little")
        both = ("penalty.r1=1", "penalty.r2=1") if recipe.objective == "relativistic" else ("penalty.r1=1",)
        if recipe.network.get("discriminator_norm") == "batch":
            both = (*both, "network.discriminator_norm=none")
        yield Change((*both, "penalty.every=4"), "penalty")


def _divergence(recipe: "Recipe") -> Iterator[Change]:
    yield Change(_rates(recipe, 0.25, 0.25), "slower")
    yield from _smoother(recipe)
    if recipe.optimizer.generator.beta1 > 0.3:
        yield Change(("optimizer.generator.beta1=0", "optimizer.discriminator.beta1=0"), "none")
    yield Change((f"batch={recipe.batch * 2}",), "batch")


def _collapse(recipe: "Recipe") -> Iterator[Change]:
    yield from _more_noise(recipe)
    yield from _smoother(recipe)
    yield Change(_rates(recipe, 0.25, 1), "slower")
    if recipe.objective == "minimax":
        yield Change(("objective=non-saturating",), "none")
    yield Change((f"discriminator_steps={recipe.discriminator_steps + 1}",), "step")
    if "minibatch_group" not in recipe.network:
        yield Change(
            ("objective=wasserstein", "penalty.gradient=10", "network.discriminator_norm=none", "softening.labels=0"),
            "penalty",
        )


def _more_noise(recipe: "Recipe") -> Iterator[Change]:
    """Room to tell pictures apart by, where there is hardly any."""
    latent = recipe.network.get("latent")
    if isinstance(latent, int) and latent < 16:
        yield Change(("network.latent=64",), "none")


def _collapse_within(recipe: "Recipe") -> Iterator[Change]:
    yield from _more_noise(recipe)
    pull = recipe.conditioning.classifier
    if pull:
        yield Change((f"conditioning.classifier={pull / 4:.3g}",), "labels")
    yield Change(("conditioning.dropout=0.1",), "labels")
    yield Change(("mixing=0.9",), "little")
    yield Change(_rates(recipe, 0.5, 1), "slower")


def _overfitting(recipe: "Recipe") -> Iterator[Change]:
    augment = recipe.augment
    if augment.kind == "none":
        yield Change(("augment.kind=ada", "augment.control=adaptive", "augment.p=0"), "augment")
        yield Change(("augment.kind=diffaugment", "augment.control=fixed", "augment.p=1"), "augment")
        yield Change(("augment.kind=ada", "augment.control=fixed", "augment.p=0.3"), "augment")
    elif augment.control == "adaptive" and augment.target > 0.4:
        yield Change((f"augment.target={augment.target - 0.2:g}",), "leak")
    elif augment.p < 0.6:
        yield Change((f"augment.p={min(0.6, augment.p + 0.2):g}",), "leak")
    if not recipe.pictures.flip:
        yield Change(("pictures.flip=true",), "flip")
    if recipe.network.get("dropout") == 0:
        yield Change(("network.dropout=0.2",), "little")
    width = recipe.network.get("discriminator_width")
    if isinstance(width, int) and width >= 8:
        yield Change((f"network.discriminator_width={width // 2}",), "narrow")
    yield Change((f"images={max(1, recipe.images // 2)}",), "shorter")


def _too_strong(recipe: "Recipe") -> Iterator[Change]:
    if recipe.objective == "minimax":
        yield Change(("objective=non-saturating",), "none")
    if recipe.discriminator_steps > 1 and not (recipe.penalty.gradient or recipe.penalty.clip):
        yield Change(("discriminator_steps=1",), "less_step")
    yield Change(_rates(recipe, 1, 0.25), "none")
    yield from _smoother(recipe)
    if not recipe.softening.noise:
        yield Change(("softening.noise=0.1", f"softening.noise_images={max(1, recipe.images // 2)}"), "noise")


def _too_weak(recipe: "Recipe") -> Iterator[Change]:
    generator, discriminator = recipe.optimizer.generator.rate, recipe.optimizer.discriminator.rate
    share = generator / discriminator if discriminator < generator / 2 else 4.0
    if recipe.softening.noise > 0.2:
        yield Change(("softening.noise=0", "softening.noise_images=0"), "none")
    if recipe.network.get("dropout"):
        yield Change(("network.dropout=0",), "none")
    yield Change(_rates(recipe, 1, share), "none")
    if recipe.augment.kind != "none" and recipe.augment.p > 0.5:
        yield Change(("augment.p=0.3",), "none")
    yield Change((f"discriminator_steps={recipe.discriminator_steps + 1}",), "step")
    width = recipe.network.get("discriminator_width")
    if isinstance(width, int) and width:
        yield Change((f"network.discriminator_width={width * 2}",), "wide")


def _leak(recipe: "Recipe") -> Iterator[Change]:
    augment = recipe.augment
    if augment.control == "adaptive":
        yield Change((f"augment.target={min(0.9, augment.target + 0.2):g}",), "less_augment")
    if augment.p > 0.3:
        yield Change(("augment.p=0.3",), "less_augment")
    if augment.kind == "ada" and set(augment.groups or ("blit", "geometry", "colour")) != {"colour"}:
        yield Change(("augment.groups=colour",), "less_augment")
    if augment.kind == "diffaugment" and not augment.groups:
        yield Change(("augment.groups=translation,cutout",), "less_augment")
    yield Change(("augment={}",), "less_augment")


def _labels_ignored(recipe: "Recipe") -> Iterator[Change]:
    conditioning = recipe.conditioning
    if conditioning.dropout > 0.2:
        yield Change(("conditioning.dropout=0.1",), "none")
    if conditioning.ramp > recipe.images / 4:
        yield Change(("conditioning.ramp=0",), "none")
    pull = conditioning.classifier
    yield Change((f"conditioning.classifier={min(1000.0, 4 * pull) if pull else 1:g}",), "little" if pull else "reader")
    if recipe.network.get("generator_norm") == "batch":
        yield Change(("network.generator_norm=conditional",), "little")
    width = recipe.network.get("embedding")
    if isinstance(width, int) and width < 32:
        yield Change(("network.embedding=64",), "little")


def _plateau(recipe: "Recipe") -> Iterator[Change]:
    if recipe.optimizer.decay > 0.5 or (recipe.optimizer.decay and recipe.optimizer.decay_to < 0.05):
        yield Change(("optimizer.decay=0.4", "optimizer.decay_to=0.1"), "none")  # rates fell before it was done
    elif recipe.optimizer.decay < 0.3:
        yield Change(("optimizer.decay=0.4",), "decay")
    for width in ("width", "channel_base"):
        value = recipe.network.get(width)
        if isinstance(value, int):
            yield Change((f"network.{width}={value * 2}",), "wide")
    yield Change(_rates(recipe, 0.5, 0.5), "slower")


_ALL: dict[str, Callable[["Recipe"], Iterator[Change]]] = {
    "divergence": _divergence,
    "collapse": _collapse,
    "collapse_within": _collapse_within,
    "overfitting": _overfitting,
    "too_strong": _too_strong,
    "too_weak": _too_weak,
    "leak": _leak,
    "labels_ignored": _labels_ignored,
    "plateau": _plateau,
}
