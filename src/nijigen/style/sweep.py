"""How much style: a strip from nearly the content to nearly nothing but the style, with captions."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from nijigen.errors import NijigenError
from nijigen.images.resize import on_white

SPAN = 20.0  # the first picture has so many times less style than was asked for, the last so many times more
MOST = 12
LARGEST = 256  # pixels of the longer side, unless somebody asks for more
MARGIN, CAPTION = 4, 26  # pixels between pictures, and below them for words
INK = "#333333"


def sweep_weights(weight: float, count: int) -> list[float]:
    """``count`` style weights around one, each the same number of times the one before.

    Raises:
        NijigenError: fewer than 2 or more than 12, or a weight of 0, which has nothing around it.
    """
    if not 2 <= count <= MOST:
        raise NijigenError(f"--sweep {count}: use 2 to {MOST}")
    if weight <= 0:
        raise NijigenError(f"--style-weight {weight:g} with --sweep: use a number above 0")
    return [weight * SPAN ** (2 * index / (count - 1) - 1) for index in range(count)]


def strip(pictures: Sequence[tuple[Image.Image, str]]) -> Image.Image:
    """Pictures side by side on white, each with its caption below; all as high as the first."""
    height = pictures[0][0].height
    shown = [(_high(on_white(image), height), words) for image, words in pictures]
    font = ImageFont.load_default(13)
    widths = [max(image.width, int(font.getlength(words)) + 2) for image, words in shown]
    made = Image.new("RGB", (sum(widths) + MARGIN * (len(shown) - 1), height + CAPTION), "white")
    pen, left = ImageDraw.Draw(made), 0
    for (image, words), width in zip(shown, widths, strict=True):
        made.paste(image, (left + (width - image.width) // 2, 0))
        pen.text((left + width / 2, height + CAPTION / 2), words, INK, font=font, anchor="mm")
        left += width + MARGIN
    return made


def _high(image: Image.Image, height: int) -> Image.Image:
    if image.height == height:
        return image
    width = min(4 * height, max(1, round(image.width * height / image.height)))
    return image.resize((width, height), Image.Resampling.LANCZOS)
