"""What can be seen: every value differs from every other at 64 pixels, people differ, edges are clean."""

import itertools

import numpy as np
import pytest

from nijigen.illustrator import SCHEMA, Character, compose

STYLES = SCHEMA["art_style"].values
PERSON = {"expression": "smile", "accessory": "none", "background": "dots", "tilt": 0.0, "blush": 0.5}


def difference(a: Character, b: Character, size: int = 64) -> float:
    """Share of pixels that differ by more than 24 of 255 in some channel."""
    delta = np.abs(a.render(size).astype(int) - b.render(size).astype(int)).max(axis=2)
    return float((delta > 24).mean())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", [a.name for a in SCHEMA.attributes if not a.continuous])
def test_every_value_can_be_told_from_every_other(style: str, name: str) -> None:
    person = compose(17, PERSON).with_(art_style=style)
    pictures = {
        value: changed.render(64).astype(int)
        for value in SCHEMA[name].values
        if name in (changed := person.with_(**{name: value})).visible
    }
    assert len(pictures) >= 2
    for a, b in itertools.combinations(pictures, 2):
        differing = (np.abs(pictures[a] - pictures[b]).max(axis=2) > 24).mean()
        assert differing > 0.004, (style, name, a, b, differing)  # 16 pixels of 4096: a mouth


@pytest.mark.parametrize("name", [a.name for a in SCHEMA.attributes if a.continuous])
def test_numbers_take_effect_gradually(name: str) -> None:
    attribute = SCHEMA[name]
    assert attribute.range is not None
    low, high = attribute.range
    person = compose(4, expression="smile", accessory="none", hair_style="long", art_style="anime", skin_tone="light")
    least, middle, most = (
        person.with_(**{name: value}).render(128).astype(int) for value in (low, (low + high) / 2, high)
    )
    assert np.abs(least - most).mean() > 0.2
    assert np.abs(least - most).mean() >= 0.8 * np.abs(least - middle).mean()


@pytest.mark.parametrize("style", STYLES)
def test_sixty_four_drawings_of_one_tuple_are_told_apart(style: str) -> None:
    words = {"art_style": style, "gender": "girl", "hair_style": "long", "hair_color": "pink", "eye_color": "blue"}
    words |= {"expression": "smile", "skin_tone": "light", "accessory": "none", "outfit": "sailor"}
    words |= {"background": "plain", "framing": "bust"}
    numbers = {"head_size": 1.0, "eye_size": 1.0, "face_width": 1.0, "tilt": 0.0, "fringe_length": 1.0, "blush": 0.5}
    pictures = [compose(seed, {**words, **numbers}).render(64).astype(int) for seed in range(64)]
    shares = [(np.abs(a - b).max(axis=2) > 24).mean() for a, b in itertools.combinations(pictures, 2)]
    assert min(shares) > 0.02  # the two most alike still differ in 80 pixels of 4096
    assert float(np.median(shares)) > 0.1


def test_rgba_leaves_out_the_background_and_keeps_straight_colours() -> None:
    character = compose(8, hair_style="short", accessory="none", expression="neutral", hair_color="silver")
    picture = character.render(256, channels=4)
    assert picture.shape == (256, 256, 4)
    assert picture[0, 0, 3] == picture[0, -1, 3] == 0
    assert picture[140, 128, 3] == 255
    alpha = picture[..., 3]
    edge = (alpha > 0) & (alpha < 255)
    assert 0.001 < edge.mean() < 0.05
    # straight alpha: half-covered pixels keep the colour of the line, they are not darkened towards black
    light = compose(8, art_style="pastel", hair_color="silver", hair_style="bob", accessory="none", tilt=0.0)
    rows = light.render(256, channels=4)[20:90]
    rim = (rows[..., 3] > 30) & (rows[..., 3] < 120)
    assert rim.any()
    assert rows[rim][:, :3].mean() > 150


def test_rgb_is_the_rgba_picture_over_the_background() -> None:
    character = compose(9, background="plain")
    rgb, rgba = character.render(64, 3).astype(int), character.render(64, 4).astype(int)
    solid = rgba[..., 3] == 255
    assert solid.mean() > 0.3
    assert np.abs(rgb[solid] - rgba[solid][:, :3]).max() <= 1


def test_the_whole_figure_stands_in_the_frame() -> None:
    for seed in range(8):
        character = compose(seed, framing="full", accessory="none", expression="neutral", tilt=0.0, head_size=1.0)
        rows = np.flatnonzero(character.render(128, 4)[..., 3].max(axis=1))
        assert rows[0] <= 24
        assert 118 <= rows[-1] <= 127
        # short limbs: two to two and a half heads tall, so the shoes are where a bust shows nothing but cloth
        assert character.svg() != character.with_(framing="bust").svg()


@pytest.mark.parametrize(
    ("style", "accessory"), [("long", "witch_hat"), ("twintails", "none"), ("ponytail", "beret"), ("spiky", "cat_ears")]
)
def test_a_large_tilted_head_stays_in_the_frame(style: str, accessory: str) -> None:
    """Nothing but tips may touch the edges above the shoulders, whatever the head's size and tilt."""
    for seed, tilt in itertools.product(range(4), (-12.0, 12.0)):
        person = compose(seed, hair_style=style, accessory=accessory, expression="smile")
        alpha = person.with_(tilt=tilt, head_size=1.15, face_width=1.1).render(128, 4)[..., 3]
        assert (alpha[0] > 128).sum() == 0, (seed, tilt)
        assert (alpha[:100, [0, -1]] > 128).sum() <= 10, (seed, tilt)


def test_combed_hair_has_a_length_too() -> None:
    for style in ("swept", "undercut"):
        person = compose(5, hair_style=style, accessory="none")
        assert "fringe_length" in person.visible
        assert difference(person.with_(fringe_length=0.6), person.with_(fringe_length=1.4)) > 0.004


def test_fine_and_coarse_drawings_are_of_the_same_person() -> None:
    from PIL import Image

    for seed in range(6):
        character = compose(seed)
        large = Image.fromarray(character.render(256)).resize((64, 64), Image.Resampling.BOX)
        assert np.abs(np.asarray(large).astype(int) - character.render(64).astype(int)).mean() < 4
