"""Views of a face made by rule, and a photograph where there are any."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nijigen.avatarizing.aligned import HEIGHT, WIDTH, View

SKIN = (224, 178, 150)


@pytest.fixture
def with_opencv() -> None:
    pytest.importorskip("cv2", reason="opencv is not installed: the extra [detect]")


@pytest.fixture
def plain_view(with_opencv: None):
    """``plain_view(skin=…, around=…, ring=…)``: an oval face with eyes, hair of one colour around it, a background."""

    def make(skin=SKIN, hair=(60, 40, 30), ground=(90, 140, 200), known=None) -> View:
        random = np.random.default_rng(0)
        rows, columns = np.ogrid[:HEIGHT, :WIDTH]
        across, down = (columns - 128) / 60, (rows - 146) / 88
        distance = np.sqrt(across**2 + down**2)
        pixels = np.empty((HEIGHT, WIDTH, 3), np.float64)
        pixels[...] = ground
        if hair is not None:
            pixels[(distance < 1.5) & (rows < 190)] = hair
        pixels[distance < 1.02] = skin
        for x in (96, 160):
            pixels[(columns - x) ** 2 / 121 + (rows - 128) ** 2 / 25 < 1] = (70, 60, 60)
        pixels += random.normal(0, 8, pixels.shape)
        everywhere = np.ones((HEIGHT, WIDTH), np.bool_)
        return View(pixels.clip(0, 255).astype(np.uint8), everywhere if known is None else known)

    return make


@pytest.fixture(scope="session")
def photos(portrait: Callable[[str], bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two real portraits: one with glasses, one with much hair."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("man-0038", "man-0052"):
        (folder / f"{name}.jpg").write_bytes(portrait(name))
    return folder


@pytest.fixture
def faceless(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    Image.new("RGB", (128, 128), (120, 160, 90)).save(path)
    return path
