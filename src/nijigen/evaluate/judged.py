"""What is noted of a model beside its figures, and what its card says of the data set it is judged by."""

from typing import Any

from torch import Tensor

from nijigen.data import Dataset
from nijigen.data.held_out import held_out_rows
from nijigen.errors import NijigenError
from nijigen.evaluate.looking import Looker
from nijigen.evaluate.references import Reference
from nijigen.models.package import Package

FORMAT_VERSION = 1


def name_of(package: Package) -> str:
    """What a model is called: by its card, or by its file."""
    return str(package.card.get("name") or package.path.stem)


def is_training_set(package: Package, dataset: Dataset) -> bool:
    """Whether the model's card names this data set as the one it learned from."""
    recorded = package.card.get("dataset")
    return isinstance(recorded, dict) and recorded.get("digest") == dataset.digest


def held_out_of(package: Package, dataset: Dataset) -> Tensor | None:
    """The pictures of the data set that the model's training left out, where its card tells; None where none."""
    card = package.card
    if not is_training_set(package, dataset) or not card["dataset"].get("held_out"):
        return None
    try:
        amount, seed = float(card["recipe"]["pictures"]["held_out"]), int(card["recipe"]["seed"])
        rows = held_out_rows(dataset.count, amount, seed)
    except (KeyError, TypeError, ValueError, NijigenError):
        return None
    return rows if len(rows) == card["dataset"]["held_out"] else None


def facts_of(
    package: Package, dataset: Dataset, looker: Looker, reference: Reference, drawn: dict[str, Any]
) -> dict[str, Any]:
    """Plain data: which model was judged, by which pictures and by whose eyes.

    Args:
        drawn: how its samples were made.
    """
    card, extractor = package.card, looker.extractor
    return {
        "format_version": FORMAT_VERSION,
        "model": {
            "name": name_of(package),
            "digest": package.digest,
            "family": card["family"],
            "resolution": package.generator.shape.resolution,
            "images_seen": card.get("images_seen"),
        },
        "dataset": {
            "name": dataset.name,
            "digest": dataset.digest,
            "count": dataset.count,
            "is_training_set": is_training_set(package, dataset),
        },
        "extractor": {
            "name": extractor.name,
            "digest": extractor.digest,
            "resizer": extractor.resizer,
            "features": extractor.width,
        },
        "labeler": looker.labeler_digest or None,
        **drawn,
        "reference": {"digest": reference.digest, "count": reference.count},
    }
