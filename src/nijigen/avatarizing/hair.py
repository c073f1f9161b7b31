"""The colour of hair: what is around the upper half of a face, is not skin, and not behind the head.

Pixels that look like the cheeks are left out; the others are grouped by colour (k-means in CIELAB), and the group that
lies most closely around the face counts, with those of nearly its colour. GrabCut, tried first, lost the hair of most
faces: in a close portrait nearly all that it is shown is face.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nijigen.avatarizing.aligned import HEIGHT, WIDTH, Mask, View
from nijigen.avatarizing.haircolour import colour_shares
from nijigen.avatarizing.reading import Reading
from nijigen.images.faces.opencv import opencv

SHRINK = 2  # the view is looked at at half its size
MIDDLE, RADII = (128, 146), (60, 88)  # of the ellipse that is the face, in pixels of the view
UPPER = 176  # rows above which hair is looked for
# How much a pixel counts as hair by its distance from the middle of the face, in radii: most around the face, less
# than nothing where the background is.
DISTANCES, COUNTS = (1.0, 1.03, 1.32, 1.52, 1.75), (0.0, 1.0, 1.0, 0.0, -1.0)
OUTSIDE = 0.6  # how much a share of what is behind the head counts against one of the ring
PATCHES = ((74, 104, 148, 184), (152, 182, 148, 184), (104, 152, 92, 112))  # of skin: left, right, top, bottom
LEAST_SKIN, LEAST_RING, LEAST_OTHER, LEAST_HAIR = 80, 120, 60, 40  # pixels at half size
SKIN_SPREAD = (7.0, 3.0, 3.5)  # in L*, a* and b*, the least of what belongs to one skin
SKIN_WEIGHTS = (0.2, 0.4, 0.4)
LIKE_SKIN = 1.65
GROUPS, ALIKE = 5, 14.0
LIGHTNESS_COUNTS = 0.6  # hair is lit and shaded: lightness parts groups less than colour does
SECTORS, IN_SECTOR, LEAST_SECTOR = 9, (1.03, 1.5), 15
COVERED = 0.25  # of a sector makes it one with hair
PAPER = (86.0, 5.0)  # lighter and greyer than this is a white background

# Chosen on the tuning half: share of the ring and of the sectors that must be hair, and its least texture in L*.
LEAST_SHARE, LEAST_SECTORS, LEAST_TEXTURE = 0.35, 0.65, 1.2
IS_HAIR = 0.93  # of what is told there was hair at all, neither hat nor scarf nor a bare head
SURE = 0.6


@dataclass(frozen=True)
class Hair:
    """What was found around a face.

    Attributes:
        mask: bool ``[144, 128]``, at half the size of the view.
        colour: its median in CIELAB.
        share: of the ring around the face that is in the picture.
        sectors: share of the sectors of the ring that have hair.
        texture: mean difference in L* from what is around a pixel; a background out of focus has none.
    """

    mask: Mask
    colour: tuple[float, float, float]
    share: float
    sectors: float
    texture: float


def measure_hair(view: View) -> Hair | None:
    """The hair around a face; None where too little of the ring is in the picture, or all of it is skin."""
    cv2 = opencv()
    size = (WIDTH // SHRINK, HEIGHT // SHRINK)
    known: Mask = cv2.resize(view.known.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    lab = cv2.resize(view.lab, size, interpolation=cv2.INTER_AREA)
    distance, counts, skin = _places()
    cheeks = lab[skin & known]
    ring, behind = counts.clip(0) * known, (-counts).clip(0) * known
    if len(cheeks) < LEAST_SKIN or ring.sum() < LEAST_RING:
        return None
    other: Mask = known & (counts != 0) & ~_like(lab, cheeks)
    if other.sum() < LEAST_OTHER:
        return None
    mask = np.zeros_like(other)
    # As shares of the two areas: hair that stands far out is more outside of the ring than in it.
    weights = ring / ring.sum() - OUTSIDE * behind / max(1.0, behind.sum())
    mask[other] = _around(lab[other], weights[other])
    inside = lab[mask & (counts > 0)]
    if len(inside) < LEAST_HAIR:
        return None
    fine = np.abs(lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 2.0))
    lightness, red, yellow = (float(value) for value in np.median(inside, axis=0))
    share = float((ring * mask).sum() / ring.sum())
    return Hair(mask, (lightness, red, yellow), share, _sectors(mask, known, distance), float(fine[mask].mean()))


def read_hair(view: View) -> Reading:
    """One of the natural colours; not told of hats, bare heads and what could be background."""
    hair = measure_hair(view)
    if hair is None or hair.share < LEAST_SHARE or hair.sectors < LEAST_SECTORS:
        return Reading("hair_color", reason="too little hair around the face, or none")
    lightness, red, yellow = hair.colour
    if hair.texture < LEAST_TEXTURE or (lightness > PAPER[0] and np.hypot(red, yellow) < PAPER[1]):
        return Reading("hair_color", reason="what is around the face may be the background")
    shares = colour_shares(*hair.colour)
    word = max(shares, key=lambda one: shares[one])
    confidence = shares[word] * IS_HAIR
    if shares[word] < SURE:
        return Reading("hair_color", (), confidence, "between two colours")
    return Reading("hair_color", (word,), confidence)


def _like(lab: Any, cheeks: Any) -> Any:
    """Which pixels have the colour of this skin."""
    middle = np.median(cheeks, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(cheeks - middle), axis=0), SKIN_SPREAD)
    return np.sqrt((((lab - middle) / spread) ** 2 * SKIN_WEIGHTS).sum(axis=-1)) < LIKE_SKIN


def _around(colours: Any, counts: Any) -> Any:
    """Which of these pixels are of the group that lies most closely around the face, bool ``[N]``."""
    cv2 = opencv()
    cv2.setRNGSeed(1)  # the same picture, the same groups
    until = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    many = np.ascontiguousarray(colours, np.float32)
    _, groups, middles = cv2.kmeans(many, GROUPS, None, until, 2, cv2.KMEANS_PP_CENTERS)
    groups = groups[:, 0]
    close = np.array([counts[groups == group].sum() for group in range(GROUPS)])
    best = int(close.argmax())
    apart = np.sqrt((((middles - middles[best]) * (LIGHTNESS_COUNTS, 1, 1)) ** 2).sum(axis=1))
    taken = (apart < ALIKE) & (close > 0)
    taken[best] = True
    return taken[groups]


def _sectors(mask: Mask, known: Mask, distance: Any) -> float:
    """The share of sectors with hair, of those of which enough is in the picture; 0 where these are too few."""
    rows, columns = _grid()
    angle = np.degrees(np.arctan2(MIDDLE[1] - rows, columns - MIDDLE[0]))
    band = known & (distance > IN_SECTOR[0]) & (distance < IN_SECTOR[1])
    with_hair = []
    for sector in range(SECTORS):
        part = band & (angle >= sector * 180 / SECTORS) & (angle < (sector + 1) * 180 / SECTORS)
        if part.sum() >= LEAST_SECTOR:
            with_hair.append(mask[part].mean() > COVERED)
    return float(np.mean(with_hair)) if len(with_hair) > SECTORS // 3 else 0.0


@cache
def _places() -> tuple[Any, Any, Mask]:
    """Distance from the middle of the face in radii, what each pixel counts as hair, and where skin is."""
    rows, columns = _grid()
    distance = np.sqrt(((columns - MIDDLE[0]) / RADII[0]) ** 2 + ((rows - MIDDLE[1]) / RADII[1]) ** 2)
    counts = np.interp(distance, DISTANCES, COUNTS) * (rows < UPPER)
    skin: Mask = np.zeros(distance.shape, np.bool_)
    for x0, x1, y0, y1 in PATCHES:
        skin[y0 // SHRINK : y1 // SHRINK, x0 // SHRINK : x1 // SHRINK] = True
    return distance, counts, skin


def _grid() -> tuple[Any, Any]:
    rows, columns = np.ogrid[: HEIGHT // SHRINK, : WIDTH // SHRINK]
    return (rows + 0.5) * SHRINK, (columns + 0.5) * SHRINK
