"""CartoonGAN's generator out of its published files: a folder of ``.npy``, an array for each layer's weight or bias.

Published are four styles in this layout, of which nijigen's registry knows ``cartoongan-hayao``. Their network reads
and writes blue, green, red; ours red, green, blue, so that first and last layer are turned round. Nothing in such a
file is ever run: arrays of objects, which would have to be unpickled, are refused.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nijigen.errors import NijigenError
from nijigen.models.cartoongan import CartoonGenerator

HALVINGS = 2
MOST_BYTES = 32 * 2**20  # of one array; the largest published one has 2.4 MB
MOST_BLOCKS = 64

Array = np.ndarray[Any, Any]


def read_published(folder: Path) -> CartoonGenerator:
    """The network in a folder, float32, for use and not for training.

    Networks with fewer channels or another number of residual blocks than published are read as well.

    Raises:
        NijigenError: an array is missing, damaged, or does not fit the others.
    """
    blocks = _blocks(folder)
    widths = [len(_read(folder, f"conv0{number}_1.bias")) for number in range(1, HALVINGS + 2)]
    if not all(0 < width <= 4096 for width in widths):
        raise NijigenError(f"{folder} holds no CartoonGAN: its layers have {', '.join(map(str, widths))} channels")
    network = CartoonGenerator(widths=widths, blocks=blocks)
    state = network.state_dict()
    for name, layer in _layers(blocks):
        for part in ("scale", "shift") if layer.startswith("in") else ("weight", "bias"):
            state[f"{name}.{part}"] = _fitting(folder, f"{layer}.{part}", tuple(state[f"{name}.{part}"].shape))
    state["enter.conv.weight"] = state["enter.conv.weight"].flip(1)
    for part in ("weight", "bias"):
        state[f"leave.{part}"] = state[f"leave.{part}"].flip(0)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


def holds_published(path: Path) -> bool:
    """Whether a path is a folder that looks like one of the published ones."""
    return (path / "conv01_1.weight.npy").is_file()


def _layers(blocks: int) -> Iterator[tuple[str, str]]:
    """Names of our layers beside those of the published arrays."""
    yield "enter.conv", "conv01_1"
    yield "enter.norm", "in01_1"
    for index in range(HALVINGS):
        number = f"{2 + index:02d}"
        yield f"down.{index}.halve", f"conv{number}_1"
        yield f"down.{index}.conv", f"conv{number}_2"
        yield f"down.{index}.norm", f"in{number}_1"
    for index in range(blocks):
        number = f"{2 + HALVINGS + index:02d}"
        for ours, theirs in (("first", 1), ("second", 2)):
            yield f"blocks.{index}.{ours}", f"conv{number}_{theirs}"
            yield f"blocks.{index}.{ours}_norm", f"in{number}_{theirs}"
    for index in range(HALVINGS):
        yield f"up.{index}.enlarge", f"deconv{1 + index:02d}_1"
        yield f"up.{index}.conv", f"deconv{1 + index:02d}_2"
        yield f"up.{index}.norm", f"in{2 + HALVINGS + blocks + index:02d}_1"
    yield "leave", f"deconv{1 + HALVINGS:02d}_1"


def _blocks(folder: Path) -> int:
    """How many residual blocks the files in a folder are of: convolutions 04 and following."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError as error:
        raise NijigenError(f"cannot read {folder}: {error.strerror}; give a folder of .npy arrays") from None
    found = [re.fullmatch(r"conv(\d\d)_2\.weight\.npy", name) for name in names]
    blocks = max((int(match[1]) for match in found if match), default=0) - HALVINGS - 1
    if not 0 <= blocks <= MOST_BLOCKS:
        raise NijigenError(f"{folder} holds no CartoonGAN: conv01_1.weight.npy and the others are missing")
    return blocks


def _fitting(folder: Path, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    array = _read(folder, name)
    if array.shape != shape:
        raise NijigenError(f"{folder} holds no CartoonGAN: {name}.npy has the shape {array.shape}, expected {shape}")
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise NijigenError(f"{folder} holds no CartoonGAN: {name}.npy holds what are no finite numbers")
    return torch.from_numpy(np.array(array, np.float32, order="C"))


def _read(folder: Path, name: str) -> Array:
    path = folder / f"{name}.npy"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise NijigenError(f"{path} is larger than any array of a CartoonGAN: not opened")
        with open(path, "rb") as file:
            if file.read(6) != b"\x93NUMPY":
                raise ValueError("no array of NumPy")
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise NijigenError(f"{folder} holds no CartoonGAN: {path.name} is missing") from None
    except (OSError, ValueError, EOFError, MemoryError) as error:
        raise NijigenError(f"{path} is damaged: {' '.join(str(error).split())[:200]}") from None
    if array.dtype.kind == "f" and array.ndim in (1, 4):
        return np.asarray(array)
    raise NijigenError(f"{path} is no array of a convolution: {array.dtype} of shape {array.shape}")
