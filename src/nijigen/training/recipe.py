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
from typing import Any, Literal, get_args

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nijigen.errors import NijigenError, did_you_mean
from nijigen.models.registry import find_family
from nijigen.objectives.adversarial import OBJECTIVES


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Adam(_Table):
    """One network's optimiser (Kingma & Ba 2014, 1412.6980)."""

    rate: float = Field(2e-4, gt=0, description="learning rate")
    beta1: float = Field(0.5, ge=0, lt=1)
    beta2: float = Field(0.999, ge=0, lt=1)


class Optimizers(_Table):
    """The two players' optimisers and what both share."""

    generator: Adam = Adam()
    discriminator: Adam = Adam()
    decay: float = Field(0.0, ge=0, le=1, description="share of the run, at its end, in which rates fall")
    decay_to: float = Field(0.1, gt=0, le=1, description="what the rates fall to, as a share of themselves")


class Average(_Table):
    """The exponential moving average of the generator, which is what is kept and shown."""

    half_life: int = Field(10_000, ge=0, description="in real images; 0 keeps the raw weights")
    ramp: float = Field(0.05, ge=0, description="the half-life is at most this share of the images seen; 0: no ramp")


class Pictures(_Table):
    """How pictures reach the networks."""

    flip: bool = Field(True, description="mirror half of them")
    crop: int = Field(0, ge=0, description="shift by up to this many pixels")
    balance: tuple[str, ...] = Field((), description="attributes whose values are shown equally often")


class Output(_Table):
    """What a run writes, and how often (in real images seen)."""

    metrics_every: int = Field(2_000, ge=1)
    samples_every: int = Field(20_000, ge=1)
    checkpoint_every: int = Field(50_000, ge=1)
    checkpoint_minutes: float = Field(5.0, gt=0, description="and at least this often by the clock")
    keep: int = Field(2, ge=1, description="how many checkpoints stay")


class Recipe(_Table):
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
    network: dict[str, Any] = {}
    optimizer: Optimizers = Optimizers()
    average: Average = Average()
    pictures: Pictures = Pictures()
    output: Output = Output()

    @model_validator(mode="after")
    def _consistent(self) -> "Recipe":
        if self.micro_batch and self.batch % self.micro_batch:
            raise ValueError(f"micro_batch={self.micro_batch} must divide batch={self.batch}")
        if self.pictures.crop >= self.resolution:
            raise ValueError(f"pictures.crop={self.pictures.crop} must be below resolution={self.resolution}")
        if self.objective not in OBJECTIVES:
            raise ValueError(f"objective={self.objective!r} is not known: use one of {', '.join(OBJECTIVES)}")
        return self

    def options(self) -> Any:
        """The family's own options: the ``[network]`` table, checked.

        Raises:
            NijigenError: a key or a value the family does not know.
        """
        return _validate(find_family(self.family).options, self.network, f"recipe {self.name}, [network]")


def load_recipe(recipe: "str | Path | Recipe", overrides: Sequence[str] = (), **changes: Any) -> Recipe:
    """The recipe of that name (see :func:`recipe_names`) or file, with ``key=value`` overrides, validated.

    Args:
        overrides: ``key=value`` or ``table.key=value``; the value in TOML, or bare text for a string.
        changes: top-level keys, already typed.

    Raises:
        NijigenError: no such recipe, broken TOML, an unknown key (the nearest one is named) or a wrong value.
    """
    if isinstance(recipe, Recipe):
        origin, table = f"recipe {recipe.name}", recipe.model_dump(mode="json")
    else:
        origin, table = _read(recipe)
    for override in overrides:
        _set(table, override)
    table.update({key: value for key, value in changes.items() if value is not None})
    loaded: Recipe = _validate(Recipe, table, origin)
    # The full set of the family's options is written out, so that a run's recipe.toml hides no default.
    return loaded.model_copy(update={"network": loaded.options().model_dump(mode="json")})


def recipe_names() -> list[str]:
    """The names of the recipes that come with nijigen."""
    return sorted(
        path.name[:-5] for path in files("nijigen").joinpath("recipes").iterdir() if path.name[-5:] == ".toml"
    )


def to_toml(recipe: Recipe) -> str:
    """The recipe as a complete TOML file."""
    return tomli_w.dumps(recipe.model_dump(mode="json"))


def _read(recipe: str | Path) -> tuple[str, dict[str, Any]]:
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


def _set(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    parts = [part.strip() for part in key.split(".")]
    if not equals or not all(parts):
        raise NijigenError(f"--set {override!r} is not key=value, like resolution=32 or network.width=32")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text.strip()
    if parts[-1] == "balance" and isinstance(value, str):
        value = [name.strip() for name in value.split(",") if name.strip()]
    for depth, part in enumerate(parts[:-1]):
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise NijigenError(f"--set {override!r}: {'.'.join(parts[: depth + 1])} is not a table")
        table = inner
    table[parts[-1]] = value


def _validate(model: type[Any], table: dict[str, Any], origin: str) -> Any:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        problem = error.errors()[0]
        raise NijigenError(f"{origin}: {_explain(model, problem)}") from None


def _explain(model: type[BaseModel], problem: Any) -> str:
    path = [str(part) for part in problem["loc"]]
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        for part in path[:-1]:
            model = _inner(model.model_fields[part].annotation)
        return f"unknown key {key}{did_you_mean(path[-1], model.model_fields)}"
    if problem["type"] == "missing":
        return f"key {key} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    return message if not key else f"{key}={problem['input']!r}: {message}"


def _inner(annotation: Any) -> type[BaseModel]:
    candidates = (annotation, *get_args(annotation))
    return next(kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel))
