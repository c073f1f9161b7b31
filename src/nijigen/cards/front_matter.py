"""YAML front matter: the few kinds of values that a card needs, whatever names and licences people give.

Every text is written in double quotes with its odd characters escaped (YAML 1.2, §5.7 and §7.3.1), so that none can be
taken for a number, a date, a comment or the end of the block. Writing needs no library; tests read it with one.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

INDENT = "  "
PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z_-]*")
NO_TEXT = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")  # truths and nothing in YAML 1.1
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Not printable in YAML (§5.1), or taken for a line break inside of quotes.
ODD = ((0x00, 0x1F), (0x7F, 0xA0), (0x2028, 0x2029), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFFE, 0xFFFF))


def front_matter(facts: Mapping[str, Any]) -> str:
    """The block between ``---`` lines that a card begins with.

    Args:
        facts: texts, finite numbers, truths, and lists and mappings of them; what is None or empty is left out.
    """
    return "---\n" + "".join(f"{line}\n" for line in _mapping(facts)) + "---\n"


def quoted(text: str) -> str:
    """A text as a double-quoted YAML scalar on one line; a lone surrogate, which no file can hold, becomes U+FFFD."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(one: str) -> str:
    if one in ESCAPES:
        return ESCAPES[one]
    code = ord(one)
    if 0xD800 <= code <= 0xDFFF:
        return "\\uFFFD"
    if code > 0xFFFF:
        return one if one.isprintable() else f"\\U{code:08X}"
    return f"\\u{code:04X}" if any(low <= code <= high for low, high in ODD) else one


def _mapping(facts: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for key, value in facts.items():
        if value is None or value in ("", [], {}, ()):
            continue
        name = key if PLAIN_KEY.fullmatch(key) and key.casefold() not in NO_TEXT else quoted(key)
        lines += _below(f"{name}:", value)
    return lines


def _below(head: str, value: Any) -> list[str]:
    """A key with its value: on its line, or indented below it."""
    if isinstance(value, Mapping):
        return [head, *(INDENT + line for line in _mapping(value))]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [head, *(line for item in value for line in _item(item))]
    return [f"{head} {_scalar(value)}"]


def _item(value: Any) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"- {_scalar(value)}"]
    lines = _mapping(value)
    return [f"- {lines[0]}", *(INDENT + line for line in lines[1:])] if lines else []


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):  # 1e-05 would be a text: YAML 1.1 wants a point before the exponent
        text = repr(value)
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    return quoted(str(value))
