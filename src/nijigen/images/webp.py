"""Lossless WebP files that carry a JSON object: an avatar with its birth certificate.

A WebP file has one place for what other programs should keep: the XMP packet. The object is in it, a text of a
namespace of its own; programs that copy XMP (ExifTool, ImageMagick, cwebp with ``-metadata``) copy it too.
"""

import io
from typing import Any

from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.source import SourceType, source_of
from nijigen.images.xmp import write_xmp

LONGEST = 16_383  # pixels a side that the format allows
METHOD, EFFORT = 2, 50  # of 0 to 6 and 0 to 100; more takes several times as long for hardly smaller files


def encode_webp(
    image: Image.Image, facts: dict[str, Any] | None = None, exif: bytes = b"", source: SourceType | None = None
) -> bytes:
    """Lossless WebP bytes of a picture, RGB or RGBA, with ``facts`` in its XMP packet, and an EXIF block.

    The colours of transparent pixels are kept. Readers give an RGBA picture that hides nothing as RGB.

    Args:
        source: what the XMP says of the picture's source; by default what is true of an avatar with these facts.

    Raises:
        NijigenError: the format has no room for so large a picture.
    """
    if max(image.size) > LONGEST:
        raise NijigenError(f"{image.width}x{image.height} pixels do not fit into webp: write a .png")
    packet = write_xmp(source or source_of(facts), facts, certificate=facts is not None)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, exact=True, method=METHOD, quality=EFFORT, xmp=packet, exif=exif)
    return buffer.getvalue()
