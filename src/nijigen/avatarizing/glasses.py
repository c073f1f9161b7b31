"""Glasses: the bridge between the eyes, the rims below them, and for dark ones the lenses before them.

A frame is a narrow line across: lightness falls and rises again within a few pixels. A lid, a brow or a shadow is an
edge on one side only, or no edge at all between the eyes.
"""

import math
from dataclasses import dataclass

import numpy as np

from nijigen.avatarizing.aligned import View
from nijigen.avatarizing.reading import Reading, decided, logistic
from nijigen.images.faces.opencv import opencv

Place = tuple[int, int, int, int]  # left, right, top, bottom in the view; the eyes are at (96, 128) and (160, 128)
BRIDGE: Place = (118, 138, 104, 146)
RIMS: tuple[Place, Place] = ((74, 118, 138, 172), (138, 182, 138, 172))
LENSES: tuple[Place, Place] = ((78, 114, 130, 152), (142, 178, 130, 152))
CHEEKS: tuple[Place, Place] = ((78, 108, 166, 190), (148, 178, 166, 190))
FACE = np.s_[90:200, 70:186]
THIN = (2, 3, 4, 5, 6)  # pixels across a frame
ALONG = 7  # pixels along it that count as one
LEAST_SPREAD = 8.0  # of lightness over a face: flatter ones are noise
IN_SIGHT = 0.9  # of the band around the eyes must be in the picture
BAND = np.s_[104:172, 74:182]

# Fitted by `benchmarks/avatarizing.py --fit` on the tuning half: constant, then the logarithms of the three edges; and
# for dark glasses against clear ones: constant, darker than the cheeks, another colour than theirs.
FRAME = (-5.355, 0.808, 2.8, 3.137)
DARK = (-3.896, 0.072, 0.379)
SURE = (0.6, 0.95)  # of glasses, of none
SURE_OF_KIND = 0.8


@dataclass(frozen=True)
class Frame:
    """What was measured: heights of edges as shares of the face's spread of lightness, differences in CIELAB."""

    line: float
    bridge: float
    rim: float
    darker: float
    other: float

    def edges(self) -> tuple[float, float, float]:
        """For the logistic: logarithms of the heights."""
        line, bridge, rim = (math.log(max(value, 0.02)) for value in (self.line, self.bridge, self.rim))
        return line, bridge, rim


def measure_glasses(view: View) -> Frame | None:
    """The edges of a frame and the look of lenses; None where the eyes are not in the picture."""
    if view.known[BAND].mean() < IN_SIGHT:
        return None
    cv2 = opencv()
    lightness = cv2.GaussianBlur(view.lab[..., 0], (0, 0), 1.0)
    rise = cv2.blur(cv2.Sobel(lightness, cv2.CV_32F, 0, 1, ksize=3) / 4, (ALONG, 1))
    low, high = np.percentile(lightness[FACE], [10, 90])
    unit = max(float(high - low), LEAST_SPREAD) / 10
    lens, cheek = (np.mean([_middle(view, place) for place in places], axis=0) for places in (LENSES, CHEEKS))
    return Frame(
        line=_line(_cut(rise, BRIDGE)) / unit,
        bridge=_edge(_cut(rise, BRIDGE)) / unit,
        rim=min(_edge(_cut(rise, place)) for place in RIMS) / unit,
        darker=float(cheek[0] - lens[0]),
        other=float(np.hypot(*(cheek[1:] - lens[1:]))),
    )


def read_glasses(view: View) -> Reading:
    """``no``, ``clear`` or ``dark``; both ``clear`` and ``dark`` where only the frame is sure."""
    frame = measure_glasses(view)
    if frame is None:
        return Reading("glasses", reason="the eyes are too near the edge of the picture")
    worn = decided("glasses", ("clear", "dark"), glasses_share(frame), SURE)
    dark = dark_share(frame)
    if "dark" not in worn.words or max(dark, 1 - dark) < SURE_OF_KIND:
        return worn
    return Reading("glasses", ("dark" if dark >= 0.5 else "clear",), (worn.confidence or 0) * max(dark, 1 - dark))


def glasses_share(frame: Frame) -> float:
    """How probable glasses are, 0 to 1."""
    return logistic(FRAME[0] + sum(w * x for w, x in zip(FRAME[1:], frame.edges(), strict=True)))


def dark_share(frame: Frame) -> float:
    """How probable it is that glasses which are there are dark, 0 to 1."""
    return logistic(DARK[0] + DARK[1] * frame.darker + DARK[2] * frame.other)


def _cut(values: np.ndarray, place: Place) -> np.ndarray:
    x0, x1, y0, y1 = place
    return values[y0:y1, x0:x1]


def _edge(rise: np.ndarray) -> float:
    """The height of the strongest edge across, in the middle one of the columns."""
    return float(np.median(np.abs(rise).max(axis=0)))


def _line(rise: np.ndarray) -> float:
    """The same for a dark line: a fall and, a few pixels below, a rise."""
    falls, rises = np.maximum(-rise, 0), np.maximum(rise, 0)
    return max(float(np.median(np.minimum(falls[:-gap], rises[gap:]).max(axis=0))) for gap in THIN)


def _middle(view: View, place: Place) -> np.ndarray:
    return np.asarray(np.median(_cut(view.lab, place).reshape(-1, 3), axis=0))
