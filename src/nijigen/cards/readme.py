"""Whose a ``README.md`` is: what nijigen wrote says so in its last line, with the digest of the text above it.

A card that a person wrote, or changed by a single word, has no such line or another digest, and is never written over.
"""

import hashlib
import re
from pathlib import Path

from nijigen.files import write_text

README_FILE = "README.md"
SIGNATURE = (
    "<!-- Written by nijigen, and written anew as the model or data set changes. Once you change a word it is yours and"
    " stays as it is. sha256:{} -->\n"
)
SIGNED = re.compile(r"<!-- Written by nijigen[^>]* sha256:([0-9a-f]{64}) -->\s*\Z")
MOST_BYTES = 2**24  # of what may be a card of ours


def signed(text: str) -> str:
    """A card with its signature below it."""
    body = text.rstrip("\n") + "\n\n"
    return body + SIGNATURE.format(_digest(body))


def is_ours(text: str) -> bool:
    """Whether a card is as nijigen wrote it; line ends, which tools change by themselves, count for nothing."""
    found = SIGNED.search(text)
    return found is not None and found[1] == _digest(text[: found.start()])


def is_ours_at(path: Path) -> bool:
    """Whether a file is a card as nijigen wrote it; what cannot be read is somebody's own."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return False
        return is_ours(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def keep_card(folder: Path, text: str) -> bool:
    """Write a card into a folder, unless a person's lies there; returns whether it is ours.

    Args:
        text: the card with its signature (:func:`signed`).

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / README_FILE
    if path.exists() or path.is_symlink():
        if not is_ours_at(path):
            return False
        if path.read_bytes() == text.encode():
            return True
    write_text(path, text)
    return True


def names_in(folder: Path) -> set[str]:
    """Names of what lies in a folder and in the folders directly in it, with ``/`` between."""
    return {path.relative_to(folder).as_posix() for pattern in ("*", "*/*") for path in folder.glob(pattern)}


def _digest(body: str) -> str:
    return hashlib.sha256("\n".join(line.rstrip() for line in body.strip().splitlines()).encode()).hexdigest()
