"""Squaring and resizing: one antialiased step from any picture to ``size × size``."""

from typing import Literal, get_args

from PIL import Image

Shape = Literal["crop", "pad"]
SHAPES: tuple[str, ...] = get_args(Shape)

# Pillow first shrinks by whole factors down to three times the wanted size; the difference is below one grey level.
REDUCING_GAP = 3.0
WHITE = (255, 255, 255)


def square(image: Image.Image, size: int, channels: int = 3, shape: Shape = "crop") -> Image.Image:
    """``image`` as a ``size × size`` picture of 3 (RGB) or 4 (RGBA, straight alpha) channels.

    ``crop`` takes the largest centred square; ``pad`` keeps the whole picture and adds white (3 channels) or
    transparent (4 channels) bands. LANCZOS is used both ways; alpha is premultiplied while resizing, so hidden colours
    do not bleed. A picture that fits already comes back unchanged (the same object).

    Args:
        image: mode RGB or RGBA, as :func:`nijigen.images.decode.decode` returns it.
    """
    if channels == 4 and image.mode == "RGB" and shape == "pad":
        image = image.convert("RGBA")  # before the bands are added, which are to be transparent
    if image.size != (size, size):
        image = _crop(image, size) if shape == "crop" else _pad(image, size)
    if channels == 3:
        return on_white(image)
    return image if image.mode == "RGBA" else image.convert("RGBA")


def on_white(image: Image.Image) -> Image.Image:
    """RGBA laid on white → RGB; RGB comes back unchanged."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, (*WHITE, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def _crop(image: Image.Image, size: int) -> Image.Image:
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    if width != height:
        image = image.crop((left, top, left + side, top + side))
    return _resize(image, (size, size))


def _pad(image: Image.Image, size: int) -> Image.Image:
    scale = size / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    image = _resize(image, (width, height))
    ground = Image.new(image.mode, (size, size), WHITE if image.mode == "RGB" else (0, 0, 0, 0))
    ground.paste(image, ((size - width) // 2, (size - height) // 2))
    return ground


def _resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    if image.mode == "RGBA":
        even = image.convert("RGBa").resize(size, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
        return even.convert("RGBA")
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
