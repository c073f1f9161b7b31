"""Pictures made from others as files: PNG, WebP or JPEG, by the ending of the name."""

import io
from pathlib import Path
from typing import Any

from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.png import encode_png
from nijigen.images.resize import on_white
from nijigen.images.source import SourceType, source_of
from nijigen.images.webp import LONGEST as LONGEST_WEBP
from nijigen.images.webp import encode_webp
from nijigen.images.xmp import write_xmp

SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")
QUALITY = 95  # of WebP and JPEG; colours of a JPEG are kept at its full size, as drawings need them
MOST_EXIF = 65_000  # bytes: what a segment of a JPEG holds, rounded down
# Pixels a side that the format allows.
LONGEST = {".png": 2**31 - 1, ".webp": LONGEST_WEBP, ".jpg": 65_535, ".jpeg": 65_535}


def writable(name: str) -> bool:
    """Whether the ending of a name is one that pictures are written as."""
    return Path(name).suffix.lower() in SUFFIXES


def encode(
    image: Image.Image,
    name: str,
    certificate: dict[str, Any] | None = None,
    exif: bytes = b"",
    source: SourceType | None = None,
) -> tuple[bytes, list[str]]:
    """The bytes of a picture (RGB or RGBA) for a file of that name, and what the format could not keep, in words.

    A WebP with a certificate is lossless, so that the digest in it stays true; others have their usual quality.

    Args:
        exif: an EXIF block that the file is to carry; empty: none.
        source: what its XMP says of its source; by default what is true of an avatar with this certificate.

    Raises:
        NijigenError: the format has no room for so large a picture.
    """
    suffix = Path(name).suffix.lower()
    if max(image.size) > LONGEST[suffix]:
        raise NijigenError(f"{image.width}x{image.height} pixels do not fit into {suffix[1:]}: write a .png")
    if suffix == ".png":
        return encode_png(image, certificate, exif, source), []
    if suffix == ".webp" and certificate is not None:
        return encode_webp(image, certificate, exif, source), []
    buffer, xmp = io.BytesIO(), write_xmp(source or source_of(certificate), certificate)
    if suffix == ".webp":
        image.save(buffer, "WEBP", quality=QUALITY, exif=exif, xmp=xmp)
        return buffer.getvalue(), []
    notes = [] if certificate is None else [f"{suffix[1:]} keeps no birth certificate: .png and .webp do"]
    if image.mode == "RGBA":
        notes.append("jpg has no transparency: laid on white")
    if len(exif) > MOST_EXIF:
        exif = b""
        notes.append("the EXIF block does not fit into a jpg and was left out")
    options: dict[str, Any] = {"xmp": xmp} if xmp else {}
    on_white(image).save(buffer, "JPEG", quality=QUALITY, subsampling="4:4:4", exif=exif, **options)
    return buffer.getvalue(), notes
