"""The verb draw: files, certificates, sweeps, and the same drawing again from a certificate."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import nijigen
from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA, compose
from nijigen.illustrator.chances import CALM_VERSION
from nijigen.illustrator.drawing import draw, draw_to_folder, read_character, redraw, to_avatar


def test_draw_gives_avatars_with_certificates() -> None:
    people = nijigen.draw(3, seed="alice", size=48, 发色="粉色", attributes={"expression": "wink"})
    assert [person.pixels.shape for person in people] == [(48, 48, 3)] * 3
    assert {person.attributes["hair_color"] for person in people} == {"pink"}
    assert {person.attributes["expression"] for person in people} == {"wink"}
    assert [person.seed for person in people] == [people[0].seed + index for index in range(3)]
    assert "alice" not in str([person.certificate for person in people])


def test_each_of_many_can_be_drawn_alone() -> None:
    many = draw(4, seed=10, size=32)
    for index in range(4):
        assert (draw(1, seed=10 + index, size=32)[0].pixels == many[index].pixels).all()


@pytest.mark.parametrize("transparent", [False, True])
def test_a_saved_drawing_recreates(transparent: bool, tmp_path: Path) -> None:
    path = draw(1, seed=5, size=40, transparent=transparent)[0].save(tmp_path / "a.png")
    again = nijigen.recreate(path)
    assert again.same
    assert again.differences == []
    assert again.avatar.pixels.shape[2] == (4 if transparent else 3)


def test_calm_and_blinking_people_recreate() -> None:
    person = compose(7, expression="smile")
    people = [person, person.calmed(), person.blinking(), person.calmed().blinking()]
    drawn = [to_avatar(one, one.render(64)) for one in people]
    assert [len(avatar.certificate["edits"]) for avatar in drawn] == [0, 1, 1, 2]
    for one, avatar in zip(people, drawn, strict=True):
        assert read_character(avatar.certificate) == one
        assert (redraw(avatar.certificate)[0] == avatar.pixels).all()
    damaged = {**drawn[3].certificate, "edits": drawn[3].certificate["edits"][::-1]}
    with pytest.raises(NijigenError, match="damaged or of a newer"):
        redraw(damaged)


def test_another_illustrator_is_named_and_the_new_certificate_is_true(tmp_path: Path) -> None:
    drawn = draw(1, seed=5, size=16)[0]
    old = Avatar(drawn.pixels, {**drawn.certificate, "illustrator": "0"}).save(tmp_path / "old.png")
    again = nijigen.recreate(old)
    assert again.differences == ["illustrator was 0, is 1"]
    assert again.avatar.certificate == drawn.certificate


def test_calm_drawings_have_a_version_of_their_own(tmp_path: Path) -> None:
    person = compose(7).calmed()
    drawn = to_avatar(person, person.render(16))
    old = Avatar(drawn.pixels, {**drawn.certificate, "illustrator": "1, calm 1"}).save(tmp_path / "old.png")
    assert nijigen.recreate(old).differences == [f"illustrator was 1, calm 1, is 1, calm {CALM_VERSION}"]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": "x"},
        {"seed": -4},
        {"size": 10**9},
        {"attributes": {"hair": "plaid"}},
        {"attributes": "x"},
        {"size": float("inf")},
    ],
)
def test_a_damaged_certificate_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(NijigenError):
        redraw({**draw(1, size=16)[0].certificate, **change})


def test_a_sweep_is_one_person_with_every_value(tmp_path: Path) -> None:
    paths = draw_to_folder(tmp_path, 1, "alice", 32, {}, sweep="表情", sheet=True)
    values = SCHEMA["expression"].values
    assert [path.name for path in paths[:-1]] == [f"avatar-{i:04d}-{value}.png" for i, value in enumerate(values)]
    assert paths[-1].name == "sheet.png"
    drawn = [Avatar.open(path) for path in paths[:-1]]
    assert [one.attributes["expression"] for one in drawn] == list(values)
    others = [{name: word for name, word in one.attributes.items() if name != "expression"} for one in drawn]
    assert all(other == others[0] for other in others)
    assert all(nijigen.recreate(path).same for path in paths[:-1])


def test_svg_files_are_what_the_character_draws(tmp_path: Path) -> None:
    paths = draw_to_folder(tmp_path, 2, 7, 200, {"hair_color": "blue"}, kind="svg", transparent=True)
    for index, path in enumerate(paths):
        text = path.read_text(encoding="utf-8")
        assert text == compose(7 + index, hair_color="blue").svg(200, transparent=True)
        assert ElementTree.fromstring(text).get("width") == "200"


def test_svg_and_png_of_one_size_show_the_same(tmp_path: Path) -> None:
    from nijigen.illustrator.render import pixels, png

    (path,) = draw_to_folder(tmp_path, 1, 7, 96, {}, kind="svg")
    assert np.array_equal(pixels(png(path.read_text(encoding="utf-8")), 3), draw(1, 7, 96)[0].pixels)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"count": 0}, "count"),
        ({"size": 4}, "size"),
        ({"size": 5000}, "size"),
        ({"hair_color": "pinkish"}, "did you mean"),
        ({"seed": -1}, "seed"),
        ({"sweep": "moods"}, "moods"),
        ({"sweep": "tilt"}, "sweep"),
    ],
)
def test_wrong_input_is_named(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(NijigenError, match=named):
        draw(**arguments)  # type: ignore[arg-type]


def test_a_wrong_format_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match="--format"):
        draw_to_folder(tmp_path / "out", 1, 0, 32, {}, kind="gif")
    assert not (tmp_path / "out").exists()
