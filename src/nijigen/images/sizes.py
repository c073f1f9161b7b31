"""An avatar in the sizes that it is asked for in, with the head where a round frame does not cut it.

>>> from nijigen.images.sizes import SIZES
>>> SIZES["profile"].pixels
400
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import Literal, get_args

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError, did_you_mean
from nijigen.images.circle import disc, enclosing_circle
from nijigen.images.resize import REDUCING_GAP, square
from nijigen.images.sheet import Pixels
from nijigen.images.subject import Subject

Fit = Literal["head", "whole", "picture"]
MARGIN = 0.04  # of the radius, between what must not be cut and the circle: filters smear by a pixel or two
SMALLEST, LARGEST = 16, 4096
ICON = (16, 32, 48)


@dataclass(frozen=True)
class Size:
    """A size and what it is for."""

    name: str
    pixels: int
    purpose: str


def _read() -> dict[str, Size]:
    table = tomllib.loads(files("nijigen.images").joinpath("sizes.toml").read_text(encoding="utf-8"))
    return {name: Size(name, int(row["pixels"]), str(row["for"])) for name, row in table.items()}


SIZES = _read()


def choose_sizes(words: Sequence[str] | None) -> list[Size]:
    """Sizes by their names or numbers (``profile``, ``96``); all of the table for None.

    Raises:
        NijigenError: no such name, or a number out of range.
    """
    chosen = list(SIZES.values()) if words is None else [_size(word.strip()) for word in words if word.strip()]
    if not chosen:
        raise NijigenError(f"--only: name sizes, like {', '.join(list(SIZES)[:4])}, or numbers of pixels")
    return list(dict.fromkeys(chosen))


def _size(word: str) -> Size:
    if word in SIZES:
        return SIZES[word]
    if word.isascii() and word.isdigit() and SMALLEST <= int(word[:9]) <= LARGEST:
        return next((size for size in SIZES.values() if size.pixels == int(word)), Size(word, int(word), "asked for"))
    known = f"use {', '.join(SIZES)}, or {SMALLEST} to {LARGEST} pixels"
    raise NijigenError(f"--only {word[:40]}{did_you_mean(word, SIZES)}: {known}")


def frame(image: Image.Image, subject: Subject, fit: Fit = "head") -> Image.Image:
    """The square to make sizes of, at the size that it has in the picture.

    With ``head`` and ``whole`` that part of the subject lies in the circle that the square holds. What lies beyond the
    picture is transparent where the picture is, and repeats its edge where it is not; below it always goes on as it
    ends, because a bust does. A subject that only a face tells of is cut from within the picture, as far as it has
    room; where nothing was found it is the largest square in the middle.

    Args:
        image: RGB or RGBA.
        fit: ``head`` (face with hair), ``whole`` (all of the subject), ``picture`` (as it is, padded to a square).

    Raises:
        NijigenError: another word.
    """
    if fit not in get_args(Fit):
        raise NijigenError(f"--fit {fit}: use {', '.join(get_args(Fit))}")
    if fit == "picture":
        return square(image, max(image.size), 3 if image.mode == "RGB" else 4, "pad")
    if subject.found_by == "nothing":
        return square(image, min(image.size), 3 if image.mode == "RGB" else 4)
    x, y, radius = enclosing_circle(subject.head if fit == "head" else subject.whole)
    half = radius * (1 + MARGIN) + 0.5
    left, top, side = round(x - half), round(y - half), round(2 * half)
    if subject.found_by == "face":  # there is no background to go on with: stay within the picture
        side = min(side, *image.size)
        left, top = (
            min(max(round(middle - side / 2), 0), most - side) for middle, most in ((x, image.width), (y, image.height))
        )
    return _window(image, left, top, side, subject)


def at_size(framed: Image.Image, side: int, circle: bool = False) -> Image.Image:
    """A square picture with ``side`` pixels a side; with ``circle`` as RGBA with nothing outside the circle in it."""
    if framed.width != side:
        mode = "RGBa" if framed.mode == "RGBA" else "RGB"  # multiplied, so that hidden colours do not bleed
        made = framed.convert(mode).resize((side, side), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
        framed = made.convert(framed.mode)
    if not circle:
        return framed
    pixels: Pixels = np.array(framed.convert("RGBA"))
    pixels[..., 3] = np.rint(pixels[..., 3] * disc(side))
    pixels[pixels[..., 3] == 0] = 0
    return Image.fromarray(pixels)


def icon(framed: Image.Image, circle: bool = False) -> bytes:
    """A favicon (.ico) with 16, 32 and 48 pixels, each resized by itself."""
    pictures = [at_size(framed, side, circle) for side in ICON]
    buffer = BytesIO()
    pictures[-1].save(buffer, "ICO", sizes=[(side, side) for side in ICON], append_images=pictures[:-1])
    return buffer.getvalue()


def _window(image: Image.Image, left: int, top: int, side: int, subject: Subject) -> Image.Image:
    """The square from (left, top), which may lie partly outside."""
    pixels = np.asarray(image)
    height, width = pixels.shape[:2]
    above, below, before, after = (max(0, by) for by in (-top, top + side - height, -left, left + side - width))
    around = ((above, below), (before, after), (0, 0))
    if subject.found_by == "transparency":
        wide = np.pad(np.pad(pixels, ((0, below), (0, 0), (0, 0)), mode="edge"), ((above, 0), *around[1:]))
    else:
        ground = _without(pixels, subject) if subject.found_by == "background" else pixels
        wide = np.pad(ground, around, mode="edge")
        wide[above : above + height, before : before + width] = pixels
    return Image.fromarray(wide[top + above : top + above + side, left + before : left + before + side])


def _without(pixels: Pixels, subject: Subject) -> Pixels:
    """The picture without what of the subject touches its upper edges: repeated, a tip of hair would be a pole."""
    ground, half = pixels.copy(), (len(pixels) + 1) // 2
    for place in ((0, slice(None)), (slice(half), 0), (slice(half), -1)):
        line, hidden = ground[place], subject.whole[place]
        free = np.flatnonzero(~hidden)
        if len(free) and hidden.any():
            for channel in range(line.shape[1]):
                line[hidden, channel] = np.interp(np.flatnonzero(hidden), free, line[free, channel]).round()
    return ground
