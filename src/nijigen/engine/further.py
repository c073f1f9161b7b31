"""Training that starts from a model instead of from nothing."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.models.contract import Networks, Shape
from nijigen.models.package import DISCRIMINATOR_FILE, Card, load_package, read_weights
from nijigen.models.registry import find_family
from nijigen.schema import AttributeSchema
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.start import train


def train_further(
    path: Path, card: Card, digest: str, dataset: str | Path, out: str | Path | None, options: dict[str, Any]
) -> Path:
    """Train a model's networks on a data set with the model's recipe; returns the folder of the new model.

    Raises:
        NijigenError: the card names no recipe, or networks and data set do not fit.
    """
    try:
        recipe = load_recipe(Recipe.model_validate(card["recipe"]))
    except (KeyError, ValidationError):
        raise NijigenError(f"{path}: its card names no recipe, so it cannot be trained further") from None
    schema, other = AttributeSchema.from_json(card["schema"]), Dataset.open(dataset).schema
    if recipe.labels != "none" and schema != other:
        names = [
            a.name
            for a in (*schema.attributes, *other.attributes)
            if a not in schema.attributes or a not in other.attributes
        ]
        differing = ", ".join(dict.fromkeys(names)) or "the order of the attributes"
        raise NijigenError(f"data set {dataset} has another schema than {path}: {differing} differs")
    folder = Path(out) if out is not None else Path("runs") / f"{card.get('name', 'model')}-further"
    return train(dataset, recipe, folder, start=starting_networks(path, card, digest), **options).model


def starting_networks(path: Path, card: Card, digest: str) -> Networks:
    """The generator of a model, and its discriminator where one lies beside it.

    Raises:
        NijigenError: the discriminator is damaged, or belongs to another generator.
    """
    networks: Networks = {"generator": load_package(path).generator}
    beside = path / DISCRIMINATOR_FILE
    if path.is_dir() and beside.is_file():
        tensors, header = read_weights(beside)
        family = find_family(card["family"])
        width = AttributeSchema.from_json(card["schema"]).width
        shape = Shape(int(card["resolution"]), int(card["channels"]), width)
        discriminator = family.build(shape, family.options.model_validate(card["network"]))["discriminator"]
        try:
            if header.get("nijigen") != digest:
                raise RuntimeError("it was saved with another generator")
            discriminator.load_state_dict(tensors)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:160]
            raise NijigenError(f"{beside} does not fit the generator beside it: {reason}") from None
        networks["discriminator"] = discriminator
    return networks
