"""From a path and what was chosen to a source: our drawings, other people's layouts, plain folders and zips."""

from dataclasses import replace
from pathlib import Path

from nijigen.data.chibi import ChibiSource, chibi_schema, parse_chibi
from nijigen.data.choices import Choices
from nijigen.data.labelling.label_map import LabelMap, read_label_map
from nijigen.data.labelling.matching import Labelling, label
from nijigen.data.labelling.tags import TagMapping, read_mapping
from nijigen.data.layouts import layout_of
from nijigen.data.layouts.danbooru import DanbooruSource, parse_ratings
from nijigen.data.layouts.manga109 import Manga109Source
from nijigen.data.sources import Listing, Source, open_source
from nijigen.errors import NijigenError


def open_any(source: str | Path) -> Source:
    """The source at a path, in whatever layout it has.

    Raises:
        NijigenError: there is nothing at the path, or nothing that can be read.
    """
    return layout_of(Path(source)) or open_source(source)


def open_place(source: str | Path, choices: Choices) -> Source | ChibiSource:
    """The source that is meant, told what was chosen of it.

    Raises:
        NijigenError: as :func:`open_any`, or a choice that does not go with this source.
    """
    drawings = parse_chibi(str(source), choices.number, choices.attributes)
    if drawings is not None:
        if choices.margin is not None:
            raise NijigenError("--margin does not go with chibi:N: our drawings show one face each")
        return drawings
    if choices.attributes:
        raise NijigenError("--set goes with chibi:N alone: the labels of other sources are what they are")
    place = open_any(source)
    if isinstance(place, DanbooruSource):
        mapping = tag_mapping(choices)
        known = mapping.spelled if mapping else frozenset()
        place = replace(place, ratings=parse_ratings(choices.ratings or "safe"), tags=known)
    elif choices.ratings is not None:
        raise NijigenError("--ratings goes with Danbooru releases alone: no other source knows them")
    if choices.margin is not None and choices.faces is None and not isinstance(place, Manga109Source):
        raise NijigenError("--margin is for faces that are cut out: give --faces auto, anime, photo or FILE, too")
    if isinstance(place, Manga109Source):
        place = replace(place, books=choices.books, faces=choices.faces != "off")
    elif choices.books is not None:
        raise NijigenError("--books goes with Manga109 alone: leave it out")
    return place


def label_place(place: Source | ChibiSource, listing: Listing, choices: Choices) -> Labelling:
    """The labels of a listing, as far as they are known before its pictures are looked at.

    Raises:
        NijigenError: a label file that cannot be used.
    """
    if isinstance(place, ChibiSource):
        if choices.labels is not None:
            raise NijigenError("--labels does not go with chibi:N: the illustrator labels its drawings")
        return Labelling([{}] * place.count, chibi_schema(), origin="illustrator")
    file = None if choices.labels is None else Path(choices.labels)
    return label(place, listing, file, tag_mapping(choices), _label_map(choices))


def tag_mapping(choices: Choices) -> TagMapping | None:
    """The mapping of tags that was asked for; ``--tags`` beats the tags of ``--map``."""
    if choices.tags is not None:
        return read_mapping(choices.tags)
    chosen = _label_map(choices)
    return None if chosen is None else chosen.tags


def _label_map(choices: Choices) -> LabelMap | None:
    return None if choices.label_map is None else read_label_map(choices.label_map)
