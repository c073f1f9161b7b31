import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nijigen.images.resize import on_white, square


def stripes(width, height, period):
    """Vertical stripes: what aliases when a resize is not antialiased."""
    row = (np.arange(width) // period % 2 * 255).astype(np.uint8)
    return Image.fromarray(np.repeat(np.tile(row, (height, 1))[..., None], 3, 2))


@settings(max_examples=60)
@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(8, 48), st.sampled_from([3, 4]),
    st.sampled_from(["crop", "pad"]), st.sampled_from(["RGB", "RGBA"]),
)  # fmt: skip
def test_every_picture_becomes_a_square_of_the_right_kind(width, height, size, channels, shape, mode):
    result = square(Image.new(mode, (width, height), "teal"), size, channels, shape)
    assert result.size == (size, size)
    assert result.mode == ("RGBA" if channels == 4 else "RGB")


@pytest.mark.parametrize("shape", ["crop", "pad"])
def test_a_picture_that_fits_is_not_touched(shape):
    image = stripes(32, 32, 1)
    assert square(image, 32, 3, shape) is image
    see_through = image.convert("RGBA")
    assert square(see_through, 32, 4, shape) is see_through


def test_crop_takes_the_centre():
    image = Image.new("RGB", (300, 100), "red")
    image.paste("blue", (100, 0, 200, 100))
    assert np.asarray(square(image, 20)).reshape(-1, 3).tolist() == [[0, 0, 255]] * 400


def test_pad_keeps_everything_and_fills_with_white_or_nothing():
    image = Image.new("RGB", (300, 100), "red")
    padded = np.asarray(square(image, 30, 3, "pad"))
    assert padded[:10].min() == 255
    assert padded[20:].min() == 255
    assert (padded[10:20] == (255, 0, 0)).all()
    clear = np.asarray(square(image, 30, 4, "pad"))
    assert clear[:10].max() == 0
    assert (clear[10:20] == (255, 0, 0, 255)).all()


def test_fine_stripes_become_grey_and_not_coarse_stripes():
    small = np.asarray(square(stripes(512, 512, 1), 32))
    assert np.abs(small.astype(int) - 128).max() <= 3


def test_hidden_colours_do_not_bleed():
    """Half of the picture is see-through bright green; around the red half there must be no green rim."""
    pixels = np.zeros((128, 128, 4), np.uint8)
    pixels[..., 1] = 255
    pixels[:, 61:] = (255, 0, 0, 255)
    small = np.asarray(square(Image.fromarray(pixels), 16, 4)).astype(int)
    seen = small[..., 3] > 8
    assert seen.any()
    assert small[seen][:, 1].max() <= 2
    flat = np.asarray(square(Image.fromarray(pixels), 16, 3)).astype(int)
    assert (flat[..., 0] >= 250).all()  # red and white both have full red; a green rim would lack it
    assert np.abs(flat[..., 1] - flat[..., 2]).max() <= 2


def test_see_through_is_laid_on_white():
    image = Image.new("RGBA", (2, 2), (0, 0, 0, 0))
    image.putpixel((0, 0), (10, 20, 30, 255))
    flat = on_white(image)
    assert flat.getpixel((0, 0)) == (10, 20, 30)
    assert flat.getpixel((1, 1)) == (255, 255, 255)
