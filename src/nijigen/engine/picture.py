"""A picture of anybody's, made ready for one model: its face cut out, at the model's size."""

from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from nijigen.engine.model import Model
from nijigen.errors import NijigenError
from nijigen.images.certified import SUFFIXES, read_certified, read_file
from nijigen.images.decode import MAX_BYTES, PictureError, decode, shows_nothing
from nijigen.images.faces.crop import MARGIN, crop_face
from nijigen.images.faces.face import Face
from nijigen.images.faces.finder import FaceFinder
from nijigen.images.resize import square

LEAST = 16  # pixels a side: of less nothing is to be recognised


@dataclass(frozen=True)
class Opened:
    """A picture ready to be projected.

    Attributes:
        image: RGB or RGBA, ``R × R``.
        aligned: whether a face was cut out.
        notes: what was done to it, a line each.
    """

    image: Image.Image
    aligned: bool
    notes: list[str]


def open_picture(file: str | Path, model: Model, align: bool = True, margin: float = MARGIN) -> Opened:
    """A picture at the model's size, its largest face cut out as ``prepare --faces`` does it.

    A picture that has the model's size already, an avatar of nijigen's, and a picture without a face are taken whole;
    of what is not square the middle is taken.

    Args:
        align: False takes any picture whole.
        margin: what is added at each side of a face, as a share of the side of its box.

    Raises:
        NijigenError: no picture, one that cannot be read, one that is too small or empty, or a margin out of range.
    """
    path, side = Path(file), model.generator.shape.resolution
    image = _read(path)
    if min(image.size) < LEAST:
        raise NijigenError(
            f"{path} has {image.width}x{image.height} pixels: too small to recognise anything; give {LEAST} or more"
        )
    if shows_nothing(image):
        raise NijigenError(f"{path} is empty: every pixel is transparent; give a picture with somebody in it")
    finder = FaceFinder("auto", margin=margin, least=max(LEAST, min(image.size) // 8))
    notes, face = [], None
    if align and image.size == (side, side):
        notes.append(f"{path} has the model's size already: it is taken whole")
    elif align and _is_avatar(path):
        notes.append(f"{path} is an avatar of nijigen's: it is taken whole")
    elif align:
        face, problem = _largest(finder, image)
        if face is None:
            notes.append(f"no face was found in {path}{problem}: it is taken whole")
    if face is not None:
        image = crop_face(image, face, margin, "pad" if image.mode == "RGBA" else "crop")
    if min(image.size) < side:
        notes.append(f"what is compared has {min(image.size)} px a side and is enlarged to the model's {side}")
    channels = 4 if image.mode == "RGBA" else 3
    return Opened(square(image, side, channels), face is not None, notes)


def _read(path: Path) -> Image.Image:
    if not path.is_file():
        raise NijigenError(f"{path} does not exist or is no file: give a picture")
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        return decode(data)
    except PictureError as error:
        raise NijigenError(f"{path} cannot be used: {error}") from None


def _is_avatar(path: Path) -> bool:
    """Whether a birth certificate lies in it: then it is framed as avatars are."""
    try:
        return path.suffix.lower() in SUFFIXES and read_certified(read_file(path), path).facts is not None
    except NijigenError:
        return False


def _largest(finder: FaceFinder, image: Image.Image) -> tuple[Face | None, str]:
    """The largest face, and why there may be none: the cascade for drawings is a download of its own."""
    problem = ""
    for kind in ("auto", "photo"):
        try:
            faces = replace(finder, kind=kind).find(image)
            return max(faces, key=lambda face: face.side, default=None), problem
        except NijigenError as error:
            problem = problem or f" ({error})"
    return None, problem
