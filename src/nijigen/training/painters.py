"""Runs that learn to paint one picture like another: two data sets, no labels, no judge, VGG19 to look through."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from nijigen.features.seeing import Seer, open_seer, stand_in_seer, weights_digest
from nijigen.models.contract import Networks
from nijigen.models.registry import find_family
from nijigen.training.checkpoint import Checkpoint
from nijigen.training.kind import Kind, Opening, Order, QuickLook, Row, Sheet
from nijigen.training.loop import Trainer
from nijigen.training.painting import looked_at, painting_phases
from nijigen.training.painting_sheet import PaintingSheet
from nijigen.training.pairs import cards_of, open_pair
from nijigen.training.phases import Phase
from nijigen.training.probe_painter import probe_painter
from nijigen.training.random_pictures import RandomPictures
from nijigen.training.recipe import Recipe
from nijigen.training.sources import DRAWINGS, PHOTOS, Sources
from nijigen.training.streams import Stream

GAMES: dict[str, Callable[[Recipe, Seer], list[Phase]]] = {"painting": painting_phases}


class Painters(Kind):
    """See the module."""

    caption = "photos that were kept out of training, drawings, and below them the one painted like the other"

    def __init__(self) -> None:
        self._seer: Seer | None = None
        self._layers: list[str] = []

    def settle(self, recipe: Recipe, found: Checkpoint | None) -> Recipe:
        """As it is: a recipe names its layers."""
        return recipe

    def open_streams(self, opening: Opening) -> tuple[dict[str, Stream], Order]:
        """Photos and drawings, all in memory."""
        return open_pair(opening, "painters"), "resident"

    def phases(self, opening: Opening, streams: Mapping[str, Stream], networks: Networks) -> list[Phase]:
        """The game, seen through VGG19; a run goes on with the one that it was begun with."""
        recipe = opening.recipe
        before = {} if opening.found is None else opening.found.facts.get("vgg19", {})
        self._open(open_seer(looked_at(recipe), opening.device, before.get("judging")), recipe)
        return GAMES[find_family(recipe.family).game](recipe, self.seer)

    @property
    def seer(self) -> Seer:
        """VGG19, once it is opened."""
        if self._seer is None:
            raise ValueError("VGG19 is opened with the phases, and they were not asked for yet")
        return self._seer

    def random_streams(self, recipe: Recipe, label_width: int, device: torch.device) -> dict[str, Stream]:
        """Photos and drawings."""
        pictures = RandomPictures(recipe)
        return {name: Stream(pictures, recipe, device, name=name) for name in (PHOTOS, DRAWINGS)}

    def trial_phases(self, recipe: Recipe, networks: Networks, label_width: int) -> list[Phase]:
        """The game, seen through random weights."""
        seer = stand_in_seer(looked_at(recipe), next(networks["generator"].parameters()).device)
        return GAMES[find_family(recipe.family).game](recipe, seer)

    def label_width(self, wanted: int) -> int:
        """None: pictures are painted without labels."""
        return 0

    def sheet(self, trainer: Trainer, chunk: int) -> Sheet:
        """Rows of contents that were kept out of training, of styles, and of what is painted."""
        return PaintingSheet(trainer.streams, trainer.recipe, self.seer, chunk)

    def quick(self, opening: Opening, streams: Mapping[str, Stream], chunk: int) -> QuickLook | None:
        """None: distances of sets of pictures say nothing of whether one is painted like another."""
        return None

    def probe(self, trainer: Trainer) -> Row:
        """See ``probe_painter.py``."""
        return probe_painter(trainer, self.seer)

    def facts(self, sources: Sources, streams: Mapping[str, Stream], skipped: str | None) -> dict[str, Any]:
        """That it paints, what it learned from, and through which VGG19 it sees."""
        return {"kind": "painter", "dataset": cards_of(sources, streams), **self.remembered()}

    def remembered(self) -> dict[str, Any]:
        """Which VGG19: up to the layers that the painter is shown, and up to those by which it was judged."""
        if self._seer is None:
            return {}
        shown = weights_digest(self._seer.network, self._layers[-1])
        return {"vgg19": {"layers": self._layers, "sha256": shown, "judging": self._seer.digest}}

    def _open(self, seer: Seer, recipe: Recipe) -> None:
        self._seer, self._layers = seer, list(recipe.network["layers"])
