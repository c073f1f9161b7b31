"""``nijigen style --fast``: right input reports, wrong input is one line and exit code 2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Command = Callable[..., Any]
FAST = ("--fast", "brush", "--threads", "1", "--device", "cpu")


@pytest.fixture
def place(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Image.linear_gradient("L").resize((40, 32)).convert("RGB").save("a.png")
    Image.radial_gradient("L").resize((24, 24)).convert("RGB").save("s.png")
    return tmp_path


def test_one_picture(command: Command, place: Path) -> None:
    result = command("style", "a.png", "s.png", "out.png", *FAST)
    assert (result.code, result.err) == (0, "")
    assert result.out == "out.png: 40x32 pixels, painted in one pass by brush\n"
    with Image.open("out.png") as image:
        assert (image.size, image.mode) == ((40, 32), "RGB")
    first = (place / "out.png").read_bytes()
    assert command("style", "a.png", "s.png", "out.png", *FAST).code == 0
    assert (place / "out.png").read_bytes() == first  # the same again


def test_several_styles_and_json(command: Command, place: Path) -> None:
    many = ("style", "a.png", "s.png", "a.png", "out.webp", *FAST, "--json", "--style-mix", "0.7,0.3")
    result = command(*many, "--size", "20", "--strength", "0.5", "--colours", "content")
    assert (result.code, result.err) == (0, "")
    found = json.loads(result.out)
    assert (found["size"], found["settings"]["mix"], found["settings"]["strength"]) == ([20, 16], [0.7, 0.3], 0.5)
    assert (found["model"]["name"], found["model"]["family"], len(found["model"]["digest"])) == ("brush", "adaattn", 64)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "CMYK", "RGBA", "I;16"])
def test_pictures_of_every_mode(command: Command, place: Path, mode: str) -> None:
    name = "in.jpg" if mode == "CMYK" else "in.png"
    image = Image.new("RGB", (20, 12), (200, 100, 50))
    (Image.new("I;16", (20, 12), 9000) if mode == "I;16" else image.convert(mode)).save(name)
    assert command("style", name, name, "out.png", *FAST, "-q").code == 0
    with Image.open("out.png") as made:
        assert made.size == (20, 12)


def test_one_pixel_exif_and_an_animation(command: Command, place: Path) -> None:
    Image.new("RGB", (1, 1), "red").save("dot.png")
    assert command("style", "dot.png", "dot.png", "out.png", *FAST, "-q").code == 0
    exif = Image.Exif()
    exif[0x013B], exif[0x0112] = "Ada", 6
    Image.new("RGB", (20, 10), "red").save("e.jpg", exif=exif)
    for out in ("o.png", "o.webp", "o.jpg"):
        assert command("style", "e.jpg", "s.png", out, *FAST, "-q").code == 0
        with Image.open(out) as image:
            assert (dict(image.getexif()), image.size) == ({0x013B: "Ada"}, (10, 20))
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    result = command("style", "moving.gif", "s.png", "out.png", *FAST)
    assert result.code == 0
    assert "several frames: the first one alone" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.png", "s.png", "o.png"], ["cannot read none.png"]),
        (["a.png", "bad.png", "o.png"], ["bad.png: corrupt"]),
        (["a.png", "s.png", "o.txt"], ["o.txt", ".png, .webp, .jpg"]),
        (["a.png", "s.png", "a.png"], ["a.png is one of the pictures given"]),
        (["a.png", "s.png", "o.png", "--strength", "2"], ["--strength 2: use 0"]),
        (["a.png", "s.png", "o.png", "--style-mix", "1,2"], ["--style-mix has 2 shares for 1 styles"]),
        (["a.png", "s.png", "o.png", "--steps", "9"], ["--steps is of painting step by step", "--fast"]),
        (["a.png", "s.png", "o.png", "--style-weight", "9"], ["--style-weight is of"]),
        (["a.png", "s.png", "o.png", "--mask", "s.png"], ["--mask is of"]),
        (["a.png", "s.png", "o.png", "--pooling", "max"], ["--pooling is of"]),
        (["a.png", "s.png", "o.png", "--sweep", "3"], ["--sweep is of"]),
        (["a.png", "s.png", "o.png", "--fast", "nobody"], ["nobody"]),
        (["a.png", "s.png", "o.png", "--fast", "bad.safetensors"], ["bad.safetensors", "damaged"]),
        (["a.png", "s.png", "o.png", "--fast", "chibi"], ["--fast chibi makes avatars", "nijigen generate --model"]),
    ],
)
def test_wrong_input(arguments: list[str], words: list[str], command: Command, place: Path) -> None:
    (place / "bad.png").write_bytes(b"x")
    (place / "bad.safetensors").write_bytes(b"x")
    before = sorted(place.rglob("*"))
    fast = () if "--fast" in arguments else FAST
    command("style", *arguments, *fast).refused(*words)
    assert sorted(place.rglob("*")) == before


def test_strength_without_a_painter(command: Command, place: Path) -> None:
    command("style", "a.png", "s.png", "o.png", "--strength", "0.5").refused("--strength", "--fast", "--style-weight")


def test_a_missing_vgg_is_named(command: Command, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(place))
    said = command("style", "a.png", "s.png", "o.png", *FAST)
    said.refused("VGG19", "put vgg19-caffe-to-conv3_4.safetensors into")
