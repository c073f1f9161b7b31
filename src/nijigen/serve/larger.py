"""Avatars larger than their model makes them: by waifu2x's network where its weights are here, else by Lanczos."""

from typing import TYPE_CHECKING

import numpy as np

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError

if TYPE_CHECKING:
    from nijigen.enlarge.enlarger import Enlarger

SCALES = (1, 2, 4)


def scale_of(size: int, side: int, most: int) -> int:
    """How many times larger ``size`` is than the ``side`` that a model makes.

    Raises:
        NijigenError: it is none that can be made; those that can are named.
    """
    sizes = [side * scale for scale in SCALES if side * scale <= most]
    if size not in sizes:
        raise NijigenError(f"size {size}: this model makes {' or '.join(map(str, sizes))} pixels a side")
    return size // side


class Larger:
    """Enlarges in the working thread; what does it is opened when it is first needed.

    Args:
        device: see :func:`nijigen.machine.choose_device`.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._enlarger: Enlarger | None = None

    def __call__(self, avatar: Avatar, scale: int) -> Avatar:
        """The avatar ``scale`` times as large; its certificate says so, and recreates it as it was before."""
        from nijigen.enlarge.certificate import with_enlargement
        from nijigen.enlarge.enlarger import open_enlarger

        if self._enlarger is None:
            self._enlarger = open_enlarger("auto", self._device)
        pixels = np.asarray(self._enlarger(avatar.image, scale))
        large = Avatar(pixels, {})
        large.certificate = with_enlargement(avatar.certificate, avatar.pixels, pixels, self._enlarger, scale)
        return large
