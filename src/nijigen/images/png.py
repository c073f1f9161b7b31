"""PNG files that carry a JSON object: how an avatar keeps its birth certificate."""

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from nijigen.files import write_bytes
from nijigen.images.certified import KEYWORD, read_certified, read_file
from nijigen.images.source import SourceType, source_of
from nijigen.images.xmp import write_xmp

XMP_KEYWORD = "XML:com.adobe.xmp"  # XMP Specification Part 3, 1.1.5: uncompressed, in an iTXt chunk


def encode_png(
    image: Image.Image, facts: dict[str, Any] | None = None, exif: bytes = b"", source: SourceType | None = None
) -> bytes:
    """PNG bytes of a picture, with ``facts`` as JSON in a text chunk called ``nijigen``, and an EXIF block.

    Args:
        source: what the XMP says of the picture's source; by default what is true of an avatar with these facts.
    """
    return encode_frames([image], facts, exif=exif, source=source)


def encode_frames(
    images: list[Image.Image],
    facts: dict[str, Any] | None = None,
    exif: bytes = b"",
    source: SourceType | None = None,
    **options: Any,
) -> bytes:
    """As :func:`encode_png`; more than one picture become an animated PNG, with Pillow's ``options``."""
    extra = PngImagePlugin.PngInfo()
    if facts is not None:
        extra.add_itxt(KEYWORD, json.dumps(facts, ensure_ascii=False, separators=(",", ":")))
    if packet := write_xmp(source or source_of(facts), facts):
        extra.add_itxt(XMP_KEYWORD, packet.decode())
    if len(images) > 1:
        options = {"save_all": True, "append_images": images[1:], **options}
    buffer = io.BytesIO()
    images[0].save(buffer, "PNG", pnginfo=extra, **({"exif": exif} if exif else {}), **options)
    return buffer.getvalue()


def write_png(
    path: str | Path,
    image: Image.Image,
    facts: dict[str, Any] | None = None,
    durable: bool = True,
    source: SourceType | None = None,
) -> Path:
    """Write a PNG atomically; see :func:`encode_png` and :func:`nijigen.files.write_bytes`."""
    return write_bytes(path, encode_png(image, facts, source=source), durable)


def read_png(path: str | Path) -> tuple[Image.Image, dict[str, Any] | None]:
    """The picture in a PNG file, RGB or RGBA, and its facts (None where it has none).

    Raises:
        NijigenError: the file is missing, too large, damaged, or no PNG.
    """
    found = read_certified(read_file(path), path, ("PNG",))
    return found.picture, found.facts
