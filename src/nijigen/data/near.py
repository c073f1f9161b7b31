"""Near duplicates: the same drawing saved again, cropped a little otherwise, or with its tones changed.

>>> from PIL import Image
>>> from nijigen.data.near import NearIndex, fingerprint
>>> index, drawing = NearIndex(), Image.radial_gradient("L").convert("RGB")
>>> index.add(0, fingerprint(drawing))
>>> index.find(fingerprint(drawing.resize((96, 96))))
0

Two steps. A hash of 64 bits (which way brightness changes between neighbours on a coarse grid) finds candidates among
a million in a moment; then a thumbnail decides, because faces in one pose have near hashes and are different pictures.
What decides is the fine structure, compared at small shifts; light and shade at large are alike in too many faces. The
numbers were chosen on half of ``tests/data/hand-pairs.csv``; ``benchmarks/audit.py`` measures them on the other half.
"""

import base64
import binascii
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from nijigen.images.resize import on_white

Array = np.ndarray[Any, Any]

DISTANCE = 10  # bits that the hashes of near duplicates may differ in; of 1,000,000 other pairs 400 differ in no more
ALIKE = 0.7  # least correlation of the fine structure of two thumbnails, at the best shift
TINTS = 8.0  # largest mean difference of their colours, in levels of 255: other hair is another picture
STEP = 2  # levels that count as a change of brightness, so that the noise of an even ground is none

SIDE, SHIFT = 24, 2  # of the thumbnail, and how far it is shifted each way: a twelfth of the picture
REACH = 3  # pixels of the thumbnail: structure is what differs from the mean of 7 × 7
TINT_SIDE = 4
# From RGB to luma, blue and red without it: BT.601 in full range, as JPEG has it, around 0.
YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
LUMA_BYTES = SIDE**2 // 2
THUMB_BYTES = LUMA_BYTES + 2 * TINT_SIDE**2
BANDS, BAND_BITS = 4, 16
TAIL = 16_384  # entries that are looked through one by one, in 20 microseconds, before they are sorted in
FEWEST = 4096  # entries that there is room for at first
BLOCK = 4096  # candidates whose thumbnails are compared at a time


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What near duplicates are told by: a hash of 64 bits, and a thumbnail of 320 bytes.

    The thumbnail is 24 × 24 pixels of structure in 16 levels, two to a byte, and 4 × 4 of both colour differences.
    """

    hash: int
    thumb: bytes

    def to_text(self) -> str:
        """440 letters for a journal."""
        return base64.b64encode(self.hash.to_bytes(8, "big") + self.thumb).decode("ascii")

    @classmethod
    def from_text(cls, text: str) -> "Fingerprint":
        """The fingerprint that :meth:`to_text` wrote.

        Raises:
            ValueError: it is not one.
        """
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("no fingerprint: not base64") from None
        if len(data) != 8 + THUMB_BYTES:
            raise ValueError(f"no fingerprint: {len(data)} bytes instead of {8 + THUMB_BYTES}")
        return cls(int.from_bytes(data[:8], "big"), data[8:])


def fingerprint(image: Image.Image) -> Fingerprint:
    """The fingerprint of a picture: RGB, or RGBA, which is seen on white."""
    # One resize, and everything else on 24 × 24 pixels: it is made of every picture.
    small = np.asarray(on_white(image).resize((SIDE, SIDE), Image.Resampling.BOX))
    luma, blue, red = (YCC @ small.reshape(-1, 3).T.astype(np.float32)).reshape(3, SIDE, SIDE)
    down, across, local, parts = _matrices()
    grid = np.rint(down @ luma @ across)
    bits = np.packbits(grid[:, 1:] - grid[:, :-1] > STEP)
    fine = luma - local @ luma @ local.T
    # One level of noise is no structure: an even picture stays even.
    scale = 3 / max(1.0, math.sqrt(float(np.vdot(fine, fine)) / fine.size))
    levels = np.rint(7.5 + scale * fine).clip(0, 15).astype(np.uint8).ravel()
    tints = np.rint(128 + np.concatenate([parts @ blue @ parts.T, parts @ red @ parts.T])).astype(np.uint8)
    return Fingerprint(
        int.from_bytes(bits.tobytes(), "big"), (levels[::2] << 4 | levels[1::2]).tobytes() + tints.tobytes()
    )


class NearIndex:
    """All fingerprints so far, found again by nearness. What it answers depends on the order of ``add`` alone.

    A hash that differs in at most 10 bits differs in at most 2 within one of its four bands of 16 bits, so only
    entries with one of 4 × 137 keys are compared. An entry takes about 360 bytes, so a million takes 360 MB, and up
    to half as much again while the arrays grow.
    """

    def __init__(self) -> None:
        self._count = 0
        self._sorted = 0  # entries that the tables below know
        self._numbers: Array = np.zeros(FEWEST, np.int64)
        self._hashes: Array = np.zeros(FEWEST, np.uint64)
        self._thumbs: Array = np.zeros((FEWEST, THUMB_BYTES), np.uint8)
        self._order: list[Array] = []  # per band: entries, by key
        self._starts: list[Array] = []  # per band: where the entries of each key begin

    def __len__(self) -> int:
        return self._count

    def add(self, number: int, fingerprint: Fingerprint) -> None:
        """Remember a picture under a number of the caller's choice."""
        if self._count == len(self._hashes):
            self._grow()
        self._numbers[self._count] = number
        self._hashes[self._count] = fingerprint.hash
        self._thumbs[self._count] = np.frombuffer(fingerprint.thumb, np.uint8)
        self._count += 1
        if self._count - self._sorted > max(TAIL, self._sorted // 8):
            self._sort()

    def find(self, fingerprint: Fingerprint) -> int | None:
        """The number of the first picture added that this one is a near duplicate of, or None."""
        near = self.candidates(fingerprint.hash)
        thumb = np.frombuffer(fingerprint.thumb, np.uint8)
        for start in range(0, len(near), BLOCK):
            block = near[start : start + BLOCK]
            fits = np.nonzero(_alike(self._thumbs[block], thumb))[0]
            if len(fits):
                return int(self._numbers[block[fits[0]]])
        return None

    def candidates(self, wanted: int) -> Array:
        """Positions (in order of ``add``) of all entries whose hash differs in at most :data:`DISTANCE` bits."""
        key = np.uint64(wanted)
        tail = self._hashes[self._sorted : self._count]
        near = np.nonzero(np.bitwise_count(tail ^ key) <= DISTANCE)[0] + self._sorted
        if not self._sorted:
            return near
        found = []
        for band, (order, starts) in enumerate(zip(self._order, self._starts, strict=True)):
            keys = _band(key, band) ^ _near_keys()
            begins, ends = starts[keys], starts[keys + 1]
            lengths = ends - begins
            # All the ranges at once: begin of each, repeated, plus 0, 1, 2 … within each.
            shift = np.repeat(begins - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
            found.append(order[shift + np.arange(len(shift))])
        places = np.concatenate(found)
        before = np.unique(places[np.bitwise_count(self._hashes[places] ^ key) <= DISTANCE])
        return np.concatenate([before, near])

    def _grow(self) -> None:
        size = len(self._hashes) + max(FEWEST, len(self._hashes) // 2)
        for name in ("_numbers", "_hashes", "_thumbs"):
            old = getattr(self, name)
            new = np.zeros((size, *old.shape[1:]), old.dtype)
            new[: self._count] = old[: self._count]
            setattr(self, name, new)

    def _sort(self) -> None:
        """Sort all entries into the tables. Each time there are an eighth more, so it costs little in all."""
        self._order, self._starts = [], []
        hashes = self._hashes[: self._count]
        for band in range(BANDS):
            keys = _band(hashes, band)
            self._order.append(np.argsort(keys.astype(np.uint16), kind="stable").astype(np.uint32))
            sizes = np.bincount(keys, minlength=1 << BAND_BITS)
            self._starts.append(np.concatenate([[0], np.cumsum(sizes)]))
        self._sorted = self._count


def _band(hashes: Any, band: int) -> Any:
    """The 16 bits of one band, as int64."""
    return (hashes >> np.uint64(BAND_BITS * band) & np.uint64((1 << BAND_BITS) - 1)).astype(np.int64)


@cache
def _near_keys() -> Array:
    """All numbers of 16 bits with at most ``DISTANCE // BANDS`` bits set: 137 for two bits."""
    every = np.arange(1 << BAND_BITS)
    near: Array = every[np.bitwise_count(every) <= DISTANCE // BANDS]
    return near


@cache
def _matrices() -> tuple[Array, Array, Array, Array]:
    """What a thumbnail of 24 × 24 is multiplied with: for the grid of the hash, from the left and the right, for the
    local mean (beyond the edge the last pixel is repeated), and for 4 × 4 parts."""
    places = np.arange(SIDE)
    near = np.abs(places[:, None] - places) <= REACH
    local = near.astype(np.float32)
    for place in range(REACH):
        local[place, 0] += REACH - place
        local[-1 - place, -1] += REACH - place
    parts = np.repeat(np.eye(TINT_SIDE, dtype=np.float32), SIDE // TINT_SIDE, axis=1) * (TINT_SIDE / SIDE)
    return _tents(8), _tents(9).T, local / (2 * REACH + 1), parts


def _tents(count: int) -> Array:
    """``[count, 24]``: weights that shrink 24 values to ``count``, each as wide as two of them (bilinear)."""
    step = SIDE / count
    away = np.abs(np.arange(SIDE) + 0.5 - (np.arange(count)[:, None] + 0.5) * step) / step
    weights = np.maximum(0, 1 - away)
    found: Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def _unpack(thumbs: Array) -> Array:
    """Structure of thumbnails ``[N, 320]`` as float32 ``[N, 24, 24]`` around 0."""
    packed = thumbs[:, :LUMA_BYTES]
    return np.stack([packed >> 4, packed & 15], axis=2).reshape(-1, SIDE, SIDE).astype(np.float32) - np.float32(7.5)


def _alike(thumbs: Array, thumb: Array) -> Array:
    """Which of ``thumbs [N, 320]`` show the same drawing as ``thumb [320]``."""
    tints = np.abs(thumbs[:, LUMA_BYTES:].astype(np.int16) - thumb[LUMA_BYTES:].astype(np.int16)).mean(axis=1)
    fits: Array = tints <= TINTS
    if not fits.any():
        return fits
    inner = SIDE - 2 * SHIFT
    theirs = _unit(_unpack(thumbs[fits])[:, SHIFT:-SHIFT, SHIFT:-SHIFT])
    own = np.lib.stride_tricks.sliding_window_view(_unpack(thumb[None])[0], (inner, inner))
    fits[fits] = (theirs @ _unit(own.reshape(-1, inner, inner)).T).max(axis=1) >= ALIKE
    return fits


def _unit(patches: Array) -> Array:
    """``[N, H, W]`` → ``[N, H × W]``, of mean 0 and length 1; an even patch is 0 and like nothing."""
    flat = patches.reshape(len(patches), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.sqrt((flat**2).sum(axis=1, keepdims=True))
    found: Array = np.where(length > 1e-3, flat / np.maximum(length, 1e-3), 0)
    return found
