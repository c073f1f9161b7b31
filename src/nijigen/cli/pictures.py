"""What the verbs say that work on one picture or through a folder of them: enlarge, stylize."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nijigen.terminal import plain_words

if TYPE_CHECKING:
    from nijigen.data.folder_work import Done


def told(silent: bool) -> tuple[list[str], Callable[[str], None]]:
    """A list, and what to call with a line: it is kept there, and printed on standard error unless ``silent``."""
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        if not silent:
            print(plain_words(line), file=sys.stderr)

    return lines, tell


def lines_of(rows: "list[Done]", out: Path, many: bool, how: str) -> list[str]:
    """What was done, in lines: notes, what was left out and why, and the end result.

    Args:
        out: the file of one picture, or the folder of ``many``.
        how: what was done to each, as ``enlarged 2 times``.
    """
    lines = [f"{plain_words(row.out)}: {note}" for row in rows for note in row.notes]
    lines += [f"{plain_words(row.file)}: left out ({plain_words(row.problem)})" for row in rows if row.problem]
    if not many:
        return [*lines, f"{out}: {rows[0].size[0]}x{rows[0].size[1]} pixels, {how}"]
    there, broken = sum(row.there for row in rows), sum(bool(row.problem) for row in rows)
    some = f"; {there:,} were there already" * bool(there) + f"; {broken:,} left out" * bool(broken)
    return [*lines, f"{out}: {len(rows) - there - broken:,} {how}{some}"]
