"""A small CartoonGAN of random weights as its files are published, and the published one where it is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

WIDTHS = (4, 6, 8)
BLOCKS = 1

Arrays = dict[str, np.ndarray[Any, Any]]


def narrow_arrays(seed: int = 3) -> Arrays:
    """Arrays of a CartoonGAN with few channels and one residual block, named as published."""
    random = np.random.default_rng(seed)
    made: Arrays = {}

    def convolution(name: str, before: int, after: int, side: int, transposed: bool = False) -> None:
        shape = (before, after, side, side) if transposed else (after, before, side, side)
        made[f"{name}.weight"] = random.normal(0, (2 / (before * side**2)) ** 0.5, shape).astype(np.float32)
        made[f"{name}.bias"] = random.normal(0, 0.1, after).astype(np.float32)

    def norm(name: str, width: int) -> None:
        made[f"{name}.scale"] = random.uniform(0.5, 1.5, width).astype(np.float32)
        made[f"{name}.shift"] = random.normal(0, 0.3, width).astype(np.float32)

    one, two, three = WIDTHS
    convolution("conv01_1", 3, one, 7)
    for name, before, after in (("02", one, two), ("03", two, three)):
        convolution(f"conv{name}_1", before, after, 3)
        convolution(f"conv{name}_2", after, after, 3)
    for name, width in (("01", one), ("02", two), ("03", three)):
        norm(f"in{name}_1", width)
    for part in ("1", "2"):
        convolution(f"conv04_{part}", three, three, 3)
        norm(f"in04_{part}", three)
    for name, norm_name, before, after in (("01", "05", three, two), ("02", "06", two, one)):
        convolution(f"deconv{name}_1", before, after, 3, transposed=True)
        convolution(f"deconv{name}_2", after, after, 3)
        norm(f"in{norm_name}_1", after)
    convolution("deconv03_1", one, 3, 7)
    return made


def write_arrays(folder: Path, arrays: Arrays) -> Path:
    """A folder of ``.npy`` files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The small network's folder, to be broken."""
    return write_arrays(tmp_path / "own", narrow_arrays())


@pytest.fixture(scope="session")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small network's folder. Read only."""
    return write_arrays(tmp_path_factory.mktemp("styles") / "narrow", narrow_arrays())


@pytest.fixture(scope="session")
def published(shared_data: Path) -> Path:
    """The folder of the published Hayao weights."""
    folder = shared_data.parent / "weights" / "cartoongan-hayao"
    if not folder.is_dir():
        pytest.skip("no CartoonGAN: weights/cartoongan-hayao is not beside the checkout")
    return folder
