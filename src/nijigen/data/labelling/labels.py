"""Canonical labels: words of any language and numbers from files and folders, and the schema that they make."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from nijigen.data.labelling.metadata import Cell
from nijigen.errors import NijigenError
from nijigen.schema import UNKNOWN, Attribute, AttributeSchema, Labels
from nijigen.vocabulary import fold, synonyms, vocabulary

# A column of words with more different values than this is a caption or an id, not an attribute.
MOST_VALUES = 256
# Numbers with at most this many different whole values are words (ages in years, counts), more are a range.
MOST_NUMBERS = 32


def canonical(rows: Sequence[Mapping[str, Cell]]) -> tuple[list[Labels], AttributeSchema, list[str]]:
    """Rows of canonical names and any words → canonical labels, their schema, and the columns that are no attributes.

    Values of the vocabulary are recognised in every language; other words are kept, folded. A column of numbers with
    many different values becomes a continuous attribute from its lowest to its highest; a column with more than
    ``MOST_VALUES`` different words (captions, ids) is left out and named.
    """
    columns: dict[str, dict[Cell, str | float]] = {}
    for row in rows:
        for name, cell in row.items():
            columns.setdefault(name, {}).setdefault(cell, "")
    ignored: list[str] = []
    ranges: dict[str, tuple[float, float]] = {}
    for name, cells in columns.items():
        numbers = _numbers(cells)
        if numbers is not None:
            cells.update(numbers)
            known = [float(number) for number in numbers.values() if number != ""]
            ranges[name] = (min(known), max(known))
            continue
        cells.update({cell: value_word(name, str(cell)) for cell in cells})
        if len(set(cells.values())) > MOST_VALUES:
            ignored.append(name)
    shared: dict[tuple[tuple[str, Cell], ...], Labels] = {}  # few distinct rows label many pictures
    labels = []
    for row in rows:
        key = tuple(row.items())
        if key not in shared:
            found = {name: columns[name][cell] for name, cell in key if name not in ignored}
            shared[key] = {name: value for name, value in found.items() if value != ""}
        labels.append(shared[key])
    return labels, _schema(shared.values(), list(columns), ranges), ignored


@cache
def attribute_name(column: str) -> str:
    """The canonical name of a column or folder key: by the vocabulary in any language, else the folded word itself.

    Raises:
        NijigenError: nothing is left of the word.
    """
    word = _folded(column)
    if not word:
        raise NijigenError(f"column {column!r} is no word: name it like hair_color")
    if word in vocabulary():
        return word
    return next((name for name in vocabulary() if word in synonyms(name)), word)


@cache
def value_word(attribute: str, cell: str) -> str:
    """The canonical word of a value, or "" when it says that it is unknown."""
    word = _folded(cell)
    values = vocabulary().get(attribute, {}).get("values", {})
    if word in values:
        return word
    known = next((value for value in values if word and word in synonyms(attribute, value)), None)
    return known if known is not None else "" if word in UNKNOWN else word


def _folded(word: str) -> str:
    """:func:`fold` until nothing changes: case folding and NFKC can each undo the other once."""
    while (folded := fold(word)) != word:
        word = folded
    return word


def _schema(labels: Iterable[Labels], order: list[str], numeric: Mapping[str, tuple[float, float]]) -> AttributeSchema:
    words = AttributeSchema.infer({k: v for k, v in row.items() if k not in numeric} for row in labels)
    by_name = {attribute.name: attribute for attribute in words.attributes}
    by_name |= {name: Attribute(name, range=limits) for name, limits in numeric.items()}
    return AttributeSchema(by_name[name] for name in order if name in by_name)


def _numbers(cells: Iterable[Cell]) -> dict[Cell, str | float] | None:
    """Every cell as a number (unknown ones as ""), or None when the column is one of words."""
    found: dict[Cell, str | float] = {}
    for cell in cells:
        if isinstance(cell, str) and fold(cell) in UNKNOWN:
            found[cell] = ""
            continue
        try:
            number = float(cell)
        except ValueError:
            return None
        if not math.isfinite(number):
            return None
        found[cell] = number
    numbers = {number for number in found.values() if number != ""}
    whole = all(float(number).is_integer() for number in numbers)
    return None if len(numbers) < 2 or (whole and len(numbers) <= MOST_NUMBERS) else found


def count_values(labels: Iterable[Labels], schema: AttributeSchema) -> dict[str, dict[str, Any]]:
    """Per attribute: how many pictures carry each value; for continuous ones how many, and the lowest and highest."""
    words = {a.name: Counter[str]() for a in schema.attributes if not a.continuous}
    numbers: dict[str, list[float]] = {a.name: [] for a in schema.attributes if a.continuous}
    for row in labels:
        for name, value in row.items():
            if name in words:
                words[name][str(value)] += 1
            elif name in numbers:
                numbers[name].append(float(value))
    found: dict[str, dict[str, Any]] = {}
    for attribute in schema.attributes:
        if attribute.continuous:
            known = numbers[attribute.name]
            found[attribute.name] = {"labelled": len(known), "lowest": min(known), "highest": max(known)}
        else:
            found[attribute.name] = {value: words[attribute.name][value] for value in attribute.values}
    return found
