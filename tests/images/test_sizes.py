"""Sizes of platforms: whoever is in the picture is found, and no round frame cuts the head."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.illustrator import compose
from nijigen.images.sheet import Pixels
from nijigen.images.sizes import SIZES, at_size, choose_sizes, frame, icon
from nijigen.images.subject import VISIBLE, find_subject

PEOPLE = [
    ("alice", {"hair_style": "short", "accessory": "none", "tilt": 0}),
    ("b", {"hair_style": "twintails"}),
    ("c", {"hair_style": "long", "accessory": "witch_hat"}),
    ("d", {"hair_style": "spiky", "tilt": 10}),
    ("e", {"framing": "full", "accessory": "none"}),
]


def beyond(pixels: Pixels) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which pixels lie outside of the circle that a square holds, by their nearest corner."""
    side = len(pixels)
    away = np.abs(np.arange(side) + 0.5 - side / 2) - 0.5
    return np.hypot(away[:, None], away[None, :]) > side / 2


@pytest.mark.parametrize(("seed", "words"), PEOPLE)
@pytest.mark.parametrize("fit", ["head", "whole"])
def test_no_visible_pixel_outside_the_circle(seed: str, words: dict[str, Any], fit: Any) -> None:
    image = Image.fromarray(compose(seed, words).render(192, 4))
    subject = find_subject(image, look_for_face=False)
    kept = subject.head if fit == "head" else subject.whole
    only = np.array(image)
    only[~kept] = 0
    for side in (512, 128, 48, 32):
        cut = np.asarray(at_size(frame(image, subject, fit), side, circle=True))
        assert cut.shape == (side, side, 4)
        assert not cut[beyond(cut), 3].any()
        # What must not be cut lies inside by itself: without the cut nothing of it is outside, and nothing is lost.
        whole = np.asarray(at_size(frame(Image.fromarray(only), subject, fit), side))
        if not kept[-1].any():  # below, a bust goes on as it ends
            assert (whole[beyond(whole), 3] < VISIBLE).all()
            seen = only[..., 3].sum() * (side / frame(image, subject, fit).width) ** 2
            assert whole[..., 3].sum() == pytest.approx(seen, rel=0.02)


@pytest.mark.parametrize(("seed", "words"), PEOPLE)
def test_a_plain_background_tells_as_much_as_transparency(seed: str, words: dict[str, Any]) -> None:
    person = compose(seed, words, background="plain")
    clear, plain = (
        find_subject(Image.fromarray(person.render(192, channels)), look_for_face=False) for channels in (4, 3)
    )
    assert (clear.found_by, plain.found_by) == ("transparency", "background")
    both = (clear.whole & plain.whole).sum() / (clear.whole | plain.whole).sum()
    assert both > 0.9


def test_a_head_ends_at_its_neck() -> None:
    person = compose("alice", hair_style="short", accessory="none", tilt=0, framing="bust", head_size=1.0)
    subject = find_subject(Image.fromarray(person.render(256, 4)), look_for_face=False)
    assert subject.head_by == "neck"
    assert 190 <= np.flatnonzero(subject.head.any(axis=1))[-1] <= 215  # the chin is drawn at 198.5
    long = compose("alice", hair_style="long", framing="bust").render(256, 4)
    assert find_subject(Image.fromarray(long), look_for_face=False).head_by == "nothing"


def test_stripes_are_no_plain_background() -> None:
    image = Image.fromarray(compose("alice", background="stripes").render(192, 3))
    subject = find_subject(image, look_for_face=False)
    assert subject.found_by == "nothing"
    assert np.asarray(frame(image, subject)).shape == (192, 192, 3)


def test_a_background_goes_on_beyond_the_picture_and_a_bust_below() -> None:
    pixels = np.full((40, 40, 3), (10, 200, 90), np.uint8)
    pixels[:, 16:24] = 255  # from the upper edge to the lower
    image = Image.fromarray(pixels)
    subject = find_subject(image, look_for_face=False)
    assert subject.found_by == "background"
    framed = np.asarray(frame(image, subject, "whole"))
    middle = len(framed) // 2
    assert len(framed) == 43  # a diagonal and its margin
    assert tuple(framed[0, middle]) == (10, 200, 90)
    assert tuple(framed[-1, middle]) == (255, 255, 255)


def test_sizes_by_name_and_number() -> None:
    largest_first = [size.pixels for size in choose_sizes(None)]
    assert largest_first == sorted((size.pixels for size in SIZES.values()), reverse=True)
    assert {1024, 512, 400, 256, 128, 64, 48, 32} <= set(largest_first)
    assert [size.name for size in choose_sizes(["profile", "96", "400"])] == ["profile", "96"]
    for wrong, words in [("profil", "did you mean profile"), ("8", "16 to 4096"), ("9" * 5000, "16 to 4096")]:
        with pytest.raises(NijigenError, match=words):
            choose_sizes([wrong])


def test_an_icon_has_each_size_of_its_own() -> None:
    data = icon(Image.fromarray(compose("alice").render(64, 4)))
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.info["sizes"] == {(16, 16), (32, 32), (48, 48)}


def test_the_verb(command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    Image.fromarray(compose("e", framing="full").render(128, 4)).save("me.png")
    before = Path("me.png").read_bytes()
    done = command("sizes", "me.png", "--only", "profile,96", "--circle", "--ico", "--fit", "whole", "--out", "round")
    assert (done.code, done.out) == (0, "3 files in round\n")
    assert "not transparent" in done.err
    assert "enlarge it first" in done.err
    assert sorted(path.name for path in Path("round").iterdir()) == ["favicon.ico", "me-400.png", "me-96.png"]
    cut = np.asarray(Image.open("round/me-400.png"))
    assert not cut[beyond(cut), 3].any()
    Image.fromarray(compose("e", background="plain").render(96, 3)).save("me.jpg")
    told = json.loads(command("sizes", "me.jpg", "--only", "32", "--fit", "whole", "--out", "round", "--json").out)
    assert told["found_by"] == "background"
    assert Image.open("round/me-32.png").mode == "RGB"
    Path("broken.png").write_bytes(before[: len(before) // 2])
    assert "profile      400" in command("sizes", "--list").out
    Image.new("RGBA", (64, 64)).save("clear.png")
    for wrong, message in [
        ([], "give a picture"),
        (["broken.png"], "broken.png cannot be used"),
        (["round"], "is no file"),
        (["nobody.png"], "nobody.png does not exist"),
        (["me.png", "--only", "tiny"], "--only tiny"),
        (["me.png", "--only", ","], "name sizes"),
        (["me.png", "--fit", "all"], "--fit all"),
        (["me.png", "--fit", "picture", "--circle"], "--circle would cut"),
        (["me.png", "--out", "."], "would be written over"),
        (["me.png", "--out", "broken.png"], "broken.png is a file, no folder"),
        (["clear.png"], "clear.png is empty: every pixel is transparent"),
    ]:
        refused = command("sizes", *wrong)
        assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1), wrong
        assert message in refused.err
    assert Path("me.png").read_bytes() == before
