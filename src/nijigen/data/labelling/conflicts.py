"""Where several origins of labels contradict each other: a mistake in one of them, which only a person can mend."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nijigen.data.labelling.labels import attribute_name, value_word
from nijigen.data.labelling.metadata import Cell

EXAMPLES = 5


@dataclass
class Conflict:
    """Of one attribute: how many pictures have two values, and the first five, ``(file, {origin: word})``."""

    count: int = 0
    examples: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def conflicts(origins: Mapping[str, Sequence[Mapping[str, Cell]]], files: Sequence[str]) -> dict[str, Conflict]:
    """Contradictions by attribute, in order of appearance.

    Args:
        origins: name of the origin (``folders``, ``metadata.csv``, ``--labels``, ``tags``) → a row for each file, of
            columns and words in any language. Two words for one value are no contradiction, nor is an unknown one.
        files: names of the pictures.

    Raises:
        ValueError: an origin has more or fewer rows than there are files.
    """
    if any(len(rows) != len(files) for rows in origins.values()):
        raise ValueError("an origin of labels needs a row for each file")
    found: dict[str, Conflict] = {}
    for number, rows in enumerate(zip(*origins.values(), strict=True)):
        if sum(map(bool, rows)) < 2:
            continue
        said: dict[str, dict[str, str]] = {}
        for origin, row in zip(origins, rows, strict=True):
            for column, cell in row.items():
                name = attribute_name(column)
                word = _word(name, cell)
                if word:
                    said.setdefault(name, {})[origin] = word
        for name, words in said.items():
            if len(set(words.values())) > 1:
                conflict = found.setdefault(name, Conflict())
                conflict.count += 1
                if len(conflict.examples) < EXAMPLES:
                    conflict.examples.append((files[number], words))
    return found


def conflict_lines(found: Mapping[str, Conflict]) -> list[str]:
    """One line an attribute, for a person."""
    lines = []
    for name, conflict in found.items():
        file, words = conflict.examples[0]
        example = ", ".join(f"{origin} {word}" for origin, word in words.items())
        lines.append(f"{name}: {conflict.count:,} pictures with contradicting labels ({file}: {example})")
    return lines


def _word(name: str, cell: Cell) -> str:
    """The canonical word of a cell; numbers are the same however they are written (0.50 and 0.5)."""
    try:
        number = float(cell)
    except ValueError:
        return value_word(name, str(cell))
    return repr(number) if math.isfinite(number) else ""
