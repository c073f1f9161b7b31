"""``--set key=value``: one key of a recipe's table, as people write it."""

import tomllib
from typing import Any

from pydantic import BaseModel

from nijigen.errors import NijigenError
from nijigen.terminal import read_count

# Keys that hold a list, which may be given with commas, or as the one thing that is in it.
WORD_LISTS = {"balance", "class_weights", "groups"}
NUMBER_LISTS = {"attention", "encoder_attention", "decoder_attention"}


def set_key(model: type[BaseModel], table: dict[str, Any], override: str) -> None:
    """Change a key of the table of a ``model``; the value is TOML, or bare text for a string.

    Raises:
        NijigenError: it is no ``key=value``, or leads through something that is no table.
    """
    key, equals, text = override.partition("=")
    parts = [part.strip() for part in key.split(".")]
    if not equals or not all(parts):
        raise NijigenError(f"--set {override!r} is not key=value, like resolution=32 or network.width=32")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text.strip()
    for depth, part in enumerate(parts[:-1]):
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise NijigenError(f"--set {override!r}: {'.'.join(parts[: depth + 1])} is not a table")
        table = inner
    table[parts[-1]] = _typed(value, parts, model)


def field_at(model: type[BaseModel], parts: list[str]) -> Any:
    """The type of a key of a model and the tables inside it; None where there is none, or no telling."""
    kind: Any = model
    for part in parts:
        if not (isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields):
            return None
        kind = kind.model_fields[part].annotation
    return kind


def _typed(value: Any, parts: list[str], model: type[BaseModel]) -> Any:
    """A value as its key wants it: lists of one thing or with commas, and numbers like 100k."""
    if parts[-1] in WORD_LISTS and isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    if parts[-1] in NUMBER_LISTS and isinstance(value, str):
        words = [word.strip() for word in value.split(",") if word.strip()]
        return [int(word) if word.isdecimal() and len(word) < 10 else word for word in words]
    if parts[-1] in NUMBER_LISTS and isinstance(value, int) and not isinstance(value, bool):
        return [value]
    if isinstance(value, str) and value[-1:] in {*"kKmM"} and field_at(model, parts) is int:
        return read_count(value, f"--set {'.'.join(parts)}")
    return value
