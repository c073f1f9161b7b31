"""Training that starts from a model instead of from nothing."""

from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError
from nijigen.models.contract import Networks, Shape
from nijigen.models.package import DISCRIMINATOR_FILE, Card, load_package, read_weights
from nijigen.models.registry import find_family
from nijigen.schema import AttributeSchema
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.start import train


def train_further(
    path: Path, card: Card, dataset: str | Path, epochs: float, out: str | Path | None, options: dict[str, Any]
) -> Path:
    """Train a model's networks on a data set with the model's recipe; returns the folder of the new model.

    Raises:
        NijigenError: the card names no recipe, or networks and data set do not fit.
    """
    if not card.get("recipe"):
        raise NijigenError(f"{path}: its card names no recipe, so it cannot be trained further")
    recipe = load_recipe(Recipe.model_validate(card["recipe"]))
    folder = Path(out) if out is not None else Path("runs") / f"{card.get('name', 'model')}-further"
    trained = train(dataset, recipe, folder, epochs=epochs, start=starting_networks(path, card), **options)
    return trained.model


def starting_networks(path: Path, card: Card) -> Networks:
    """The generator of a model, and its discriminator where one lies beside it."""
    networks: Networks = {"generator": load_package(path).generator}
    beside = path / DISCRIMINATOR_FILE
    if path.is_dir() and beside.is_file():
        family = find_family(card["family"])
        width = AttributeSchema.from_json(card["schema"]).width
        shape = Shape(int(card["resolution"]), int(card["channels"]), width)
        discriminator = family.build(shape, family.options.model_validate(card["network"]))["discriminator"]
        discriminator.load_state_dict(read_weights(beside)[0])
        networks["discriminator"] = discriminator
    return networks
