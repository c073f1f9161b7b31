"""Families by name. A family is one file that registers its named networks and how to build them."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from pydantic import BaseModel

from nijigen.errors import NijigenError, did_you_mean
from nijigen.models.contract import Networks, Shape

BACK = "_back"  # ends the names of networks that work the other way round, of translators that learn both ways

# The files of the families, imported on first use: each one registers itself.
FAMILY_MODULES = (
    "adaattn",
    "animegan",
    "attentiongan",
    "cartoongan_family",
    "dcgan",
    "lucidrains",
    "pggan",
    "r3gan",
    "sagan",
    "stylegan",
    "stylegan2",
    "wgan",
)


@dataclass(frozen=True)
class Family:
    """A way to make pictures, or to make others of them.

    Attributes:
        name: as recipes and cards say it.
        options: the pydantic model of the recipe's ``[network]`` table.
        build: (shape, options) → the named networks.
        check: (shape, options) → raises NijigenError where the two do not go together.
        networks: the names of the networks; each has an optimiser of that name, without ``_back``, in the recipe.
        averaged: which of them is kept and shown, as an average over training.
        kind: ``avatars`` makes pictures of noise and labels, ``translator`` pictures of other pictures, ``painter``
            pictures of one picture painted like another.
        game: the phases that train it (``training.adversarial.GAMES``, ``training.translators.GAMES``,
            ``training.painters.GAMES``).
        layered: whether its latent has layers to address, ``[N, layers, dim]``.
        growing: whether its networks can work at lower resolutions (``growth``, ``grow``).
        bounded: whether its discriminator's slope is bounded by how it is built (spectral normalisation throughout).
        widths: options that are widths and no more: a wider ``averaged`` can begin with the pictures of a narrower one.
    """

    name: str
    options: type[BaseModel]
    build: Callable[[Shape, Any], Networks]
    check: Callable[[Shape, Any], None] = lambda shape, options: None
    networks: tuple[str, ...] = ("generator", "discriminator")
    averaged: str = "generator"
    kind: Literal["avatars", "translator", "painter"] = "avatars"
    game: str = "adversarial"
    layered: bool = False
    growing: bool = False
    bounded: bool = False
    widths: tuple[str, ...] = ()


_FAMILIES: dict[str, Family] = {}


def register(family: Family) -> Family:
    """Make a family known by its name."""
    _FAMILIES[family.name] = family
    return family


def families(kind: str | None = None) -> dict[str, Family]:
    """All families, by name; of a kind, where one is asked for."""
    for module in FAMILY_MODULES:
        import_module(f"nijigen.models.{module}")
    return {name: family for name, family in sorted(_FAMILIES.items()) if kind in (None, family.kind)}


def find_family(name: str) -> Family:
    """The family of that name.

    Raises:
        NijigenError: there is none; the known ones are named.
    """
    known = families()
    if name not in known:
        raise NijigenError(f"family {name!r} is not known{did_you_mean(name, known)}: use one of {', '.join(known)}")
    return known[name]
