"""How the command line speaks and listens."""

import json
import re
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from nijigen.errors import NijigenError

PACKED = re.compile(r"[A-Za-z0-9+/=]{301,}")  # base64, longer than names of files and digests are


def report(facts: Any, lines: list[str], as_json: bool, quiet: bool = False) -> None:
    """Print what a verb did: as JSON, in lines, or not at all."""
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    elif not quiet:
        for line in lines:
            print(line)


def notes(lines: Iterable[str], quiet: bool = False) -> None:
    """Print what a person should know beside the result, on standard error."""
    for line in () if quiet else lines:
        print(line, file=sys.stderr)


def need_extra(extra: str, *packages: str) -> None:
    """See that what an extra installs is there.

    Raises:
        NijigenError: it is not; says how to install it.
    """
    for package in packages:
        if find_spec(package) is None:
            raise NijigenError(f'this needs {package}, which is not installed: pip install "nijigen[{extra}]"')


def read_count(text: str, flag: str) -> int:
    """A number as people write it: 200000, 200k or 2M.

    Raises:
        NijigenError: it is no such number; the flag is named.
    """
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    digits = text[:-1] if factor > 1 else text
    try:
        number = float(digits.replace("_", "").replace(",", "")) * factor
    except ValueError:
        number = 0
    if not 1 <= number < 1e15:
        raise NijigenError(f"{flag} {text}: use a number like 200000, 200k or 2M")
    return int(number)


def read_numbers(texts: list[str] | None, flag: str) -> dict[str, float]:
    """``["blush=1"]`` → ``{"blush": 1.0}``.

    Raises:
        NijigenError: a part without ``=``, or what is no number.
    """
    found: dict[str, float] = {}
    for part in ",".join(texts or []).replace("＝", "=").replace("，", ",").split(","):
        word, equals, value = part.rpartition("=")
        if not part.strip():
            continue
        try:
            if not equals or not word.strip():
                raise ValueError
            found[word.strip()] = float(value)
        except ValueError:
            raise NijigenError(
                f'{flag} {part.strip()!r} is not KEY=STEPS, like blush=1 or "fringe length=-1"'
            ) from None
    return found


def schema_lines(schema: Any) -> list[str]:
    """Every attribute and value with its 中文 and 日本語 words, for ``draw --list``."""
    from nijigen.vocabulary import display

    def named(attribute: str, value: str | None = None) -> str:
        others = dict.fromkeys(display(attribute, value, language) for language in ("zh", "ja"))
        return f"{value or attribute} ({' · '.join(others)})"

    lines = []
    for attribute in schema.attributes:
        lines.append(named(attribute.name))
        if attribute.continuous:
            lines.append(f"    {attribute.range[0]:g} to {attribute.range[1]:g}")
        else:
            lines.append("    " + ", ".join(named(attribute.name, value) for value in attribute.values))
    return lines


def plain_words(value: Any) -> str:
    """A value of a certificate, without what could upset a terminal: the file may be a stranger's."""
    text = ", ".join(f"{key}={word}" for key, word in value.items()) if isinstance(value, dict) else str(value)
    return "".join(character if character.isprintable() else "?" for character in text)


def shortened(line: str) -> str:
    """A line with the beginnings of packed numbers alone; JSON output has all of them."""
    return PACKED.sub(lambda found: f"{found[0][:12]}…", line)
