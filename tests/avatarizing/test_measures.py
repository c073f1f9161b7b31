"""Colours, places and measures: against reference values, and on faces made by rule."""

import math

import numpy as np
import pytest
from PIL import Image

from nijigen.avatarizing.aligned import EYES, HEIGHT, WIDTH, view_of
from nijigen.avatarizing.colour import to_lab
from nijigen.avatarizing.glasses import measure_glasses, read_glasses
from nijigen.avatarizing.hair import measure_hair, read_hair
from nijigen.avatarizing.haircolour import colour_shares
from nijigen.avatarizing.smile import Mouth, measure_smile, read_smile, smile_share
from nijigen.avatarizing.tone import CUTS, WORDS, measure_tone, read_tone, tone_shares
from nijigen.images.faces.face import Face


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0.0, 0.0)),
    ],
)
def test_cielab_of_known_colours(colour: tuple[int, ...], lab: tuple[float, ...]) -> None:
    assert np.allclose(to_lab(np.array([[colour]], np.uint8))[0, 0], lab, atol=0.03)


@pytest.mark.parametrize("size", [1.0, 3.0])
def test_eyes_come_to_their_places(size: float, with_opencv: None) -> None:
    """A face that leans, small or large: dots at its eyes are where readers look for eyes."""
    side = round(300 * size)
    eyes = ((110 * size, 120 * size), (170 * size, 150 * size))
    rows, columns = np.ogrid[:side, :side]
    pixels = np.full((side, side, 3), 200, np.uint8)
    for x, y in eyes:
        pixels[(columns - x) ** 2 + (rows - y) ** 2 < (6 * size) ** 2] = 0
    view = view_of(Image.fromarray(pixels), Face((80 * size, 60 * size, 220 * size, 200 * size), 0.9, eyes))
    assert view.pixels.shape == (HEIGHT, WIDTH, 3)
    dark = view.pixels[..., 0] < 100
    for x, y in EYES:
        near = np.argwhere(dark[round(y) - 20 : round(y) + 20, round(x) - 20 : round(x) + 20])
        assert np.allclose(near.mean(axis=0) - 20, 0, atol=1.5)


def test_what_is_beyond_the_picture_is_unknown(with_opencv: None) -> None:
    picture = Image.new("RGB", (100, 100), "white")
    view = view_of(picture, Face((0, 0, 100, 100), 0.9, ((30.0, 39.0), (68.0, 39.0))))
    assert view.known[128, 128]
    assert not view.known[2, 128]
    assert not view.known[HEIGHT - 2, 128]


def test_tones_are_shares_and_fall_from_light_to_dark() -> None:
    for angle in range(-90, 91, 5):
        shares = tone_shares(float(angle))
        assert len(shares) == len(WORDS)
        assert math.isclose(sum(shares), 1.0, abs_tol=1e-9)
        assert min(shares) >= 0
    means = [sum(i * share for i, share in enumerate(tone_shares(float(angle)))) for angle in range(-90, 91, 5)]
    assert means == sorted(means, reverse=True)
    assert list(CUTS) == sorted(CUTS, reverse=True)


def test_a_tone_is_the_angle_of_its_formula(plain_view) -> None:
    view = plain_view(skin=(200, 150, 120))
    lightness, _, yellow = to_lab(np.array([[[200, 150, 120]]], np.uint8))[0, 0].astype(np.float64)
    assert measure_tone(view) == pytest.approx(math.degrees(math.atan2(lightness - 50, yellow)), abs=4)


def test_light_and_dark_skin_share_no_word_at_the_ends(plain_view) -> None:
    light, dark = read_tone(plain_view(skin=(245, 225, 215))), read_tone(plain_view(skin=(80, 50, 38)))
    assert "porcelain" in light.words
    assert "dark" in dark.words
    assert not {"porcelain", "light"} & set(dark.words)
    assert not {"brown", "dark"} & set(light.words)


@pytest.mark.parametrize(
    ("colour", "word"),
    [
        ((25, 22, 24), "black"),
        ((95, 65, 45), "brown"),
        ((215, 180, 120), "blonde"),
        ((110, 40, 25), "red"),
        ((195, 75, 30), "orange"),
        ((165, 165, 168), "silver"),
    ],
)
def test_hair_has_the_word_of_its_colour(colour: tuple[int, int, int], word: str, plain_view) -> None:
    reading = read_hair(plain_view(hair=colour, skin=(236, 200, 184)))
    assert reading.words == (word,)


def test_shares_of_hair_are_at_most_one_and_blue_is_no_hair() -> None:
    for lightness in range(0, 101, 10):
        for red in range(-60, 61, 15):
            for yellow in range(-60, 61, 15):
                shares = colour_shares(lightness, red, yellow)
                assert min(shares.values()) >= 0
                assert sum(shares.values()) <= 1 + 1e-9
    assert max(colour_shares(50, -5, -45).values()) < 0.5


def test_big_hair_counts_like_short_hair(plain_view) -> None:
    """Hair that fills the picture to its edge is hair, though it is also where backgrounds are."""
    assert read_hair(plain_view(hair=(95, 65, 45), ground=(95, 65, 45))).words == ("brown",)


def test_a_bare_head_before_a_wall_has_no_hair(plain_view) -> None:
    assert not read_hair(plain_view(hair=None, ground=(250, 250, 250))).told
    assert not read_hair(plain_view(hair=(224, 178, 150))).told


def test_hair_beyond_the_edge_is_not_told(plain_view) -> None:
    known = np.zeros((HEIGHT, WIDTH), np.bool_)
    known[100:240, 80:176] = True
    assert measure_hair(plain_view(known=known)) is None
    assert not read_hair(plain_view(known=known)).told


def with_glasses(view, dark: bool) -> None:
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    for x in (96, 160):
        radius = np.sqrt(((columns - x) / 28) ** 2 + ((rows - 134) / 22) ** 2)
        if dark:
            view.pixels[radius < 1] = (25, 25, 30)
        view.pixels[(radius > 0.9) & (radius < 1.05)] = (20, 20, 20)
    view.pixels[122:126, 122:134] = (20, 20, 20)


def test_frames_and_lenses(plain_view) -> None:
    bare, clear, dark = plain_view(), plain_view(), plain_view()
    with_glasses(clear, dark=False)
    with_glasses(dark, dark=True)
    assert read_glasses(bare).words == ("no",)
    assert read_glasses(clear).words == ("clear",)
    assert read_glasses(dark).words == ("dark",)
    seen, lens = measure_glasses(clear), measure_glasses(dark)
    assert seen is not None
    assert lens is not None
    assert lens.darker > seen.darker + 20


def test_what_lies_beyond_the_edge_is_not_told(plain_view) -> None:
    known = np.ones((HEIGHT, WIDTH), np.bool_)
    known[190:] = False
    view = plain_view(known=known)
    assert measure_smile(view) is None
    assert "edge" in read_smile(view).reason
    known = np.ones((HEIGHT, WIDTH), np.bool_)
    known[:140] = False
    assert "edge" in read_glasses(plain_view(known=known)).reason


def test_more_finds_and_teeth_are_more_of_a_smile() -> None:
    none, some = smile_share(Mouth(0, 0.0, 0.0, 40.0)), smile_share(Mouth(300, 0.0, 0.0, 40.0))
    assert none < 0.1 < some < smile_share(Mouth(300, 0.4, 0.0, 40.0))
