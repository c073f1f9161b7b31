"""The kind of a run: what it reads, shows, measures and keeps, where the loop does not care.

A family makes avatars of noise and labels, translates photos, or paints one picture like another. The loop, the state,
checkpoints and the course of a run are the same for all; everything that knows what the networks are for is behind this
interface (``avatars.py``, ``translators.py``, ``painters.py``; ``kinds.py`` finds the one of a recipe).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from torch import nn

from nijigen.models.contract import Networks
from nijigen.training.checkpoint import Checkpoint
from nijigen.training.loop import Trainer
from nijigen.training.phases import Memory, Phase
from nijigen.training.recipe import Recipe
from nijigen.training.sources import Sources
from nijigen.training.streams import Stream
from nijigen.training.transfer import Origin

Order = Literal["resident", "streamed"]
Row = dict[str, float | str]


class Sheet(Protocol):
    """Samples that show the same at every moment of a run."""

    def write(self, path: Path, network: nn.Module, device: torch.device) -> Path:
        """Write what the averaged network makes now."""


class QuickLook(Protocol):
    """A number that says how good the averaged network is."""

    name: str

    def measure(self, network: nn.Module) -> float:
        """Lower is better."""

    def is_best(self, value: float, memory: Memory) -> bool:
        """Whether it is the lowest so far; then it is remembered."""

    def facts(self, value: float) -> dict[str, object]:
        """For the card of the best model."""


@dataclass(frozen=True)
class Opening:
    """What is known of a run before anything of it is built.

    Attributes:
        found: the checkpoint that it goes on from.
        origin: a model that it begins from, or is adapted from.
    """

    folder: Path
    sources: Sources
    recipe: Recipe
    device: torch.device
    warn: Callable[[str], None]
    found: Checkpoint | None = None
    origin: Origin | None = None

    @property
    def recorded(self) -> Order | None:
        """The order of pictures that the run was begun with; a checkpoint of before there were two is resident."""
        return None if self.found is None else self.found.facts.get("order", "resident")


class Kind(ABC):
    """One kind of runs; an object belongs to one run.

    Attributes:
        caption: what the newest sheet shows, in brackets.
    """

    caption: str = ""

    @abstractmethod
    def settle(self, recipe: Recipe, found: Checkpoint | None) -> Recipe:
        """The recipe with whatever depends on this machine decided, so that a run that goes on does the same.

        Raises:
            NijigenError: something that it needs is not here.
        """

    @abstractmethod
    def open_streams(self, opening: Opening) -> tuple[dict[str, Stream], Order]:
        """The streams that its phases draw from, the one whose pictures are counted first.

        Raises:
            NijigenError: a data set does not fit in memory, or lacks what the recipe needs.
        """

    @abstractmethod
    def phases(self, opening: Opening, streams: Mapping[str, Stream], networks: Networks) -> list[Phase]:
        """What trains the networks, which are on the device.

        Raises:
            NijigenError: a model that is adapted does not fit.
        """

    @abstractmethod
    def random_streams(self, recipe: Recipe, label_width: int, device: torch.device) -> dict[str, Stream]:
        """Streams of random pictures, for measuring speed."""

    @abstractmethod
    def trial_phases(self, recipe: Recipe, networks: Networks, label_width: int) -> list[Phase]:
        """Phases that cost what those of a run cost, without anything that has to be found on this machine."""

    @abstractmethod
    def label_width(self, wanted: int) -> int:
        """The label columns that its networks have where so many are wanted."""

    @abstractmethod
    def sheet(self, trainer: Trainer, chunk: int) -> Sheet:
        """The sample sheet.

        Args:
            chunk: pictures made at once.
        """

    @abstractmethod
    def quick(self, opening: Opening, streams: Mapping[str, Stream], chunk: int) -> QuickLook | None:
        """The quick metric that the recipe asks for, or None.

        Raises:
            NijigenError: what it needs is not here.
        """

    @abstractmethod
    def probe(self, trainer: Trainer) -> Row:
        """A row of ``probes.jsonl``; it changes nothing."""

    def remembered(self) -> dict[str, Any]:
        """What a checkpoint notes of this machine beyond the recipe."""
        return {}

    @abstractmethod
    def facts(self, sources: Sources, streams: Mapping[str, Stream], skipped: str | None) -> dict[str, Any]:
        """What the model's card says beyond its networks: above all what it learned from."""
