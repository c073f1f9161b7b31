"""A model's schema as rows of pickers: swatches, small drawings, words, numbers, in the page's language."""

import math
from typing import Any

from nijigen.illustrator import SCHEMA
from nijigen.schema import Attribute, AttributeSchema
from nijigen.serve.studio.speech import known_language, word
from nijigen.serve.studio.thumbnails import colour
from nijigen.vocabulary import display

STEPS = 40  # of a slider, about
Row = dict[str, Any]


def picker_rows(schema: AttributeSchema, language: object) -> list[Row]:
    """A row for each attribute with a choice; one of a single value has none and is left out."""
    spoken = known_language(language)
    return [_row(attribute, spoken) for attribute in schema.attributes
            if attribute.continuous or len(attribute.values) > 1]  # fmt: skip


def slider_row(name: str, label: str, reach: float, language: object) -> Row:
    """A row for a number that is nowhere at zero and goes as far either way: a direction."""
    return {"name": name, "label": label, "kind": "number", "low": -reach, "high": reach, "middle": 0.0,
            "step": reach / 12, "digits": 1, "hint": word(language, "refine.direction_hint")}  # fmt: skip


def _row(attribute: Attribute, language: str) -> Row:
    row: Row = {"name": attribute.name, "label": capitalised(display(attribute.name, None, language))}
    if attribute.range is not None:
        low, high = attribute.range
        digits = max(0, 2 - round(math.log10(high - low)) if high - low < 100 else 0)
        return row | {"kind": "number", "low": low, "high": high, "middle": (low + high) / 2, "digits": min(digits, 3),
                      "step": round((high - low) / STEPS, digits + 1) or (high - low) / STEPS,
                      "hint": word(language, "pickers.number_hint")}  # fmt: skip
    options = [_option(attribute.name, value, language) for value in attribute.values]
    if all("colour" in option for option in options):
        return row | {"kind": "swatches", "options": options}
    if not all("place" in option for option in options):
        return row | {"kind": "words", "options": options}
    strip = {"strip": f"studio/strips/{attribute.name}.webp", "of": len(values(attribute.name))}
    return row | {"kind": "thumbs", "options": options} | strip


def _option(name: str, value: str, language: str) -> dict[str, Any]:
    option: dict[str, Any] = {"value": value, "label": capitalised(display(name, value, language))}
    if (known := colour(name, value)) is not None:
        return option | {"colour": known}
    if drawn(name, value):
        return option | {"place": values(name).index(value)}
    return option


def drawn(name: str, value: str) -> bool:
    """Whether there is a drawing of a value: the illustrator's own names, as they are, and nothing else."""
    return value in values(name)


def values(name: str) -> tuple[str, ...]:
    """The illustrator's values of an attribute, which are the places of a strip; none of an unknown attribute."""
    return SCHEMA[name].values if name in SCHEMA else ()


def capitalised(text: str) -> str:
    """As a label begins."""
    return text[:1].upper() + text[1:]
