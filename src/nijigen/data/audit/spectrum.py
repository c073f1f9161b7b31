"""How fine a picture really is: what its spatial frequencies say of blur and of enlarging.

Both measures are taken inside a Hann window over the middle of the picture (at most 256 px a side): it keeps the border
out, and weighs the face more than what surrounds it.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

LARGEST = 256  # pixels a side that are looked at; more would cost time and tell nothing new
SMALLEST = 16  # below this a spectrum has too few frequencies to be read
# The mean power of sharp drawings falls with frequency to the power of -2.8: measured on 40 faces of the choosing half
# of the hand-labelled pictures (benchmarks/audit.py). Photographs fall more slowly, so they count as finer.
SLOPE = 2.8
GAP = 0.5  # powers of ten below that line there is nothing left but noise. 0.5 to 0.7 were tried on the same half,
RUN = 1 / 8  # and runs of 3 to 10 of 48 frequencies: what bilinear enlarging mirrors to higher ones is no detail
KNOWN = (4 / 96, 9 / 96)  # cycles a pixel: coarse enough to be there in any picture, the foot of the line


def middle(luma: Array) -> Array:
    """The central square of ``luma [H, W]``, at most :data:`LARGEST` pixels a side."""
    side = min(*luma.shape, LARGEST)
    top, left = (luma.shape[0] - side) // 2, (luma.shape[1] - side) // 2
    return luma[top : top + side, left : left + side]


def power(luma: Array) -> Array:
    """The power spectrum ``[N, N // 2 + 1]`` of a square ``luma [N, N]`` under a Hann window."""
    window = _frequencies(luma.shape[0])[0]
    spectrum = np.fft.rfft2((luma - luma.mean()) * window)
    found: Array = spectrum.real**2 + spectrum.imag**2
    return found


def sharpness(spectrum: Array) -> float:
    """Root mean square frequency of the gradient, in cycles a pixel (0 to 0.7): how narrow the edges are.

    It is the ratio of two moments of the spectrum (4th to 2nd), so brightness and contrast do not matter, and a
    Gaussian blur, which weighs every frequency by less the higher it is, can only lower it. A picture without edges
    has 0.
    """
    _, squared, _ = _frequencies(spectrum.shape[0])
    gradient = spectrum * squared
    total = float(gradient.sum())
    return float(np.sqrt((gradient * squared).sum() / total)) if total > 1e-9 else 0.0


def detail(luma: Array, spectrum: Array) -> float:
    """The share of the resolution that is real (0 to 1): 0.5 for a picture enlarged twofold by any smooth filter.

    The power of a sharp drawing falls along a straight line (both axes logarithmic), that of an enlarged one leaves
    the line where its own pixels ended. The frequency at which it leaves the line for long is the answer. Enlarging by
    repeating pixels leaves all frequencies there and is told by the steps, see :func:`_repeats`. A picture that is too
    small or too even to say has 1.
    """
    side = luma.shape[0]
    if side < SMALLEST:
        return 1.0
    rings = _frequencies(side)[2]
    count = side // 2 + 1
    profile = np.bincount(rings, weights=spectrum.ravel(), minlength=count)[:count]
    levels = np.log10(profile / np.bincount(rings, minlength=count)[:count] + 1e-9)
    levels[1:-1] = (levels[:-2] + levels[1:-1] + levels[2:]) / 3
    first, last = max(1, round(KNOWN[0] * side)), max(3, round(KNOWN[1] * side))
    foot = float(levels[first:last].mean())
    if foot < 0:  # hardly anything varies: the power of 8-bit rounding alone
        return 1.0
    steps = np.arange(first, count)
    centre = math.exp(float(np.log(np.arange(first, last)).mean()))
    gone = (levels[first:] < foot - GAP - SLOPE * np.log10(steps / centre)).tolist()
    finest = first + _start_of_run(gone, max(3, round(RUN * count)))
    return float(min(1.0, 2 * finest / side, 1 / _repeats(luma)))


def _start_of_run(gone: list[bool], length: int) -> int:
    """Where a run of this length, or one up to the end, begins; the end where there is none."""
    run = 0
    for place, missing in enumerate(gone):
        run = run + 1 if missing else 0
        if run == length:
            return place - length + 1
    return len(gone) - run


def _repeats(luma: Array) -> int:
    """How often every pixel is repeated in both directions (1 to 4), from where the steps between pixels are."""
    across = np.abs(np.diff(luma, axis=1)).sum(axis=0)
    down = np.abs(np.diff(luma, axis=0)).sum(axis=1)
    total = min(float(across.sum()), float(down.sum()))
    if total < 1e-6:
        return 1
    for times in (4, 3, 2):
        shares = [max(float(steps[phase::times].sum()) for phase in range(times)) / float(steps.sum())
                  for steps in (across, down)]  # fmt: skip
        # All steps are in one phase where pixels are repeated (two thirds after JPEG), 1 / times where they are not
        # (faces: at most 0.04 more).
        if (min(shares) - 1 / times) / (1 - 1 / times) > 0.35:
            return times
    return 1


@lru_cache(maxsize=8)
def _frequencies(side: int) -> tuple[Array, Array, Array]:
    """For a square of this side: Hann window, squared frequency of every coefficient, ring (whole cycles) of it.

    Both halves of the real spectrum weigh alike, which is right up to its first and last column.
    """
    edge = np.hanning(side + 2)[1:-1].astype(np.float32)
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    squared = (down**2 + across**2).astype(np.float32)
    rings = np.rint(np.sqrt(squared) * side).astype(np.int64).ravel()
    return edge[:, None] * edge[None], squared, rings
