"""Animations as files: their frames, their limits, and what is quicker."""

import io

import numpy as np
import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.animation import encode_animation


@pytest.fixture
def frames() -> list[np.ndarray]:
    return [np.full((8, 6, 4), value, np.uint8) for value in (255, 128, 60)]


@pytest.mark.parametrize("name", ["loop.webp", "loop.gif", "loop.png"])
def test_the_ending_names_the_format(frames: list[np.ndarray], name: str) -> None:
    data = encode_animation(name, iter(frames), fps=12, scale=2)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format.lower(), image.n_frames, image.size) == (name.rpartition(".")[2], 3, (12, 16))
        assert image.info["loop"] == 0


def test_limits(frames: list[np.ndarray]) -> None:
    for name, options in (("loop.exe", {}), ("loop.gif", {"fps": 0}), ("loop.gif", {"scale": 17})):
        with pytest.raises(NijigenError):
            encode_animation(name, frames, **options)
    with pytest.raises(NijigenError, match="one frame or more"):
        encode_animation("loop.gif", [])


def test_a_quick_webp_has_the_same_pixels() -> None:
    random = np.random.default_rng(3)
    noisy = [random.integers(0, 256, (16, 16, 3), np.uint8) for _ in range(3)]
    usual, quick = (encode_animation("loop.webp", noisy, quick=one) for one in (False, True))
    for data in (usual, quick):
        with Image.open(io.BytesIO(data)) as image:
            for number, frame in enumerate(noisy):
                image.seek(number)
                assert np.array_equal(np.asarray(image.convert("RGB")), frame)
