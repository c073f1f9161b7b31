"""How fine a picture really is: what its spatial frequencies say of blur and of enlarging.

Spectra are taken inside a Hann window over the middle of the picture (at most 256 px a side): it keeps the border out,
and weighs the face more than what surrounds it.
"""

import math
from dataclasses import dataclass
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
MOST_REPEATS = 8
STEPPED = 0.64  # of 40 enlarged faces nine in ten had 0.64 to 0.98, of 230 photographs the one with the most 0.60


def power(luma: Array) -> Array:
    """The power spectrum ``[N, N // 2 + 1]`` of a square ``luma [N, N]`` (0 to 1) under a Hann window."""
    window = _frequencies(luma.shape[0]).window
    waves = np.fft.fft(np.fft.rfft((luma - luma.mean()) * window), axis=0)
    found: Array = np.square(waves.real)
    found += np.square(waves.imag)
    return found


def sharpness(spectrum: Array) -> float:
    """Root mean square frequency of the gradient, in cycles a pixel (0 to 0.7): how narrow the edges are.

    It is the ratio of two moments of the spectrum (4th to 2nd), so brightness and contrast do not matter, and a
    Gaussian blur, which weighs every frequency by less the higher it is, can only lower it. A picture without edges
    has 0.
    """
    second, fourth = (float(moment) for moment in _frequencies(spectrum.shape[0]).moments @ spectrum.ravel())
    return math.sqrt(fourth / second) if second > 1e-9 else 0.0


def detail(spectrum: Array) -> float:
    """The share of the resolution that is real (0 to 1): 0.5 for a picture enlarged twofold by any smooth filter.

    The power of a sharp drawing falls along a straight line (both axes logarithmic), that of an enlarged one leaves
    the line where its own pixels ended. The frequency at which it leaves the line for long is the answer. Enlarging by
    repeating pixels leaves all frequencies there and is told by the steps, see :func:`repeats`. A picture that is too
    small or too even to say has 1.
    """
    side = spectrum.shape[0]
    if side < SMALLEST:
        return 1.0
    known = _frequencies(side)
    profile = np.bincount(known.rings, weights=spectrum.ravel())[: len(known.sizes)]
    levels = np.log10(profile / known.sizes + 1e-9)
    levels[1:-1] = (levels[:-2] + levels[1:-1] + levels[2:]) / 3
    first, last = _foot(side)
    foot = float(levels[first:last].sum()) / (last - first)
    if foot < 0:  # hardly anything varies: the power of 8-bit rounding alone
        return 1.0
    gone = (levels[first:] < foot - known.fall).tolist()
    finest = first + _start_of_run(gone, max(3, round(RUN * len(known.sizes))))
    return float(min(1.0, 2 * finest / side))


def _start_of_run(gone: list[bool], length: int) -> int:
    """Where a run of this length, or one up to the end, begins; the end where there is none."""
    run = 0
    for place, missing in enumerate(gone):
        run = run + 1 if missing else 0
        if run == length:
            return place - length + 1
    return len(gone) - run


def repeats(luma: Array) -> int:
    """How often every pixel of a square ``luma [N, N]`` (0 to 1) is repeated in both directions, 1 to 8.

    It is told by where the steps between neighbours are: all at every ``times``-th place, where pixels are repeated
    (two thirds of them after JPEG), and everywhere alike, where they are not (faces: at most 0.04 more).
    """
    side = len(luma)
    if side < 2:
        return 1
    ones = _ones(side)
    steps = np.stack([ones @ np.abs(luma[:, 1:] - luma[:, :-1]), np.abs(luma[1:] - luma[:-1]) @ ones])
    total = steps @ ones[1:]
    if float(total.min()) < 1e-6:
        return 1
    phases, starts, limits = _phases(side)
    shares = np.maximum.reduceat(steps @ phases, starts, axis=1) / total[:, None]
    found = np.nonzero(shares.min(axis=0) > limits)[0]
    return int(found[-1]) + 2 if len(found) else 1


def stepped(luma: Array) -> bool:
    """Whether a square ``luma [N, N]`` was enlarged by repeating pixels, unevenly too: most steps stand in few places.

    Such steps are as fine as any detail, and a spectrum cannot tell the one from the other.
    """
    side = len(luma)
    if side < SMALLEST:
        return False
    steps = np.stack([np.abs(luma[:, 1:] - luma[:, :-1]).sum(axis=0), np.abs(luma[1:] - luma[:-1]).sum(axis=1)])
    steps.sort(axis=1)
    total, most = steps.sum(axis=1), steps[:, -(side // 3) :].sum(axis=1)
    return bool((most > STEPPED * total).all())


@dataclass(frozen=True)
class _Frequencies:
    """For squares of one side: what is always the same.

    Both halves of the real spectrum weigh alike, which is right up to its first and last column.

    Attributes:
        window: Hann, ``[N, N]``.
        moments: squared frequency of every coefficient, and its square, ``[2, N × (N // 2 + 1)]``.
        rings: of every coefficient, its whole cycles.
        sizes: coefficients of each ring up to N // 2.
        fall: how far below the foot of the line a ring has to be to be gone, from the first ring of the foot on.
    """

    window: Array
    moments: Array
    rings: Array
    sizes: Array
    fall: Array


@lru_cache(maxsize=8)
def _frequencies(side: int) -> _Frequencies:
    edge = np.hanning(side + 2)[1:-1].astype(np.float32)
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    squared = (down**2 + across**2).ravel()
    rings = np.rint(np.sqrt(squared) * side).astype(np.int64)
    count = side // 2 + 1
    first, last = _foot(side)
    centre = math.exp(float(np.log(np.arange(first, last)).mean()))
    fall = GAP + SLOPE * np.log10(np.arange(first, max(first, count)) / centre)
    moments = np.stack([squared, squared**2]).astype(np.float32)
    return _Frequencies(edge[:, None] * edge[None], moments, rings, np.bincount(rings)[:count], fall)


def _foot(side: int) -> tuple[int, int]:
    """The rings that begin the line."""
    return max(1, round(KNOWN[0] * side)), max(3, round(KNOWN[1] * side))


@lru_cache(maxsize=8)
def _phases(side: int) -> tuple[Array, Array, Array]:
    """For 2 to 8 times, and each phase of it: 1 at the places of that phase, ``[side - 1, 35]``.

    Then the first phase of each number of times, and the share of all steps that one of its phases must have.
    """
    times = range(2, MOST_REPEATS + 1)
    places = np.arange(side - 1)
    rows = np.array([places % number == phase for number in times for phase in range(number)], np.float32)
    starts = np.cumsum([0, *times])[:-1]
    # What is repeated twice has about half of its steps at every fourth place, too, and so on.
    above = [0.35 if number < 4 else 0.5 for number in times]
    limits = [1 / number + part * (1 - 1 / number) for number, part in zip(times, above, strict=True)]
    return np.ascontiguousarray(rows.T), starts, np.array(limits, np.float32)


@lru_cache(maxsize=8)
def _ones(count: int) -> Array:
    """To sum with: a product with it is several times as fast as a sum along an axis."""
    return np.ones(count, np.float32)
