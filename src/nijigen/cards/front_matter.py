"""YAML front matter: facts for machines between ``---`` lines, whatever names and licences people give."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

# No file can hold lone surrogates, and YAML takes some of the others inside of a text for the end of a line.
ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
EMPTY: tuple[Any, ...] = (None, "", [], {}, ())


def front_matter(facts: Mapping[str, Any]) -> str:
    """The block between ``---`` lines that a card begins with.

    Args:
        facts: texts, finite numbers, truths, and lists and mappings of them; what is None or empty is left out.
    """
    return "---\n" + yaml.safe_dump(_told(facts), sort_keys=False, allow_unicode=True, width=10_000) + "---\n"


def _told(value: Any) -> Any:
    """Without what is empty, and with U+FFFD for odd characters."""
    if isinstance(value, Mapping):
        return {_told(key): _told(one) for key, one in value.items() if one not in EMPTY}
    if isinstance(value, list | tuple):
        return [_told(one) for one in value]
    return ODD.sub("\ufffd", value) if isinstance(value, str) else value
