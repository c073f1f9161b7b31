"""VGG19 as the eyes of a network that paints: several layers at once, in units that any file of VGG19 has alike.

What a layer sees is divided by what it sees, on average, of one fixed picture. So features are of about unit size,
whether the file is Caffe's or torchvision's; and nothing of it has to be learned or kept.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.features.vgg import WEIGHTS, WHOLE, read_vgg
from nijigen.features.vgg_network import BLOCKS, WIDTHS, Vgg, block_of, places
from nijigen.machine import place
from nijigen.weights import find_file, find_weights, weights_folder

POOLING = "max"  # as VGG19 was trained
SHOWN, BLOT = 64, 16  # pixels a side of the fixed picture, and blots of colour along it
SHORT = 12  # digits of a digest that people are shown


@dataclass(frozen=True)
class Seer:
    """VGG19 and the units of its layers.

    Attributes:
        units: layer → scalar.
        digest: SHA-256 of the weights up to the deepest layer that was asked for.
    """

    network: Vgg
    units: dict[str, Tensor]
    digest: str

    def see(self, pictures: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """What layers see in pictures ``[N, 3, H, W]`` in [-1, 1]: layer → ``[N, C, ⌈H / 2ᵇ⌉, ⌈W / 2ᵇ⌉]``."""
        seen: dict[str, Tensor] = self.network((pictures + 1) / 2, tuple(layers))
        return {name: values / self.units[name] for name, values in seen.items()}


def width_of(layer: str) -> int:
    """Channels of a layer of VGG19 as published."""
    return WIDTHS[block_of(layer)]


def in_order(layers: Iterable[str]) -> list[str]:
    """Layers without repeats, from the picture's side on."""
    order = list(places())
    return sorted(set(layers), key=order.index)


def open_seer(
    layers: Iterable[str],
    device: torch.device,
    digest: str | None = None,
    tell: Callable[[str], None] | None = None,
) -> Seer:
    """VGG19 as it is found here, on a device.

    Args:
        layers: those that will be asked for.
        digest: of the weights that it must be (:attr:`Seer.digest` for the same layers); None: any.
        tell: called with one line before a download.

    Raises:
        NijigenError: there is none, it ends before a layer, it is no published one, or it is another one.
    """
    wanted = in_order(layers)
    ends: list[str] = []
    others: list[str] = []
    for path in _files(tell):
        network = read_vgg(path, POOLING)
        if wanted[-1] not in network.layers:
            ends.append(f"{path} ends at {network.layers[-1]}")
            continue
        if any(network.widths[layer] != width_of(layer) for layer in wanted):
            raise NijigenError(f"{path} is narrower than the published VGG19: painting needs that one")
        seer = seer_of(place(network, device), wanted)
        if digest in (None, seer.digest):
            return seer
        others.append(f"{path} has {seer.digest[:SHORT]}…")
    if others and digest:
        raise NijigenError(
            f"it learned with a VGG19 whose weights up to {wanted[-1]} are {digest[:SHORT]}…, and {', '.join(others)}: "
            "put that file into a folder of NIJIGEN_WEIGHTS (see nijigen weights)"
        )
    raise NijigenError(
        f"painting looks at {wanted[-1]} of VGG19, and {', '.join(ends)}: put the whole network as {WHOLE} into "
        f"{weights_folder()} or a folder named in NIJIGEN_WEIGHTS, or choose layers before it"
    )


def seer_of(network: Vgg, layers: Iterable[str]) -> Seer:
    """The eyes of a network that is where it is to work; it is frozen."""
    wanted = in_order(layers)
    network.eval().requires_grad_(False)
    random = torch.Generator().manual_seed(0)
    blots = torch.rand(1, 3, BLOT, BLOT, generator=random)
    shown = functional.interpolate(blots, (SHOWN, SHOWN), mode="bilinear", align_corners=False)
    with torch.no_grad():
        seen = network(shown.to(network.means.device), wanted)
    units = {name: values.abs().mean().clamp(min=1e-6) for name, values in seen.items()}
    return Seer(network, units, weights_digest(network, wanted[-1]))


def stand_in_seer(layers: Iterable[str], device: torch.device | None = None) -> Seer:
    """The same with random weights: it costs as much, and nothing has to be found."""
    device = device or torch.device("cpu")
    wanted = in_order(layers)
    widths = [width for width, count in zip(WIDTHS, BLOCKS, strict=True) for _ in range(count)]
    count = list(places()).index(wanted[-1]) + 1
    with device:
        network, units = Vgg(widths[:count], POOLING), dict.fromkeys(wanted, torch.ones(()))
    return Seer(network.eval().requires_grad_(False), units, "")


def weights_digest(network: Vgg, deepest: str) -> str:
    """SHA-256 over all that is looked through up to a layer: the same in a file that ends there and in a whole one."""
    digest = hashlib.sha256(" ".join(map(str, network.order)).encode())
    for layer in network.layers[: network.layers.index(deepest) + 1]:
        for value in network.features[str(places()[layer])].parameters():
            digest.update(value.detach().cpu().contiguous().numpy().data)
    return digest.hexdigest()


def _files(tell: Callable[[str], None] | None) -> Iterable[Path]:
    """The files of VGG19 there are, the whole one first."""
    whole = find_file(WHOLE)
    if whole is not None:
        yield whole
    try:
        yield find_weights(WEIGHTS, tell)
    except NijigenError as error:
        if whole is None:
            raise NijigenError(
                f"pictures are seen through VGG19; {error}; the whole one as {WHOLE} is as well"
            ) from None
