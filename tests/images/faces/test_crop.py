import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from nijigen.images.faces.crop import crop_face
from nijigen.images.faces.face import Face


def noise(width, height, mode="RGB"):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, len(mode)), np.uint8)
    return Image.fromarray(pixels, mode)


def face(x, y, side, tilt=None):
    return Face((x, y, x + side, y + side), 1.0, None, tilt)


def test_it_is_the_box_with_its_margin_to_the_pixel():
    image = noise(200, 160)
    assert crop_face(image, face(50, 40, 40), margin=0.25).tobytes() == image.crop((40, 30, 100, 90)).tobytes()
    assert crop_face(image, face(50, 40, 40), margin=0).tobytes() == image.crop((50, 40, 90, 80)).tobytes()


@settings(max_examples=80)
@given(
    st.integers(4, 90), st.integers(4, 90), st.floats(-50, 140), st.floats(-50, 140), st.floats(0.1, 200),
    st.floats(0, 3), st.sampled_from(["RGB", "RGBA"]), st.sampled_from(["crop", "pad"]),
    st.one_of(st.none(), st.floats(-90, 90)),
)  # fmt: skip
def test_every_crop_is_a_square_no_larger_than_the_picture(width, height, x, y, side, margin, mode, shape, tilt):
    image = noise(width, height, mode)
    result = crop_face(image, face(x, y, side, tilt), margin, shape)
    assert result.width == result.height <= min(width, height)
    assert result.width == min(max(1, round(face(x, y, side).side * (1 + 2 * margin))), width, height)
    assert result.mode == mode


def test_a_picture_that_is_a_face_already_comes_back_unchanged():
    image = noise(96, 96)
    assert crop_face(image, face(3, 5, 90, tilt=20)) is image


def test_a_face_as_large_as_the_picture_gives_the_nearest_square():
    image = noise(100, 180)
    assert crop_face(image, face(10, 100, 80)).tobytes() == image.crop((0, 80, 100, 180)).tobytes()
    assert crop_face(image, face(10, 50, 80)).tobytes() == image.crop((0, 40, 100, 140)).tobytes()


@pytest.mark.parametrize(("mode", "outside"), [("RGB", (255, 255, 255)), ("RGBA", (0, 0, 0, 0))])
def test_beyond_the_edge_nothing_is_stretched(mode, outside):
    image = noise(100, 100, mode)
    padded = np.asarray(crop_face(image, face(-5, 40, 40), 0.25, "pad"))
    repeated = np.asarray(crop_face(image, face(-5, 40, 40), 0.25, "crop"))
    whole = np.asarray(image)
    # The square begins 15 pixels left of the picture.
    assert (padded[:, :15] == outside).all()
    assert (repeated[:, :15] == whole[30:90, :1]).all()
    for result in (padded, repeated):
        assert (result[:, 15:] == whole[30:90, :45]).all()


@pytest.mark.parametrize("angle", [-30, -12, 12, 30])
def test_a_leaning_face_is_put_upright(angle):
    # Two eyes on a line that falls to the right by the angle, and a mouth below.
    lean = math.radians(angle)
    image = Image.new("RGB", (300, 300), "white")
    pen = ImageDraw.Draw(image)
    eyes = []
    for across in (-20, 20):
        x, y = 150 + across * math.cos(lean), 150 + across * math.sin(lean)
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill="black")
        eyes.append((x, y))
    x, y = 150 - 25 * math.sin(lean), 150 + 25 * math.cos(lean)
    pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill="red")
    upright = np.asarray(crop_face(image, Face((110, 110, 190, 190), 1.0, tuple(eyes)), 0.25)).astype(int)
    assert upright.shape == (120, 120, 3)
    black = upright.sum(2) < 200
    red = (upright[..., 0] > 200) & (upright[..., 1] < 100)
    left, right = (np.argwhere(black & side).mean(0) for side in np.indices((120, 120))[1] // 60 == [[[0]], [[1]]])
    assert left == pytest.approx((59.5, 39.5), abs=1)
    assert right == pytest.approx((59.5, 79.5), abs=1)
    assert np.argwhere(red).mean(0) == pytest.approx((84.5, 59.5), abs=1)
    as_it_is = np.asarray(crop_face(image, Face((110, 110, 190, 190), 1.0, tuple(eyes)), 0.25, upright=False))
    assert (as_it_is == np.asarray(image)[90:210, 90:210]).all()


def test_a_lean_within_the_error_costs_no_sharpness():
    image = noise(200, 200)
    assert crop_face(image, face(50, 50, 40, tilt=4.9)).tobytes() == image.crop((40, 40, 100, 100)).tobytes()
    assert crop_face(image, face(50, 50, 40, tilt=5.0)).tobytes() != image.crop((40, 40, 100, 100)).tobytes()


def test_hidden_colours_do_not_bleed_into_a_turned_face():
    # A blue disc on hidden red: turned, its edge must not turn purple.
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((30, 30, 70, 70), fill=(0, 0, 255, 255))
    result = np.asarray(crop_face(image, face(30, 30, 40, tilt=20), 0.2))
    seen = result[..., 3] > 0
    assert 0.3 < seen.mean() < 0.8
    assert result[seen][:, 0].max() < 30


def test_a_box_of_absurd_size_takes_no_more_memory_than_the_picture():
    image = noise(64, 48)
    assert crop_face(image, face(-1e9, -1e9, 3e9), 3).size == (48, 48)
