"""Marks of mood in calm drawings: which are left, where they float, and what they cover."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from nijigen.illustrator import compose, face

MARKS = {"surprised": "#ff5a5f", "angry": "#e5383f", "sleepy": "#5a6fd6", "wink": "#e08a2c", "excited": "#f0a63c"}
TELLING = ("surprised", "angry", "sleepy", "wink")


@pytest.mark.parametrize("expression", MARKS)
def test_of_marks_those_that_tell_a_mood_are_left_around_a_calm_head(expression: str) -> None:
    person = compose(3, {"expression": expression, "accessory": "none", "hair_style": "bob"}).calmed()
    assert (MARKS[expression] in person.svg(128, True)) == (expression in TELLING)
    assert MARKS[expression] in replace(person, calm=False).svg(128, True)


@pytest.mark.parametrize(
    ("words", "colour"),
    [({"expression": mood}, MARKS[mood]) for mood in TELLING] + [({"accessory": "halo"}, "#ffe169")],
)
def test_what_floats_is_at_the_same_place_of_every_calm_bust(words: dict[str, str], colour: str) -> None:
    """However the head leans and whatever its size; of a whole figure it goes with the head."""

    def places(calm: bool, framing: str) -> set[str]:
        heads = [{"tilt": -8.0, "head_size": 0.9}, {"tilt": 6.0, "head_size": 1.1}]
        people = [compose(3, {"framing": framing, "hair_style": "bob", **words, **head}) for head in heads]
        trees = [ElementTree.fromstring(replace(one, calm=calm).svg(128, True)) for one in people]
        return {drawn for tree in trees for drawn in _placed(tree, colour)}

    assert len(places(True, "bust")) == 1
    assert len(places(True, "full")) == 2
    assert len(places(False, "bust")) == 2


def _placed(tree: ElementTree.Element, colour: str, groups: str = "") -> set[str]:
    """The transforms and outlines of what has a colour in its fill or its stroke."""
    groups += tree.get("transform", "")
    here = {groups + tree.get("d", "")} if colour in (tree.get("fill"), tree.get("stroke")) else set()
    return here.union(*(_placed(child, colour, groups) for child in tree))


def test_the_drop_of_the_shy_has_a_rim_and_a_place_in_calm_busts() -> None:
    shy = [compose(3, {"expression": "shy", "framing": "bust", "tilt": lean}) for lean in (-8.0, 6.0)]
    assert "#5aaee8" in shy[0].svg(128, True)
    trees = [ElementTree.fromstring(one.calmed().svg(128, True)) for one in shy]
    outlines = [drawn for tree in trees for drawn in _placed(tree, "#2f7fd6")]
    assert len(set(outlines)) == 1
    assert all(outlines[0] in _placed(tree, "#ffffff") for tree in trees)


@pytest.mark.parametrize("worn", ["none", "cat_ears", "headphones", "crown", "glasses", "beret"])
def test_the_calm_mark_of_surprise_is_beside_what_is_worn(worn: str) -> None:
    """It was lost on red hats. How much of it lies on somebody who is not surprised."""
    words = {"hair_style": "short", "tilt": 0.0, "framing": "bust", "head_size": 1.0, "art_style": "anime"}
    bare, surprised, neutral = (
        compose(3, {**words, "expression": mood, "accessory": accessory}).calmed().render(128, 4).astype(int)
        for mood, accessory in (("neutral", "none"), ("surprised", "none"), ("neutral", worn))
    )
    corner = np.s_[:48, :32]
    mark = np.abs(surprised - bare)[corner].max(-1) > 24
    assert mark.sum() > 60
    assert (mark & (neutral[corner][..., 3] > 128)).sum() < 0.3 * mark.sum()


def test_a_calm_mark_of_anger_is_where_no_clip_is() -> None:
    """Nothing of the mark is lost where a star is worn, and nothing of the star."""
    person = compose(3, {"hair_style": "bob", "tilt": 0.0, "art_style": "anime"}).calmed()
    pictures = {
        (mood, clip): person.with_(expression=mood, accessory=clip).render(128, 4).astype(int)
        for mood in ("neutral", "angry")
        for clip in ("none", "star_clip")
    }
    upper = slice(20, 60)
    mark, star = (
        np.abs(pictures[pair] - pictures["neutral", "none"])[upper].max(-1) > 24
        for pair in (("angry", "none"), ("neutral", "star_clip"))
    )
    assert mark.sum() > 100
    assert star.sum() > 100
    assert not (mark & star).any()


def test_the_noses_of_the_shy_are_not_red_in_calm_drawings() -> None:
    """How much redder than the forehead's a nose is."""
    words = {"expression": "shy", "art_style": "anime", "skin_tone": "light", "tilt": 0.0, "head_size": 1.0}
    people = [
        compose(seed, {**words, "hair_style": "undercut", "accessory": "none", "blush": 0.0}) for seed in range(4)
    ]

    def red(calm: bool) -> float:
        noses = [replace(one, calm=calm).render(128, 4)[82:85, 60:69, :3].astype(float) for one in people]
        return float(np.mean([nose[..., 0] - nose[..., 1:].mean(-1) for nose in noses]))

    assert red(True) < red(False) - 8


@pytest.mark.parametrize("style", ["anime", "cartoon", "pastel", "retro"])
def test_the_blush_of_the_shy_leaves_their_eyes_alone(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is white or nearly black there without the glow stays so."""
    words = {"expression": "shy", "art_style": style, "skin_tone": "light", "eye_size": 1.15, "tilt": 0.0}
    person = compose(3, {**words, "accessory": "none", "hair_style": "undercut", "framing": "bust"}).calmed()
    shy = person.render(256, 4).astype(int)
    monkeypatch.setattr(face, "_glow", lambda scene, subject: None)
    pale = person.render(256, 4).astype(int)
    place = np.s_[130:186, 60:196, :3]
    eyes = ((pale[place].min(-1) > 245) | (pale[place].max(-1) < 60)) & (pale[130:186, 60:196, 3] > 250)
    change = np.abs(shy - pale)[place].max(-1)
    assert eyes.sum() > 60
    assert (change > 30).sum() > 200
    assert change[eyes].max() <= 24
