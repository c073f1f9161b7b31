"""``nijigen enlarge``: right input reports, wrong input is one line and exit code 2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nijigen.avatar import Avatar

Command = Callable[..., Any]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "many/b.png", "many/c/d.jpg"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4), "pink").save(name)
    return tmp_path


def test_one_picture(command: Command, place: Path, plain_networks: dict[str, Path]) -> None:
    result = command("enlarge", "a.png", "large.png", "--scale", "4", "--threads", "1", "--device", "cpu")
    assert (result.code, result.err) == (0, "")
    assert result.out == "large.png: 24x16 pixels, enlarged 4 times by upconv7\n"
    with Image.open("large.png") as image:
        assert image.size == (24, 16)


def test_a_folder_twice(command: Command, place: Path, plain_networks: dict[str, Path]) -> None:
    (place / "many" / "bad.png").write_bytes(b"x")
    first = command("enlarge", "many", "large", "--method", "vgg7")
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines() == [
        "many/bad.png: left out (corrupt: not a readable picture)",
        "large: 2 enlarged 2 times by vgg7; 1 left out",
    ]
    again = command("enlarge", "many", "large", "--method", "vgg7")
    assert again.out.splitlines()[-1] == "large: 0 enlarged 2 times by vgg7; 2 were there already; 1 left out"


def test_json(command: Command, place: Path, plain_networks: dict[str, Path]) -> None:
    (place / "many" / "bad.png").write_bytes(b"x")
    found = json.loads(command("enlarge", "many", "large", "--json").out)
    assert (found["method"], found["scale"], found["notes"], len(found["weights"])) == ("upconv7", 2, [], 64)
    assert found["pictures"][0] == {
        "file": "many/b.png", "out": "large/b.png", "size": [12, 8], "there": False, "notes": [], "problem": "",
    }  # fmt: skip
    assert found["pictures"][1]["problem"] == "corrupt: not a readable picture"


def test_without_weights_lanczos_is_said(command: Command, place: Path, no_networks: None) -> None:
    result = command("enlarge", "a.png", "large.webp")
    assert result.code == 0
    assert result.err.startswith("enlarging by Lanczos, without a network: waifu2x-upconv7 is not here: put ")
    assert result.err.count("\n") == 1
    assert result.out == "large.webp: 12x8 pixels, enlarged 2 times by lanczos\n"
    found = json.loads(command("enlarge", "a.png", "large.webp", "--json").out)
    assert found["method"] == "lanczos"
    assert "is not here" in found["notes"][0]
    quiet = command("enlarge", "a.png", "large.webp", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_an_avatar_enlarged_and_made_again(command: Command, place: Path) -> None:
    command("draw", "-n", "1", "--size", "32", "--out", "drawn")
    command("enlarge", "drawn/avatar-0000.png", "large.png", "--method", "lanczos")
    assert Avatar.open("large.png").pixels.shape == (64, 64, 3)
    again = command("recreate", "large.png")
    assert again.code == 0
    assert again.out.splitlines() == [
        "again.png: the same pixels as before it was enlarged",
        "large.png was enlarged 2 times by lanczos after it was made",
    ]
    assert Path("again.png").read_bytes() == Path("drawn/avatar-0000.png").read_bytes()
    assert "method=lanczos" in command("show", "large.png").out
    lost = command("enlarge", "drawn/avatar-0000.png", "large.jpg", "--method", "lanczos")
    assert lost.out.startswith("large.jpg: jpg keeps no birth certificate: .png and .webp do\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.png", "b.png"], ["missing.png does not exist"]),
        (["a.png", "b.gif"], ["b.gif", ".png, .webp, .jpg"]),
        (["a.png", "a.png"], ["a.png is the picture itself"]),
        (["a.png", "b.png", "--scale", "3"], ["--scale 3", "2 or 4"]),
        (["a.png", "b.png", "--method", "upconv"], ["--method upconv", "did you mean upconv7"]),
        (["a.png", "b.png", "--method", "vgg7"], ["waifu2x-vgg7 is not here"]),
        (["a.png", "b.png", "--device", "abacus"], ["--device abacus"]),
        (["a.png", "b.png", "--threads", "0"], ["--threads 0"]),
        (["many", "many"], ["choose a folder beside it"]),
        (["many", "a.png"], ["a.png is a file"]),
        (["a.png"], ["OUT", "--help"]),
    ],
)
def test_wrong_input(arguments: list[str], words: list[str], command: Command, place: Path, no_networks: None) -> None:
    before = sorted(place.rglob("*"))
    command("enlarge", *arguments).refused(*words)
    assert sorted(place.rglob("*")) == before


def test_nothing_worked(command: Command, place: Path) -> None:
    (place / "bad").mkdir()
    (place / "bad" / "x.png").write_bytes(b"x")
    command("enlarge", "bad", "large", "--method", "lanczos").refused("none of the 1 pictures in bad", "corrupt")
    command("enlarge", "bad/x.png", "large.png", "--method", "lanczos").refused("bad/x.png: corrupt")


def test_help_has_examples(command: Command) -> None:
    result = command("enlarge", "--help")
    assert result.code == 0
    assert "nijigen enlarge" in result.out
    assert "--method" in result.out
