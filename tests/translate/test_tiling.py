"""Tiles with frozen statistics: any size, the same as in one piece where they must be, and one call for every step."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from nijigen.images.sheet import Pixels
from nijigen.models.translator import Translator
from nijigen.translate.published import read_published
from nijigen.translate.tiling import aligned, steps, tiles, translated


@pytest.fixture
def network(narrow: Path) -> Translator:
    return read_published(narrow)


def photo(height: int, width: int) -> Pixels:
    """Slow colours with some noise."""
    rows, columns = np.mgrid[:height, :width]
    slow = np.stack([rows * 255 / height, columns * 255 / width, 128 + 90 * np.sin(rows / 9 + columns / 7)], -1)
    noise = np.random.default_rng(2).normal(0, 12, slow.shape)
    return (slow + noise).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (2, 3), (7, 5), (8, 8), (9, 30), (33, 18)])
def test_any_size_comes_out_as_it_went_in(network: Translator, height: int, width: int) -> None:
    made = translated(network, photo(height, width))
    assert made.shape == (height, width, 3)
    assert made.dtype == np.uint8


def test_in_one_piece_it_is_the_plain_network(network: Translator) -> None:
    pixels = photo(24, 32)
    values = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1
    expected = ((network(values)[0] + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    assert np.array_equal(translated(network, pixels), expected)


def test_with_enough_around_them_tiles_are_the_whole(network: Translator) -> None:
    """The same statistics for one large tile and for many small ones: nothing but the tiles' edges could differ."""
    pixels = photo(70, 61)
    piece = translated(network, pixels, whole=69, tile=1000, around=0)
    tiled = translated(network, pixels, whole=69, tile=24, around=network.reach)
    assert np.abs(tiled.astype(int) - piece).max() <= 1


def test_without_frozen_statistics_tiles_would_differ(network: Translator) -> None:
    """So the test above can fail."""
    pixels = photo(70, 61)
    whole = translated(network, pixels)
    alone = np.concatenate([translated(network, pixels[:36]), translated(network, pixels[36:])])
    assert np.abs(alone.astype(int) - whole).max() > 10


@pytest.mark.parametrize(("height", "width"), [*product((65, 130), (64, 99))])
def test_tiles_cover_every_pixel_once_and_begin_where_the_network_halves(height: int, width: int) -> None:
    seen = np.zeros((height, width), int)
    for top, bottom, left, right in aligned(tiles(height, width, 30), 4, (height, width)):
        assert top % 4 == left % 4 == 0
        seen[top:bottom, left:right] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("size", [(20, 10), (70, 61)])
def test_every_step_is_called_once(network: Translator, size: tuple[int, int]) -> None:
    calls: list[None] = []
    translated(network, photo(size[1], size[0]), whole=40, tile=24, step=lambda: calls.append(None))
    assert len(calls) == steps(size, 40, 24)
