"""An enlarged avatar says so, and recreate makes it as it was before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from nijigen.avatar import Avatar, pixel_digest
from nijigen.engine.recreate import recreate
from nijigen.enlarge.certificate import enlargements
from nijigen.enlarge.enlarger import open_enlarger
from nijigen.enlarge.work import enlarge_one
from nijigen.illustrator.drawing import draw
from nijigen.images.png import read_png, write_png


@pytest.fixture
def avatar(tmp_path: Path) -> Path:
    return draw(1, seed=5, size=24, transparent=True)[0].save(tmp_path / "small.png")


def larger(path: Path, name: str, scale: int = 2, method: str = "lanczos") -> Path:
    out = path.with_name(name)
    assert enlarge_one(open_enlarger(method, "cpu"), path, out, scale).notes == []
    return out


def altered(path: Path, change: Callable[[Any, dict[str, Any]], Any]) -> Path:
    """The file with other pixels or another certificate."""
    picture, facts = read_png(path)
    pixels = np.array(picture)
    change(pixels, facts or {})
    return write_png(path.with_name("altered.png"), Image.fromarray(pixels), facts)


def test_the_certificate_is_kept_and_says_what_was_done(avatar: Path, plain_networks: dict[str, Path]) -> None:
    out = larger(avatar, "large.png", 4, "upconv7")
    small, large = Avatar.open(avatar), Avatar.open(out)
    (step,) = large.certificate.pop("enlarged")
    assert large.certificate == small.certificate
    assert large.pixels.shape == (96, 96, 4)
    assert step == {
        "scale": 4,
        "method": "upconv7",
        "weights": open_enlarger("upconv7", "cpu").weights,
        "of": pixel_digest(small.pixels),
        "pixels": pixel_digest(large.pixels),
    }


def test_recreate_makes_it_as_it_was_before(avatar: Path) -> None:
    out = larger(avatar, "large.png")
    again = recreate(out)
    assert again.same
    assert again.enlarged
    assert again.differences == [f"{out} was enlarged 2 times by lanczos after it was made"]
    assert again.avatar.png() == avatar.read_bytes()
    assert not recreate(avatar).enlarged


def test_enlarged_again(avatar: Path) -> None:
    again = recreate(larger(larger(avatar, "large.png"), "larger.png", 4))
    assert again.same
    assert [line.partition(" after")[0].partition("was ")[2] for line in again.differences] == [
        "enlarged 2 times by lanczos",
        "enlarged 4 times by lanczos",
    ]


CHANGES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "pixels": lambda pixels, facts: np.invert(pixels[:1], out=pixels[:1]),
    "of": lambda pixels, facts: facts["enlarged"][0].update(of="0" * 64),
    "digest": lambda pixels, facts: facts["enlarged"][0].update(pixels=["a"]),
    "left out": lambda pixels, facts: facts["enlarged"].pop(),
    "other": lambda pixels, facts: facts.update(enlarged=[3, None, "x"]),
    "no list": lambda pixels, facts: facts.update(enlarged={"scale": 2}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_since_is_said(change: Callable[[Any, dict[str, Any]], Any], avatar: Path) -> None:
    file = altered(larger(avatar, "large.png"), change)
    again = recreate(file)
    assert not again.same
    assert again.differences[0] == f"{file} itself was changed after it was made"
    assert again.avatar.png() == avatar.read_bytes()


def test_what_was_changed_before_is_said(avatar: Path) -> None:
    changed = altered(avatar, CHANGES["pixels"])
    again = recreate(larger(changed, "large.png"))
    assert not again.same
    assert "itself was changed after it was made" in again.differences[0]


def test_another_drawing_is_no_damage_of_the_file(avatar: Path) -> None:
    again = recreate(altered(larger(avatar, "large.png"), lambda pixels, facts: facts.update(seed=6)))
    assert not again.same
    assert again.differences[0].startswith("nothing that the certificate names")


def test_what_is_damaged_counts_as_none() -> None:
    assert enlargements({}) == []
    assert enlargements({"enlarged": "twice"}) == []
    assert enlargements({"enlarged": [{"scale": 2}, 7]}) == [{"scale": 2}]


def test_a_damaged_certificate_is_left_out_and_that_is_said(avatar: Path) -> None:
    extra = PngImagePlugin.PngInfo()
    extra.add_itxt("nijigen", "{no json")
    Image.open(avatar).save(avatar.with_name("bad.png"), pnginfo=extra)
    out = avatar.with_name("out.png")
    done = enlarge_one(open_enlarger("lanczos"), avatar.with_name("bad.png"), out, 2)
    assert done.notes == ["its birth certificate is damaged and was left out"]
    assert read_png(out)[1] is None
