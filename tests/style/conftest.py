"""A small network of random weights, small pictures, and the published network where it is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from nijigen.features.vgg import open_vgg, read_vgg
from nijigen.features.vgg_network import Vgg, places

CHANNELS = (6, 6, 8, 8, 10, 10, 10, 10)


@pytest.fixture(scope="session")
def network_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A narrow VGG up to conv3_4, its weights drawn as before a training (He)."""
    random, before, made = torch.Generator().manual_seed(3), 3, {}
    for number, after in zip(places().values(), CHANNELS, strict=False):
        weight = torch.randn(after, before, 3, 3, generator=random) * (2 / (9 * before)) ** 0.5
        made[f"features.{number}.weight"], made[f"features.{number}.bias"] = weight, torch.zeros(after)
        before = after
    path = tmp_path_factory.mktemp("vgg") / "narrow.safetensors"
    save_file(made, path)
    return path


@pytest.fixture
def narrow(network_file: Path) -> Vgg:
    """The network of that file."""
    return read_vgg(network_file)


@pytest.fixture
def published(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Vgg:
    """The published network."""
    folder = shared_data.parent / "weights"
    if not (folder / "vgg19-caffe-to-conv3_4.safetensors").is_file():
        pytest.skip("no VGG19: weights/ is not beside the checkout")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(folder))
    return open_vgg()


def checks(width: int, height: int, one: tuple[int, ...], other: tuple[int, ...], side: int = 4) -> Image.Image:
    """Squares of two colours."""
    rows, columns = np.mgrid[:height, :width] // side
    pixels = np.where(((rows + columns) % 2 == 0)[..., None], one, other).astype(np.uint8)
    return Image.fromarray(pixels)


def ramp(width: int, height: int) -> Image.Image:
    """Colours that change slowly over the picture."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([rows * 255 // max(1, height - 1), columns * 255 // max(1, width - 1), rows * 0 + 90], -1)
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.fixture
def content() -> Image.Image:
    """A ramp of 40×32 pixels."""
    return ramp(40, 32)


@pytest.fixture
def style() -> Image.Image:
    """Orange and blue checks."""
    return checks(32, 32, (240, 140, 20), (30, 60, 200))


@pytest.fixture
def squares() -> Callable[..., Image.Image]:
    """:func:`checks`."""
    return checks
