"""Who is in a picture, and where the head is: by transparency, by a plain background, or by a face finder."""

import contextlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.faces.face import Box, Face
from nijigen.images.sheet import Pixels

Mask = np.ndarray[Any, np.dtype[np.bool_]]

VISIBLE = 8  # alpha from which a person sees something
STEP = 8  # how much a channel of a plain background changes from pixel to pixel: soft gradients do, lines do not
PLAIN = 64  # how far a channel may be from the colour of its edge
EVEN = 0.8  # of the edges at the top and beside the head must be background
LOOKED_AT = 256  # pixels a side: backgrounds are found at this size
HAIR = (0.25, 0.4)  # what hair and crown add to a face that was found, beside it and above it, as shares of its side
NECK = 0.6  # a neck is narrower than this share of the head
HEADS = (0.3, 0.85)  # where a neck can be, as shares of the height


@dataclass(frozen=True)
class Subject:
    """What a picture shows.

    Attributes:
        whole: its pixels, bool ``[H, W]``.
        head: of these the face with its hair: all that is not below the chin. The same as ``whole`` where it was not
            found.
        found_by: ``transparency``, ``background``, ``face``, or ``nothing``: then it is the whole picture.
        head_by: ``neck``, ``face``, or ``nothing``.
        face: the box of the face, where one was found.
    """

    whole: Mask
    head: Mask
    found_by: str
    head_by: str = "nothing"
    face: Box | None = None


def find_subject(image: Image.Image, look_for_face: bool = True) -> Subject:
    """Who is in a picture (RGB or RGBA).

    Transparency counts first, then a background of one colour; the head ends at the neck, or at the chin of the largest
    face. Where there is neither, the subject is that face and what hair usually adds to it.

    Args:
        look_for_face: False leaves the face finder out; the head is then the whole subject.
    """
    pixels: Pixels = np.asarray(image)
    whole, found_by = _clear(pixels), "transparency"
    if whole is None:
        whole, found_by = _before_plain(image.convert("RGB")), "background"
    face = _largest_face(image) if look_for_face else None
    if whole is None:
        if face is None:
            everything = np.ones(pixels.shape[:2], np.bool_)
            return Subject(everything, everything, "nothing")
        head = _around(pixels, face)
        return Subject(head, head, "face", "face", face.box)
    chin, head_by = _neck(whole), "neck"
    box = None if face is None else face.box
    if face is not None:
        top, bottom = face.box[1] + face.side / 2, face.box[3] + face.side / 4
        if chin is None or not top <= chin <= bottom:
            chin, head_by = round(face.box[3]), "face"
    head = whole.copy()
    if chin is not None:
        head[max(0, chin) :] = False
    if chin is None or not head.any():
        return Subject(whole, whole, found_by, "nothing", box)
    return Subject(whole, head, found_by, head_by, box)


def _clear(pixels: Pixels) -> Mask | None:
    """What is to be seen of a transparent picture; None where nothing of it is transparent, or all."""
    if pixels.shape[2] == 3:
        return None
    seen: Mask = pixels[..., 3] >= VISIBLE
    return None if seen.all() or not seen.any() else seen


def _before_plain(image: Image.Image) -> Mask | None:
    """What the background does not reach from the upper corners by small steps; None where it is not of one colour.

    The lower edge and the lower half of the sides are not looked at: there the shoulders are.
    """
    small = image.copy()
    small.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BOX)
    pixels = np.asarray(small).astype(np.int16)
    edge: Mask = np.zeros(pixels.shape[:2], np.bool_)
    half = (pixels.shape[0] + 1) // 2
    edge[0], edge[:half, 0], edge[:half, -1] = True, True, True
    alike: Mask = np.abs(pixels - np.median(pixels[edge], axis=0)).max(axis=2) <= PLAIN
    corners: Mask = np.zeros_like(edge)
    corners[0, [0, -1]] = alike[0, [0, -1]]  # both: hair that touches the upper edge parts them
    reached = _spread(corners, alike, pixels)
    if reached[edge].mean() < EVEN or reached.all():
        return None
    subject = Image.fromarray((~reached).view(np.uint8)).resize(image.size, Image.Resampling.NEAREST)
    return np.asarray(subject).astype(np.bool_)


def _spread(reached: Mask, alike: Mask, pixels: "np.ndarray[Any, np.dtype[np.int16]]") -> Mask:
    """All that can be reached over pixels that are ``alike``, from each to a neighbour that hardly differs."""
    down = alike[1:] & alike[:-1] & (np.abs(np.diff(pixels, axis=0)).max(axis=2) <= STEP)
    across = alike[:, 1:] & alike[:, :-1] & (np.abs(np.diff(pixels, axis=1)).max(axis=2) <= STEP)
    count = -1
    while count != (count := int(reached.sum())):
        for _ in range(16):  # counting costs as much as a step
            reached[1:] |= reached[:-1] & down
            reached[:-1] |= reached[1:] & down
            reached[:, 1:] |= reached[:, :-1] & across
            reached[:, :-1] |= reached[:, 1:] & across
    return reached


def _largest_face(image: Image.Image) -> Face | None:
    """The largest face; None where there is none, or no finder is installed."""
    from nijigen.images.faces.finder import FaceFinder

    for kind in ("auto", "photo"):  # the cascade for drawings is a download of its own
        with contextlib.suppress(NijigenError):
            faces = FaceFinder(kind, least=max(16, min(image.size) // 8)).find(image)
            return max(faces, key=lambda face: face.side, default=None)
    return None


def _neck(whole: Mask) -> int | None:
    """The row where a figure is narrow below its head; None where hair or clothes hide it."""
    rows = np.flatnonzero(whole.any(axis=1))
    spans = whole.shape[1] - whole[rows][:, ::-1].argmax(axis=1) - whole[rows].argmax(axis=1)
    first, last = (int(len(rows) * share) for share in HEADS)
    widest = np.maximum.accumulate(spans)
    narrow = np.flatnonzero(spans[first:last] < NECK * widest[first:last])
    if not len(narrow):
        return None
    start = first + int(narrow[0])
    near = spans[start : start + max(1, len(rows) // 10)]
    return int(rows[start + int(near.argmin())])


def _around(pixels: Pixels, face: Face) -> Mask:
    """A face with what hair usually adds to it, as an ellipse."""
    x0, y0, x1, y1 = face.box
    x0, y0, x1 = x0 - HAIR[0] * face.side, y0 - HAIR[1] * face.side, x1 + HAIR[0] * face.side
    down, across = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    x, y = (across + 0.5 - (x0 + x1) / 2) / ((x1 - x0) / 2), (down + 0.5 - (y0 + y1) / 2) / ((y1 - y0) / 2)
    mask: Mask = x * x + y * y <= 1
    return mask if mask.any() else np.ones_like(mask)
