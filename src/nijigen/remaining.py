"""What is left to choose from when some values must not be: no glasses, not smiling."""

from collections.abc import Iterable, Mapping
from typing import Any

from nijigen.schema import AttributeSchema, SchemaError

Remaining = Mapping[str, tuple[str, ...]]  # attribute → the values that chance may choose


def remaining(schema: AttributeSchema, avoid: Mapping[str, Any], wanted: Mapping[str, Any]) -> Remaining:
    """The values that are left of each attribute in ``avoid``, in schema order; wanted attributes need no choice.

    Args:
        avoid: attribute → a value or several that must not be, in words of any language.
        wanted: canonical labels that are given.

    Raises:
        SchemaError: a wrong word, an attribute that is a number, or one of which no value is left.
    """
    left: dict[str, tuple[str, ...]] = {}
    for word, unwanted in avoid.items():
        attribute = schema[word]
        if attribute.continuous:
            raise SchemaError(f"{attribute.name} is a number: give one instead of values to avoid")
        several: Iterable[Any] = [unwanted] if isinstance(unwanted, str) else unwanted
        out = {attribute.normalize(value) for value in several}
        values = tuple(value for value in left.get(attribute.name, attribute.values) if value not in out)
        if not values:
            raise SchemaError(
                f"{attribute.name}: no value is left when all of {', '.join(attribute.values)} are avoided"
            )
        left[attribute.name] = values
    return {name: values for name, values in left.items() if name not in wanted}
