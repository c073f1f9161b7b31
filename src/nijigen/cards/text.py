"""Words of anybody's in Markdown: a name can hold a pipe, a tag or a line break, and must stay a name."""

import re
from collections.abc import Sequence

LONGEST = 500
# An underscore within a word is one; any other begins or ends emphasis.
SPECIAL = re.compile(r"([\\`*{}\[\]<>#|~!&]|(?<![^\W_])_|_(?![^\W_]))")


def unlabelled(text: str) -> str:
    """A text on one line, without control characters and spaces at its ends."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(shown.split())


def plain(text: object, longest: int = LONGEST) -> str:
    """A text that Markdown shows as it is, on one line and of bounded length."""
    line = unlabelled(str(text))
    return SPECIAL.sub(r"\\\1", line if len(line) <= longest else line[: longest - 1] + "…")


def code(text: object, longest: int = LONGEST) -> str:
    """A text in a code span; backticks, which would end it, become apostrophes."""
    line = unlabelled(str(text)).replace("`", "'")
    return f"`{line if len(line) <= longest else line[: longest - 1] + '…'}`"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table of cells that are Markdown already."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)
