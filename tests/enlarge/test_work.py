"""Files and folders: what is read, what is written, what is left as it was."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nijigen.enlarge import work
from nijigen.enlarge.enlarger import Enlarger, open_enlarger
from nijigen.enlarge.work import enlarge_folder, enlarge_one
from nijigen.errors import NijigenError

PLAIN = Enlarger("lanczos")


def picture(path: Path, width: int = 6, height: int = 4, mode: str = "RGB", **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    image = Image.fromarray(pixels)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    image = image if mode in ("RGB", "I;16") else image.convert(mode)
    image.save(path, **options)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.png", "L"), ("a.png", "P"), ("a.png", "1"), ("a.png", "I;16"), ("a.jpg", "CMYK"), ("a.tif", "CMYK"),
     ("a.gif", "P"), ("a.bmp", "RGB"), ("a.webp", "RGBA")],
)  # fmt: skip
def test_any_picture_is_read(name: str, mode: str, tmp_path: Path) -> None:
    done = enlarge_one(PLAIN, picture(tmp_path / name, mode=mode), tmp_path / "out.png", 2)
    assert (done.size, done.notes, done.problem) == ((12, 8), [], "")
    with Image.open(tmp_path / "out.png") as image:
        assert (image.size, image.mode) == ((12, 8), "RGB")


def test_sixteen_bits_keep_their_tones(tmp_path: Path) -> None:
    Image.fromarray(np.full((5, 5), 200 * 257, np.uint16)).save(tmp_path / "a.png")
    enlarge_one(PLAIN, tmp_path / "a.png", tmp_path / "out.png", 2)
    assert np.asarray(Image.open(tmp_path / "out.png")).ravel().tolist() == [200] * 300


def test_a_turned_photograph_comes_out_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(tmp_path / "a.jpg", 16, 8, exif=exif.tobytes())
    enlarge_one(PLAIN, tmp_path / "a.jpg", tmp_path / "out.jpg", 2)
    with Image.open(tmp_path / "out.jpg") as image:
        assert image.size == (16, 32)
        assert image.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.tif"])
def test_of_several_frames_the_first_is_taken_and_that_is_said(name: str, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue", "red")]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    done = enlarge_one(PLAIN, tmp_path / name, tmp_path / "out.png", 2)
    assert done.notes == ["it has several frames: the first one alone"]
    red, green, blue = np.asarray(Image.open(tmp_path / "out.png").convert("RGB"))[4, 4].tolist()
    assert red > 230 > 30 > max(green, blue)


@pytest.mark.parametrize(("suffix", "kind"), [("png", "PNG"), ("webp", "WEBP"), ("jpg", "JPEG"), ("JPEG", "JPEG")])
def test_the_ending_decides_the_format(suffix: str, kind: str, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.new("RGBA", (8, 8), (200, 30, 60, 0)).save(source)
    done = enlarge_one(PLAIN, source, tmp_path / f"out.{suffix}", 2)
    with Image.open(tmp_path / f"out.{suffix}") as image:
        assert image.format == kind
        assert image.size == (16, 16)
        if kind == "JPEG":
            assert done.notes == ["jpg has no transparency: laid on white"]
            assert image.getpixel((8, 8)) == (255, 255, 255)
        else:
            assert done.notes == []
            assert image.getpixel((8, 8)) == (0, 0, 0, 0)


def test_a_side_too_long_for_the_format(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.png", 8192, 1)
    with pytest.raises(NijigenError, match=r"16384x2 pixels do not fit into webp: write a .png"):
        enlarge_one(PLAIN, source, tmp_path / "out.webp", 2)
    assert not (tmp_path / "out.webp").exists()


def test_what_would_be_too_large_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MAX_PIXELS", 1600)
    source = picture(tmp_path / "a.png", 20, 20)
    assert enlarge_one(PLAIN, source, tmp_path / "out.png", 2).size == (40, 40)
    with pytest.raises(
        NijigenError, match=r"a.png: too_large: 20x20 pixels are more than 100 \(the most for --scale 4"
    ):
        enlarge_one(PLAIN, source, tmp_path / "out.png", 4)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(30)])
def test_a_broken_picture_leaves_nothing(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(NijigenError, match=r"a.png: (empty|corrupt): "):
        enlarge_one(PLAIN, tmp_path / "a.png", tmp_path / "out.png", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_folder_is_mirrored(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    for name in ("a.png", "b/c.JPG", "b/d/e.webp", "f.gif", "g.bmp"):
        picture(source / name)
    (source / "notes.txt").write_text("no picture")
    picture(source / ".hidden.png")
    rows = enlarge_folder(PLAIN, source, out, 2)
    assert sorted(contents(out)) == ["a.png", "b/c.JPG", "b/d/e.webp", "f.gif.png", "g.bmp.png"]
    assert [row.file for row in rows] == [
        str(source / name) for name in ("a.png", "b/c.JPG", "b/d/e.webp", "f.gif", "g.bmp")
    ]
    assert {row.size for row in rows} == {(12, 8)}


def test_run_again_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    for index in range(5):
        picture(source / f"{index}.png", 6 + index)
    seen: list[str] = []
    write = work.write_bytes

    def killed(path: Path, data: bytes) -> Path:
        seen.append(path.name)
        if len(seen) == 3:
            (out / ".2.png.0123456789ab.part").write_bytes(data[:20])  # what a kill leaves
            raise KeyboardInterrupt
        return write(path, data)

    monkeypatch.setattr(work, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        enlarge_folder(PLAIN, source, out, 2)
    before = contents(out)
    assert len(before) == 3
    monkeypatch.setattr(work, "write_bytes", lambda path, data: seen.append(path.name) or write(path, data))
    rows = enlarge_folder(PLAIN, source, out, 2)
    assert [row.there for row in rows] == [True, True, False, False, False]
    assert seen == ["0.png", "1.png", "2.png", "2.png", "3.png", "4.png"]
    assert sorted(contents(out)) == [f"{index}.png" for index in range(5)]
    assert all(row.there for row in enlarge_folder(PLAIN, source, out, 2))


@pytest.mark.parametrize("spoil", ["truncated", "other size", "older"])
def test_what_is_not_whole_is_made_again(spoil: str, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    picture(source / "a.png")
    picture(source / "b.png")
    enlarge_folder(PLAIN, source, out, 2)
    good = contents(out)
    if spoil == "truncated":
        (out / "a.png").write_bytes(good["a.png"][:60])
    elif spoil == "other size":
        picture(out / "a.png")
    else:
        long_ago = time.time() - 3600
        os.utime(out / "a.png", (long_ago, long_ago))
    assert [row.there for row in enlarge_folder(PLAIN, source, out, 2)] == [False, True]
    assert contents(out) == good


def test_a_broken_picture_is_counted_and_the_rest_made(tmp_path: Path) -> None:
    source = tmp_path / "in"
    picture(source / "a.png")
    (source / "b.png").write_bytes(b"nothing")
    (source / "c").symlink_to(tmp_path)
    rows = enlarge_folder(PLAIN, source, tmp_path / "out", 2)
    problems = {Path(row.file).name: row.problem for row in rows if row.problem}
    assert problems == {"b.png": "corrupt: not a readable picture", "c": "a link to a folder is not followed"}
    assert list(contents(tmp_path / "out")) == ["a.png"]


def test_nothing_worked(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    with pytest.raises(NijigenError, match="holds no pictures"):
        enlarge_folder(PLAIN, source, tmp_path / "out", 2)
    (source / "a.png").write_bytes(b"nothing")
    with pytest.raises(NijigenError, match=r"none of the 1 pictures in .* the first: .*a.png: corrupt"):
        enlarge_folder(PLAIN, source, tmp_path / "out", 2)


def test_no_picture_of_the_folder_is_overwritten_from_above(tmp_path: Path) -> None:
    first = picture(tmp_path / "in" / "a.png")
    picture(tmp_path / "in" / "in" / "a.png", 9, 9)  # whose place is that of the first
    before = first.read_bytes()
    rows = enlarge_folder(PLAIN, tmp_path / "in", tmp_path, 2)
    assert ["never overwritten" in row.problem for row in rows] == [False, True]
    assert first.read_bytes() == before


def test_with_a_network_it_is_the_networks_picture(tmp_path: Path, plain_networks: dict[str, Path]) -> None:
    source = picture(tmp_path / "in" / "a.png").parent
    enlarge_folder(open_enlarger("vgg7", "cpu"), source, tmp_path / "out", 4)
    made = np.asarray(Image.open(tmp_path / "out" / "a.png"))
    assert (made == np.asarray(Image.open(source / "a.png")).repeat(4, 0).repeat(4, 1)).all()


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    try:
        Path(os.fsdecode(os.fsencode(source) + b"/\xff.png")).write_bytes(picture(tmp_path / "a.png").read_bytes())
    except OSError:
        pytest.skip("this file system takes no such names")
    (row,) = enlarge_folder(PLAIN, source, tmp_path / "out", 2)
    assert row.file.endswith("\\xff.png")
    assert len(contents(tmp_path / "out")) == 1
