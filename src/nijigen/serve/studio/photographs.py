"""What can be done with a photograph here, and the doing of it: read a face and draw avatars, or draw the photo.

The photograph itself stays in memory, on the shelf; no file is written, and nothing of it but words is in an avatar.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from nijigen.avatar import Avatar
from nijigen.avatarizing.making import Artist
from nijigen.avatarizing.portrait import LEAST_FACE, open_portrait, read_portrait
from nijigen.avatarizing.reading import Reading
from nijigen.avatarizing.wishes import wish
from nijigen.engine.model import Model
from nijigen.errors import NijigenError
from nijigen.images.decode import decode
from nijigen.images.faces.crop import crop_face
from nijigen.images.faces.finder import FaceFinder
from nijigen.images.output import encode
from nijigen.images.resize import on_white
from nijigen.images.source import SourceType
from nijigen.seeds import SEED_LIMIT, seed_number
from nijigen.serve.photos import open_stylizer
from nijigen.style.pictures import fit
from nijigen.translate.styles import styles_here
from nijigen.translate.stylizer import Settings

PREVIEW = 768  # pixels of the longer side that a browser is shown of a photograph
FACE = 192  # of the face that was read
AROUND = 0.4
DRAWING_SIZE = 256  # pixels a side of avatars that the illustrator draws


class NoFaceError(NijigenError):
    """A photograph in which nobody can be seen well enough."""


@dataclass(frozen=True)
class Told:
    """Avatars of a photograph, and what was read.

    Attributes:
        face: the face that was looked at, RGB.
        readings: see :mod:`nijigen.avatarizing.reading`; gender, age and origin are never among them.
        faces: that were found; the largest was read.
    """

    avatars: list[Avatar]
    face: Image.Image
    readings: list[Reading]
    notes: tuple[str, ...]


def ways(find: Callable[[], object] | None = None) -> tuple[str, ...]:
    """What can be done here: ``avatar`` where faces can be found, ``drawing`` where a style is installed."""
    known = []
    try:
        (find or FaceFinder("photo", least=LEAST_FACE).check)()
        known.append("avatar")
    except NijigenError:  # OpenCV or its cascade is not installed
        pass
    return (*known, *(["drawing"] if styles_here() else []))


def open_photo(data: bytes, most_pixels: int) -> Image.Image:
    """A photograph from a stranger, upright, RGB or RGBA.

    Raises:
        PictureError: it is none, is damaged, or has more pixels.
    """
    return decode(data, max_pixels=most_pixels)


def preview(image: Image.Image, longest: int = PREVIEW) -> bytes:
    """A small WebP of a picture to be looked at, without anything else that its file said (places, names, times)."""
    small = fit(image, longest) if max(image.size) > longest else image
    return encode(small, "preview.webp")[0]


def avatars_of(
    image: Image.Image, model: Model | None, asked: Mapping[str, Any], count: int, seed: int | str
) -> Iterator[Told]:
    """Avatars for a photograph; what is asked for wins over what is read, and what was not read is the seed's.

    It is told once without avatars, and again whenever there are more: the illustrator's come one by one, a model's
    together, as one forward makes them.

    Args:
        model: who draws; None: the illustrator.

    Raises:
        NoFaceError: no face is found, or the picture is too small for one.
        NijigenError: a word is wrong.
    """
    try:
        portrait = open_portrait(image)
    except NijigenError as error:
        raise NoFaceError(str(error)) from None
    artist = Artist(model, DRAWING_SIZE)
    readings = read_portrait(portrait)
    wishes = wish(readings, artist.schema.normalize(asked), artist.schema)
    face = crop_face(on_white(portrait.image), portrait.face, AROUND).resize((FACE, FACE), Image.Resampling.LANCZOS)
    told = Told([], face, readings, portrait.notes)
    yield told
    first, each = (seed_number(seed), 1) if model is None else (seed, count)
    for index in range(0, count, each):
        number = first if isinstance(first, str) else (first + index) % SEED_LIMIT
        told = replace(told, avatars=[*told.avatars, *artist.make(wishes, each, number)])
        yield told


def draw_photo(
    image: Image.Image, style: str, settings: Settings, device: str, step: Callable[[], object]
) -> Image.Image:
    """A photograph as a drawing.

    Args:
        style: one of :func:`~nijigen.translate.styles.styles_here`.
        step: called after every tile.

    Raises:
        MissingError: what draws, or what finds faces, is not here.
        NijigenError: another style, or settings that cannot be.
    """
    return open_stylizer(style, settings, device)(image, step=step)


def as_png(image: Image.Image) -> bytes:
    """The file of a drawn photograph; places and times of the photograph's own file are not in it."""
    return encode(image, "drawn.png", source=SourceType.EDITED)[0]
