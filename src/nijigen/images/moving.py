"""Animated GIF, WebP and APNG as they come from people: frame by frame, with the time each is shown."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageSequence

from nijigen.errors import NijigenError
from nijigen.images.decode import MAX_BYTES, PictureError

MOST_IN_ALL = 250_000_000  # pixels of all frames: they have to be in memory together to be written
FORMATS = ("GIF", "WEBP", "PNG")
USUAL = 100  # milliseconds, where a file says none: what browsers take


@dataclass(frozen=True)
class Moving:
    """An animated picture; nothing but its bytes is held.

    Attributes:
        size: (width, height) in pixels.
        count: frames.
        durations: milliseconds that each frame is shown.
    """

    data: bytes
    size: tuple[int, int]
    count: int
    durations: tuple[int, ...]

    @property
    def fps(self) -> float:
        """Frames a second, in the mean."""
        return 1000 * self.count / sum(self.durations)

    def frames(self) -> Iterator[Image.Image]:
        """Each frame whole, RGB or RGBA, as it is seen.

        Raises:
            PictureError: a frame is damaged.
        """
        try:
            with _opened(self.data) as image:
                for frame in ImageSequence.Iterator(image):
                    yield _seen(frame)
        except NijigenError:
            raise
        except Exception as error:  # as in decode: codecs raise nearly anything
            raise PictureError("corrupt", f"{type(error).__name__}: {error}") from None


def open_moving(data: bytes) -> Moving:
    """An animated picture, its frames counted and their times read.

    Raises:
        PictureError: it is damaged, or too large, or has too many frames.
    """
    if len(data) > MAX_BYTES:
        raise PictureError("too_large", f"the file has more than {MAX_BYTES >> 20} MiB")
    try:
        with warnings.catch_warnings(), _opened(data) as image:
            warnings.simplefilter("ignore")
            count, size = getattr(image, "n_frames", 1), image.size
            if count * size[0] * size[1] > MOST_IN_ALL:
                frames = f"{count:,} frames of {size[0]}x{size[1]} pixels"
                raise PictureError("too_large", f"{frames} are more than {MOST_IN_ALL:,} pixels: make it a film (.mp4)")
            durations = []
            for index in range(count):
                image.seek(index)
                image.load()  # WebP tells the time of a frame once it is decoded
                durations.append(max(1, round(image.info.get("duration") or USUAL)))
    except PictureError:
        raise
    except Exception as error:  # as in decode: codecs raise nearly anything
        raise PictureError("corrupt", f"{type(error).__name__}: {error}") from None
    return Moving(data, size, count, tuple(durations))


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=FORMATS)


def _seen(frame: Image.Image) -> Image.Image:
    shown = frame.convert("RGBA")
    return shown.convert("RGB") if shown.getchannel("A").getextrema() == (255, 255) else shown
