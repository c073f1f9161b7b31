"""What a pickle says, kept as plain data. Nothing here ever runs, imports or looks up anything.

A pickle is a program for a small machine that may call any Python function by its name. Here names stay names, and
calls stay records of what was to be called with what: :class:`Name`, :class:`Call`, :class:`Reference`. Beside these
there are only numbers, text, bytes (as views of the file), tuples, lists and dictionaries.
"""

from dataclasses import dataclass, field
from typing import Any

MOST_NUMBERED = 2**16  # entries of a dictionary by number …
LARGEST_KEY = 2**60  # … and such a number: larger ones can be chosen so that all have one hash
SETS = {(module, name) for module in ("builtins", "__builtin__") for name in ("set", "frozenset")}

Value = Any  # None, bool, int, float, str, memoryview, tuple, list, dict, Name, Call or Reference


class RefusedError(Exception):
    """A file is damaged, or says what no checkpoint needs to say; the text says what, in a few words."""


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a function or class, which is never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False, slots=True)
class Call:
    """That something was to be called, and what was to be done with what came of it.

    Attributes:
        what: the name of it.
        arguments: those it was to be called with.
        state: what its attributes were to be.
        entries: what it was to hold by key.
        members: what it was to hold in order.
    """

    what: Name
    arguments: tuple[Value, ...]
    state: Value = None
    entries: dict[Value, Value] = field(default_factory=dict)
    members: list[Value] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Reference:
    """Something outside the pickle, by what the writer called it: a storage of numbers, in files of PyTorch."""

    to: Value


def call(what: Value, arguments: Value) -> Value:
    """The record of a call; the plain containers of the standard library become what they hold."""
    if not isinstance(what, Name) or not isinstance(arguments, tuple):
        raise RefusedError("it calls what is no name")
    kind = (what.module, what.name)
    if kind == ("collections", "OrderedDict") and not arguments:
        return {}
    if kind in SETS and len(arguments) == 1 and isinstance(arguments[0], list):
        return arguments[0]
    return Call(what, arguments)


def set_entries(target: Value, pairs: list[Value]) -> None:
    """Keys and values, one after the other, into a dictionary."""
    held = target.entries if isinstance(target, Call) else target
    if not isinstance(held, dict) or len(pairs) % 2:
        raise RefusedError("it sets entries of what is no dictionary")
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if not isinstance(key, str | int | None) or (isinstance(key, int) and abs(key) >= LARGEST_KEY):
            raise RefusedError("a dictionary in it has a key that is neither text nor a whole number of usual size")
        if not isinstance(key, str) and len(held) >= MOST_NUMBERED:
            raise RefusedError(f"a dictionary in it has more than {MOST_NUMBERED:,} numbers as keys")
        held[key] = value


def add_members(target: Value, values: list[Value]) -> None:
    """Values to the end of a list."""
    held = target.members if isinstance(target, Call) else target
    if not isinstance(held, list):
        raise RefusedError("it adds to what is no list")
    held.extend(values)


def build(target: Value, state: Value) -> None:
    """The attributes of an object; a dictionary's own are left out (PyTorch keeps versions of modules there)."""
    if isinstance(target, Call):
        target.state = state
    elif not isinstance(target, dict):
        raise RefusedError("it sets attributes of what is no object")
