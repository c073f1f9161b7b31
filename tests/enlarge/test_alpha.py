"""Transparent pictures: colours are spread below what is hidden, and no edge shows a seam."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from nijigen.enlarge import enlarger as enlarging
from nijigen.enlarge.alpha import bleed
from nijigen.enlarge.enlarger import open_enlarger

RED = (230, 40, 60)


def disc(size: int, hidden: tuple[int, int, int] = (0, 0, 0)) -> Image.Image:
    """A red disc with a soft edge; below what is transparent there is another colour."""
    along = np.linspace(-1, 1, size)
    alpha = np.clip((0.7 - np.hypot(along[:, None], along[None])) * size / 4 + 0.5, 0, 1) * 255
    pixels = np.empty((size, size, 4), np.uint8)
    pixels[..., 3] = np.rint(alpha)
    pixels[..., :3] = np.where(pixels[..., 3:] > 0, RED, hidden)
    return Image.fromarray(pixels)


def test_what_is_seen_stays_and_its_colour_is_spread() -> None:
    pixels = np.array(disc(40, hidden=(0, 255, 0)))
    spread = bleed(pixels, reach=3)
    seen = pixels[..., 3] > 0
    assert (spread[seen] == pixels[seen]).all()
    assert (spread[..., 3] == pixels[..., 3]).all()
    colours = {tuple(int(value) for value in colour) for colour in spread[~seen][:, :3]}
    assert colours == {RED, (0, 0, 0)}
    grown = seen.copy()
    for _ in range(3):
        padded = np.pad(grown, 1)
        grown = np.any([padded[y : y + 40, x : x + 40] for y in range(3) for x in range(3)], axis=0)
    assert ((spread[..., 0] > 0) == grown).all()


def test_neighbours_count_as_far_as_they_are_seen() -> None:
    pixels = np.zeros((3, 3, 4), np.uint8)
    pixels[1, 0] = (200, 0, 0, 30)
    pixels[1, 2] = (0, 100, 0, 10)
    spread = bleed(pixels)
    assert tuple(spread[1, 1]) == (150, 25, 0, 0)  # three parts of the one, one of the other
    assert (bleed(np.zeros((4, 4, 4), np.uint8)) == 0).all()
    assert (pixels[1, 1] == 0).all()  # the picture that was given is untouched


def enlarged(image: Image.Image, scale: int, method: str) -> Any:
    return np.asarray(open_enlarger(method, "cpu")(image, scale)).astype(int)


def check_no_seam(made: Any, tolerance: int) -> None:
    seen = made[..., 3] > 0
    assert seen.any()
    assert np.abs(made[seen][:, :3] - RED).max() <= tolerance
    assert (made[~seen] == 0).all()
    middle = len(made) // 2
    assert (made[middle - 4 : middle + 4, middle - 4 : middle + 4, 3] == 255).all()


@pytest.mark.parametrize("hidden", [(0, 0, 0), (255, 255, 255), (0, 255, 0)])
@pytest.mark.parametrize("method", ["upconv7", "vgg7"])
@pytest.mark.parametrize("scale", [2, 4])
def test_no_seam_with_a_network(
    scale: int, method: str, hidden: tuple[int, int, int], plain_networks: dict[str, Path]
) -> None:
    check_no_seam(enlarged(disc(32, hidden), scale, method), tolerance=0)


def test_without_the_spreading_there_would_be_one(
    plain_networks: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enlarging, "bleed", lambda pixels: pixels)
    made = enlarged(disc(32), 2, "upconv7")
    assert np.abs(made[made[..., 3] > 0][:, :3] - RED).max() > 30


@pytest.mark.parametrize("hidden", [(0, 0, 0), (0, 255, 0)])
@pytest.mark.parametrize("scale", [2, 4])
def test_no_seam_with_lanczos(scale: int, hidden: tuple[int, int, int]) -> None:
    made = enlarged(disc(32, hidden), scale, "lanczos")
    check_no_seam(made, tolerance=0)
    near = np.asarray(disc(32).getchannel("A").filter(ImageFilter.MaxFilter(3))).repeat(scale, 0).repeat(scale, 1)
    assert (made[near == 0] == 0).all()  # no ring beside the edge


@pytest.mark.parametrize("method", ["upconv7", "vgg7"])
def test_no_seam_with_the_published_networks(method: str, published: dict[str, Path]) -> None:
    for scale in (2, 4):
        check_no_seam(enlarged(disc(32, (0, 255, 0)), scale, method), tolerance=8)


def test_alpha_is_enlarged_as_a_grey_picture(plain_networks: dict[str, Path]) -> None:
    image = disc(32)
    grey = Image.merge("RGB", [image.getchannel("A")] * 3)
    assert (enlarged(image, 2, "upconv7")[..., 3] == enlarged(grey, 2, "upconv7")[..., 0]).all()


def test_nothing_appears_where_nothing_was(write_network: Callable[..., Path]) -> None:
    from nijigen.enlarge.enlarger import Enlarger
    from nijigen.enlarge.reading import read_network

    path = write_network("vgg7", lambda arrays: arrays["conv7/b"].fill(0.3))  # makes everything brighter
    made = np.asarray(Enlarger("vgg7", network=read_network(path, "vgg7"))(disc(32), 2))
    assert (made[:4, :4] == 0).all()
    assert made[32, 32, 3] == 255
