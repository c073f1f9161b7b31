"""What people write beside avatars: names of collections, and notes."""

import unicodedata

from nijigen.errors import NijigenError

LONGEST_NAME = 80  # characters of a collection's name
LONGEST_NOTE = 2_000


def checked_name(name: str) -> str:
    """A collection's name as it is kept: one spelling of its characters, without spaces at the ends.

    Raises:
        NijigenError: it is empty, too long, or has characters that cannot be shown.
    """
    plain = unicodedata.normalize("NFC", name).strip()
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise NijigenError(f"a collection's name has 1 to {LONGEST_NAME} characters that can be shown: {name[:40]!r}")
    return plain


def checked_note(note: str) -> str:
    """A note as it is kept.

    Raises:
        NijigenError: it is too long, or has characters that are no text.
    """
    lines = note.replace("\r\n", "\n").strip()
    if len(lines) > LONGEST_NOTE or not lines.replace("\n", "").replace("\t", "").isprintable():
        raise NijigenError(f"a note has at most {LONGEST_NOTE:,} characters that can be shown")
    return lines
