"""Which kind of run a recipe's family has."""

from collections.abc import Callable

from nijigen.models.registry import find_family
from nijigen.training.avatars import Avatars
from nijigen.training.kind import Kind
from nijigen.training.painters import Painters
from nijigen.training.recipe import Recipe
from nijigen.training.translators import Translators

KINDS: dict[str, Callable[[], Kind]] = {"avatars": Avatars, "translator": Translators, "painter": Painters}


def kind_of(recipe: Recipe) -> Kind:
    """A fresh object of the kind of run that a recipe describes."""
    return KINDS[find_family(recipe.family).kind]()
