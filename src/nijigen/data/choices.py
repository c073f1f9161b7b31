"""What a person may choose when pictures become a data set."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nijigen.data.rights import UNKNOWN, own
from nijigen.errors import NijigenError
from nijigen.files import sha256_file
from nijigen.images.resize import SHAPES, Shape
from nijigen.seeds import seed_number

SMALLEST, LARGEST = 8, 2048


@dataclass(frozen=True)
class Choices:
    """The options of ``prepare``, checked.

    Attributes:
        size: side of the pictures in pixels, 8 to 2048.
        labels: a CSV, JSON-lines or JSON file of labels by file name or unique stem, on top of those in the source.
        channels: 3 (RGB, see-through parts on white) or 4 (RGBA).
        limit: use this many files only, spread evenly over the sorted source.
        shape: ``crop`` to the centred square, or ``pad`` with white (transparent with 4 channels).
        licence: what may be done with the pictures; what they say themselves, else ``unknown``, unless given.
        provenance: where they are from, in words or as an address; what they say, else ``unknown``, unless given.
        seed: of the drawings of ``chibi:N``, a number or any text; other sources do not use it.
        attributes: what all drawings of ``chibi:N`` have in common, in words: ``{"art_style": "anime"}``.
        min_size: pictures with a shorter side below this are dropped; ``size // 2`` unless given.
        junk: judge pictures (blurred, near duplicates …) and leave out what no model should learn.
        thresholds: a TOML file that changes what counts as junk.
        filter: an image classifier in ONNX; what it calls unwanted is left out (see ``images/content.py``).
        filter_least: from here on it does; what its settings say, else 0.5, unless given.
        faces: None cuts out the faces that the source has boxes of; ``off`` takes pictures whole; ``auto``, ``anime``,
            ``photo`` or a file (``.onnx``, ``.xml``) looks for faces.
        margin: around a face, as a share of its side.
        least: side of the smallest face in pixels of the source; half of the size, at least 24, unless given.
        ratings: Danbooru: which to take; ``safe`` unless given.
        books: Manga109: only books with this flag.
        tags: free tags → labels: a TOML file, or ``danbooru``.
        label_map: what columns and words of the source mean: a TOML file.
        min_count: values of fewer pictures become unknown.

    Raises:
        NijigenError: one of them is out of range.
    """

    size: int = 64
    labels: str | Path | None = None
    channels: int = 3
    limit: int | None = None
    shape: Shape = "crop"
    licence: str | None = None
    provenance: str | None = None
    seed: int | str = 0
    attributes: Mapping[str, Any] | None = None
    min_size: int | None = None
    junk: bool = True
    thresholds: str | Path | None = None
    filter: str | Path | None = None
    filter_least: float | None = None
    faces: str | None = None
    margin: float | None = None
    least: int | None = None
    ratings: str | None = None
    books: str | None = None
    tags: str | None = None
    label_map: str | Path | None = None
    min_count: int = 1

    def __post_init__(self) -> None:
        if not SMALLEST <= self.size <= LARGEST:
            raise NijigenError(f"--size {self.size} is out of range: use {SMALLEST} to {LARGEST}")
        if self.channels not in (3, 4):
            raise NijigenError(f"--channels {self.channels}: use 3 (RGB) or 4 (RGBA)")
        if self.shape not in SHAPES:
            raise NijigenError(f"--shape {self.shape}: use {' or '.join(SHAPES)}")
        for name, value, least in (
            ("--limit", self.limit, 1),
            ("min_size", self.min_size, 0),  # in Python alone
            ("--min-count", self.min_count, 1),
        ):
            if value is not None and value < least:
                raise NijigenError(f"{name} {value} is too small: use {least} or more")
        if self.least is not None and self.faces in (None, "off"):
            raise NijigenError("--least says which faces are looked for: give --faces auto, anime, photo or FILE, too")
        if self.margin is not None and self.faces == "off":
            raise NijigenError("--margin is for faces that are cut out, and --faces off cuts out none: leave one out")
        if self.filter_least is not None and self.filter is None:
            raise NijigenError("--filter-least says from where on --filter FILE.onnx drops: give it, too")
        if self.thresholds is not None and not self.junk:
            raise NijigenError("--thresholds says what is junk, and --no-junk does not look for it: leave one out")

    @property
    def said(self) -> dict[str, str]:
        """Licence and source, as far as somebody says them; what is not said takes nothing back."""
        given = {"licence": self.licence, "provenance": self.provenance}
        return {key: text for key, text in given.items() if text and own(text)}

    @property
    def number(self) -> int:
        """The seed as a number."""
        return seed_number(self.seed)

    @property
    def shortest(self) -> int:
        """The shortest side that a picture may have."""
        return self.size // 2 if self.min_size is None else self.min_size

    def arguments(self) -> dict[str, Any]:
        """What decides over the result, as ``dataset.json`` notes it; files by their names and contents."""
        return {
            "size": self.size,
            "channels": self.channels,
            "shape": self.shape,
            "min_size": self.shortest,
            "limit": self.limit,
            "labels": None if self.labels is None else Path(self.labels).name,
            "licence": self.said.get("licence", UNKNOWN),
            "provenance": self.said.get("provenance", UNKNOWN),
            "junk": self.junk,
            "thresholds": _noted(self.thresholds),
            "faces": _noted(self.faces),
            "margin": self.margin,
            "least": self.least,
            "ratings": self.ratings,
            "books": self.books,
            "tags": _noted(self.tags),
            "label_map": _noted(self.label_map),
            "min_count": self.min_count,
        }


def _noted(file: str | Path | None) -> str | None:
    """A word as it is; a file by its name and its first digits, so that a changed one is noticed."""
    if file is None or not Path(file).is_file():
        return None if file is None else str(file)
    return f"{Path(file).name} {sha256_file(file)[:12]}"
