"""The data of this room, read once from ``words.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def tables() -> Mapping[str, Any]:
    """Words by meaning, small words, equal characters, and what is said of what was understood."""
    text = (files("nijigen") / "understanding" / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
