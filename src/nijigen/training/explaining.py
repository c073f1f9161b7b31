"""What is wrong with a table of a recipe, said so that it can be mended: pydantic finds it, people read it."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from nijigen.errors import NijigenError, nearest
from nijigen.models.registry import families

MOST = 3  # keys that are suggested at once
PLAIN = {
    "int_parsing": "use a whole number",
    "int_type": "use a whole number",
    "int_from_float": "use a whole number",
    "float_parsing": "use a number",
    "float_type": "use a number",
    "bool_parsing": "use true or false",
    "bool_type": "use true or false",
    "finite_number": "use a finite number",
}


def validate(model: type[Any], table: dict[str, Any], origin: str, family: str | None = None) -> Any:
    """The table as a model.

    Args:
        origin: whose it is, as messages begin.
        family: whose ``[network]`` it is; None where it is a whole recipe.

    Raises:
        NijigenError: an unknown key (the nearest one is named) or a wrong value.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise NijigenError(f"{origin}: {_explain(model, table, error.errors()[0], family)}") from None


def _explain(model: type[BaseModel], table: dict[str, Any], problem: Any, family: str | None) -> str:
    path, value = [str(part) for part in problem["loc"]], problem["input"]
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        while isinstance(value, dict) and len(value) == 1:  # optimizer.d.rate: found at optimizer.d
            ((inner, value),) = value.items()
            path.append(str(inner))
        hint = _hint(model, table, path) if family is None else _network_hint(model, path[-1], family)
        return f"unknown key {'.'.join(path)}{hint}"
    if problem["type"] == "missing":
        return f"key {key} is missing"
    said = f"{key}={value!r}"
    if problem["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return f"{said}: {key} is a table, {_way_in(model, path, value)}"
    if problem["type"] == "tuple_type":
        return f"{said}: write a list, like [{value}]" if isinstance(value, int) else f"{said}: write a list"
    message = PLAIN.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return message if not key else f"{said}: {message}"


def _hint(model: type[BaseModel], table: dict[str, Any], path: list[str]) -> str:
    """Keys of a recipe that end in an unknown one's last word, or are like it."""
    known = list(_keys(model))
    family = table.get("family")
    if isinstance(family, str) and family in families():
        known += [f"network.{name}" for name in families()[family].options.model_fields]
    ends = [key for key in known if key.rpartition(".")[2] == path[-1].lower()]
    # Those in the same table before those elsewhere: optimizer.rate is none of burn_in.
    near = [key for key in ends if len(path) > 1 and key.startswith(f"{path[0]}.")] or ends
    others = _owners(path[-1])
    if not near and others:
        return f": it is a [network] option of {', '.join(others)}"
    if not near:
        level = _level(model, path[:-1])
        if (word := nearest(path[-1], level)) is not None:
            return f" (did you mean {word}?)"
        word = nearest(path[-1], [key.rpartition(".")[2] for key in known])
        near = [key for key in known if key.rpartition(".")[2] == word]
    if near:
        *first, last = near[:MOST]
        return f" (did you mean {', '.join(first)} or {last}?)" if first else f" (did you mean {last}?)"
    return ""


def _network_hint(model: type[BaseModel], word: str, family: str) -> str:
    """Whose option an unknown one of a family is, and the family's own that is like it."""
    near = nearest(word, model.model_fields)
    others = _owners(word)
    if others:
        told = f": it is an option of {', '.join(others)}, not of {family}"
        return told if near is None else f"{told} (did you mean {near}?)"
    return "" if near is None else f" (did you mean {near}?)"


def _owners(word: str) -> list[str]:
    """The families that have an option of that name."""
    return [name for name, family in families().items() if word in family.options.model_fields]


def _way_in(model: type[BaseModel], path: list[str], value: Any) -> str:
    """How a key of a table is set, where the table itself was given a value."""
    key, inner = ".".join(path), _table(model, path)
    if inner is None:
        return f"set a key of it, like {key}.width=32" if path == ["network"] else "set a key of it"
    for name, field in inner.model_fields.items():
        if get_origin(field.annotation) is Literal and value in get_args(field.annotation):
            return f"set {key}.{name}={value}"
    names = [f"{key}.{name}" for name in inner.model_fields]
    return f"set one of {', '.join(names)}"


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted keys of a model and the tables in it."""
    for name, field in model.model_fields.items():
        inner = _inner(field.annotation)
        if inner is None:
            yield prefix + name
        else:
            yield from _keys(inner, f"{prefix}{name}.")


def _level(model: type[BaseModel], path: list[str]) -> list[str]:
    """The keys of the table at a path; none where there is no such table."""
    inner = _table(model, path)
    return [] if inner is None else list(inner.model_fields)


def _table(model: type[BaseModel], path: list[str]) -> type[BaseModel] | None:
    found: type[BaseModel] | None = model
    for part in path:
        field = found.model_fields.get(part) if found is not None else None
        found = None if field is None else _inner(field.annotation)
    return found


def _inner(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *get_args(annotation))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
