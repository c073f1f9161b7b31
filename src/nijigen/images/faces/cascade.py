"""Faces by a cascade of OpenCV: drawn ones by the cascade of nagadomi, photographed ones by OpenCV's own.

A picture is looked at twice. From afar, at up to 1,600 pixels, for the faces on a page; and from near, small and with a
border around it, for a face that fills the picture: a cascade finds nothing that touches the edge.
"""

import math
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from nijigen.images.faces.face import Face, merge, moved
from nijigen.images.faces.grey import Affine, Grey, border, shrink, to_grey, turned_whole
from nijigen.images.faces.opencv import load_cascade, own_cascade
from nijigen.images.faces.tilt import eye_line, probe

FAR = 1600  # pixels of the longer side
NEAR = 256
BORDER = 0.3  # of the shorter side, around the near view
CERTAIN = 5.0  # finds of one face for a score of a half


@dataclass(frozen=True)
class Sight:
    """How a cascade looks.

    Attributes:
        step: each size looked for is so much larger than the one before.
        neighbours: as many finds of one face it takes to believe in it.
        turns: degrees by which a page is turned to find faces that lean; near_turns: the same from near.
        eyes: OpenCV's cascade for eyes, for faces whose eyes it knows.
    """

    step: float = 1.1
    neighbours: int = 5
    turns: tuple[float, ...] = ()
    near_turns: tuple[float, ...] = ()
    eyes: str = ""


STRAIGHT: Affine = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
ANIME = Sight(turns=(-20.0, 20.0), near_turns=(-20.0, 20.0))
PHOTO = Sight(neighbours=3, turns=(-20.0, 20.0), near_turns=(-20.0, 20.0), eyes="haarcascade_eye.xml")


class CascadeDetector:
    """Finds faces that look ahead and do not lean by much more than 30 degrees."""

    def __init__(self, name: str, path: Path, sight: Sight, least: int) -> None:
        """
        Args:
            name: ``anime``, ``photo`` or the name of the file.
            path: the cascade.
            least: side of the smallest face in pixels; smaller ones are not looked for.

        Raises:
            NijigenError: OpenCV is missing, or the file is no cascade.
        """
        self.name = name
        self._sight = sight
        self._least = least
        self._cascade = load_cascade(path)
        self._eyes = load_cascade(own_cascade(sight.eyes)) if sight.eyes else None
        self._window = max(self._cascade.getOriginalWindowSize())
        self._lock = threading.Lock()  # a cascade remembers the picture that it looks at

    def find(self, image: Image.Image) -> list[Face]:
        """All faces of a picture (RGB or RGBA), left to right."""
        grey = to_grey(image)
        with self._lock:
            found = merge(self._from_afar(grey) + self._from_near(grey, self._sight.neighbours))
            return [self._with_angle(grey, face) for face in found]

    def score(self, image: Image.Image) -> float:
        """How surely a picture that was cut out already shows a face, 0 (none) to 1; from about a half on it does."""
        grey = to_grey(image)
        with self._lock:
            return max((face.score for face in self._from_near(grey, 1)), default=0.0)

    def _from_afar(self, grey: Grey) -> list[Face]:
        """The faces on a page; leaning ones at half the sharpness, where a turned page costs a quarter."""
        view, scale = shrink(grey, FAR)
        faces = self._look(view, scale, self._least, self._sight.neighbours)
        half, halved = shrink(view, max(view.shape) // 2)
        for turn in self._sight.turns:
            page, back = turned_whole(half, turn)
            faces += self._look(page, scale * halved, self._least, self._sight.neighbours, back)
        return faces

    def _from_near(self, grey: Grey, neighbours: int) -> list[Face]:
        """A face that takes up half of the picture; the far view has found the others."""
        view, scale = shrink(grey, NEAR)
        wide = round(BORDER * min(view.shape))
        framed = border(view, wide)
        least = max(self._least, min(grey.shape) / 2)
        faces = self._look(framed, scale, least, neighbours)
        for turn in self._sight.near_turns:
            page, back = turned_whole(framed, turn)
            faces += self._look(page, scale, least, neighbours, back)
        return [replace(face, box=moved(face.box, -wide / scale)) for face in faces]

    def _look(self, view: Grey, scale: float, least: float, neighbours: int, back: Affine = STRAIGHT) -> list[Face]:
        """The faces in a view of the picture, in pixels of the picture.

        Args:
            scale: by which the view is smaller; least: side of the smallest face in pixels of the picture.
            back: the matrix ``[2, 3]`` that undoes the view's turn.
        """
        side = max(self._window, math.ceil(least * scale))
        boxes, counts = self._cascade.detectMultiScale2(view, self._sight.step, neighbours, minSize=(side, side))
        faces = []
        for (left, top, width, height), count in zip(boxes, counts, strict=True):
            x, y = back @ (left + width / 2, top + height / 2, 1.0)
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            x0, y0, x1, y1 = (round(float(edge) / scale, 2) for edge in box)
            faces.append(Face((x0, y0, x1, y1), round(int(count) / (int(count) + CERTAIN), 4)))
        return faces

    def _with_angle(self, grey: Grey, face: Face) -> Face:
        if self._eyes is not None and (eyes := eye_line(self._eyes, grey, face.box)):
            return replace(face, eyes=eyes)
        return replace(face, tilt=probe(self._cascade, self._sight.step, grey, face.box))
