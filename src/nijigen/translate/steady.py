"""Frame after frame: faces stay where they are, though a detector sees them a little elsewhere every time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from nijigen.images.faces.face import Box, Face, same
from nijigen.translate.stylizer import Stylizer

INERTIA = 0.6  # share of where a face was before in where it is taken to be
PATIENCE = 5  # frames that a face is kept which is not found any more


@dataclass(frozen=True)
class _Kept:
    face: Face
    missed: int = 0


class Steady:
    """Draws the frames of a film, one after the other."""

    def __init__(self, stylizer: Stylizer, remembered: Sequence[Any] = ()) -> None:
        """
        Args:
            remembered: what :meth:`remember` gave, to go on with the film as if it had never been interrupted.
        """
        self._stylizer = stylizer
        self._kept = [_Kept(Face((x0, y0, x1, y1), score), missed) for x0, y0, x1, y1, score, missed in remembered]

    def remember(self) -> list[list[float]]:
        """What was seen so far, for JSON."""
        return [[*one.face.box, one.face.score, one.missed] for one in self._kept]

    def __call__(self, frame: Image.Image) -> Image.Image:
        """The next frame, RGB or RGBA, drawn."""
        frame = self._stylizer.fitted(frame)
        return self._stylizer(frame, self.faces(self._stylizer.faces(frame)))

    def faces(self, found: list[Face]) -> list[Face]:
        """Where the faces of a frame are taken to be, after those of the frames before."""
        left, kept = list(found), []
        for one in self._kept:
            match = next((face for face in left if same(face.box, one.face.box)), None)
            if match is not None:
                left.remove(match)
                kept.append(_Kept(replace(match, box=_between(one.face.box, match.box))))
            elif one.missed < PATIENCE:
                kept.append(_Kept(one.face, one.missed + 1))
        self._kept = kept + [_Kept(face) for face in left]
        return [one.face for one in self._kept]


def _between(before: Box, now: Box) -> Box:
    x0, y0, x1, y1 = (INERTIA * old + (1 - INERTIA) * new for old, new in zip(before, now, strict=True))
    return x0, y0, x1, y1
