"""What of a recipe belongs to translators, what to painters and what to avatars, said with the fix."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

from nijigen.errors import did_you_mean
from nijigen.features.vgg_network import places
from nijigen.models.registry import Family, families
from nijigen.objectives.adversarial import OBJECTIVES

if TYPE_CHECKING:
    from nijigen.training.recipe import Recipe

# What the phases of translators and painters do not look at; beside them the keys of other tables that they do not.
OF_AVATARS = ("penalty", "conditioning", "augment", "growth", "lesson", "adapt", "style", "mixing", "freeze_d")
ONE_WAY = ("initial", "content", "style", "colour", "variation", "smooth", "grey")
TWO_WAY = ("cycle", "identity")
DOES = {"avatars": "makes avatars", "translator": "translates photos", "painter": "paints pictures"}


def translation_problem(recipe: "Recipe", family: Family) -> str | None:
    """What is said of translation in a recipe for avatars, or the other way round."""
    wanted = recipe.translation
    if family.kind != "translator":
        if not (extra := _first_said(wanted)):
            return None
        able = ", ".join(families("translator"))
        fix = f"set translation={{}} (all of the table), or a family that translates: {able}"
        return f"translation.{extra} does nothing with family {family.name}, which {DOES[family.kind]}: {fix}"
    if problem := _of_avatars(recipe, family):
        return problem
    if OBJECTIVES[recipe.objective].dismiss is None:
        fit = ", ".join(name for name, objective in OBJECTIVES.items() if objective.dismiss)
        return f"objective={recipe.objective} has no negatives, which family {family.name} needs: use one of {fit}"
    if not wanted.adversarial:
        return "translation.adversarial=0 leaves nothing to learn from drawings: set translation.adversarial=1"
    return _ways(recipe, family)


def painting_problem(recipe: "Recipe", family: Family) -> str | None:
    """What is said of painting in a recipe for something else, or the other way round."""
    wanted = recipe.painting
    if family.kind != "painter":
        if not (extra := _first_said(wanted)):
            return None
        fix = f"set painting={{}} (all of the table), or a family that paints: {', '.join(families('painter'))}"
        return f"painting.{extra} does nothing with family {family.name}, which {DOES[family.kind]}: {fix}"
    if problem := _of_avatars(recipe, family):
        return problem
    usual = type(recipe).model_fields["objective"].default
    for key, value, off in (
        ("objective", recipe.objective, usual),
        ("discriminator_steps", recipe.discriminator_steps, 1),
        ("softening.labels", recipe.softening.labels, 0.0),
    ):
        if value != off:
            return f"{key} is about a discriminator, and family {family.name} has none: set {key}={off}"
    if not wanted.style and not wanted.local:
        return "painting.style=0 and painting.local=0 leave nothing to learn from drawings: set painting.style=3"
    if not wanted.identity and not wanted.identity_seen and wanted.identity_every != 1:
        return "painting.identity_every does nothing with painting.identity=0: set painting.identity=1"
    known = places()
    for name in wanted.layers:
        if name not in known:
            near = did_you_mean(name, known)
            return f"painting.layers={name!r} is no layer of VGG19{near}: use some of {', '.join(known)}"
    return None


def _of_avatars(recipe: "Recipe", family: Family) -> str | None:
    """What families that work on pictures of others cannot use."""
    does = "translates" if family.kind == "translator" else "paints"
    if recipe.channels != 3:
        return f"family {family.name} works on photos, and those have no transparency: set channels=3"
    if recipe.labels != "none":
        return f"family {family.name} {does} without labels: set labels=none"
    for table in OF_AVATARS:
        value, usual = getattr(recipe, table), type(recipe).model_fields[table].default
        if value != usual:
            key = f"{table}.{_first_said(value)}" if isinstance(value, BaseModel) else table
            fix = f"{table}={{}} (all of the table)" if isinstance(value, BaseModel) else f"{table}={usual}"
            return f"{key} is about avatars, and family {family.name} {does}: set {fix}"
    for key, set_to, off in (
        ("softening.noise", recipe.softening.noise, "0"),
        ("softening.noise_images", recipe.softening.noise_images, "0"),
        ("softening.class_weights", recipe.softening.class_weights, "[]"),
        ("pictures.balance", recipe.pictures.balance, "[]"),
        ("metrics.quick", recipe.metrics.quick != "none", "none"),
    ):
        if set_to:
            return f"{key} is about avatars, and family {family.name} {does}: set {key}={off}"
    if recipe.pictures.stream == "always":
        return f"family {family.name} learns from data sets in memory: set pictures.stream=auto"
    return None


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
