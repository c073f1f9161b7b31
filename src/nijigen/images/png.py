"""PNG files that carry a JSON object: how an avatar keeps its birth certificate."""

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from nijigen.errors import NijigenError
from nijigen.files import write_bytes

KEYWORD = "nijigen"
MAX_FILE_BYTES = 256 * 2**20
MAX_CERTIFICATE_CHARACTERS = 2**20


def encode_png(image: Image.Image, facts: dict[str, Any] | None = None, exif: bytes = b"") -> bytes:
    """PNG bytes of a picture, with ``facts`` as JSON in a text chunk called ``nijigen``, and an EXIF block."""
    extra = PngImagePlugin.PngInfo()
    if facts is not None:
        extra.add_itxt(KEYWORD, json.dumps(facts, ensure_ascii=False, separators=(",", ":")))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=extra, **({"exif": exif} if exif else {}))
    return buffer.getvalue()


def write_png(path: str | Path, image: Image.Image, facts: dict[str, Any] | None = None, durable: bool = True) -> Path:
    """Write a PNG atomically; see :func:`encode_png` and :func:`nijigen.files.write_bytes`."""
    return write_bytes(path, encode_png(image, facts), durable)


def read_png(path: str | Path) -> tuple[Image.Image, dict[str, Any] | None]:
    """The picture in a PNG file and its facts (None where it has none).

    Raises:
        NijigenError: the file is missing, too large, damaged, or no PNG.
    """
    path = Path(path)
    if not path.is_file():
        raise NijigenError(f"{path} does not exist or is no file")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise NijigenError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB: not an avatar")
    try:
        with Image.open(path, formats=["PNG"]) as image:
            image.load()
            text = getattr(image, "text", {}).get(KEYWORD)
            picture = image.copy()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NijigenError(f"{path} is damaged or no PNG: {error}") from None
    if text is None:
        return picture, None
    try:
        facts = json.loads(text) if len(text) <= MAX_CERTIFICATE_CHARACTERS else None
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise NijigenError(f"{path}: its birth certificate is damaged")
    return picture, facts
