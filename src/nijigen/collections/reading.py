"""What a file says before it is kept: a stranger's file, of which nothing is believed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nijigen.avatar import Avatar, Certificate
from nijigen.errors import NijigenError
from nijigen.files import printable
from nijigen.vocabulary import fold

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 40_000_000
MAX_CERTIFICATE = 2**20  # characters
MOST_WORDS = 200
LARGEST_NUMBER = 1e12
LONGEST_WORD = 80  # characters of an attribute or a value that can be searched for
SUFFIXES = {"image/png": ".png", "image/webp": ".webp"}
STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"RIFF": "image/webp"}


@dataclass(frozen=True)
class Facts:
    """What is known of a file.

    Attributes:
        digest: SHA-256 of its bytes.
        model: the name of the model that made it; empty where none did.
        model_digest: of that model.
    """

    digest: str
    media_type: str
    width: int
    height: int
    model: str
    model_digest: str
    certificate: Certificate


def read_facts(file: bytes, name: str = "the file") -> Facts:
    """Look at an avatar's file, a PNG or a WebP with a birth certificate.

    Args:
        name: what messages call it.

    Raises:
        NijigenError: it is too large, no picture of those kinds, damaged, or has no certificate.
    """
    name = printable(name)
    if len(file) > MAX_BYTES:
        raise NijigenError(f"{name} has more than {MAX_BYTES >> 20} MiB: too large to be kept")
    media_type = next((kind for start, kind in STARTS.items() if file.startswith(start)), None)
    if media_type is None or (media_type == "image/webp" and file[8:12] != b"WEBP"):
        raise NijigenError(f"{name} is no PNG and no WebP: only avatars' files are kept")
    avatar = Avatar.read(file, name, max_pixels=MAX_PIXELS)
    certificate = avatar.certificate
    try:
        text = as_text(certificate)
    except (ValueError, RecursionError):
        text = None
    if text is None or len(text) > MAX_CERTIFICATE:
        raise NijigenError(f"{name}: its birth certificate is damaged")
    height, width = avatar.pixels.shape[:2]
    by_model = certificate.get("kind") == "model"
    return Facts(
        digest=hashlib.sha256(file).hexdigest(),
        media_type=media_type,
        width=width,
        height=height,
        model=plain(certificate.get("model"), 200) if by_model else "",
        model_digest=plain(certificate.get("digest"), 64) if by_model else "",
        certificate=certificate,
    )


def as_text(certificate: Mapping[str, Any]) -> str:
    """A certificate as JSON of ASCII alone, which every database takes whatever the words in it are.

    Raises:
        ValueError: numbers in it that JSON has no words for.
        RecursionError: it is too deep.
    """
    return json.dumps(certificate, allow_nan=False)


def attributes_of(certificate: Mapping[str, Any]) -> dict[str, str | float]:
    """The words and numbers of a certificate, as they stand there: so many and so long as can be shown.

    Nothing but text and finite numbers is among them, whatever a stranger wrote.
    """
    given = certificate.get("attributes")
    found: dict[str, str | float] = {}
    for name, value in list(given.items())[:MOST_WORDS] if isinstance(given, dict) else ():
        name = plain(name, LONGEST_WORD)
        if isinstance(value, str):
            found[name] = plain(value, LONGEST_WORD)
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER:
            found[name] = value
    return found


def searchable(certificate: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of ``words`` that a certificate gives: (name, value, number), each name once.

    A value that is a word stands in ``value``, folded; one that is a number in ``number``.
    """
    found: set[str] = set()
    for word, value in attributes_of(certificate).items():
        name = short(word)
        if not name or name in found:
            continue
        if not isinstance(value, str):
            yield {"name": name, "value": "", "number": float(value)}
        elif folded := short(value):
            yield {"name": name, "value": folded, "number": None}
        else:
            continue
        found.add(name)


def short(word: str) -> str:
    """A word folded and within bounds: what is cut off may leave an end that folding takes away."""
    return fold(fold(word)[:LONGEST_WORD])


def plain(value: Any, longest: int) -> str:
    """A word of a stranger's certificate that can be stored and shown: no control characters, no half characters."""
    text = value if isinstance(value, str) else ""
    return "".join(character for character in text[:longest] if character.isprintable())
