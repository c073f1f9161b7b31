"""What a run must have in common with its checkpoint to be taken up again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from nijigen.errors import NijigenError
from nijigen.machine import describe
from nijigen.training.checkpoint import Checkpoint
from nijigen.training.recipe import Recipe
from nijigen.training.sources import Sources
from nijigen.training.transfer import Origin

# Recipe keys that may differ when a run is taken up again: they do not change what a step does.
FREE_ON_RESUME = {"name", "description", "images", "output", "probe", "metrics"}
EXACT_ON = ("engine", "device", "threads")


def check_resume(
    found: Checkpoint,
    sources: Sources,
    recipe: Recipe,
    device: torch.device,
    folder: Path,
    warn: Callable[[str], None],
    origin: Origin | None = None,
) -> None:
    """See that a checkpoint goes on with this data set, recipe and model to begin from, and warn of what is inexact.

    Raises:
        NijigenError: it does not; the field and the remedy are named.
    """
    remedy = f"use another --out, or remove {folder}"
    before, now = _flatten(_begun(found, folder, remedy)), _flatten(recipe.model_dump(mode="json"))
    for key in sorted(before | now):
        if key.partition(".")[0] not in FREE_ON_RESUME and before.get(key) != now.get(key):
            change = f"{key} = {before.get(key)!r}, and the recipe now says {now.get(key)!r}"
            raise NijigenError(f"{folder} was begun with {change}: {remedy}")
    if found.facts["dataset"] != sources.digest:
        raise NijigenError(
            f"{folder} was trained on another data set (its digest differs from {sources.place}): {remedy}"
        )
    # A run asked to begin from its own model does what is meant: it goes on.
    if origin is not None and not origin.path.resolve().is_relative_to(folder.resolve()):
        _check_origin(found.facts.get("origin"), origin, folder, remedy, warn)
    machine = describe(device)
    for key in EXACT_ON:
        if found.facts["machine"].get(key) != machine[key]:
            change = f"{key} was {found.facts['machine'].get(key)}, is {machine[key]}"
            warn(f"going on, but not bit for bit as an unbroken run would: {change}")
    before_images = found.facts["recipe"]["images"]
    if recipe.optimizer.decay and before_images != recipe.images and found.images < recipe.images:
        warn(f"images was {before_images:,}, is {recipe.images:,}: the decay of the rates is stretched with it")


def as_begun(found: Checkpoint, recipe: Recipe, warn: Callable[[str], None]) -> Recipe:
    """The recipe for a run to go on with: what recipes learned to say after it was begun stays as it was then.

    Recipes that come with nijigen hold pictures out now; a run that was begun without that would lose them on the way.
    """
    begun = found.facts["recipe"].get("pictures", {})
    if "held_out" in begun or not recipe.pictures.held_out:
        return recipe
    warn(f"pictures.held_out={recipe.pictures.held_out:g} is for new runs: this one goes on with all pictures")
    return recipe.model_copy(update={"pictures": recipe.pictures.model_copy(update={"held_out": 0.0})})


def _begun(found: Checkpoint, folder: Path, remedy: str) -> dict[str, Any]:
    """The recipe of a checkpoint. A key that came later has its default, which is what the run was begun with."""
    try:
        recipe = Recipe.model_validate(found.facts["recipe"])
        return recipe.model_copy(update={"network": recipe.options().model_dump(mode="json")}).model_dump(mode="json")
    except (ValidationError, NijigenError):
        raise NijigenError(f"{folder} was begun with a recipe that this nijigen does not know: {remedy}") from None


def _check_origin(
    begun: dict[str, Any] | None, origin: Origin, folder: Path, remedy: str, warn: Callable[[str], None]
) -> None:
    if begun is None:
        raise NijigenError(f"{folder} was not begun --from a model and goes on from its own checkpoint: {remedy}")
    if begun.get("digest") != origin.digest:
        warn(f"{folder} goes on from its own checkpoint; it was begun from {begun.get('name')}, not {origin.path}")


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
