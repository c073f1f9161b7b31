"""What of a recipe belongs to translators and what to avatars, said with the fix."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

from nijigen.models.registry import Family, families
from nijigen.objectives.adversarial import OBJECTIVES

if TYPE_CHECKING:
    from nijigen.training.recipe import Recipe

# What the phases of translators do not look at; beside them the keys of other tables that they do not.
OF_AVATARS = ("penalty", "conditioning", "augment", "growth", "lesson", "adapt", "style", "mixing", "freeze_d")
ONE_WAY = ("initial", "content", "style", "colour", "variation", "smooth", "grey")
TWO_WAY = ("cycle", "identity")


def translation_problem(recipe: "Recipe", family: Family) -> str | None:
    """What is said of translation in a recipe for avatars, or the other way round."""
    wanted = recipe.translation
    if family.kind != "translator":
        if not (extra := _first_said(wanted)):
            return None
        able = ", ".join(families("translator"))
        fix = f"set translation={{}} (all of the table), or a family that translates: {able}"
        return f"translation.{extra} does nothing with family {family.name}, which makes avatars: {fix}"
    if recipe.channels != 3:
        return f"family {family.name} works on photos, and those have no transparency: set channels=3"
    if recipe.labels != "none":
        return f"family {family.name} translates without labels: set labels=none"
    for table in OF_AVATARS:
        value, usual = getattr(recipe, table), type(recipe).model_fields[table].default
        if value != usual:
            key = f"{table}.{_first_said(value)}" if isinstance(value, BaseModel) else table
            fix = f"{table}={{}} (all of the table)" if isinstance(value, BaseModel) else f"{table}={usual}"
            return f"{key} is about avatars, and family {family.name} translates: set {fix}"
    for key, set_to, off in (
        ("softening.noise", recipe.softening.noise, "0"),
        ("softening.noise_images", recipe.softening.noise_images, "0"),
        ("softening.class_weights", recipe.softening.class_weights, "[]"),
        ("pictures.balance", recipe.pictures.balance, "[]"),
        ("metrics.quick", recipe.metrics.quick != "none", "none"),
    ):
        if set_to:
            return f"{key} is about avatars, and family {family.name} translates: set {key}={off}"
    if recipe.pictures.stream == "always":
        return f"family {family.name} learns from data sets in memory: set pictures.stream=auto"
    if OBJECTIVES[recipe.objective].dismiss is None:
        fit = ", ".join(name for name, objective in OBJECTIVES.items() if objective.dismiss)
        return f"objective={recipe.objective} has no negatives, which family {family.name} needs: use one of {fit}"
    if not wanted.adversarial:
        return "translation.adversarial=0 leaves nothing to learn from drawings: set translation.adversarial=1"
    return _ways(recipe, family)


def _ways(recipe: "Recipe", family: Family) -> str | None:
    """Losses of translators one way in one both ways, and the other way round."""
    wanted, both = recipe.translation, family.game == "two way"
    for key in ONE_WAY if both else TWO_WAY:
        if getattr(wanted, key):
            other = "learns both ways and keeps the content by itself" if both else "learns one way"
            return f"translation.{key} does nothing with family {family.name}, which {other}: set translation.{key}=0"
    if wanted.initial and not wanted.content:
        return "translation.initial is for the content alone, and translation.content=0: set translation.initial=0"
    return None


def _first_said(table: BaseModel) -> str | None:
    """The first key of a table that is not what it is by default."""
    usual = type(table)()
    return next((key for key in type(table).model_fields if getattr(table, key) != getattr(usual, key)), None)
