"""``--set key=value``: one key of a recipe's table, as people write it."""

import tomllib
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from nijigen.errors import NijigenError
from nijigen.models.registry import families
from nijigen.terminal import read_count


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
    kind = _kind(model, table, parts)
    for depth, part in enumerate(parts[:-1]):
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise NijigenError(f"--set {override!r}: {'.'.join(parts[: depth + 1])} is not a table")
        table = inner
    table[parts[-1]] = _typed(value, kind, f"--set {'.'.join(parts)}")


def field_at(model: type[BaseModel], parts: list[str]) -> Any:
    """The type of a key of a model and the tables inside it; None where there is none, or no telling."""
    kind: Any = model
    for part in parts:
        if not (isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields):
            return None
        kind = kind.model_fields[part].annotation
    return kind


def _kind(model: type[BaseModel], table: dict[str, Any], parts: list[str]) -> Any:
    """The type of a key, also of an option of the family that the table names; None where there is no telling."""
    family = families().get(str(table.get("family")))
    if parts[0] == "network" and family is not None:
        return field_at(family.options, parts[1:])
    return field_at(model, parts)


def _typed(value: Any, kind: Any, flag: str) -> Any:
    """A value as its key wants it: lists of one thing or with commas, and numbers like 100k."""
    if get_origin(kind) is tuple:
        return _listed(value, get_args(kind)[0])
    if isinstance(value, str) and value[-1:] in {*"kKmM"} and kind is int:
        return read_count(value, flag)
    return value


def _listed(value: Any, one: type) -> Any:
    """A list where words or numbers were given without its brackets; what is neither stays as it is."""
    if isinstance(value, str):
        words = [word.strip() for word in value.split(",") if word.strip()]
        return [int(word) if one is int and word.isdecimal() and len(word) < 10 else word for word in words]
    return [value] if one is int and isinstance(value, int) and not isinstance(value, bool) else value
