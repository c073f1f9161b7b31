"""A picture as it is stored in a shard → pixels as networks get them."""

import io
from typing import Any

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError


def decode_into(data: bytes, row: "np.ndarray[Any, Any]", which: str) -> None:
    """Decode a stored picture to uint8 ``[C, H, W]``, premultiplied where it has alpha.

    Args:
        row: where the pixels go; its shape says what is expected.
        which: for the message: ``faces: picture 00000012``.

    Raises:
        NijigenError: it is no picture, a broken one, or one of another size.
    """
    mode = "RGBA" if len(row) == 4 else "RGB"
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            if image.size != row.shape[:0:-1]:  # before decoding: a data set may come from a stranger
                raise ValueError(f"it is {image.width}x{image.height}")
            pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NijigenError(f"{which} is broken ({error}); prepare it again") from None
    row[...] = (premultiply(pixels) if mode == "RGBA" else pixels).transpose(2, 0, 1)


def premultiply(pixels: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Straight RGBA uint8 ``[..., 4]`` → premultiplied, rounded to nearest."""
    alpha = pixels[..., 3:].astype(np.uint16)
    if alpha.min(initial=255) == 255:
        return pixels
    result = pixels.copy()
    result[..., :3] = (pixels[..., :3] * alpha + 127) // 255
    return result
