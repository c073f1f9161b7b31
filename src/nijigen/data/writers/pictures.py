"""What writers need to know of a finished picture."""

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from nijigen.data.shards import Sample
from nijigen.errors import NijigenError
from nijigen.images.decode import decode

if TYPE_CHECKING:
    import numpy as np


def size_of(sample: Sample) -> tuple[int, int]:
    """Width and height by the header."""
    try:
        with Image.open(io.BytesIO(sample.data)) as image:
            return image.size
    except Exception as error:  # codecs raise nearly anything on broken input
        raise NijigenError(f"{sample.file} is no readable picture ({type(error).__name__})") from None


def rgb(sample: Sample) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """The pixels, uint8 ``[H, W, 3]``.

    Raises:
        NijigenError: the picture is broken or see-through.
    """
    import numpy as np

    image = decode(sample.data)
    if image.mode != "RGB":
        raise see_through(sample.file)
    return np.asarray(image, np.uint8)


def see_through(file: str) -> NijigenError:
    """The mistake of a picture with transparency where there is no place for it."""
    return NijigenError(f"{file} has transparency, for which this layout has no place: prepare with --channels 3 first")


class OneSize:
    """Every picture is square and as large as the first."""

    def __init__(self) -> None:
        self.side = 0

    def check(self, sample: Sample, size: tuple[int, int]) -> int:
        """The side in pixels.

        Raises:
            NijigenError: the picture is not square, or of another size than the first.
        """
        width, height = size
        self.side = self.side or width
        if width != height or width != self.side:
            like = "square" if width != height else f"of one size (the first has {self.side} px)"
            what = f"{sample.file} is {width}x{height}, but pictures must be {like}"
            raise NijigenError(f"{what}: make them so with `nijigen prepare --size N` first")
        return self.side
