"""Runs that learn to translate photos: two data sets, no labels, VGG19 to look through."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from nijigen.data.twins import Twins, has_twins
from nijigen.errors import NijigenError
from nijigen.models.contract import Networks
from nijigen.models.registry import find_family
from nijigen.training.checkpoint import Checkpoint
from nijigen.training.eyes import Eyes, content_layer, open_eyes, stand_in_eyes
from nijigen.training.kind import Kind, Opening, Order, QuickLook, Row, Sheet
from nijigen.training.loop import Trainer
from nijigen.training.pairs import cards_of, open_pair
from nijigen.training.phases import Phase
from nijigen.training.probe_translator import probe_translator
from nijigen.training.random_pictures import RandomPictures
from nijigen.training.recipe import Recipe
from nijigen.training.sources import DRAWINGS, PHOTOS, Sources
from nijigen.training.streams import Stream
from nijigen.training.translation import SMOOTHED, needs_eyes, one_way
from nijigen.training.translation_sheet import TranslationSheet
from nijigen.training.two_way import two_way

GAMES: dict[str, Callable[[Recipe, Eyes | None], list[Phase]]] = {"one way": one_way, "two way": two_way}


class Translators(Kind):
    """See the module."""

    caption = "photos that were kept out of training, and below each its translation"

    def __init__(self) -> None:
        self._eyes: Eyes | None = None

    def settle(self, recipe: Recipe, found: Checkpoint | None) -> Recipe:
        """Decide by which layer content is judged: that of the checkpoint, or the deepest that is here."""
        if not needs_eyes(recipe):
            return recipe
        layer: str = recipe.translation.content_layer
        begun = {} if found is None else found.facts["recipe"].get("translation", {})
        if layer == "auto":
            layer = begun.get("content_layer") or content_layer(layer)
        return recipe.model_copy(update={"translation": recipe.translation.model_copy(update={"content_layer": layer})})

    def open_streams(self, opening: Opening) -> tuple[dict[str, Stream], Order]:
        """Photos and drawings, and the drawings' smoothed twins where the recipe wants them; all in memory."""
        sources, recipe, device = opening.sources, opening.recipe, opening.device
        streams = open_pair(opening, "translators")
        if recipe.translation.smooth:
            drawings = sources[DRAWINGS]
            if not has_twins(drawings):
                raise NijigenError(
                    f"recipe {recipe.name} learns from edge-smoothed drawings, and data set {drawings.store.name} has "
                    "none: run its nijigen prepare again with --smooth-edges, or set translation.smooth=0"
                )
            # Of the same name: the twin of each drawing comes with it, mirrored as it is.
            streams[SMOOTHED] = Stream(Twins(drawings), recipe, device, name=DRAWINGS)
        return streams, "resident"

    def phases(self, opening: Opening, streams: Mapping[str, Stream], networks: Networks) -> list[Phase]:
        """The game of the family, through VGG19's eyes where the recipe wants them."""
        recipe = opening.recipe
        if needs_eyes(recipe):
            self._eyes = open_eyes(recipe.translation.content_layer, opening.device)
            before = {} if opening.found is None else opening.found.facts.get("content", {})
            if before and before != self._eyes.facts():
                opening.warn("going on with another VGG19 than the run was begun with: content is judged otherwise now")
        return GAMES[find_family(recipe.family).game](recipe, self._eyes)

    def random_streams(self, recipe: Recipe, label_width: int, device: torch.device) -> dict[str, Stream]:
        """All streams that phases may draw from."""
        pictures = RandomPictures(recipe)
        return {name: Stream(pictures, recipe, device, name=name) for name in (PHOTOS, DRAWINGS, SMOOTHED)}

    def trial_phases(self, recipe: Recipe, networks: Networks, label_width: int) -> list[Phase]:
        """The game, through eyes of random weights."""
        eyes = None
        if needs_eyes(recipe):
            eyes = stand_in_eyes(recipe.translation.content_layer)
            eyes.network.to(next(networks["generator"].parameters()).device)
        return GAMES[find_family(recipe.family).game](recipe, eyes)

    def label_width(self, wanted: int) -> int:
        """None: photos are translated without labels."""
        return 0

    def sheet(self, trainer: Trainer, chunk: int) -> Sheet:
        """Rows of photos that were kept out of training, and of their translations."""
        return TranslationSheet(trainer.streams[PHOTOS], trainer.recipe, chunk)

    def quick(self, opening: Opening, streams: Mapping[str, Stream], chunk: int) -> QuickLook | None:
        """None: distances of sets of pictures say little of translations, which keep what photos show."""
        return None

    def probe(self, trainer: Trainer) -> Row:
        """See ``probe_translator.py``."""
        return probe_translator(trainer)

    def facts(self, sources: Sources, streams: Mapping[str, Stream], skipped: str | None) -> dict[str, Any]:
        """That it translates, what it learned from, and by what its content was judged."""
        return {"kind": "translator", "dataset": cards_of(sources, streams), **self.remembered()}

    def remembered(self) -> dict[str, Any]:
        """By what content is judged."""
        return {} if self._eyes is None else {"content": self._eyes.facts()}
