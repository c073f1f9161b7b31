"""Networks of waifu2x out of their published files: NumPy archives (``.npz``), an array for each layer.

``conv1/W`` and ``conv1/b`` to ``conv7/W`` and ``conv7/b`` are weights and biases as PyTorch orders them; upconv7 has no
``conv7/b``. Nothing in such a file is ever run: arrays of objects, which would have to be unpickled, are refused.
"""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nijigen.enlarge.networks import Doubler, Upconv7, Vgg7
from nijigen.errors import NijigenError

KINDS: dict[str, type[Upconv7] | type[Vgg7]] = {"upconv7": Upconv7, "vgg7": Vgg7}
MOST_BYTES = 64 * 2**20  # of all arrays, unpacked; the published files hold 4 MB

# What zipfile, zlib and numpy raise where a file is no archive of arrays, or a damaged one.
DAMAGE = (OSError, ValueError, EOFError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)

Arrays = dict[str, np.ndarray[Any, Any]]


def read_network(path: Path, kind: str) -> Doubler:
    """The network in a file, float32, for use and not for training.

    Args:
        kind: ``upconv7`` or ``vgg7``.

    Raises:
        NijigenError: the file is missing, damaged, or does not hold that network.
    """
    network = KINDS[kind]()
    state = network.state_dict()
    names = {name: _published(name) for name in state}
    arrays = _arrays(path)
    if problem := _misfit(arrays, {names[name]: tuple(value.shape) for name, value in state.items()}):
        raise NijigenError(f"{path} does not hold {kind}: {problem}")
    values = {name: np.ascontiguousarray(arrays[names[name]], np.float32) for name in state}
    network.load_state_dict({name: torch.from_numpy(value) for name, value in values.items()})
    return network.eval().requires_grad_(False)


def _published(name: str) -> str:
    """``layers.0.weight`` → ``conv1/W``; ``last.bias`` → ``conv7/b``."""
    layer, _, kind = name.rpartition(".")
    number = 7 if layer == "last" else int(layer.rpartition(".")[2]) + 1
    return f"conv{number}/{'W' if kind == 'weight' else 'b'}"


def _arrays(path: Path) -> Arrays:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MOST_BYTES:
            raise NijigenError(f"{path} holds {size:,} bytes, more than any network of waifu2x: not opened")
        with np.load(path, allow_pickle=False) as found:
            return {name: np.asarray(found[name]) for name in found.files}
    except FileNotFoundError:
        raise NijigenError(f"{path} is not there: see nijigen weights") from None
    except DAMAGE as error:
        raise NijigenError(f"{path} is damaged or no archive of arrays: {' '.join(str(error).split())[:200]}") from None


def _misfit(arrays: Arrays, shapes: dict[str, tuple[int, ...]]) -> str:
    """The first thing in which a file differs from the network; empty where nothing does."""
    for name, shape in shapes.items():
        if name not in arrays:
            return f"{name} is missing"
        array = arrays[name]
        if array.shape != shape:
            return f"{name} has the shape {array.shape}, expected {shape}"
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            return f"{name} holds what are no finite numbers"
    more = sorted(set(arrays) - set(shapes))
    return f"{more[0]} is one layer too many" if more else ""
