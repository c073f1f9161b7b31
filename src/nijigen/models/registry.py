"""Families by name. A family is one file that registers a builder of its networks and the options it understands."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from nijigen.errors import NijigenError
from nijigen.models.contract import Networks, Shape

# The files of the families, imported on first use: each one registers itself.
FAMILY_MODULES = ("dcgan",)


@dataclass(frozen=True)
class Family:
    """A way to make pictures.

    Attributes:
        name: as recipes and cards say it.
        options: the pydantic model of the recipe's ``[network]`` table.
        build: (shape, options) → named networks; a generative family has ``generator`` and ``discriminator``.
        check: (shape, options) → raises NijigenError where the two do not go together.
    """

    name: str
    options: type[BaseModel]
    build: Callable[[Shape, Any], Networks]
    check: Callable[[Shape, Any], None] = lambda shape, options: None


_FAMILIES: dict[str, Family] = {}


def register(family: Family) -> Family:
    """Make a family known by its name."""
    _FAMILIES[family.name] = family
    return family


def families() -> dict[str, Family]:
    """All families, by name."""
    for module in FAMILY_MODULES:
        import_module(f"nijigen.models.{module}")
    return dict(sorted(_FAMILIES.items()))


def find_family(name: str) -> Family:
    """The family of that name.

    Raises:
        NijigenError: there is none; the known ones are named.
    """
    known = families()
    if name not in known:
        raise NijigenError(f"family {name!r} is not known: use one of {', '.join(known)}")
    return known[name]
