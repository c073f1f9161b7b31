"""Fine-tuning: networks that begin as those of a model, of another data set, schema or resolution perhaps.

What fits by name and shape is taken; label columns are matched by attribute and word, not by their place; wider layers
begin as the narrower ones (``widening.py``); the rest stays fresh and is named.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Networks, Shape
from nijigen.models.package import Card, Package, load_package, read_discriminator
from nijigen.models.registry import find_family
from nijigen.nn.equalized import EqualizedLinear
from nijigen.schema import AttributeSchema
from nijigen.training.networks import spoken_name
from nijigen.training.recipe import Recipe
from nijigen.training.tables import Growth
from nijigen.training.widening import is_wider, may_widen, widen

SHOWN = 6  # names of fresh tensors said in words
SCHEDULED = "growth_state"  # the recipe says at which resolution a growing network works, not the model it comes from


@dataclass(frozen=True)
class Origin:
    """A model to begin from: the tensors of its networks by name, its schema and its card."""

    path: Path
    schema: AttributeSchema
    card: Card
    digest: str
    tensors: dict[str, dict[str, Tensor]]
    package: Package | None = None  # the model itself, as it was read

    @property
    def generator(self) -> Generator:
        """The model's generator as it is."""
        assert self.package is not None
        return self.package.generator

    @property
    def label_rows(self) -> Tensor:
        """Labels as they occurred together when it learned, ``[M, label_width]``."""
        assert self.package is not None
        return self.package.label_rows


@dataclass
class Taken:
    """What a network took over from a model.

    Attributes:
        columns: label columns that had a counterpart.
        fresh: names of the tensors that did not fit.
        words: what the label columns without a counterpart say: ``hair_color=pink``.
        wider: how many of the tensors taken over are larger than the model's.
    """

    network: str
    whole: int = 0
    columns: int = 0
    fresh: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    wider: int = 0

    def sentence(self) -> str:
        """One line for people."""
        text = f"{self.network}: {self.whole} of {self.whole + len(self.fresh)} tensors taken over"
        if self.wider:
            text += f" ({self.wider} of them wider than before)"
        if self.columns:
            text += f", {self.columns} label columns by their words"
        if self.fresh:
            text += f"; fresh: {_some([name for tensor in self.fresh if (name := spoken_name(tensor))])}"
        if self.words:
            text += f"; new labels: {_some(self.words)}"
        return text


def read_origin(path: Path) -> Origin:
    """A model's generator, and its discriminator where one lies beside it.

    Raises:
        NijigenError: no model there, or the discriminator is damaged or belongs to another generator.
    """
    package: Package = load_package(path)
    tensors = {"generator": dict(package.generator.state_dict())}
    if (beside := read_discriminator(package)) is not None:
        tensors["discriminator"] = beside
    return Origin(path, package.schema, package.card, package.digest, tensors, package)


def grown_further(recipe: Recipe, origin: Origin) -> Growth:
    """The growth of a recipe from where the model is: what it has grown through need not be grown through again."""
    growth = recipe.growth
    state = origin.tensors["generator"].get(SCHEDULED)
    grown = min(int(origin.card["resolution"]) if state is None else int(state[0]), recipe.resolution)
    if not growth.start or growth.start >= grown:
        return growth
    if grown == recipe.resolution:
        return Growth()
    left = {
        key: {size: value for size, value in table.items() if int(size) >= grown}
        for key, table in (("batch", growth.batch), ("rate", growth.rate))
    }
    return growth.model_copy(update={"start": grown, **left})


def take_over(networks: Networks, origin: Origin, recipe: Recipe, schema: AttributeSchema) -> list[Taken]:
    """Copy into fresh networks whatever of the model fits; returns what was taken and what stayed fresh.

    Args:
        schema: of the data set; without attributes where the recipe trains without labels.

    Raises:
        NijigenError: the model is of another family.
    """
    if origin.card["family"] != recipe.family:
        raise NijigenError(f"{origin.path} is a {origin.card['family']} and the recipe a {recipe.family}")
    pairs, words = _columns(origin.schema, schema)
    label_axes = _label_axes(recipe, schema.width)
    # Of a discriminator it is not known that it says the same when it is wider.
    wide = find_family(recipe.family).averaged if may_widen(recipe, origin.card.get("network", {})) else None
    return [
        # What is not of the family, a classifier, is learned anew.
        _take(name, network, origin.tensors.get(name, {}), label_axes.get(name, {}), pairs, words, name == wide)
        for name, network in networks.items()
    ]


@torch.no_grad()
def _take(
    name: str,
    network: nn.Module,
    sources: dict[str, Tensor],
    label_axes: dict[str, int],
    pairs: list[tuple[int, int]],
    words: list[str],
    wider: bool,
) -> Taken:
    taken = Taken(name)
    for key, target in network.state_dict().items():  # views of the network's own weights
        source, axis = sources.get(key), label_axes.get(key)
        if axis is not None:
            taken.words = words
        if key == SCHEDULED:
            continue
        if source is None:
            taken.fresh.append(key)
        elif axis is not None and pairs and _fits(source, target, axis):
            # An equalised layer divides by the root of its inputs when it is used: what a label does is to stay.
            equalized = isinstance(network.get_submodule(key.rpartition(".")[0]), EqualizedLinear)
            stretch = math.sqrt(target.shape[axis] / source.shape[axis]) if equalized else 1.0
            for there, here in pairs:
                target.select(axis, here).copy_(source.select(axis, there) * stretch)
            taken.whole += 1
            taken.columns = len(pairs)
        elif axis is None and source.shape == target.shape:
            target.copy_(source)
            taken.whole += 1
        elif axis is None and wider and is_wider(source, target):
            owner, _, last = key.rpartition(".")
            widen(network.get_submodule(owner), last, source, target)
            taken.whole, taken.wider = taken.whole + 1, taken.wider + 1
        else:
            taken.fresh.append(key)
    return taken


def _fits(source: Tensor, target: Tensor, axis: int) -> bool:
    """The same shape but for the label axis."""
    others = [place for place in range(target.ndim) if place != axis]
    return source.ndim == target.ndim and all(source.shape[place] == target.shape[place] for place in others)


def _columns(origin: AttributeSchema, schema: AttributeSchema) -> tuple[list[tuple[int, int]], list[str]]:
    """Pairs (column there, column here) of the label columns that mean the same, and what the others here mean."""
    there = {meaning: place for place, meaning in enumerate(_meanings(origin))}
    here = _meanings(schema)
    pairs = [(there[meaning], place) for place, meaning in enumerate(here) if meaning in there]
    return pairs, ["=".join(meaning) for meaning in here if meaning not in there]


def _meanings(schema: AttributeSchema) -> list[tuple[str, str]]:
    return [
        (attribute.name, word)
        for attribute in schema.attributes
        for word in (("low", "high") if attribute.continuous else attribute.values)
    ]


def _label_axes(recipe: Recipe, label_width: int) -> dict[str, dict[str, int]]:
    """For each network the tensors that are as wide as the labels, and along which axis.

    Found by building the networks, without memory, for one label column more: nothing has to be declared.
    """
    if not label_width:  # one column more would be another network, with an embedding
        return {name: {} for name in find_family(recipe.family).networks}
    family, options = find_family(recipe.family), recipe.options()
    with torch.device("meta"):
        narrow, wide = (
            family.build(Shape(recipe.resolution, recipe.channels, width), options)
            for width in (label_width, label_width + 1)
        )
    axes: dict[str, dict[str, int]] = {}
    for name, network in narrow.items():
        others = wide[name].state_dict()
        axes[name] = {
            key: next(place for place in range(value.ndim) if value.shape[place] != others[key].shape[place])
            for key, value in network.state_dict().items()
            if key in others and value.shape != others[key].shape
        }
    return axes


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{rest}"
