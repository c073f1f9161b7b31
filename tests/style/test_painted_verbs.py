"""``generate --style-image`` and what follows: the same pixels again, edits below the paint, one line for a mistake."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nijigen.avatar import Avatar, pixel_digest
from nijigen.engine.model import load
from nijigen.engine.recreate import recreate
from nijigen.images.png import read_png, write_png
from nijigen.style.record import KEY

Command = Callable[..., Any]
HERE = ("--device", "cpu", "--threads", "1")


@pytest.fixture
def folder(tmp_path: Path, network_file: Path, monkeypatch: pytest.MonkeyPatch, style: Image.Image) -> Path:
    """An empty place with two style pictures; the narrow network is VGG19 there."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "vgg19.safetensors").write_bytes(network_file.read_bytes())
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    style.save("s.png")
    style.resize((31, 20)).save("other.png")
    return tmp_path


@pytest.fixture
def painted(folder: Path, command: Command, tiny_run: Path) -> Path:
    """An avatar that was painted like s.png, the second of three."""
    asked = ("-n", 3, "--seed", 5, "--style-image", "s.png", "--style-steps", 6, "--out", "made", "--sheet", "--json")
    result = command("generate", "--model", tiny_run, *asked, "--style-weight", 100, *HERE)
    assert (result.code, result.err) == (0, "")
    found = json.loads(result.out)
    assert [Path(name).name for name in found["files"]] == [
        *(f"avatar-000{index}.png" for index in range(3)),
        "sheet.png",
    ]
    assert found["painted"]["styles"][0]["file"] == "s.png"
    assert found["painted"]["settings"]["steps"] == 6
    return folder / "made" / "avatar-0001.png"


def test_the_avatar_below_is_the_one_that_is_made_without_paint(painted: Path, tiny_run: Path) -> None:
    made, plain = Avatar.open(painted), load(tiny_run, "cpu", threads=1).generate(3, seed=5)[1]
    assert made.certificate[KEY]["of"] == pixel_digest(plain.pixels)
    assert made.attributes == plain.attributes
    assert made.pixels.shape == plain.pixels.shape
    assert (made.pixels != plain.pixels).any()


def test_the_same_pixels_again(painted: Path, command: Command) -> None:
    result = command("recreate", painted, "--style-image", "s.png", "--out", "again.png", "--device", "cpu")
    assert (result.code, result.out) == (0, "again.png: the same pixels\n")
    assert Path("again.png").read_bytes() == painted.read_bytes()


def test_again_after_it_was_enlarged_and_after_an_edit(painted: Path, command: Command) -> None:
    assert command("enlarge", painted, "large.png", "--method", "lanczos", "-q").code == 0
    again = recreate("large.png", style_image=["s.png"], device="cpu")
    assert (again.same, again.enlarged) == (True, True)
    words = (
        "--set",
        "expression=sad",
        "--style-image",
        "s.png",
        "--out",
        "edited.png",
        "--device",
        "cpu",
        "--threads",
        1,
    )
    result = command("edit", painted, *words)
    assert (result.code, result.err) == (0, "")
    edited = Avatar.open("edited.png")
    assert edited.attributes["expression"] == "sad"
    assert edited.certificate[KEY]["styles"] == Avatar.open(painted).certificate[KEY]["styles"]
    assert recreate("edited.png", style_image=["s.png"], device="cpu").same


@pytest.mark.parametrize(
    "arguments",
    [
        ["edit", "{}", "--set", "expression=sad", "--out", "o.png"],
        ["vary", "{}", "-n", "1", "--out", "o"],
        ["breed", "made/avatar-0000.png", "{}", "-n", "1", "--out", "o"],
        ["mix", "{}", "made/avatar-0002.png", "--layers", "all", "--share", "0.5", "--out", "o.png"],
        ["character", "{}", "--sweep", "expression", "--no-blink", "--out", "o"],
    ],
)
def test_what_is_made_of_it_is_made_of_the_avatar_below_and_that_is_said(
    arguments: list[str], painted: Path, command: Command
) -> None:
    result = command(*(str(painted) if word == "{}" else word for word in arguments), *HERE)
    assert result.code == 0, result
    assert f"{painted} was painted like a picture: what is made of it is made of the avatar below" in result.err
    files = [*Path().glob("o.png"), *Path("o").glob("avatar-*.png"), *Path("o", "frames").glob("*.png")]
    assert files
    for file in files:
        assert KEY not in Avatar.open(file).certificate
        assert recreate(file, device="cpu").same


def test_damage_is_told_from_another_machine(painted: Path) -> None:
    picture, facts = read_png(painted)
    assert facts is not None
    picture.putpixel((0, 0), (1, 2, 3, 255)[: len(picture.getbands())])
    changed = recreate(write_png("changed.png", picture, facts), style_image=["s.png"], device="cpu")
    assert not changed.same
    assert "changed.png itself was changed after it was made" in changed.differences
    facts[KEY]["machine"]["device"] = "abacus"
    facts[KEY]["of"] = "0" * 64
    other = recreate(write_png("elsewhere.png", picture, facts), style_image=["s.png"], device="cpu")
    assert "the avatar below the paint has other pixels" in other.differences
    assert any(line.startswith("painted: device was abacus, is cpu") for line in other.differences)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["recreate", "{}"], ["made/avatar-0001.png: it was painted like s.png (", "--style-image FILE"]),
        (["recreate", "{}", "--style-image", "other.png"], ["--style-image other.png", "another picture than s.png"]),
        (["recreate", "{}", "--style-image", "s.png", "--out", "s.png"], ["--out s.png is the picture"]),
        (["recreate", "plain.png", "--style-image", "s.png"], ["plain.png was not painted", "leave --style-image out"]),
        (["edit", "plain.png", "--set", "expression=sad", "--style-image", "s.png"], ["plain.png was not painted"]),
        (["edit", "{}", "--set", "expression=sad", "--style-image", "other.png"], ["another picture than s.png"]),
        (["generate", "-n", "1", "--style-weight", "3"], ["--style-weight is about --style-image"]),
        (["generate", "-n", "1", "--style-steps", "3"], ["--style-steps is about --style-image"]),
        (["generate", "-n", "1", "--style-image", "s.png", "--style-steps", "0"], ["--style-steps 0: use 1 to"]),
        (["generate", "-n", "1", "--style-image", "s.png", "--style-colours", "x"], ["--style-colours x"]),
        (["generate", "-n", "1", "--style-image", "s.png", "--style-weight", "-1"], ["--style-weight -1"]),
        (["generate", "-n", "1", "--style-image", "none.png"], ["cannot read none.png"]),
        (["generate", "-n", "1", "--style-image", "s.png", "--out", "."], ["--out .: s.png or others beside it"]),
    ],
)
def test_wrong_input(arguments: list[str], words: list[str], painted: Path, command: Command, tiny_run: Path) -> None:
    load(tiny_run, "cpu", threads=1).generate(1)[0].save("plain.png")
    before = {path: path.read_bytes() for path in painted.parents[1].glob("*.png")}
    more = ["--model", tiny_run] if arguments[0] == "generate" else []
    command(*("made/avatar-0001.png" if word == "{}" else word for word in arguments), *more).refused(*words)
    assert before == {path: path.read_bytes() for path in painted.parents[1].glob("*.png")}


def test_help_says_the_defaults(command: Command) -> None:
    from nijigen.style.brush import FOR_AVATARS

    said = " ".join(command("generate", "--help").out.replace("│", " ").split())
    for value in (f"{FOR_AVATARS.style_weight:g}", FOR_AVATARS.steps, FOR_AVATARS.colours):
        assert f"[default: {value}]" in said
