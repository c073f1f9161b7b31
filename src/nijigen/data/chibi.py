"""``chibi:N``: the illustrator as a source of N labelled pictures, for machines with no pictures at all.

``chibi-calm:N`` are drawings whose small things are the same for everybody: strands, highlights, where a clip sits; and
few marks of mood float around them, at fixed places. A small network learns to draw them sharply, where of what
chance decides in many numbers it learns the mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image

from nijigen.data.sources import Entry, Listing
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema, Labels
from nijigen.seeds import derive

if TYPE_CHECKING:
    from nijigen.data.dataset import Dataset

PREFIX, CALM = "chibi:", "chibi-calm:"
MOST = 10_000_000
MAKER = "drawn by nijigen"
LICENCE = "CC0-1.0"  # what the illustrator draws belongs to whoever has it drawn


@dataclass(frozen=True)
class ChibiSource:
    """``count`` drawings; drawing ``i`` depends on the seed and ``i`` alone. Labels are what can be seen in it.

    Attributes:
        attributes: what is the same in all drawings, in canonical words.
        calm: so are their small things.
    """

    count: int
    seed: int
    attributes: Labels = field(default_factory=dict)
    calm: bool = False

    @property
    def name(self) -> str:
        return f"{CALM if self.calm else PREFIX}{self.count}"

    @property
    def version(self) -> str:
        """Of what its drawings look like."""
        return chibi_version(self.calm)

    def listing(self) -> Listing:
        """Drawing ``i`` is called after ``i`` and its own seed, with which ``nijigen draw`` draws the same person."""
        seeds = (derive("chibi", self.seed, index) for index in range(self.count))
        return Listing([Entry(f"chibi/{index:08d}-seed-{seed}", 0, seed) for index, seed in enumerate(seeds)])

    def draw(self, entry: Entry, size: int, channels: int) -> tuple[Image.Image, Labels]:
        """One drawing, ``size × size`` with 3 or 4 channels, and its visible attributes."""
        from nijigen.illustrator import compose

        character = compose(entry.where, self.attributes)
        character = character.calmed() if self.calm else character
        labels: Labels = dict(character.visible)
        if channels == 4:
            labels.pop("background", None)  # it is left out of a transparent drawing
        return Image.fromarray(character.render(size, channels=channels)), labels


def parse_chibi(source: str, seed: int, attributes: Mapping[str, Any] | None = None) -> ChibiSource | None:
    """The source that ``chibi:N`` or ``chibi-calm:N`` names, or None for any other text.

    Raises:
        SchemaError: a wrong word in ``attributes``.
        NijigenError: N is no number from 1 to ten million.
    """
    if not source.startswith((PREFIX, CALM)):
        return None
    kind, _, count = source.partition(":")
    number = count.replace("_", "").lower()
    if number.endswith("k"):
        number = number[:-1] + "000"
    if not (number.isascii() and number.isdigit() and len(number) < 16 and 1 <= int(number) <= MOST):
        raise NijigenError(f"source {source}: give a number of drawings from 1 to {MOST:,}, like {kind}:2000")
    return ChibiSource(int(number), seed, chibi_schema().normalize(attributes or {}), f"{kind}:" == CALM)


def seeds_of(dataset: "Dataset") -> list[int]:
    """The seed of every drawing in a data set of nothing but drawings, in its order.

    Raises:
        NijigenError: it has other pictures, or drawings of another version of the illustrator.
    """
    arguments = dataset.info["arguments"]
    source = str(arguments.get("source", ""))
    version = chibi_version(source.startswith(CALM))
    if not source.startswith((PREFIX, CALM)):
        raise NijigenError(
            f"data set {dataset.store.name} has other pictures than our drawings: prepare one of chibi:20000"
        )
    if arguments.get("illustrator") != version:
        drawn = arguments.get("illustrator")
        raise NijigenError(
            f"data set {dataset.store.name} was drawn by version {drawn} of the illustrator, and this is {version}:"
            " prepare it again"
        )
    return [int(sample.file.rpartition("-")[2]) for sample in dataset.samples()]


def chibi_schema() -> AttributeSchema:
    """Everything that the illustrator can label."""
    from nijigen.illustrator import SCHEMA

    return SCHEMA


def chibi_version(calm: bool = False) -> str:
    """The version of the illustrator, and of its calm drawings."""
    from nijigen.illustrator.character import illustrator_version

    return illustrator_version(calm)
