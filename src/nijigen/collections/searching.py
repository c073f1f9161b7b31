"""What is looked for, as conditions on the tables: words of three languages, numbers, text in notes, models."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from nijigen.collections.tables import kept, pictures, words
from nijigen.errors import NijigenError, did_you_mean
from nijigen.schema import FULL_WIDTH
from nijigen.vocabulary import fold, synonyms, vocabulary

BETWEEN = ".."  # of two numbers: tilt=3..8
ILLUSTRATOR = "illustrator"

Known = Mapping[str, Iterable[str]]  # attribute → values, as they occur in what is kept


@dataclass(frozen=True)
class Search:
    """What pictures are to be found; None and nothing leave it open.

    Attributes:
        collection: a name.
        attributes: word → word, in any language; of numbers ``low..high``.
        text: what a note holds, anywhere in it; capitals count for nothing.
        model: a name, the beginning of a model's digest, or ``illustrator``.
    """

    collection: str | None = None
    attributes: Mapping[str, str] | None = None
    text: str | None = None
    model: str | None = None

    def conditions(self, known: Known) -> list[ColumnElement[bool]]:
        """The conditions on ``kept`` joined with ``pictures``.

        Raises:
            NijigenError: a word that neither nijigen nor anything kept has; the nearest one is named.
        """
        found: list[ColumnElement[bool]] = []
        if self.collection is not None:
            found.append(kept.c.collection == self.collection)
        for word, value in (self.attributes or {}).items():
            names = _names(word, known)
            found.append(kept.c.digest.in_(select(words.c.digest).where(_value(word, str(value), names, known))))
        if self.text and (folded := fold_note(self.text)):
            found.append(kept.c.folded.contains(folded, autoescape=True))
        if self.model:
            found.append(_model(self.model))
        return found


def parse_words(texts: Iterable[str]) -> dict[str, str]:
    """``["hair_color=pink,tilt=3..8"]`` → word → word; what they mean is looked up where it is searched.

    Raises:
        NijigenError: a part that is not ``key=value``.
    """
    found: dict[str, str] = {}
    for part in ",".join(texts).translate(FULL_WIDTH).split(","):
        word, _, value = part.partition("=")
        if part.strip() and not (word.strip() and value.strip()):
            raise NijigenError(f"--set {part.strip()[:80]!r} is not key=value, like hair_color=pink or tilt=3..8")
        if part.strip():
            found[word.strip()] = value.strip()
    return found


def fold_note(text: str) -> str:
    """A note, or what is looked for in it, in one spelling."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _model(word: str) -> ColumnElement[bool]:
    by_name = pictures.c.model == word
    if word == ILLUSTRATOR:
        return or_(by_name, pictures.c.certificate.contains('"kind": "illustration"', autoescape=True))
    digest = pictures.c.model_digest
    return or_(by_name, digest.startswith(word.lower(), autoescape=True)) if len(word) >= 6 else by_name


def _names(word: str, known: Known) -> list[str]:
    """The attributes that a word means: by its name, else by any of its words."""
    folded = fold(word)
    if folded in vocabulary() or folded in known:
        return [folded]
    names = [name for name in vocabulary() if folded in synonyms(name)]
    if not names:
        every = {*known, *(other for name in vocabulary() for other in synonyms(name))}
        raise NijigenError(f"no attribute {word!r}{did_you_mean(folded, every)} in anything kept")
    return names


def _value(word: str, value: str, names: list[str], known: Known) -> ColumnElement[bool]:
    numbers = _numbers(word, value)
    if numbers is not None:
        return and_(words.c.name.in_(names), words.c.number.between(*numbers))
    folded, meant, every = fold(value), set(), set()
    for name in names:
        listed: Any = vocabulary().get(name, {}).get("values", {})
        own = {*listed, *known.get(name, ())}
        meant |= {folded} if folded in own else {other for other in listed if folded in synonyms(name, other)}
        every |= own | {other for one in listed for other in synonyms(name, one)}
    if not meant:
        raise NijigenError(f"{names[0]} has no value {value!r}{did_you_mean(folded, every)}")
    return and_(words.c.name.in_(names), words.c.value.in_(sorted(meant)))


def _numbers(word: str, value: str) -> tuple[float, float] | None:
    """The ends of ``low..high``; None: it is a word."""
    low, between, high = value.partition(BETWEEN)
    try:
        return (float(low), float(high)) if between else None
    except ValueError:
        raise NijigenError(f"{word}={value}: give two numbers, like tilt=3..8") from None
