"""One picture made twice or four times as large, by a network or by Lanczos.

>>> from nijigen.enlarge.enlarger import open_enlarger
>>> large = open_enlarger("lanczos")(image, scale=4)          # doctest: +SKIP
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nijigen.enlarge.alpha import bleed
from nijigen.enlarge.lanczos import enlarge_plainly
from nijigen.enlarge.networks import Doubler
from nijigen.enlarge.reading import read_network
from nijigen.enlarge.tiling import TILE, double, tiles
from nijigen.errors import NijigenError, did_you_mean
from nijigen.machine import choose_device, place
from nijigen.weights import find_weights, known_weights

SCALES = (2, 4)
NETWORKS = {"upconv7": "waifu2x-upconv7", "vgg7": "waifu2x-vgg7"}  # method → name in weights.toml
PREFERRED = "upconv7"
METHODS = ("auto", *NETWORKS, "lanczos")


@dataclass(frozen=True)
class Enlarger:
    """A way to enlarge.

    Attributes:
        method: ``upconv7``, ``vgg7`` or ``lanczos``.
        weights: SHA-256 of the network's file; empty for Lanczos.
        device: where the network is; None is the CPU.
        tile: see :func:`nijigen.enlarge.tiling.double`.
    """

    method: str
    weights: str = ""
    network: Doubler | None = None
    device: torch.device | None = None
    tile: int = TILE

    def __call__(self, image: Image.Image, scale: int, step: Callable[[], object] | None = None) -> Image.Image:
        """The picture ``scale`` times as wide and high.

        Args:
            image: RGB or RGBA, as :func:`nijigen.images.decode.decode` returns it.
            scale: 2 or 4; a network doubles twice for 4.
            step: called after every tile, :meth:`steps` times.

        Raises:
            NijigenError: another scale.
        """
        check_scale(scale)
        if self.network is None:
            made = enlarge_plainly(image, scale)
            if step:
                step()
            return made
        pixels = np.array(image)
        picture = torch.from_numpy(bleed(pixels) if image.mode == "RGBA" else pixels).permute(2, 0, 1)
        while scale > 1:
            scale //= 2
            channels, height, width = picture.shape
            out = _room(channels, 2 * height, 2 * width, last=scale == 1)
            double(self.network, picture, out, tile=self.tile, device=self.device, step=step)
            picture = out
        return Image.fromarray(picture.permute(1, 2, 0).numpy())

    def steps(self, size: tuple[int, int], scale: int) -> int:
        """How many tiles a picture of (width, height) takes."""
        if self.network is None:
            return 1
        factors = [2**doubling for doubling in range(SCALES.index(scale) + 1)]
        return sum(len(tiles(size[1] * factor, size[0] * factor, self.tile)) for factor in factors)


def open_enlarger(method: str = "auto", device: str = "auto", tell: Callable[[str], None] | None = None) -> Enlarger:
    """The way of that name.

    Args:
        method: ``upconv7``, ``vgg7``, ``lanczos``; or ``auto``: upconv7, or Lanczos where its weights cannot be had.
        device: see :func:`nijigen.machine.choose_device`.
        tell: called with one line before a download, and where ``auto`` takes Lanczos.

    Raises:
        NijigenError: no such method or device; or the weights that were asked for are not here, or damaged.
    """
    check_method(method)
    chosen = choose_device(device)
    if method == "lanczos":
        return Enlarger(method)
    kind = PREFERRED if method == "auto" else method
    try:
        network = read_network(find_weights(NETWORKS[kind], tell), kind)
    except NijigenError as error:
        if method != "auto":
            raise
        if tell:
            tell(f"enlarging by Lanczos, without a network: {error}")
        return Enlarger("lanczos")
    return Enlarger(kind, known_weights(NETWORKS[kind]).sha256, place(network, chosen), chosen)


def check_scale(scale: int) -> None:
    """Refuse what is neither 2 nor 4.

    Raises:
        NijigenError: it names the flag.
    """
    if scale not in SCALES:
        raise NijigenError(f"--scale {scale}: use 2 or 4")


def check_method(method: str) -> None:
    """Refuse an unknown method.

    Raises:
        NijigenError: it names the flag, and the nearest method.
    """
    if method not in METHODS:
        raise NijigenError(f"--method {method}{did_you_mean(method, METHODS)}: use one of {', '.join(METHODS)}")


def _room(channels: int, height: int, width: int, last: bool) -> Tensor:
    """Where a doubled picture goes: bytes, rows of whole pixels, if it is the last one; else floats for the next."""
    if last:
        return torch.empty(height, width, channels, dtype=torch.uint8).permute(2, 0, 1)
    return torch.empty(channels, height, width)
