"""A smile: OpenCV's cascade for smiles, teeth, corners that rise, and the edge of the lips out to the corners."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nijigen.avatarizing.aligned import View
from nijigen.avatarizing.reading import Reading, decided, logistic
from nijigen.images.faces.opencv import load_cascade, opencv, own_cascade

LOWER_FACE = np.s_[160:250, 78:178]
MOUTH = np.s_[184:226, 92:164]
IN_SIGHT = 0.35  # of the mouth must be in the picture
LARGER = 1.5  # the cascade's window is 36 pixels wide; smiles are looked for from 50 on
SMALLEST = (50, 25)
TEETH = (12.0, 4.0, 9.0)  # at most so much darker than the cheeks, so much less red, and never redder than this
ROWS = (180, 230)  # in which the dark line between the lips is
COLUMNS = 80  # where it begins; then its corners and its middle
CORNERS, MIDDLE = (slice(8, 24), slice(72, 88)), slice(38, 58)

# Fitted by `benchmarks/avatarizing.py --fit` on the tuning half: constant, then the four measures.
SMILE = (-8.791, 1.419, 3.082, 0.032, 0.013)
SURE = (0.6, 0.9)  # of a smile, of none


@dataclass(frozen=True)
class Mouth:
    """What was measured.

    Attributes:
        finds: of the cascade, every place and size counted.
        teeth: share of the mouth that is as light as the cheeks and not red.
        rise: pixels by which the corners are higher than the middle of the mouth.
        corners: height of the edges at the corners, in L*.
    """

    finds: int
    teeth: float
    rise: float
    corners: float

    def measures(self) -> tuple[float, float, float, float]:
        """For the logistic."""
        return math.log1p(self.finds), self.teeth, self.rise, self.corners


def measure_smile(view: View) -> Mouth | None:
    """None where the mouth is not in the picture."""
    if view.known[MOUTH].mean() < IN_SIGHT:
        return None
    cv2 = opencv()
    part = cv2.resize(view.grey[LOWER_FACE], None, fx=LARGER, fy=LARGER, interpolation=cv2.INTER_LINEAR)
    finds = _cascade().detectMultiScale(part, 1.1, 0, minSize=SMALLEST)
    lab = view.lab
    cheek = np.median(np.concatenate([lab[160:184, 76:104], lab[160:184, 152:180]], axis=1).reshape(-1, 3), axis=0)
    mouth = lab[MOUTH]
    teeth = (mouth[..., 0] > cheek[0] - TEETH[0]) & (mouth[..., 1] < min(cheek[1] - TEETH[1], TEETH[2]))
    line = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.5)[ROWS[0] : ROWS[1], COLUMNS : COLUMNS + 96].argmin(axis=0)
    rise = np.median(line[MIDDLE]) - np.mean([np.median(line[corner]) for corner in CORNERS])
    edges = np.abs(cv2.Sobel(cv2.GaussianBlur(lab[..., 0], (0, 0), 1.2), cv2.CV_32F, 0, 1)[186:222]).max(axis=0)
    corners = edges[84:100].mean() + edges[156:172].mean()
    return Mouth(len(finds), float(teeth.mean()), float(rise), float(corners))


def read_smile(view: View) -> Reading:
    """``smile`` or ``no``."""
    mouth = measure_smile(view)
    if mouth is None:
        return Reading("smile", reason="the mouth is beyond the edge of the picture")
    return decided("smile", ("smile",), smile_share(mouth), SURE)


def smile_share(mouth: Mouth) -> float:
    """How probable a smile is, 0 to 1."""
    return logistic(SMILE[0] + sum(w * x for w, x in zip(SMILE[1:], mouth.measures(), strict=True)))


@cache
def _cascade() -> Any:
    return load_cascade(own_cascade("haarcascade_smile.xml"))
