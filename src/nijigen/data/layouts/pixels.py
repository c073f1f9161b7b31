"""Raw pixels out of a record, as an ordinary picture file."""

import io
from typing import Any

from PIL import Image

MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def encode(image: Image.Image) -> bytes:
    """A PNG without notes; level 1 is faster than the default and hardly larger."""
    buffer = io.BytesIO()
    image.info = {}
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def raw_png(data: bytes, height: int, width: int, channels: int, planes: bool) -> bytes:
    """Raw bytes → PNG. ``planes``: one channel after another ``[C, H, W]``, else pixel by pixel ``[H, W, C]``.

    Raises:
        ValueError: the number of bytes does not fit, or the number of channels is not 1, 3 or 4.
    """
    import numpy as np

    if channels not in MODES or min(height, width) < 1 or len(data) != height * width * channels:
        raise ValueError(f"{len(data):,} bytes are no {width}x{height} picture of {channels} channels")
    pixels: Any = np.frombuffer(data, np.uint8)
    if planes:
        pixels = pixels.reshape(channels, height, width).transpose(1, 2, 0)
    return encode(Image.frombytes(MODES[channels], (width, height), np.ascontiguousarray(pixels).tobytes()))
