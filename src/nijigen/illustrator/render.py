"""From SVG text to pixels, by resvg."""

import io
from typing import TYPE_CHECKING, Any

from nijigen.errors import NijigenError

if TYPE_CHECKING:
    import numpy as np

SMALLEST, LARGEST = 8, 4096
FINE_FROM = 128


def check_size(size: int) -> None:
    """Refuse sizes that make no picture or fill the memory.

    Raises:
        NijigenError: the size is out of range.
    """
    if not SMALLEST <= size <= LARGEST:
        raise NijigenError(f"size {size} is out of range: use {SMALLEST} to {LARGEST} pixels")


def png(svg: str) -> bytes:
    """PNG bytes (RGBA, straight alpha) of an SVG document at its own size."""
    import resvg_py

    data: bytes = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    return data


def pixels(data: bytes, channels: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """uint8 ``[size, size, channels]`` of PNG bytes: 3 is RGB, 4 is RGBA with straight alpha.

    Raises:
        NijigenError: channels is neither 3 nor 4.
    """
    import numpy as np
    from PIL import Image

    if channels not in (3, 4):
        raise NijigenError(f"channels={channels}: use 3 (RGB) or 4 (RGBA)")
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB" if channels == 3 else "RGBA"))
