"""What a face detector is, and which there are.

>>> from nijigen.images.faces.detector import open_detector
>>> open_detector("photo").find(image)          # doctest: +SKIP
[Face(box=(301.0, 122.0, 498.0, 319.0), score=0.8421, eyes=((352.4, 198.1), (447.0, 203.5)), tilt=None)]
"""

from functools import lru_cache
from pathlib import Path
from typing import Protocol

from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.faces.cascade import ANIME, PHOTO, CascadeDetector
from nijigen.images.faces.face import Face
from nijigen.images.faces.network import NetworkDetector
from nijigen.images.faces.opencv import own_cascade

LEAST = 32  # pixels
CLEARLY_DRAWN = 0.85  # no photograph scored as much by the anime cascade; the other need not be asked
PHOTO_CASCADE = "haarcascade_frontalface_alt2.xml"


class FaceDetector(Protocol):
    """Finds faces. May be called from several threads."""

    name: str

    def find(self, image: Image.Image) -> list[Face]:
        """All faces of a picture (RGB or RGBA), left to right; boxes in its pixels."""

    def score(self, image: Image.Image) -> float:
        """How surely a picture that was cut out already shows a face, 0 to 1."""


@lru_cache(maxsize=8)
def open_detector(kind: str, least: int = LEAST) -> FaceDetector:
    """A detector; in one process the same for the same arguments.

    Args:
        kind: ``anime`` (the cascade of nagadomi), ``photo`` (people, by the cascade that comes with OpenCV), ``auto``
            (whichever is surer of what it finds), or the path of a file: ``.onnx`` (see
            :mod:`nijigen.images.faces.network`) or ``.xml`` (another cascade).
        least: side of the smallest face in pixels.

    Raises:
        NijigenError: another word, a library or the cascade is missing, or a file is damaged.
    """
    if kind == "auto":
        return AutoDetector(least)
    if kind == "anime":
        from nijigen.weights import find_weights  # it knows how to download, and takes long to load

        return CascadeDetector(kind, find_weights("animeface"), ANIME, least)
    if kind == "photo":
        return CascadeDetector(kind, own_cascade(PHOTO_CASCADE), PHOTO, least)
    suffix = Path(kind).suffix.lower()
    if suffix == ".onnx":
        return NetworkDetector(Path(kind), least)
    if suffix == ".xml":
        return CascadeDetector(Path(kind).name, Path(kind), ANIME, least)
    raise NijigenError(f"--faces {kind}: use auto, anime, photo, off, or a file (.onnx or .xml)")


class AutoDetector:
    """Drawn faces or faces of people, whichever the picture shows more surely.

    The cascade for one kind finds a face of the other now and then, but with a lower score than the right one has.
    """

    def __init__(self, least: int) -> None:
        self.name = "auto"
        self._anime, self._photo = open_detector("anime", least), open_detector("photo", least)

    def find(self, image: Image.Image) -> list[Face]:
        drawn = self._anime.find(image)
        if _best(drawn) >= CLEARLY_DRAWN:
            return drawn
        people = self._photo.find(image)
        return people if _best(people) > _best(drawn) else drawn

    def score(self, image: Image.Image) -> float:
        return max(self._anime.score(image), self._photo.score(image))


def _best(faces: list[Face]) -> float:
    return max((face.score for face in faces), default=0.0)
