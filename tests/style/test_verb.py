"""``nijigen style``: right input reports, wrong input is one line and exit code 2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Command = Callable[..., Any]
QUICK = ("--steps", "2", "--scales", "1", "--threads", "1", "--device", "cpu")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Image.Image, style: Image.Image) -> Path:
    monkeypatch.chdir(tmp_path)
    content.save("a.png")
    style.save("s.png")
    Image.new("L", (9, 9), 255).save("mask.png")
    return tmp_path


def test_one_picture(command: Command, place: Path, network_file: Path) -> None:
    result = command("style", "a.png", "s.png", "out.png", *QUICK, "--network", network_file)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("out.png: 40x32 pixels; distance to the style ")
    with Image.open("out.png") as image:
        assert (image.size, image.mode) == ((40, 32), "RGB")


def test_several_styles_masks_and_json(command: Command, place: Path, network_file: Path) -> None:
    many = ("style", "a.png", "s.png", "a.png", "out.webp", *QUICK, "--network", network_file, "--json")
    result = command(*many, "--style-mix", "0.7,0.3", "--mask", "mask.png", "--colours", "content", "--size", "20")
    assert (result.code, result.err) == (0, "")
    found = json.loads(result.out)
    assert (found["size"], found["settings"]["mix"], len(found["network"]["sha256"])) == ([20, 16], [0.7, 0.3], 64)
    assert found["scales"] == [{"size": [20, 16], "steps": 2}]
    assert set(found["before"]) == set(found["after"]) == {"content", "style", "tv"}
    assert "stretched" in found["notes"][0]


def test_exif_of_the_content_stays_in_every_format(command: Command, place: Path, network_file: Path) -> None:
    exif = Image.Exif()
    exif[0x013B], exif[0x0112] = "Ada", 3
    Image.new("RGB", (20, 10), "red").save("e.jpg", exif=exif)
    for out in ("o.png", "o.webp", "o.jpg"):
        assert command("style", "e.jpg", "s.png", out, *QUICK, "--network", network_file, "-q").code == 0
        with Image.open(out) as image:
            assert dict(image.getexif()) == {0x013B: "Ada"}


def test_preview_and_notes(command: Command, place: Path, network_file: Path) -> None:
    from nijigen.illustrator.drawing import draw

    draw(1, seed=1, size=32)[0].save("avatar.png")
    arguments = ("style", "avatar.png", "s.png", "o.png", *QUICK, "--network", network_file)
    result = command(*arguments, "--preview", "way.gif", "--every", "1", "--start", "noise")
    assert result.code == 0
    assert "birth certificate stays with it" in result.err
    assert result.out.splitlines()[1] == "way.gif: the way there"
    with Image.open("way.gif") as film:
        assert film.is_animated


def test_a_strip(command: Command, place: Path, network_file: Path) -> None:
    result = command(
        "style", "a.png", "s.png", "strip.png", "--sweep", "2", *QUICK, "--network", network_file, "--json"
    )
    assert (result.code, result.err) == (0, "")
    found = json.loads(result.out)
    assert [row["style_weight"] for row in found["pictures"]] == sorted(
        row["style_weight"] for row in found["pictures"]
    )
    with Image.open("strip.png") as image:
        assert image.width > 4 * 40


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.png", "s.png", "o.png"], ["cannot read none.png"]),
        (["a.png", "bad.png", "o.png"], ["bad.png: corrupt"]),
        (["a.png", "s.png", "o.txt"], ["o.txt", ".png, .webp, .jpg"]),
        (["a.png", "s.png", "a.png"], ["a.png is one of the pictures given"]),
        (["a.png", "s.png", "o.png", "--mask", "s.png", "--preview", "s.png"], ["s.png is one of the pictures"]),
        (["a.png", "s.png", "o.png", "--mask", "black.png"], ["--mask black.png is black everywhere"]),
        (["a.png", "s.png", "o.png", "--style-mix", "1,2"], ["--style-mix has 2 shares for 1 styles"]),
        (["a.png", "s.png", "o.png", "--network", "bad.png"], ["bad.png is damaged"]),
        (["a.png", "s.png", "o.jpg", "--sweep", "3"], ["o.jpg: the strip of --sweep is a .png"]),
        (["a.png", "s.png", "o.png", "--sweep", "3", "--preview", "w.webp"], ["--preview", "--sweep", "choose one"]),
        (["a.png", "s.png", "o.png", "--preview", "o.png"], ["--preview o.png is the painted picture itself"]),
        (["a.png", "s.png", "o.png", "--device", "abacus"], ["--device abacus"]),
        (["a.png", "s.png", "o.png"], ["put vgg19-caffe-to-conv3_4.safetensors into", "--network FILE"]),
        (["a.png", "o.png"], ["Missing argument", "--help"]),
    ],
)
def test_wrong_input(
    arguments: list[str], words: list[str], command: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIJIGEN_HOME", str(place / "home"))
    monkeypatch.delenv("NIJIGEN_WEIGHTS", raising=False)
    (place / "bad.png").write_bytes(b"x")
    Image.new("L", (9, 9)).save("black.png")
    before = sorted(place.rglob("*"))
    command("style", *arguments).refused(*words)
    assert sorted(place.rglob("*")) == before


def test_help_has_examples(command: Command) -> None:
    result = command("style", "--help")
    assert result.code == 0
    assert "nijigen style" in result.out
    assert "--colours" in result.out


def test_what_does_not_fit_is_refused_before_anything_is_computed(
    command: Command, place: Path, network_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nijigen.style import scales

    monkeypatch.setattr(scales, "free_bytes", lambda device: 2**22)
    arguments = ("style", "a.png", "s.png", "o.png", *QUICK, "--network", network_file)
    command(*arguments, "--size", "4096").refused("4096x3277 pixels need about", "use --size ")
    command(*arguments, "--style-size", "4096", "--size", "32").refused("4096x4096", "use --style-size ")


def test_an_exif_block_too_large_for_a_jpeg_is_left_out(command: Command, place: Path, network_file: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "x" * 70_000
    Image.new("RGB", (20, 10), "red").save("e.png", exif=exif)
    result = command("style", "e.png", "s.png", "o.jpg", *QUICK, "--network", network_file)
    assert result.code == 0
    assert "does not fit into a jpg" in result.err
