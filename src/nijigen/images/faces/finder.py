"""From a picture of any size to pictures of its faces: what ``prepare --faces`` does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.faces.crop import MARGIN, crop_face
from nijigen.images.faces.detector import LEAST, open_detector
from nijigen.images.faces.face import Box, Face
from nijigen.images.resize import Shape

MOST = 32
WIDEST = 3.0


@dataclass(frozen=True)
class FaceFinder:
    """How faces are looked for and cut out. Holds no open file and can be sent to another process.

    Attributes:
        kind: as :func:`nijigen.images.faces.detector.open_detector` takes it.
        margin: what is added at each side, as a share of the side of the face's box; 0 to 3.
        least: side of the smallest face in pixels of the picture.
        most: so many faces of a picture, the largest.
        upright: turn leaning faces.
    """

    kind: str = "auto"
    margin: float = MARGIN
    least: int = LEAST
    most: int = MOST
    upright: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.margin <= WIDEST:
            raise NijigenError(f"--margin {self.margin:g}: use a share of the face's side, 0 to {WIDEST:g}")
        if self.least < 1:
            raise NijigenError(f"--least {self.least}: use a number of pixels, 1 or more")
        if self.most < 1:
            raise NijigenError(f"most={self.most}: use 1 or more")

    def check(self) -> None:
        """Open the detector, so that what is missing is told before the work begins and not in the middle of it.

        Raises:
            NijigenError: a wrong kind, a library or the cascade is missing, or a file is damaged.
        """
        open_detector(self.kind, self.least)

    def find(self, image: Image.Image) -> list[Face]:
        """The faces of a picture (RGB or RGBA), left to right; of too many, the largest."""
        return self._chosen(open_detector(self.kind, self.least).find(image))

    def cut(self, image: Image.Image, shape: Shape = "crop", known: Sequence[Box] = ()) -> list[Image.Image]:
        """One square picture a face, left to right, each at the size that it has in the picture; none: no face.

        Args:
            known: boxes from an annotation, in pixels of the picture; then nothing is looked for.
        """
        if known:
            faces = self._chosen([Face(box, 1.0) for box in known if all(map(math.isfinite, box))])
        else:
            faces = self.find(image)
        return [crop_face(image, face, self.margin, shape, self.upright) for face in faces]

    def _chosen(self, faces: list[Face]) -> list[Face]:
        large = [face for face in faces if face.side >= self.least]
        largest = sorted(large, key=lambda face: (-face.side, face.box))[: self.most]
        return sorted(largest, key=lambda face: face.box)


def score(image: Image.Image, kind: str = "anime") -> float:
    """How surely a picture that was cut out already shows a face: 0 (none) to 1; from about a half on it does.

    Raises:
        NijigenError: a wrong kind, a library or the cascade is missing, or a file is damaged.
    """
    return open_detector(kind).score(image)
