"""A photograph → its face, and what can be told of it. Gender, age and origin are not among it, and never will be."""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from nijigen.avatarizing.aligned import view_of
from nijigen.avatarizing.glasses import read_glasses
from nijigen.avatarizing.hair import read_hair
from nijigen.avatarizing.reading import Reading
from nijigen.avatarizing.smile import read_smile
from nijigen.avatarizing.tone import read_tone
from nijigen.data.audit import Glance, judge, load_thresholds
from nijigen.errors import NijigenError
from nijigen.images.decode import decode
from nijigen.images.faces.face import Face
from nijigen.images.faces.finder import FaceFinder
from nijigen.images.resize import on_white
from nijigen.style.pictures import open_picture

LEAST_FACE = 48  # pixels; smaller ones show neither glasses nor a smile
LOOKED_AT = 256  # pixels of the longer side, to tell whether a picture is grey
GREY = "the picture is grey, or of one tint"


@dataclass(frozen=True)
class Portrait:
    """A photograph, decoded.

    Attributes:
        image: RGB or RGBA, upright.
        face: the largest one.
        notes: what a person should know.
    """

    image: Image.Image
    face: Face
    notes: tuple[str, ...] = ()


def open_portrait(source: str | Path | Image.Image) -> Portrait:
    """A photograph with a face, from a file or as Pillow has it.

    Raises:
        NijigenError: it is missing, too small, cannot be read, or shows no face; or OpenCV is not installed.
    """
    if isinstance(source, Image.Image):
        return _with_face(source, "the picture", [])
    opened = open_picture(Path(source))
    return _with_face(opened.image, str(source), opened.notes)


def read_portrait(portrait: Portrait) -> list[Reading]:
    """What can be told of a face, one reading a name; see :data:`nijigen.avatarizing.reading.NAMES`."""
    view = view_of(portrait.image, portrait.face)
    if _grey(portrait.image):
        colours = [Reading(name, reason=GREY) for name in ("hair_color", "skin_tone")]
    else:
        colours = [read_hair(view), read_tone(view)]
    return [*colours, read_glasses(view), read_smile(view)]


def _with_face(image: Image.Image, name: str, notes: list[str]) -> Portrait:
    if min(image.size) < LEAST_FACE:
        size = f"{image.width}x{image.height}"
        raise NijigenError(f"{name} has {size} pixels: give a photograph with a face of {LEAST_FACE} or more")
    if image.mode not in ("RGB", "RGBA"):
        png = io.BytesIO()
        image.save(png, "PNG") if image.mode in ("L", "LA", "P", "1") else image.convert("RGB").save(png, "PNG")
        image = decode(png.getvalue())
    faces = FaceFinder("photo", least=LEAST_FACE).find(image)
    if not faces:
        raise NijigenError(
            f"{name}: no face of {LEAST_FACE} pixels or more was found; give a photograph of one person who looks ahead"
        )
    if len(faces) > 1:
        notes.append(f"{len(faces)} faces were found: the largest one is read")
    return Portrait(image, max(faces, key=lambda face: face.side), tuple(notes))


def _grey(image: Image.Image) -> bool:
    small = on_white(image).copy()
    small.thumbnail((LOOKED_AT, LOOKED_AT))
    return any(reason.name == "grey" for reason in judge(Glance(small, small), load_thresholds()))
