"""The tone of a skin: the individual typology angle of cheeks and forehead.

ITA = arctan((L* − 50) / b*) in degrees (Chardon, Cretois and Hourseau 1991): light skin is light and little yellow,
dark skin the other way round. Photographs are lit and edited as people like, so an angle says only about which words
it may be; four cuts along it, made in the tuning half, take the place of the clinical classes. A correction by an
estimated white point was tried and left out: it told tones no better (docs/avatarize.md).
"""

from itertools import pairwise

import numpy as np

from nijigen.avatarizing.aligned import View
from nijigen.avatarizing.reading import Reading, normal_share
from nijigen.illustrator.palette import SKIN

PATCHES = ((74, 104, 152, 182), (152, 182, 152, 182), (108, 148, 88, 108))  # cheeks, forehead: left, right, top, bottom
LEAST = 150  # pixels of a patch that must be in the picture
LIT = (30, 85)  # percentiles of lightness: between shadows and what shines
WORDS = tuple(SKIN)  # the illustrator's, from the lightest on

# Fitted by `benchmarks/avatarizing.py --fit` on the tuning half: where porcelain, light, tan and brown end, and how far
# the angle of one and the same word spreads, in degrees.
CUTS = (100.0, 44.6, 20.5, -8.2)
SPREAD = 40.7
SURE = 0.75
MOST = 3  # words; of five, more would say nothing


def measure_tone(view: View) -> float | None:
    """The individual typology angle in degrees, the median of the patches; None where no patch is in the picture."""
    angles = []
    for x0, x1, y0, y1 in PATCHES:
        colours = view.lab[y0:y1, x0:x1][view.known[y0:y1, x0:x1]]
        if len(colours) < LEAST:
            continue
        low, high = np.percentile(colours[:, 0], LIT)
        lightness, _, yellow = np.median(colours[(colours[:, 0] >= low) & (colours[:, 0] <= high)], axis=0)
        angles.append(np.degrees(np.arctan2(lightness - 50, yellow)))
    return float(np.median(angles)) if angles else None


def tone_shares(angle: float) -> list[float]:
    """How probable each word is, in the order of :data:`WORDS`; together 1 (an ordered probit)."""
    lighter = [0.0, *(1 - normal_share((cut - angle) / SPREAD) for cut in CUTS), 1.0]
    return [upper - lower for lower, upper in pairwise(lighter)]


def read_tone(view: View) -> Reading:
    """The fewest neighbouring words that are sure together, three at most: chance chooses among them."""
    angle = measure_tone(view)
    if angle is None:
        return Reading("skin_tone", reason="neither cheeks nor forehead are in the picture")
    shares = tone_shares(angle)
    for count in range(1, MOST + 1):
        runs = [sum(shares[start : start + count]) for start in range(len(WORDS) - count + 1)]
        best = max(runs)
        if best >= SURE:
            start = runs.index(best)
            return Reading("skin_tone", WORDS[start : start + count], best)
    return Reading("skin_tone", (), best, "the light leaves too many tones possible")
