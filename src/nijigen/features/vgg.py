"""VGG19 out of files of others: up to conv3_4 as the registry knows it, or whole where a person has it.

The whole network is 80 MB of layers that count here (575 MB with those that do not) and is nobody's to pass on without
looking; so it is found where a person put it: ``vgg19.safetensors`` in the folders of weights, or ``--network FILE``.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from nijigen.errors import NijigenError, did_you_mean
from nijigen.features.vgg_network import POOLINGS, Vgg, places
from nijigen.weights import find_file, find_weights

WEIGHTS = "vgg19-conv3_4"
WHOLE = "vgg19.safetensors"
PREFIX = "features."


def open_vgg(path: Path | None = None, pooling: str = "average", tell: Callable[[str], None] | None = None) -> Vgg:
    """VGG19 for looking at pictures, not for training.

    Args:
        path: a file of one's own; None: what :func:`find_vgg` finds.
        pooling: ``average`` or ``max``.
        tell: called with one line before a download.

    Raises:
        NijigenError: there is none, or the file does not hold VGG19; it says what to do.
    """
    return read_vgg(path or find_vgg(tell), pooling)


def find_vgg(tell: Callable[[str], None] | None = None, flag: str | None = "--network") -> Path:
    """The file of VGG19: ``vgg19.safetensors`` where there is one, else what the registry knows.

    Args:
        flag: by which a person can name a file instead; None: by none.

    Raises:
        NijigenError: there is none; it says what to put where.
    """
    path = find_file(WHOLE)
    if path is not None:
        return path
    try:
        return find_weights(WEIGHTS, tell)
    except NijigenError as error:
        own = f"; or give a VGG19 of your own: {flag} FILE.safetensors" if flag else ""
        raise NijigenError(f"{error}{own}") from None


def read_vgg(path: Path, pooling: str = "average") -> Vgg:
    """The network in a file: ``features.N.weight`` and ``features.N.bias`` as torchvision numbers its layers.

    What the first layer reads is told by ``input`` in the file's metadata: where it begins with ``BGR`` it is Caffe's
    network, else torchvision's. Layers may end after any convolution, and be narrower than published, for tests.

    Raises:
        NijigenError: the file is missing, damaged, or holds another network.
    """
    if pooling not in POOLINGS:
        raise NijigenError(f"--pooling {pooling}{did_you_mean(pooling, POOLINGS)}: use {' or '.join(POOLINGS)}")
    try:
        with safe_open(path, framework="pt") as file:
            said = (file.metadata() or {}).get("input", "")
            names = [name for name in file.keys() if name.startswith(PREFIX)]  # noqa: SIM118  # it is no mapping
            tensors = {name.removeprefix(PREFIX): file.get_tensor(name).float() for name in names}
    except FileNotFoundError:
        raise NijigenError(f"{path} is not there: give the file of a VGG19 (.safetensors)") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise NijigenError(f"{path} is damaged or no .safetensors: {' '.join(str(error).split())[:200]}") from None
    channels = _channels(tensors, path)
    network = Vgg(channels, pooling, "caffe" if said.upper().startswith("BGR") else "torchvision")
    network.features.load_state_dict(tensors)
    return network.eval().requires_grad_(False)


def _channels(tensors: dict[str, Tensor], path: Path) -> list[int]:
    """How wide each convolution is that the file holds; refuses what is not the beginning of VGG19."""
    channels: list[int] = []
    before, left = 3, dict(tensors)
    for name, number in places().items():
        weight, bias = left.pop(f"{number}.weight", None), left.pop(f"{number}.bias", None)
        if weight is None or bias is None:
            break
        if weight.shape != (len(bias), before, 3, 3) or bias.dim() != 1:
            raise NijigenError(f"{path} does not hold VGG19: {name} has the shape {[*weight.shape]}")
        if not bool(torch.isfinite(weight).all() and torch.isfinite(bias).all()):
            raise NijigenError(f"{path} does not hold VGG19: {name} holds what are no finite numbers")
        before = len(bias)
        channels.append(before)
    if left or not channels:
        odd = f"{PREFIX}{min(left)} has no place in it" if left else f"{PREFIX}0.weight is missing"
        raise NijigenError(f"{path} does not hold VGG19: {odd} (VGG16 and networks with batch norm are others)")
    return channels
