"""Calm drawings: what is the same for everybody, and what a small picture can show."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from nijigen.illustrator import SCHEMA, Character, compose
from nijigen.illustrator.chances import calm, chance_names
from nijigen.illustrator.curves import number
from nijigen.illustrator.hair_front import FITTING
from nijigen.illustrator.palette import HAIR
from nijigen.illustrator.styles import STYLES
from nijigen.illustrator.traits import Traits


def test_what_is_calm_is_known_and_in_range() -> None:
    held = calm()
    assert held.keys() < set(chance_names(4))
    assert all(0 <= unit < 1 for unit in held.values())
    assert {name for name in chance_names() if name.startswith(("fringe/", "shine/"))} < held.keys()


def test_calm_people_share_what_is_held_and_nothing_else() -> None:
    held = calm()
    one, other = Traits(1, held), Traits(2, held)
    assert all(one.unit(name) == other.unit(name) == unit for name, unit in held.items())
    left = [name for name in chance_names() if name not in held]
    assert {"hair_length", "tail_kind", "tail_side", "scheme"} < set(left)
    assert all(one.unit(name) == Traits(1).unit(name) != other.unit(name) for name in left)


@pytest.mark.parametrize("hair_style", FITTING)
def test_a_hair_style_has_one_fringe_in_calm_drawings(hair_style: str) -> None:
    """The first of those that go with it: the part of the range that is held is below the share of any."""
    assert calm()["fringe"] * len(FITTING[hair_style]) < 1
    assert Traits(1, calm()).pick("fringe", FITTING[hair_style]) == FITTING[hair_style][0]


def test_a_calm_drawing_has_no_tuft_and_the_same_words() -> None:
    tufted = next(one for one in map(compose, range(100)) if Traits(one.seed).flag("ahoge", 0.34))
    assert tufted.calmed().svg(128) != tufted.svg(128)
    assert tufted.calmed().visible == tufted.visible
    assert tufted.calmed().with_(hair_color="pink").calm


def test_no_tuft_stands_beside_a_calm_crown() -> None:
    words = {"hair_style": "spiky", "tilt": 0.0, "head_size": 1.0, "expression": "neutral", "hair_color": "blue"}
    worn, bare = (compose(3, {**words, "accessory": one}).calmed().render(256, 4) for one in ("crown", "none"))

    def blue_above(pictures: np.ndarray) -> int:
        upper = pictures[:16].astype(int)
        return int(((upper[..., 3] > 128) & (upper[..., 2] > upper[..., 0] + 40)).sum())

    assert blue_above(worn) == 0
    assert blue_above(bare) > 20


def test_closed_eyes_are_darker_on_dark_skin_in_calm_drawings() -> None:
    words = {
        "art_style": "pastel",
        "expression": "sleepy",
        "hair_color": "pink",
        "hair_style": "bob",
        "outfit": "kimono",
    }
    person = compose(3, {**words, "skin_tone": "dark", "accessory": "none", "tilt": 0.0})

    def darkest(one: Character) -> float:
        eyes = one.render(256, 4)[120:190, 60:196, :3]
        return float(np.percentile(eyes.max(-1), 1))

    assert darkest(person.calmed()) < darkest(person) - 8


def test_calm_brows_are_seen_through_a_fringe() -> None:
    """They tell surprise beside its mark: as they are on the skin, and as dark again over the hair."""
    person = compose(3, {"expression": "surprised", "accessory": "none", "hair_style": "bob", "art_style": "anime"})
    faint, plain = (one.svg(128, True).count('opacity="0.95"') for one in (person, person.calmed()))
    assert plain == faint + 1


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("skin_tone", ["light", "brown", "dark"])
def test_calm_glasses_stand_out_from_the_skin(skin_tone: str, style: str) -> None:
    """One colour for a skin, whatever the seed says, and broader lines."""
    words = {"accessory": "glasses", "skin_tone": skin_tone, "art_style": style}
    frames = '#4a3a58" stroke-width="5.2"' if skin_tone == "light" else '#f2ece4" stroke-width="5.2"'
    people = [compose(seed, words) for seed in range(5)]
    assert all(frames in person.calmed().svg(128, True) for person in people)
    assert not any(frames in person.svg(128, True) for person in people)


def test_lenses_are_clear_in_calm_drawings() -> None:
    person = compose(3, {"accessory": "glasses"})
    assert 'fill="#ffffff" fill-opacity="0.1"' in person.svg(128, True)
    assert 'fill="#ffffff" fill-opacity="0.1"' not in person.calmed().svg(128, True)


def test_calm_sleepers_do_not_drool() -> None:
    person, drool = compose(3, {"expression": "sleepy"}), "#cdefff"
    assert drool in person.svg(128, True)
    assert drool not in person.calmed().svg(128, True)


NARROW = {"face_width": 0.92, "tilt": 0.0, "hair_style": "short", "accessory": "none", "skin_tone": "light"}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("words", [{"blush": 1.0}, {"expression": "shy"}, {"expression": "cat"}])
def test_blush_and_whiskers_stay_on_a_calm_face(words: dict[str, str | float], style: str) -> None:
    """Beside the face nothing changes: what is clear of any drawing stays clear. On the face something does."""
    plain, marked = (
        compose(5, {**NARROW, "art_style": style, "blush": 0.0, "expression": "neutral", **more}).calmed()
        for more in ({}, words)
    )
    before, after = plain.render(128, 4).astype(int), marked.render(128, 4).astype(int)
    left = before[:, :64, 3] == 0  # of the right, where a drop is beside the shy
    assert not after[:, :64, 3][left].any()
    cheeks = np.abs(after - before)[86:98, 36:50].max(-1)  # the left one
    assert (cheeks > 12).sum() >= 8


def test_blush_of_other_drawings_does_not() -> None:
    people = [compose(seed, {**NARROW, "art_style": "pastel", "blush": blush}) for seed in range(5) for blush in (0, 1)]
    alphas = [person.render(128, 4)[..., 3] for person in people]
    assert any(blushing[bare == 0].any() for bare, blushing in zip(alphas[::2], alphas[1::2], strict=True))


def test_eyes_behind_calm_glasses_vary_less() -> None:
    def change(accessory: str, calm: bool) -> float:
        """Of a picture, in the mean over its pixels, from the smallest eyes to the largest."""
        words = {"accessory": accessory, "expression": "neutral", "art_style": "anime"}
        small, large = (replace(compose(3, {**words, "eye_size": size}), calm=calm) for size in (0.8, 1.2))
        return float(np.abs(small.render(128, 4).astype(int) - large.render(128, 4).astype(int)).mean())

    assert 0 < change("glasses", True) < 0.8 * change("glasses", False)
    assert change("none", True) == pytest.approx(change("none", False), rel=0.3)


@pytest.mark.parametrize("hair_style", ["twintails", "ponytail", "side_ponytail", "braids"])
def test_calm_hair_is_tied_with_bands_of_its_own_colour(hair_style: str) -> None:
    size = {"twintails": 0.82, "ponytail": 0.8, "side_ponytail": 0.82, "braids": 0.6}[hair_style]
    band = f'rx="{number(12 * size)}" ry="{number(14 * size)}" fill="{HAIR["pink"].shade}"'
    for accessory in ("none", "crown"):
        words = {"hair_style": hair_style, "accessory": accessory, "hair_color": "pink", "art_style": "anime"}
        assert band in compose(3, words).calmed().svg(128, True)
        assert band not in compose(3, words).svg(128, True)


@pytest.mark.parametrize(("hair_style", "seed", "words"), [("spiky", 10, {}), ("curly", 77, {"accessory": "flower"})])
def test_calm_hair_is_whole(hair_style: str, seed: int, words: dict[str, str | float]) -> None:
    """Nothing is cut at the upper edge."""
    person = compose(seed, {"hair_style": hair_style, "accessory": "none", **words})
    assert person.render(128, 4)[0, :, 3].any()
    assert not person.calmed().render(128, 4)[0, :, 3].any()


def test_a_calm_flower_has_plain_petals_alone() -> None:
    person, leaf = compose(3, {"accessory": "flower"}), "#7fcf7a"
    assert leaf in person.svg(128, True)
    assert leaf not in person.calmed().svg(128, True)


@pytest.mark.parametrize("head_size", [0.85, 1.15])
@pytest.mark.parametrize("hair_style", SCHEMA["hair_style"].values)
def test_a_calm_halo_is_clear_of_the_hair(hair_style: str, head_size: float) -> None:
    """One sees through it, also where hair is high."""
    words = {"accessory": "halo", "hair_style": hair_style, "head_size": head_size, "tilt": 6.0}
    alpha = compose(5, words).calmed().render(128, 4)[..., 3]
    assert not alpha[9:11, 58:71].any()
    assert alpha[4, 60:69].min() > 200
    assert alpha[15, 60:69].min() > 200


def test_pale_skin_has_an_edge_in_calm_drawings() -> None:
    """Its brightness on a white page, down the middle of the chin: without a line it is never much below the skin's."""
    words = {"art_style": "pastel", "skin_tone": "porcelain", "tilt": 0.0, "outfit": "kimono", "blush": 0.0}
    person = compose(3, words)

    def darkest(one: Character) -> float:
        chin = one.render(128, 4)[96:106, 60:68].astype(float)
        return float((chin[..., :3].mean(-1) * chin[..., 3] / 255 + 255 - chin[..., 3]).min())

    assert darkest(person.calmed()) < darkest(person) - 12


def test_shaved_sides_have_the_colour_of_calm_hair() -> None:
    person = compose(3, {"hair_style": "undercut", "accessory": "none", "hair_color": "blue", "art_style": "anime"})
    shade = f'fill="{HAIR["blue"].shade}" stroke'
    assert shade in person.calmed().svg(128, True)
    assert shade not in person.svg(128, True)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["expression", "hair_style", "accessory"])
def test_words_can_be_told_from_each_other_in_calm_drawings(name: str, style: str) -> None:
    person = compose(17, {"art_style": style, "accessory": "none", "hair_style": "bob", "tilt": 0.0})
    pictures = {
        value: person.with_(**{name: value}).calmed().render(128, 4).astype(int) for value in SCHEMA[name].values
    }
    for one, other in combinations(pictures, 2):
        differing = (np.abs(pictures[one] - pictures[other]).max(axis=2) > 24).sum()
        assert differing >= 40, (one, other, differing)  # of 16,384: a mouth
