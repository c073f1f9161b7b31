"""Small faces keep their eyes and mouths: they are drawn larger, and what is drawn of them goes back without an edge.

A translator draws lines of a fixed width. In a face of 48 px there is no room for them, and eyes become shadows; from
128 px on they survive, and from 256 px on the face is hardly drawn any more (docs/stylizing.md). So a face smaller than
that is enlarged to 160 px and drawn by itself. Its lines are kept; its colours are those of the whole picture, because
the network chooses colours anew for every picture.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from nijigen.images.faces.detector import FaceDetector, open_detector
from nijigen.images.faces.face import Face
from nijigen.images.sheet import Pixels
from nijigen.models.translator import Translator
from nijigen.translate.tiling import translated

Values = np.ndarray[Any, Any]

KINDS = ("paste", "whole")
LEAST = 20  # pixels a side of the smallest face that is looked for; smaller ones have no eyes to be kept
SURVIVES = 128  # pixels a side from which on a face is left to the whole picture
DRAWN = 160  # pixels a side at which smaller ones are drawn
REACH = 1.0  # of a face's side, from its middle: what is drawn with it
KEPT = 0.6  # of that, up to which the face drawn by itself is all there is; from there it fades
GONE = 0.95
COLOUR = 0.2  # of a face's side: what varies more slowly is colour, and the picture's; what varies faster is line


def open_faces() -> FaceDetector:
    """What finds faces of people.

    Raises:
        NijigenError: OpenCV or its cascade is missing; it says what to install.
    """
    return open_detector("photo", LEAST)


def small(faces: Sequence[Face]) -> list[Face]:
    """Those that are worth drawing by themselves."""
    return [face for face in faces if face.side < SURVIVES]


def paste_faces(network: Translator, photo: Pixels, drawn: Pixels, faces: Sequence[Face]) -> Pixels:
    """The drawn picture with its small faces drawn larger, and put back.

    Args:
        photo, drawn: uint8 ``[H, W, 3]``, before and after.
        faces: as they were found in the photo.
    """
    chosen = small(faces)
    if not chosen:
        return drawn
    made = drawn.astype(np.float32)
    for face in chosen:
        _paste(network, photo, made, face)
    levels: Pixels = np.rint(made).clip(0, 255).astype(np.uint8)
    return levels


def _paste(network: Translator, photo: Pixels, made: Values, face: Face) -> None:
    height, width = photo.shape[:2]
    x, y, far = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2, face.side * REACH
    left, top = max(0, math.floor(x - far)), max(0, math.floor(y - far))
    right, bottom = min(width, math.ceil(x + far)), min(height, math.ceil(y + far))
    if right - left < 2 or bottom - top < 2:  # a box beside the picture
        return
    size = right - left, bottom - top
    factor = DRAWN / face.side
    larger = (max(1, round(size[0] * factor)), max(1, round(size[1] * factor)))
    near = Image.fromarray(photo[top:bottom, left:right]).resize(larger, Image.Resampling.LANCZOS)
    alone = Image.fromarray(translated(network, np.asarray(near))).resize(size, Image.Resampling.LANCZOS)
    there = made[top:bottom, left:right]
    around = Image.fromarray(np.rint(there).clip(0, 255).astype(np.uint8))
    recoloured = np.asarray(alone, np.float32) + _slow(around, face.side) - _slow(alone, face.side)
    rows, columns = np.mgrid[top:bottom, left:right]
    distance = np.hypot(columns + 0.5 - x, rows + 0.5 - y) / far
    share = _faded(distance)[..., None]
    there += share * (recoloured - there)


def _slow(image: Image.Image, side: float) -> Values:
    """What varies slowly in a picture: its colours, without lines."""
    return np.asarray(image.filter(ImageFilter.GaussianBlur(side * COLOUR)), np.float32)


def _faded(distance: Values) -> Values:
    """1 up to :data:`KEPT`, 0 from :data:`GONE` on, smooth between."""
    share = np.clip((GONE - distance) / (GONE - KEPT), 0, 1)
    smooth: Values = share * share * (3 - 2 * share)
    return smooth
