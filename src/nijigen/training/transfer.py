"""Fine-tuning: networks that begin as those of a model, of another data set, schema or resolution perhaps.

What fits by name and shape is taken; label columns are matched by attribute and word, not by their place; the rest
stays fresh and is named.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.models.contract import Networks, Shape
from nijigen.models.package import DISCRIMINATOR_FILE, Card, Package, load_package, read_weights
from nijigen.models.registry import find_family
from nijigen.schema import AttributeSchema
from nijigen.training.recipe import Recipe

SHOWN = 6  # names of fresh tensors said in words


@dataclass(frozen=True)
class Origin:
    """A model to begin from: the tensors of its networks by name, its schema and its card."""

    path: Path
    schema: AttributeSchema
    card: Card
    digest: str
    tensors: dict[str, dict[str, Tensor]]


@dataclass
class Taken:
    """What a network took over from a model.

    Attributes:
        columns: label columns that had a counterpart.
        fresh: names of the tensors that did not fit.
    """

    network: str
    whole: int = 0
    columns: int = 0
    fresh: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """One line for people."""
        text = f"{self.network}: {self.whole} of {self.whole + len(self.fresh)} tensors taken over"
        if self.columns:
            text += f", {self.columns} label columns by their words"
        if self.fresh:
            rest = f" and {len(self.fresh) - SHOWN} more" if len(self.fresh) > SHOWN else ""
            text += f"; fresh: {', '.join(self.fresh[:SHOWN])}{rest}"
        return text


def read_origin(path: Path) -> Origin:
    """A model's generator, and its discriminator where one lies beside it.

    Raises:
        NijigenError: no model there, or the discriminator is damaged or belongs to another generator.
    """
    package: Package = load_package(path)
    tensors = {"generator": dict(package.generator.state_dict())}
    beside = path / DISCRIMINATOR_FILE
    if path.is_dir() and beside.is_file():
        found, header = read_weights(beside)
        if header.get("nijigen") != package.digest:
            raise NijigenError(f"{beside} does not fit the generator beside it: it was saved with another generator")
        tensors["discriminator"] = found
    return Origin(path, package.schema, package.card, package.digest, tensors)


def take_over(networks: Networks, origin: Origin, recipe: Recipe, schema: AttributeSchema) -> list[Taken]:
    """Copy into fresh networks whatever of the model fits; returns what was taken and what stayed fresh.

    Args:
        schema: of the data set; without attributes where the recipe trains without labels.

    Raises:
        NijigenError: the model is of another family.
    """
    if origin.card["family"] != recipe.family:
        raise NijigenError(f"{origin.path} is a {origin.card['family']} and the recipe a {recipe.family}")
    pairs = _columns(origin.schema, schema)
    label_axes = _label_axes(recipe, schema.width)
    return [
        _take(name, network.state_dict(), origin.tensors.get(name, {}), label_axes[name], pairs)
        for name, network in networks.items()
    ]


@torch.no_grad()
def _take(
    name: str,
    targets: dict[str, Tensor],
    sources: dict[str, Tensor],
    label_axes: dict[str, int],
    pairs: list[tuple[int, int]],
) -> Taken:
    taken = Taken(name)
    for key, target in targets.items():  # views of the network's own weights
        source, axis = sources.get(key), label_axes.get(key)
        if source is None:
            taken.fresh.append(key)
        elif axis is not None and _fits(source, target, axis):
            for there, here in pairs:
                target.select(axis, here).copy_(source.select(axis, there))
            taken.whole += 1
            taken.columns = len(pairs)
        elif axis is None and source.shape == target.shape:
            target.copy_(source)
            taken.whole += 1
        else:
            taken.fresh.append(key)
    return taken


def _fits(source: Tensor, target: Tensor, axis: int) -> bool:
    """The same shape but for the label axis."""
    others = [place for place in range(target.ndim) if place != axis]
    return source.ndim == target.ndim and all(source.shape[place] == target.shape[place] for place in others)


def _columns(origin: AttributeSchema, schema: AttributeSchema) -> list[tuple[int, int]]:
    """Pairs (column there, column here) of the label columns that mean the same."""
    there = {meaning: place for place, meaning in enumerate(_meanings(origin))}
    return [(there[meaning], here) for here, meaning in enumerate(_meanings(schema)) if meaning in there]


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
