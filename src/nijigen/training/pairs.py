"""Runs that learn from two data sets, both in memory: what is to be redrawn, and what it is to look like."""

from collections.abc import Mapping
from typing import Any

from nijigen.errors import NijigenError
from nijigen.training.kind import Opening
from nijigen.training.sources import DRAWINGS, PHOTOS, Sources
from nijigen.training.streams import Stream


def open_pair(opening: Opening, what: str) -> dict[str, Stream]:
    """The streams of photos and of drawings.

    Args:
        what: learns from them, in the plural.

    Raises:
        NijigenError: a data set is far away, not whole, or does not fit into memory.
    """
    sources = opening.sources
    for dataset in sources.sets.values():
        if dataset.remote:
            raise NijigenError(
                f"{dataset.store.name} lies far away, and {what} learn from data sets in memory: copy it here"
            )
        dataset.check_whole()
    return {name: Stream(sources[name], opening.recipe, opening.device, name=name) for name in (PHOTOS, DRAWINGS)}


def cards_of(sources: Sources, streams: Mapping[str, Stream]) -> dict[str, Any]:
    """What a model's card says of the data sets that it learned from."""
    return {name: {**dataset.card, "held_out": len(streams[name].held_out)} for name, dataset in sources.sets.items()}
