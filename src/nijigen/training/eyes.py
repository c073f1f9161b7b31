"""What looks at photos and translations: VGG19 up to one layer, frozen, the same for the whole of a run."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.features.vgg import WEIGHTS, WHOLE, read_vgg
from nijigen.features.vgg_network import BLOCKS, WIDTHS, Vgg
from nijigen.files import sha256_file
from nijigen.machine import place
from nijigen.weights import find_file, find_weights, weights_folder

DEEP, SHALLOW = "conv4_4", "conv3_4"  # the paper's layer (CartoonGAN, §3.2.2), and the deepest of the file that is free
POOLING = "max"  # as VGG19 was trained


@dataclass(frozen=True)
class Eyes:
    """VGG19, and the layer that counts.

    Attributes:
        digest: SHA-256 of its file; empty where it is a stand-in of random weights.
    """

    network: Vgg
    layer: str
    digest: str

    def see(self, pictures: Tensor) -> Tensor:
        """What the layer sees in pictures ``[N, 3, H, W]`` in [-1, 1]: ``[N, C, h, w]``."""
        seen: dict[str, Tensor] = self.network((pictures + 1) / 2, (self.layer,))
        return seen[self.layer]

    def facts(self) -> dict[str, str]:
        """For cards and checkpoints."""
        return {"layer": self.layer, "network": "vgg19", "sha256": self.digest}


def content_layer(wanted: str, path: Path | None = None) -> str:
    """The layer that ``auto`` stands for here: the paper's where the whole network is, else the deepest there is.

    Raises:
        NijigenError: there is no VGG19, or none with the layer that is wanted; it says where to get one.
    """
    layers = read_vgg(path or _find()).layers
    if wanted == "auto":
        wanted = DEEP if DEEP in layers else SHALLOW
    if wanted not in layers:
        raise NijigenError(
            f"translation.content_layer={wanted} needs a VGG19 that is deeper than {layers[-1]}: put the whole network "
            f"as {WHOLE} into {weights_folder()} or a folder named in NIJIGEN_WEIGHTS, or set "
            f"translation.content_layer={layers[-1] if layers[-1] == SHALLOW else 'auto'}"
        )
    return wanted


def open_eyes(layer: str, device: torch.device) -> Eyes:
    """VGG19 as it is found here, on a device.

    Raises:
        NijigenError: there is none, or it ends before the layer.
    """
    path = _find()
    content_layer(layer, path)
    return Eyes(place(read_vgg(path, POOLING), device), layer, sha256_file(path))


def _find() -> Path:
    try:
        return find_file(WHOLE) or find_weights(WEIGHTS)
    except NijigenError as error:
        raise NijigenError(
            f"what photos show is judged by VGG19; {error}; the whole network as {WHOLE} is as well"
        ) from None


def stand_in_eyes(layer: str) -> Eyes:
    """The same network with random weights: it costs as much, and nothing has to be found."""
    wanted = SHALLOW if layer == "auto" else layer
    widths = [width for width, count in zip(WIDTHS, BLOCKS, strict=True) for _ in range(count)]
    whole = Vgg(widths, POOLING)
    network = Vgg(widths[: whole.layers.index(wanted) + 1], POOLING)
    return Eyes(network.eval().requires_grad_(False), wanted, "")
