"""A run as the rules see it: its rows as series of numbers, its recipe, and how far it has come."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nijigen.training.recipe import Recipe

WARM_UP = 600  # steps: until then generators that turned out well made one grey picture too
LARGEST = 1e30  # beyond it only damage is a number
JUDGED = 5  # rows after that, so that it shows whether a number is on its way
ENOUGH = 3  # rows after that: one row may be chance, the median of three seldom is

Row = dict[str, Any]


@dataclass(frozen=True)
class Series:
    """One number over a run: real images seen, and its values."""

    images: tuple[int, ...]
    values: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.values)

    def last(self, count: int = ENOUGH) -> float:
        """The median of the newest values; nan where there are none."""
        return median(self.values[-count:]) if self.values else math.nan

    def first(self, count: int = ENOUGH) -> float:
        """The median of the oldest values; nan where there are none."""
        return median(self.values[:count]) if self.values else math.nan

    def smooth(self, count: int = ENOUGH) -> "Series":
        """Running medians of so many values, each at the image of the newest of them."""
        values = tuple(median(self.values[end - count : end]) for end in range(count, len(self) + 1))
        return Series(self.images[count - 1 :], values)


@dataclass(frozen=True)
class Case:
    """What is known of a run.

    Attributes:
        metrics: rows of ``metrics.jsonl``.
        probes: rows of ``probes.jsonl``; none where the run has no probes.
        recipe: as it was begun with.
    """

    metrics: Sequence[Row]
    probes: Sequence[Row]
    recipe: "Recipe"

    @cached_property
    def images(self) -> int:
        """Real images seen, as far as the rows tell."""
        rows = [*self.metrics, *self.probes]
        return max((int(row["images"]) for row in rows if _number(row.get("images"))), default=0)

    @cached_property
    def probed(self) -> bool:
        """Whether there are rows of probes."""
        return bool(len(_series(self.probes, "d.real", 0)))

    @cached_property
    def judged(self) -> bool:
        """Whether enough rows of probes lie behind the warm-up."""
        return len(self.probe("diversity")) >= JUDGED

    @property
    def translates(self) -> bool:
        """Whether photos are translated: made pictures keep what photos show, and are never as drawings are."""
        return self.recipe.translation.adversarial > 0

    @property
    def paints(self) -> bool:
        """Whether one picture is painted like another: there is no discriminator at all."""
        return self.recipe.painting.style > 0 or self.recipe.painting.local > 0

    @property
    def _alone(self) -> int:
        """Real images before the players meet."""
        return self.recipe.lesson.alone + self.recipe.translation.initial

    @cached_property
    def _comparable(self) -> list[Row]:
        """The probes at the newest resolution: a growing network's smaller pictures are another, easier task."""
        newest = next((row.get("resolution") for row in reversed(self.probes) if "diverged" not in row), None)
        return [row for row in self.probes if row.get("resolution") == newest]

    @property
    def warm_up(self) -> int:
        """The real images before which no pictures are judged: so many steps of the generator."""
        return self._alone + WARM_UP * self.recipe.batch * self.recipe.discriminator_steps

    @property
    def begun(self) -> int:
        """The real images before which no discriminator is judged: so many of its own steps."""
        return self._alone + WARM_UP * self.recipe.batch

    def probe(self, name: str, since: int | None = None) -> Series:
        """A number of the probes at the newest resolution, after the warm-up, or from an image on."""
        return _series(self._comparable, name, self.warm_up if since is None else since)

    def metric(self, name: str, since: int = 0) -> Series:
        """A number of the metrics, from an image on."""
        return _series(self.metrics, name, since)

    def text(self, name: str) -> str:
        """A word of the newest probe that has it."""
        found = next((str(row[name]) for row in reversed(self.probes) if isinstance(row.get(name), str)), "")
        return "".join(character if character.isprintable() else "?" for character in found)


def _series(rows: Sequence[Row], name: str, since: int) -> Series:
    found = [(row["images"], row[name]) for row in rows if _number(row.get("images")) and _number(row.get(name))]
    found = [(int(images), float(value)) for images, value in found if images >= since]
    return Series(tuple(images for images, _ in found), tuple(value for _, value in found))


def _number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= LARGEST  # no nan either
