"""Words, numbers and names out of files of strangers, as something that can be kept and printed."""

import math
from typing import Any

from nijigen.files import printable
from nijigen.vocabulary import fold

LONGEST_WORD, LONGEST_LINE = 100, 1000


def shown(name: str) -> str:
    """A name that can be written as UTF-8, whatever half characters stand in it."""
    try:
        return printable(name)
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON can hold
        return name.encode("utf-8", "backslashreplace").decode()


def word(value: Any) -> str | float | None:
    """A label as a source writes it, or None for what is no label: lists, objects, long texts, endless numbers."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else None
    if isinstance(value, float):
        return value if math.isfinite(value) and abs(value) < 1e30 else None
    if isinstance(value, str):
        text = shown(value.strip())
        return text if text.isprintable() and 0 < len(text) <= LONGEST_WORD else None
    return None


def text(value: Any) -> str:
    """A licence or an address, "" for what is no line of text."""
    line = shown(value.strip()) if isinstance(value, str) else ""
    return line if line.isprintable() and len(line) <= LONGEST_LINE else ""


def labels_of(row: dict[Any, Any]) -> dict[str, str | float]:
    """The entries of an object that are labels; names that are no word are left out."""
    found = {}
    for name, value in row.items():
        label = word(value)
        if label is not None and isinstance(word(name), str) and fold(shown(name)):
            found[shown(name)] = label
    return found
