"""The recipe of a run that begins from a model: networks of the model, the rest of a recipe made for such networks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nijigen.errors import NijigenError
from nijigen.models.registry import families, find_family
from nijigen.training.adapting import needs_model
from nijigen.training.recipe import Recipe, load_recipe, read_table
from nijigen.training.transfer import Origin, grown_further

ANY_FAMILY = ("few-shot", "adapt", "styled")  # names of recipes that are for whatever model they begin from


def recipe_from(
    origin: Origin,
    recipe: str | Path | Recipe | None,
    overrides: Sequence[str],
    warn: Callable[[str], None],
    labelled: bool = True,
    **keys: Any,
) -> Recipe:
    """The recipe of a run from a model: with the model's networks, and growing from where the model is.

    Args:
        recipe: by default the model's own.
        warn: is told what of the recipe may not suit the model.
        labelled: whether the pictures have labels.

    Raises:
        NijigenError: the recipe is for networks of another kind, or something in it is wrong.
    """
    card, own = origin.card, _recipe_of(origin)
    if recipe is None:
        if own is None:
            raise NijigenError(f"{origin.path}: its card names no recipe: say one with --recipe")
        recipe = own
    else:
        _check_family(origin, recipe, warn)
    for override in overrides:
        key, _, value = override.partition("=")
        if key.strip() == "family" and value.strip().strip("'\"") != card["family"]:
            raise NijigenError(
                f"--set {override!r}: {origin.path} is a {card['family']}, and a run from a model has its networks: "
                "leave the family out, or train without --from"
            )
    loaded = load_recipe(recipe, overrides, network_of=(card["family"], card["network"]), **keys)
    _tell_network(origin, load_recipe(recipe, overrides), loaded, warn)
    if needs_model(loaded):  # distances are compared with the model's own pictures: it makes the same kind
        kind = {key: int(card[key]) for key in ("resolution", "channels") if not _says(overrides, key)}
        loaded = load_recipe(loaded.model_copy(update=kind))
    pull = own.conditioning.classifier if own is not None and origin.schema.width else 0.0
    read = labelled and loaded.labels != "none"
    read = read and loaded.adapt.judge == "own"
    if pull and read and not loaded.conditioning.classifier and not _says(overrides, "conditioning"):
        warn(
            f"{origin.path} learned its labels with a classifier, and recipe {loaded.name} has none: "
            f"--set conditioning.classifier={pull:g} keeps one"
        )
    if _says(overrides, "growth"):
        return loaded
    return load_recipe(loaded.model_copy(update={"growth": grown_further(loaded, origin)}))


def _recipe_of(origin: Origin) -> Recipe | None:
    """The recipe that a model was trained with; None where its card names none."""
    try:
        return Recipe.model_validate(origin.card["recipe"])
    except (KeyError, ValidationError):
        return None


def _check_family(origin: Origin, recipe: str | Path | Recipe, warn: Callable[[str], None]) -> None:
    """Refuse rates and penalties of networks of another kind; where the recipe takes any, warn of them."""
    where, table = read_table(recipe)
    wanted, has = table.get("family"), str(origin.card["family"])
    if not isinstance(wanted, str) or wanted not in families():
        return  # which load_recipe explains
    if find_family(wanted).build is find_family(has).build:
        return  # the same networks under another name: dcgan and wgan, stylegan2 and stylegan2-ada
    if table.get("name") not in ANY_FAMILY:
        raise NijigenError(
            f"{where} is for family {wanted}, and {origin.path} is a {has}: leave --recipe out (the model's own goes "
            f"on) or give one for {has}; or train without --from"
        )
    warn(
        f"rates and penalties of {where} are those of {wanted}, and {origin.path} is a {has}: to keep the model's own, "
        "leave --recipe out and --set augment.kind=diffaugment --set augment.p=1 --set freeze_d=1"
    )


def _tell_network(origin: Origin, named: Recipe, loaded: Recipe, warn: Callable[[str], None]) -> None:
    """Say what a recipe has in its network that the run will not have: the model's is kept."""
    if named.name in ANY_FAMILY or named.family != loaded.family:
        return
    apart = [f"network.{key}" for key, value in named.network.items() if loaded.network.get(key) != value]
    if apart:
        warn(
            f"{', '.join(apart)} of recipe {named.name}: not taken, {origin.path} has its own network; "
            f"--set {apart[0]}=… changes it all the same"
        )


def _says(overrides: Sequence[str], table: str) -> bool:
    """Whether an override is of a table."""
    return any(override.strip().startswith(table) for override in overrides)
