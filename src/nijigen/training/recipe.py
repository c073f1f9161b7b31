"""Recipes: one complete TOML file describes a training run, and is validated before anything is built.

>>> from nijigen.training.recipe import load_recipe
>>> recipe = load_recipe("dcgan-64", overrides=["resolution=32"])
>>> recipe.family, recipe.resolution
('dcgan', 32)
"""

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from os.path import isfile  # unlike Path.is_file it takes any text, and says no to a name too long for the system
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import Field, model_validator

from nijigen.errors import NijigenError, did_you_mean
from nijigen.models.registry import find_family
from nijigen.objectives.adversarial import OBJECTIVES
from nijigen.training.consistency import contradiction
from nijigen.training.explaining import validate
from nijigen.training.overrides import set_key
from nijigen.training.tables import (
    Adaptation,
    Augmentation,
    Average,
    BurnIn,
    Conditioning,
    Growth,
    Lesson,
    Metrics,
    Optimizers,
    Output,
    Painting,
    Penalty,
    Pictures,
    Probe,
    Softening,
    Style,
    Table,
    Translation,
)


class Recipe(Table):
    """A training run, complete. Keys and defaults are explained in ``docs/recipes.md``."""

    name: str
    description: str = ""
    family: str
    resolution: int = Field(ge=4, le=2048)
    channels: Literal[3, 4] = 3
    labels: Literal["auto", "required", "none"] = Field("auto", description="auto: conditional where there are labels")
    images: int = Field(ge=1, description="length of the run, in real images shown to the discriminator")
    batch: int = Field(ge=2)
    micro_batch: int = Field(0, ge=0, description="images on the device at once; 0: the whole batch")
    seed: int = Field(0, ge=0, lt=2**63)
    objective: str = "non-saturating"
    discriminator_steps: int = Field(1, ge=1, description="discriminator steps for each generator step")
    mixing: float = Field(0.0, ge=0, le=1, description="share of pictures made from two latents, crossed over by layer")
    freeze_d: int = Field(0, ge=0, description="how many of the discriminator's first stages stay as they were")
    compile: bool = Field(False, description="networks through torch.compile, where the phase allows it")
    network: dict[str, Any] = Field({}, description="the options of the family")
    optimizer: Optimizers = Optimizers()
    average: Average = Average()
    pictures: Pictures = Pictures()
    penalty: Penalty = Penalty()
    softening: Softening = Softening()
    conditioning: Conditioning = Conditioning()
    augment: Augmentation = Augmentation()
    growth: Growth = Growth()
    lesson: Lesson = Lesson()
    adapt: Adaptation = Adaptation()
    style: Style = Style()
    translation: Translation = Translation()
    painting: Painting = Painting()
    burn_in: BurnIn = BurnIn()
    probe: Probe = Probe()
    metrics: Metrics = Metrics()
    output: Output = Output()

    @model_validator(mode="after")
    def _consistent(self) -> "Recipe":
        if self.micro_batch and self.batch % self.micro_batch:
            raise ValueError(f"micro_batch={self.micro_batch} must divide batch={self.batch}")
        if self.pictures.crop >= self.resolution:
            raise ValueError(f"pictures.crop={self.pictures.crop} must be below resolution={self.resolution}")
        if self.objective not in OBJECTIVES:
            hint = did_you_mean(self.objective, OBJECTIVES)
            raise ValueError(f"objective={self.objective!r} is not known{hint}: use one of {', '.join(OBJECTIVES)}")
        return self

    def options(self) -> Any:
        """The family's own options: the ``[network]`` table, checked.

        Raises:
            NijigenError: a key or a value the family does not know.
        """
        return validate(find_family(self.family).options, self.network, f"recipe {self.name}, [network]", self.family)


def load_recipe(
    recipe: "str | Path | Recipe",
    overrides: Sequence[str] = (),
    network_of: tuple[str, dict[str, Any]] | None = None,
    **changes: Any,
) -> Recipe:
    """The recipe of that name (see :func:`recipe_names`) or file, with ``key=value`` overrides, validated.

    Args:
        overrides: ``key=value`` or ``table.key=value``; the value in TOML, or bare text for a string.
        network_of: a family and its options instead of the recipe's own (those of a model to go on from).
        changes: top-level keys, already typed.

    Raises:
        NijigenError: no such recipe, broken TOML, an unknown key (the nearest one is named), a wrong value, or keys
            that contradict each other.
    """
    origin, table = read_table(recipe)
    if network_of is not None:
        table["family"], table["network"] = network_of[0], dict(network_of[1])
    for override in overrides:
        set_key(Recipe, table, override)
    table.update({key: value for key, value in changes.items() if value is not None})
    loaded: Recipe = validate(Recipe, table, origin)
    # The full set of the family's options is written out, so that a run's recipe.toml hides no default.
    loaded = loaded.model_copy(update={"network": loaded.options().model_dump(mode="json")})
    if problem := contradiction(loaded):
        raise NijigenError(f"{origin}: {problem}")
    return loaded


def recipe_names() -> list[str]:
    """The names of the recipes that come with nijigen."""
    return sorted(
        path.name[:-5] for path in files("nijigen").joinpath("recipes").iterdir() if path.name[-5:] == ".toml"
    )


def to_toml(recipe: Recipe) -> str:
    """The recipe as a complete TOML file."""
    return tomli_w.dumps(recipe.model_dump(mode="json"))


def read_table(recipe: "str | Path | Recipe") -> tuple[str, dict[str, Any]]:
    """A recipe as people are told of it (``recipe dcgan-64``), and its table, not yet validated.

    Raises:
        NijigenError: no such recipe, or broken TOML.
    """
    if isinstance(recipe, Recipe):
        return f"recipe {recipe.name}", recipe.model_dump(mode="json")
    path = Path(recipe)
    if path.suffix == ".toml" or isfile(path):
        if not isfile(path):
            raise NijigenError(f"recipe file {path} does not exist")
        origin, text = f"recipe {path}", path.read_bytes()
    elif str(recipe) in recipe_names():
        origin = f"recipe {recipe}"
        text = files("nijigen").joinpath("recipes", f"{recipe}.toml").read_bytes()
    else:
        hint = did_you_mean(str(recipe), recipe_names())
        raise NijigenError(f"no recipe {str(recipe)!r}{hint}: see nijigen recipes, or give a .toml file")
    try:
        return origin, tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:  # broken TOML or UTF-8, numbers too long, brackets too deep
        raise NijigenError(f"{origin} is not valid TOML: {error}") from None
