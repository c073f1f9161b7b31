"""One attribute: its values, in words of three languages, or its range.

>>> from nijigen.attribute import Attribute
>>> Attribute("hair_color", ("black", "pink")).normalize("粉色")
'pink'
"""

import math
from dataclasses import dataclass
from functools import cached_property

from nijigen.errors import NijigenError, did_you_mean
from nijigen.vocabulary import fold, synonyms

UNKNOWN = frozenset({"", "unknown", "nan", "null", "na", "n/a", "?", "未知", "不明"})

Labels = dict[str, str | float]


class SchemaError(NijigenError):
    """A word, value or file that does not fit the schema."""


@dataclass(frozen=True)
class Attribute:
    """One attribute: categorical (``values``) or continuous (``range = (low, high)``).

    Raises:
        SchemaError: neither or both are given, a value occurs twice, or the range is empty.
    """

    name: str
    values: tuple[str, ...] = ()
    range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.name or fold(self.name) != self.name:
            raise SchemaError(f"attribute name {self.name!r} must be lower case with underscores, like hair_color")
        if bool(self.values) == (self.range is not None):
            raise SchemaError(f"attribute {self.name} needs either values or a range (low, high)")
        folded = [fold(value) for value in self.values]
        if len(set(folded)) != len(folded) or "" in folded:
            raise SchemaError(f"attribute {self.name} has an empty value or one value twice: {', '.join(self.values)}")
        if self.range is not None and not 0 < self.range[1] - self.range[0] < math.inf:
            raise SchemaError(
                f"attribute {self.name} has an empty or endless range {self.range[0]:g} to {self.range[1]:g}"
            )

    @property
    def continuous(self) -> bool:
        """Whether the attribute is a number in a range."""
        return self.range is not None

    @property
    def width(self) -> int:
        """Columns of its block: one a value, or the two ends of the range."""
        return 2 if self.continuous else len(self.values)

    @cached_property
    def _lookup(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for value in self.values:
            for word in synonyms(self.name, value):
                words.setdefault(word, value)
        return words | {fold(value): value for value in self.values}

    def normalize(self, value: object) -> str | float | None:
        """The canonical value for a word in any language or a number; None when it says that it is unknown.

        Raises:
            SchemaError: an unknown word (the nearest one is named), no number, or a number out of range.
        """
        if value is None or (isinstance(value, str) and fold(value) in UNKNOWN and fold(value) not in self._lookup):
            return None
        if self.range is not None:
            return self._number(value, *self.range)
        word = fold(str(value))
        if word in self._lookup:
            return self._lookup[word]
        hint = did_you_mean(word, self._lookup)
        known = ", ".join(self.values)
        raise SchemaError(f"{self.name} has no value {str(value)!r}{hint}; it can be {known}")

    def _number(self, value: object, low: float, high: float) -> float:
        try:
            number = float(value)  # type: ignore[arg-type]  # anything float() takes will do
        except (TypeError, ValueError):
            raise SchemaError(f"{self.name} needs a number from {low:g} to {high:g}, not {value!r}") from None
        if not low <= number <= high:
            raise SchemaError(f"{self.name}={number:g} is out of range: use {low:g} to {high:g}")
        return number
