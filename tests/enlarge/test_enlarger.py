"""One picture, by each method; and which method is taken."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nijigen.enlarge.enlarger import Enlarger, open_enlarger
from nijigen.enlarge.reading import read_network
from nijigen.errors import NijigenError


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    return Image.fromarray(np.random.default_rng(2).integers(0, 256, (height, width, len(mode)), np.uint8))


@pytest.mark.parametrize("method", ["upconv7", "vgg7", "lanczos"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (2, 9), (31, 17)])
@pytest.mark.parametrize("scale", [2, 4])
def test_sizes_and_modes(
    method: str, mode: str, size: tuple[int, int], scale: int, plain_networks: dict[str, Path]
) -> None:
    steps: list[int] = []
    enlarger = open_enlarger(method, "cpu")
    made = enlarger(noise(*size, mode), scale, lambda: steps.append(1))
    assert made.size == (size[0] * scale, size[1] * scale)
    assert made.mode == mode
    assert len(steps) == enlarger.steps(size, scale)


def test_twice_by_the_plain_networks(plain_networks: dict[str, Path]) -> None:
    image = noise(13, 9)
    repeated = np.asarray(image).repeat(2, 0).repeat(2, 1)
    assert (np.asarray(open_enlarger("vgg7", "cpu")(image, 2)) == repeated).all()
    made = np.asarray(open_enlarger("upconv7", "cpu")(image, 2)).astype(int)
    bilinear = np.asarray(image.resize((26, 18), Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(made - bilinear).max() <= 1


def test_four_times_is_twice_twice_without_rounding_between(write_network: Callable[..., Path]) -> None:
    def darken(arrays: dict[str, np.ndarray]) -> None:
        arrays["conv7/W"] *= 0.75

    network = read_network(write_network("vgg7", darken), "vgg7")
    image = noise(6, 5)
    made = np.asarray(Enlarger("vgg7", network=network)(image, 4)).astype(float)
    nearest = np.asarray(image).repeat(4, 0).repeat(4, 1)
    dark = np.asarray(image).astype(float) * 0.75**2
    inside = np.abs(made - dark.repeat(4, 0).repeat(4, 1)) <= 0.51
    assert made.shape == nearest.shape
    assert inside.mean() > 0.5  # elsewhere the bounds hold it nearer to the picture


def test_lanczos_is_that_of_pillow() -> None:
    image = noise(20, 11)
    made = open_enlarger("lanczos")(image, 4)
    assert (np.asarray(made) == np.asarray(image.resize((80, 44), Image.Resampling.LANCZOS))).all()


@pytest.mark.parametrize("scale", [2, 4])
def test_tiles_do_not_show(scale: int, published: dict[str, Path]) -> None:
    """Also where most tiles of a transparent picture are empty and are never shown to the network."""
    pixels = np.asarray(noise(90, 60, "RGBA")).copy()
    pixels[..., 3] = np.where(np.hypot(*np.mgrid[-30:30, -45:45]) < 14, pixels[..., 3] | 128, 0)
    image, network = Image.fromarray(pixels), read_network(published["upconv7"], "upconv7")
    whole, tiled = (
        np.asarray(Enlarger("upconv7", network=network, tile=tile)(image, scale)).astype(int) for tile in (999, 12)
    )
    assert np.abs(whole - tiled).max() <= 1  # what lies at a half is rounded one way or the other
    assert (whole != tiled).mean() < 1e-3


def test_auto_takes_upconv7_where_it_is(plain_networks: dict[str, Path]) -> None:
    told: list[str] = []
    enlarger = open_enlarger("auto", "cpu", told.append)
    assert (enlarger.method, told) == ("upconv7", [])
    assert len(enlarger.weights) == 64


def test_auto_takes_lanczos_elsewhere_and_says_so(no_networks: None) -> None:
    told: list[str] = []
    enlarger = open_enlarger("auto", "cpu", told.append)
    assert (enlarger.method, enlarger.weights, enlarger.network) == ("lanczos", "", None)
    (line,) = told
    assert "by Lanczos" in line
    assert "put upconv7_anime_style_scale_rgb.npz into" in line


def test_auto_says_that_weights_are_damaged(plain_networks: dict[str, Path]) -> None:
    path = plain_networks["upconv7"]
    path.write_bytes(path.read_bytes()[:-1])
    told: list[str] = []
    assert open_enlarger("auto", "cpu", told.append).method == "lanczos"
    assert "is not the waifu2x-upconv7 that nijigen knows" in told[0]


def test_what_was_asked_for_is_not_replaced(no_networks: None) -> None:
    for method in ("upconv7", "vgg7"):
        with pytest.raises(NijigenError, match=f"waifu2x-{method} is not here"):
            open_enlarger(method, "cpu")


def test_wrong_words_are_refused() -> None:
    with pytest.raises(NijigenError, match=r"--method lancsoz \(did you mean lanczos\?\): use one of auto, upconv7"):
        open_enlarger("lancsoz")
    with pytest.raises(NijigenError, match="--scale 3: use 2 or 4"):
        open_enlarger("lanczos")(noise(4, 4), 3)
    with pytest.raises(NijigenError, match="--device abacus"):
        open_enlarger("lanczos", "abacus")
