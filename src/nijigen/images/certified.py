"""Files that carry a JSON object beside their picture, PNG and WebP, read as if a stranger had written them.

A PNG keeps the object in a text chunk called ``nijigen``; a WebP, which has no such chunks, in its XMP packet. Both say
in their XMP what kind of source the picture has.
"""

import json
import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from nijigen.errors import NijigenError
from nijigen.images.decode import MAX_PIXELS, plain
from nijigen.images.gif_xmp import xmp_of
from nijigen.images.source import SCHEME, SourceType
from nijigen.images.swift_png import SIGNATURE
from nijigen.images.xmp import Xmp, read_xmp

KEYWORD = "nijigen"
FORMATS = ("PNG", "WEBP")
SUFFIXES = (".png", ".webp")  # of files that keep a certificate
OTHERS = {b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"BM": "BMP"}  # first bytes of what people take for an avatar
MAX_FILE_BYTES = 256 * 2**20
MAX_CERTIFICATE_CHARACTERS = 2**20
MOST_DEPTH = 400  # of lists and tables in each other; each avatar that was bred or mixed in takes about four
MOST_CHUNKS = 100_000  # of a PNG; the largest picture in the small pieces that some programs write has half as many


@dataclass(frozen=True)
class Certified:
    """A picture with what its file says of it.

    Attributes:
        picture: RGB or RGBA, straight alpha.
        facts: the JSON object; None where there is none.
        xmp: source and tool, as the XMP packet says.
        format: PNG or WEBP.
        frames: pictures in the file; the first is the one here.
    """

    picture: Image.Image
    facts: dict[str, Any] | None
    xmp: Xmp
    format: str
    frames: int = 1


def may_be_certified(data: bytes) -> bool:
    """Whether the bytes of a file look as if a birth certificate were in them; cheap, and no promise."""
    marks = (KEYWORD.encode() + b"\0", f"{KEYWORD}:certificate".encode())
    return (data.startswith(SIGNATURE) or data[8:12] == b"WEBP") and any(mark in data for mark in marks)


def stated_source(data: bytes) -> SourceType | None:
    """The term that a picture states of its source, if it is one that nijigen states itself, to be handed on."""
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(data), formats=(*FORMATS, "JPEG", "GIF")) as image:
            packet = image.info.get("xmp") or xmp_of(data)
        return SourceType((read_xmp(packet).source or "").removeprefix(SCHEME))
    except Exception:  # as in read_certified; a ValueError where it is another term
        return None


def read_file(path: str | Path) -> bytes:
    """The bytes of a file that may hold an avatar.

    Raises:
        NijigenError: it is missing, cannot be read, or is too large.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise NijigenError(f"{path} does not exist or is no file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise NijigenError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB: not an avatar")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise NijigenError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def read_certified(
    data: bytes, name: str | Path, formats: tuple[str, ...] = FORMATS, max_pixels: int = MAX_PIXELS
) -> Certified:
    """The picture in the bytes of a PNG or WebP file, and what they say of it.

    Args:
        name: what the file is called in messages.
        max_pixels: largest width × height, read from the header before a pixel is decoded.

    Raises:
        NijigenError: too large, damaged, none of ``formats``, or its JSON object is damaged.
    """
    if len(data) > MAX_FILE_BYTES:
        raise NijigenError(f"{name} is larger than {MAX_FILE_BYTES >> 20} MiB: not an avatar")
    if data.startswith(SIGNATURE) and _has_too_many_chunks(data):
        raise NijigenError(f"{name} is damaged or made to do harm: it has more than {MOST_CHUNKS:,} chunks")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures, which are refused here or not by our own limit
            return _read(data, name, formats, max_pixels)
    except NijigenError:
        raise
    except MemoryError:
        raise NijigenError(f"{name} does not fit in memory") from None
    except Exception as error:
        # Codecs raise nearly anything on broken input (struct.error, SyntaxError, KeyError ...).
        reason: object = (
            "its header names too many pixels" if isinstance(error, Image.DecompressionBombError) else error
        )
        if isinstance(error, UnidentifiedImageError):  # which names an object in memory
            other = next((kind for mark, kind in OTHERS.items() if data.startswith(mark)), None)
            reason = f"it is a {other}, which keeps no certificate" if other else "it is cut off or garbled"
        kinds = " or ".join("WebP" if kind == "WEBP" else kind for kind in formats)
        raise NijigenError(f"{name} is damaged or no {kinds}: {reason}") from None


def _read(data: bytes, name: str | Path, formats: tuple[str, ...], max_pixels: int) -> Certified:
    with Image.open(BytesIO(data), formats=formats) as image:
        if image.width * image.height > max_pixels:
            raise NijigenError(f"{name} has {image.width}x{image.height} pixels, more than {max_pixels:,}")
        kind, frames = str(image.format), int(getattr(image, "n_frames", 1))
        image.load()
        packet = image.info.get("xmp")
        xmp = read_xmp(packet if isinstance(packet, bytes) else None)
        text = getattr(image, "text", {}).get(KEYWORD) or xmp.certificate  # the latter also in a PNG made of a WebP
        # Other programs store the same pixels with a palette, or as grey.
        picture = image.copy() if image.mode in ("RGB", "RGBA") else plain(image)
    return Certified(picture, None if text is None else read_facts(text, name), xmp, kind, frames)


def read_facts(text: str, name: str | Path) -> dict[str, Any]:
    """The JSON object in a text.

    Raises:
        NijigenError: it is none, or longer or deeper than any certificate.
    """
    try:
        facts = json.loads(text) if len(text) <= MAX_CERTIFICATE_CHARACTERS else None
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict) or _too_deep(facts):
        raise NijigenError(f"{name}: its birth certificate is damaged")
    return facts


def _too_deep(facts: Any) -> bool:
    """Whether what works on it level by level (to print it, say) could run out of stack."""
    level = [facts]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _has_too_many_chunks(data: bytes) -> bool:
    place, count = len(SIGNATURE), 0
    while place + 8 <= len(data):
        place += 12 + struct.unpack_from(">I", data, place)[0]
        count += 1
        if count > MOST_CHUNKS:
            return True
    return False
