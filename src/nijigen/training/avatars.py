"""Runs that learn to make avatars: one data set with labels, a generator of noise, and the adversarial game."""

from collections.abc import Mapping
from typing import Any

import torch

from nijigen.machine import place
from nijigen.models.contract import Networks
from nijigen.models.registry import find_family
from nijigen.training.adapting import check_alike, guide_of, needs_model, stand_in
from nijigen.training.adversarial import GAMES
from nijigen.training.checkpoint import Checkpoint
from nijigen.training.game import as_generator
from nijigen.training.kind import Kind, Opening, Order, QuickLook, Row, Sheet
from nijigen.training.loop import Trainer
from nijigen.training.phases import Phase
from nijigen.training.probe import probe
from nijigen.training.quick import QuickMetric
from nijigen.training.random_pictures import RandomPictures
from nijigen.training.recipe import Recipe
from nijigen.training.samples import SampleGrid, averaged_generator
from nijigen.training.sources import IMAGES, Sources
from nijigen.training.streaming import open_stream
from nijigen.training.streams import Stream
from nijigen.training.style import open_style, stand_in_style
from nijigen.training.style_pictures import settled


class Avatars(Kind):
    """See the module."""

    caption = "columns share noise, rows share attributes"

    def settle(self, recipe: Recipe, found: Checkpoint | None) -> Recipe:
        """Only the pictures of a style are not in the recipe itself: they are named by their digest."""
        return settled(recipe)

    def open_streams(self, opening: Opening) -> tuple[dict[str, Stream], Order]:
        """One stream of the data set's pictures, in memory or streamed."""
        stream, order = open_stream(
            opening.sources[IMAGES],
            opening.recipe,
            opening.device,
            opening.folder,
            opening.warn,
            opening.recorded,
            opening.origin,
        )
        return {IMAGES: stream}, order

    def phases(self, opening: Opening, streams: Mapping[str, Stream], networks: Networks) -> list[Phase]:
        """The game of the family, beside the model that is adapted and toward the style, where there are such."""
        recipe, origin, stream, guide = opening.recipe, opening.origin, streams[IMAGES], None
        if origin is not None and needs_model(recipe):
            check_alike(origin, as_generator(networks), stream)
            guide = guide_of(recipe, place(origin.generator, opening.device), origin.label_rows, opening.device)
        style = open_style(recipe, opening.device)
        return GAMES[find_family(recipe.family).game](recipe, stream.label_width, guide, style)

    def random_streams(self, recipe: Recipe, label_width: int, device: torch.device) -> dict[str, Stream]:
        """One stream, with made-up labels."""
        return {IMAGES: Stream(RandomPictures(recipe, label_width), recipe, device)}

    def trial_phases(self, recipe: Recipe, networks: Networks, label_width: int) -> list[Phase]:
        """The game, with the networks' own generator in the place of a model that is adapted; toward no real style."""
        guide = stand_in(recipe, networks, label_width)
        style = stand_in_style(recipe, next(networks["generator"].parameters()).device)
        return GAMES[find_family(recipe.family).game](recipe, label_width, guide, style)

    def label_width(self, wanted: int) -> int:
        """As many as are wanted."""
        return wanted

    def sheet(self, trainer: Trainer, chunk: int) -> Sheet:
        """Rows of labels by columns of noise."""
        recipe, stream = trainer.recipe, trainer.streams[IMAGES]
        return SampleGrid(stream.labels, recipe.resolution, averaged_generator(trainer).z_dim, recipe.seed, chunk)

    def quick(self, opening: Opening, streams: Mapping[str, Stream], chunk: int) -> QuickLook | None:
        """The distance of samples to the data set's pictures."""
        recipe = opening.recipe
        if recipe.metrics.quick == "none":
            return None
        return QuickMetric(opening.sources[IMAGES], recipe, streams[IMAGES].label_width, opening.device, chunk)

    def probe(self, trainer: Trainer) -> Row:
        """See ``probe.py``."""
        return probe(trainer)

    def facts(self, sources: Sources, streams: Mapping[str, Stream], skipped: str | None) -> dict[str, Any]:
        """The data set, and how much of it was kept out of training."""
        more = {"skipped": skipped} if skipped else {}
        return {"dataset": {**sources[IMAGES].card, **more, "held_out": len(streams[IMAGES].held_out)}}
