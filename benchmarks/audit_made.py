"""Junk made of good pictures, where a collection holds too little of a kind to measure by; used by ``audit.py``.

Everything is a function of its arguments: the same number gives the same page of text.
"""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

WORDS = [
    "when",
    "the",
    "night",
    "came",
    "she",
    "opened",
    "a",
    "letter",
    "from",
    "her",
    "sister",
    "and",
    "read",
    "it",
    "by",
]
FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS, Image.Resampling.NEAREST)


def jpeg(image: Image.Image, quality: int = 90) -> Image.Image:
    """What is left after saving as JPEG, as most pictures have been."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as found:
        return found.convert("RGB")


def blurred(image: Image.Image, number: int) -> Image.Image:
    """Out of focus: Gaussian, 2.0 to 3.2 pixels of 96."""
    return jpeg(image.filter(ImageFilter.GaussianBlur((2.0 + 0.3 * (number % 5)) * image.width / 96)))


def enlarged(image: Image.Image, number: int) -> Image.Image:
    """Shrunk 2.5 to 4 times and enlarged again, by one of four filters."""
    factor = (2.5, 3, 4)[number % 3]
    how = FILTERS[number // 3 % len(FILTERS)]
    if how is Image.Resampling.NEAREST:
        factor = max(3, int(factor))  # by a broken factor the steps between pixels are uneven
    side = int(image.width // factor)
    small = image.resize((side, side), Image.Resampling.LANCZOS)
    return jpeg(small.resize((round(side * factor),) * 2, how))


def grey(image: Image.Image, number: int) -> Image.Image:
    """Grey, or in one ink of any colour on white."""
    plain = image.convert("L")
    if number % 2:
        return jpeg(plain.convert("RGB"))
    ink = tuple(int(level) for level in np.random.default_rng(number).integers(0, 160, 3))
    return jpeg(ImageOps.colorize(plain, ink, "white"))


def dark(image: Image.Image, number: int) -> Image.Image:
    """As in a night scene: 8 to 20 % of the light is left."""
    return jpeg(image.point(lambda level: round(level * (0.08 + 0.03 * (number % 5)))))


def washed_out(image: Image.Image, number: int) -> Image.Image:
    """As under a veil of white: 12 to 24 % of the contrast is left."""
    return jpeg(image.point(lambda level: round(255 - (255 - level) * (0.12 + 0.03 * (number % 5)))))


def line_art(image: Image.Image, number: int) -> Image.Image:
    """The outlines alone, as a pen would draw them on white paper."""
    plain = image.convert("L").resize((288, 288), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(1.5))
    levels = np.asarray(plain, np.float32)
    soft = np.asarray(plain.filter(ImageFilter.GaussianBlur(4)), np.float32)
    pen = np.clip(255 - (18 + 4 * (number % 4)) * np.maximum(soft - levels - 3, 0), 0, 255)
    drawn = Image.fromarray(pen.astype(np.uint8))
    return jpeg(drawn.resize((96, 96), Image.Resampling.LANCZOS).convert("RGB"))


def text(number: int) -> Image.Image:
    """A page of writing: Latin words, or made-up square characters in rows or columns; 96 to 800 pixels a side."""
    dice = np.random.default_rng(number)
    side = int(dice.choice([96, 128, 256, 512, 800]))
    size = max(8, int(side * dice.uniform(0.05, 0.1)))
    light, deep = tuple(dice.integers(200, 256, 3)), tuple(dice.integers(0, 90, 3))
    ground, ink = (light, deep) if dice.random() < 0.8 else (deep, light)
    page = Image.new("RGB", (side, side), tuple(int(level) for level in ground))
    pen, colour = ImageDraw.Draw(page), tuple(int(level) for level in ink)
    pitch = int(size * dice.uniform(1.35, 1.8))
    square = dice.random() < 0.5
    font = ImageFont.load_default(size)
    for top in range(size // 2, side - size, pitch):
        if square:
            for left in range(size // 2, side - size, int(size * 1.1)):
                _character(pen, dice, left, top, size, colour)
        else:
            line = " ".join(dice.choice(WORDS, 30).tolist())
            pen.text((size // 2, top), line, colour, font=font)
            pen.rectangle((side - size // 2, 0, side, side), fill=tuple(int(level) for level in ground))
    if square and dice.random() < 0.5:
        page = page.transpose(Image.Transpose.ROTATE_90)
    return jpeg(page)


def _character(pen: ImageDraw.ImageDraw, dice: np.random.Generator, left: int, top: int, size: int, colour) -> None:
    """Bars lying and standing in a square, as many as in an ordinary character."""
    width = max(1, size // 14)
    for share in dice.choice([0.05, 0.3, 0.55, 0.8, 0.95], int(dice.integers(2, 4)), replace=False):
        pen.line((left, top + size * share, left + size * 0.9, top + size * share), fill=colour, width=width)
    for share in dice.choice([0.05, 0.3, 0.6, 0.85], int(dice.integers(1, 4)), replace=False):
        pen.line((left + size * share, top, left + size * share, top + size * 0.9), fill=colour, width=width)
