"""Values that too few pictures carry become unknown: three pictures teach a model nothing but those three pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema, Labels


@dataclass(frozen=True, slots=True)
class Rare:
    """A value that was folded into unknown, and how many pictures had it."""

    attribute: str
    value: str
    count: int


def within(labels: Labels, schema: AttributeSchema) -> Labels:
    """The labels that a schema knows."""
    values = {attribute.name: None if attribute.continuous else attribute.values for attribute in schema.attributes}
    return {name: value for name, value in labels.items()
            if name in values and ((known := values[name]) is None or value in known)}  # fmt: skip


def fold_rare(labels: Sequence[Labels], schema: AttributeSchema, min_count: int) -> tuple[list[Labels], list[Rare]]:
    """Labels without the values of fewer than ``min_count`` pictures, and which those are, in order of the schema.

    Continuous attributes are left as they are; so is a row that loses nothing (the very same object). Nothing given is
    changed.

    Raises:
        NijigenError: ``min_count`` is below 1.
    """
    if min_count < 1:
        raise NijigenError(f"--min-count {min_count} is no count: use 1 (all values) or more")
    words = [attribute for attribute in schema.attributes if not attribute.continuous]
    counts = {
        attribute.name: Counter(str(row[attribute.name]) for row in labels if attribute.name in row)
        for attribute in words
    }
    folded = [
        Rare(attribute.name, value, counts[attribute.name][value])
        for attribute in words
        for value in attribute.values
        if 0 < counts[attribute.name][value] < min_count
    ]
    gone = {(rare.attribute, rare.value) for rare in folded}

    def kept(row: Labels) -> Labels:
        if not any((name, str(value)) in gone for name, value in row.items()):
            return row
        return {name: value for name, value in row.items() if (name, str(value)) not in gone}

    return [kept(row) for row in labels], folded
