"""The words that a model or data set knows, as a card shows them; read from a schema's JSON, which may be anybody's."""

from collections.abc import Mapping
from typing import Any

from nijigen.cards.text import code, plain, table
from nijigen.errors import NijigenError
from nijigen.schema import Attribute, AttributeSchema
from nijigen.vocabulary import vocabulary

MOST_VALUES = 40  # shown of one attribute


def attributes_of(schema: object) -> tuple[Attribute, ...]:
    """The attributes of a schema as JSON; none where it is damaged."""
    if not isinstance(schema, Mapping):
        return ()
    try:
        return AttributeSchema.from_json(dict(schema)).attributes
    except (NijigenError, ValueError, TypeError, KeyError, AttributeError):
        return ()


def attribute_table(attributes: tuple[Attribute, ...], counts: Mapping[str, Any] | None = None) -> str:
    """Attributes and their values as Markdown.

    Args:
        counts: pictures a value, by attribute, as ``dataset.json`` has them.
    """
    return table(
        ("attribute", "values"), [(code(one.name), _values(one, (counts or {}).get(one.name))) for one in attributes]
    )


def languages(schema: object) -> list[str]:
    """In which languages words are understood: all of the vocabulary's where it knows an attribute, else English."""
    names = [one.name for one in attributes_of(schema)]
    if not names:
        return []
    return ["en", "zh", "ja"] if any(name in vocabulary() for name in names) else ["en"]


def spoken(attributes: tuple[Attribute, ...]) -> str:
    """`` --set hair_color=pink`` for a command line: a word of the first attribute that has plain ones."""
    for one in attributes:
        for value in reversed(one.values):
            if all(part.replace("_", "").replace("-", "").isalnum() and part.isascii() for part in (one.name, value)):
                return f" --set {one.name}={value}"
    return ""


def _values(attribute: Attribute, counts: object) -> str:
    told: Mapping[str, Any] = counts if isinstance(counts, Mapping) else {}
    if attribute.range is not None:
        labelled = f" ({told['labelled']:,} pictures)" if isinstance(told.get("labelled"), int) else ""
        return f"{attribute.range[0]:g} to {attribute.range[1]:g}{labelled}"
    shown = [
        plain(value) + (f" ({told[value]:,})" if isinstance(told.get(value), int) else "")
        for value in attribute.values[:MOST_VALUES]
    ]
    more = len(attribute.values) - MOST_VALUES
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
