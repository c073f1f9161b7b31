"""``nijigen stylize``: right input reports, wrong input is one line and exit code 2; folders go on, animations move."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Command = Callable[..., Any]


def picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (24, 16), **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    image = Image.fromarray(pixels)
    (image if mode == "RGB" else image.convert(mode)).save(path, **options)
    return path


def moving(path: Path, frames: int = 4) -> Path:
    shown = [Image.new("RGBA", (24, 16), (60 * index, 90, 200 - 40 * index, 255)) for index in range(frames)]
    for frame in shown:
        frame.paste((0, 0, 0, 0), (0, 0, 12, 8))
    durations = [100 + 50 * index for index in range(frames)]
    options = {"disposal": 2} if path.suffix == ".gif" else {"lossless": True} if path.suffix == ".webp" else {}
    shown[0].save(path, save_all=True, append_images=shown[1:], duration=durations, loop=0, **options)
    return path


@pytest.fixture
def stylize(command: Command, narrow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """``nijigen stylize ARGUMENTS`` by the small network, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Any:
        more = () if "--style" in arguments else ("--style", narrow)
        face = () if "--face" in arguments else ("--face", "whole")
        return command("stylize", *arguments, *more, *face, "--threads", "1", "--device", "cpu")

    return run


@pytest.mark.parametrize(
    ("name", "mode", "size"),
    [("a.png", "L", (24, 16)), ("a.png", "P", (24, 16)), ("a.png", "1", (9, 5)), ("a.jpg", "CMYK", (24, 16)),
     ("a.gif", "P", (24, 16)), ("a.bmp", "RGB", (1, 1)), ("a.png", "RGB", (1, 40)), ("a.webp", "RGBA", (24, 16))],
)  # fmt: skip
def test_any_picture_is_drawn(name: str, mode: str, size: tuple[int, int], stylize: Command) -> None:
    picture(Path(name), mode, size)
    done = stylize(name, "out.png")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"out.png: {size[0]}x{size[1]} pixels, drawn by ")
    with Image.open("out.png") as image:
        assert (image.size, image.mode) == (size, "RGB")


def test_exif_is_kept_and_the_turn_taken(stylize: Command) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "harbour"
    picture(Path("a.jpg"), exif=exif.tobytes())
    assert stylize("a.jpg", "out.jpg").code == 0
    with Image.open("out.jpg") as image:
        assert image.size == (16, 24)
        assert (image.getexif().get(0x010E), image.getexif().get(0x0112)) == ("harbour", None)


def test_a_folder_twice(stylize: Command) -> None:
    picture(Path("many/a.png"))
    picture(Path("many/below/b.jpg"))
    moving(Path("many/c.gif"))
    picture(Path("many/still.gif"), "P")
    Path("many/bad.png").write_bytes(b"x")
    first = stylize("many", "out")
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[0] == "many/bad.png: left out (corrupt: not a readable picture)"
    assert "out: 4 drawn by " in first.out
    assert first.out.endswith("; 1 left out\n")
    written = sorted(str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file())
    assert [name for name in written if not Path(name).name.startswith(".")] == [
        "a.png", "below/b.jpg", "c.gif", "still.gif.png", "stylize.json",
    ]  # fmt: skip
    with Image.open("out/c.gif") as image:
        assert image.n_frames == 4  # type: ignore[attr-defined]
    Path("out/a.png").unlink()
    again = stylize("many", "out").out
    assert "out: 1 drawn by " in again
    assert again.endswith("; 3 were there already; 1 left out\n")
    stylize("many", "out", "--strength", "0.5").refused("out holds pictures drawn otherwise (strength 1.0)", "another")


def test_a_zip(stylize: Command) -> None:
    picture(Path("a.png"))
    with zipfile.ZipFile("many.zip", "w") as archive:
        archive.write("a.png", "x/a.png")
        archive.writestr("x/bad.png", b"x")
    found = json.loads(stylize("many.zip", "out", "--json").out)
    assert [(row["file"], row["size"], row["problem"]) for row in found["pictures"]] == [
        ("many.zip/x/a.png", [24, 16], ""),
        ("many.zip/x/bad.png", [0, 0], "corrupt: not a readable picture"),
    ]
    assert stylize("many.zip", "out").out.endswith("; 1 were there already; 1 left out\n")


@pytest.mark.parametrize("source", ["a.gif", "a.webp", "a.png"])
@pytest.mark.parametrize("out", ["out.gif", "out.webp", "out.png"])
def test_what_moves_goes_on_moving(source: str, out: str, stylize: Command) -> None:
    moving(Path(source))
    assert stylize(source, out).code == 0
    with Image.open(out) as image:
        durations = []
        for index in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(index)
            image.load()
            durations.append(image.info["duration"])
            alpha = np.asarray(image.convert("RGBA"))[..., 3]
            assert not alpha[:8, :12].any()
            assert (alpha[8:] == 255).all()
    assert durations == [100, 150, 200, 250]


def test_what_moves_becomes_a_film(stylize: Command) -> None:
    pytest.importorskip("av", reason="PyAV is not installed: the extra [video]")
    moving(Path("a.webp"))
    assert stylize("a.webp", "out.mp4").out == f"out.mp4: 24x16 pixels, drawn by {stylize_name()}\n"


def stylize_name() -> str:
    import sys

    return sys.argv[sys.argv.index("--style") + 1]


def test_a_folder_to_write_to(stylize: Command) -> None:
    Path("out").mkdir()
    picture(Path("a.tif"))
    assert stylize("a.tif", "out").out.startswith("out/a.tif.png: 24x16 pixels")


REFUSED: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("no.png", "out.png"), ("no.png does not exist", "a folder or zip")),
    (("bad.png", "out.png"), ("bad.png: corrupt",)),
    (("empty.png", "out.png"), ("empty.png: empty",)),
    (("moving.gif", "out.jpg"), ("moving.gif is animated", "out.jpg", ".gif, .png")),
    (("a.png", "out.gif"), ("out.gif", ".png, .webp")),
    (("a.png", "out.txt"), ("out.txt", ".png, .webp")),
    (("a.png", "a.png"), ("a.png is the picture itself",)),
    (("many", "many/out"), ("many/out lies in many",)),
    (("many", "a.png"), ("a.png is a file", "many is a folder")),
    (("none", "out"), ("none holds no pictures",)),
    (("bad", "out"), ("none of the 1 pictures in bad could be drawn", "bad/b.png: corrupt")),
    (("bad.mp4", "out.mp4"), ("bad.mp4 is damaged or no film",)),
    (("bad.mp4", "out.png"), ("bad.mp4 is a film", ".mp4 or .webm")),
    (("a.png", "out.png", "--strength", "2"), ("--strength 2",)),
    (("a.png", "out.png", "--size", "big"), ("--size big", "keep")),
    (("a.png", "out.png", "--face", "pate"), ("--face pate", "did you mean paste")),
    (
        ("a.png", "out.png", "--style", "cartoongan-hayo"),
        ("hayo (did you mean cartoongan-hayao?)",),
    ),
    (("a.png", "out.png", "--style", "a.png"), ("--style a.png is no translator", "cartoongan-hayao")),
    (("a.png", "out.png", "--style", "none"), ("--style none is no translator",)),
    (("a.png", "out.png", "--style", "cartoongan-hayao"), ("cartoongan-hayao is not here", "NIJIGEN_WEIGHTS")),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_what_cannot_be_is_one_line(
    arguments: tuple[str, ...], words: tuple[str, ...], stylize: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NIJIGEN_WEIGHTS", raising=False)
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    picture(Path("a.png"))
    picture(Path("many/a.png"))
    moving(Path("moving.gif"))
    Path("none").mkdir()
    Path("bad").mkdir()
    for name in ("bad.png", "bad.mp4", "bad/b.png"):
        Path(name).write_bytes(b"nothing to be seen here")
    Path("empty.png").touch()
    if "mp4" in arguments[0]:
        pytest.importorskip("av", reason="PyAV is not installed: the extra [video]")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    stylize(*arguments).refused(*words)
    after = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and path.parts[0] != "out"}
    assert before == after
