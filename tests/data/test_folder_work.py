"""Folders and zips picture by picture: names, what is never overwritten, and what goes on though one picture is bad."""

import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from nijigen.data.folder_work import Done, Taken, check_folders, each_picture, newer, target_of, written_name
from nijigen.errors import NijigenError


def picture(path: Path, colour: str = "pink") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), colour).save(path)
    return path


def test_where_one_picture_goes(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.bmp")
    assert target_of(source, tmp_path / "b.webp", "it") == tmp_path / "b.webp"
    (tmp_path / "folder").mkdir()
    assert target_of(source, tmp_path / "folder", "it") == tmp_path / "folder" / "a.bmp.png"
    with pytest.raises(NijigenError, match=r"b.gif: the name .* ends in .png, .webp, .jpg"):
        target_of(source, tmp_path / "b.gif", "it")


def test_the_picture_itself_is_never_overwritten(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.png")
    (tmp_path / "other.png").symlink_to(source)
    os.link(source, tmp_path / "hard.png")
    for name in ("a.png", "other.png", "hard.png", "."):
        with pytest.raises(NijigenError, match="is the picture itself, which is never overwritten"):
            target_of(source, tmp_path / name, "it")


def test_folders_that_would_mix(tmp_path: Path) -> None:
    source = picture(tmp_path / "in" / "a.png").parent
    for out in (source, source / "large", tmp_path / "in" / ".." / "in"):
        with pytest.raises(NijigenError, match="choose a folder beside it"):
            check_folders(source, out, "enlarged")
    with pytest.raises(NijigenError, match="is a file"):
        check_folders(source, picture(tmp_path / "x.png"), "enlarged")
    check_folders(source, tmp_path / "inside", "enlarged")
    check_folders(source, tmp_path, "enlarged")


def copied(taken: Taken, target: Path) -> Done:
    """What a verb does, in short: a picture whose bytes end in ``bad`` cannot be used."""
    if taken.data.endswith(b"bad"):
        raise NijigenError("it is bad")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(taken.data)
    return Done(taken.name, str(target), (6, 4))


def test_a_zip_is_as_good_as_a_folder(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "x" / "a.png")
    picture(tmp_path / "in" / "b.bmp", "red")
    (tmp_path / "in" / "c.png").write_bytes(b"bad")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for path in sorted((tmp_path / "in").rglob("*.*")):
            archive.write(path, path.relative_to(tmp_path / "in"))
        archive.writestr("../out-of-it.png", b"x")
    found = {}
    for source in ("in", "in.zip"):
        rows = each_picture(tmp_path / source, tmp_path / f"out-of-{source}", copied, "copying", "copied", quiet=True)
        found[source] = [(Path(row.file).name, row.problem) for row in rows if "out-of-it" not in row.file]
        out = tmp_path / f"out-of-{source}"
        assert (out / "x" / "a.png").read_bytes() == (tmp_path / "in" / "x" / "a.png").read_bytes()
        assert (out / "b.bmp.png").is_file()
    assert found["in"] == found["in.zip"] == [("b.bmp", ""), ("c.png", "it is bad"), ("a.png", "")]
    assert not (tmp_path / "out-of-it.png").exists()


def test_a_damaged_member_of_a_zip_is_a_row(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("a.png", b"1" * 100)
        archive.writestr("b.png", b"2" * 100)
    data = (tmp_path / "in.zip").read_bytes()
    (tmp_path / "in.zip").write_bytes(data.replace(b"1" * 100, b"3" * 100))
    rows = each_picture(tmp_path / "in.zip", tmp_path / "out", copied, "copying", "copied", quiet=True)
    assert [bool(row.problem) for row in rows] == [True, False]
    assert "corrupt: the zip member is damaged" in rows[0].problem


def test_nothing_at_all_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(NijigenError, match=r"in holds no pictures: give a picture, or a folder or zip of them"):
        each_picture(tmp_path / "in", tmp_path / "out", copied, "copying", "copied", quiet=True)
    (tmp_path / "in" / "c.png").write_bytes(b"bad")
    with pytest.raises(NijigenError, match=r"none of the 1 pictures in .* could be copied, the first: .*it is bad"):
        each_picture(tmp_path / "in", tmp_path / "out", copied, "copying", "copied", quiet=True)


def test_newer_is_as_new_or_newer(tmp_path: Path) -> None:
    before, after = picture(tmp_path / "a.png"), picture(tmp_path / "b.png")
    os.utime(before, (1000, 1000))
    os.utime(after, (1000, 1000))
    assert newer(after, before)
    os.utime(after, (999, 999))
    assert not newer(after, before)
    assert not newer(tmp_path / "none.png", before)


def test_names_that_are_not_written_get_another_ending() -> None:
    assert [written_name(name) for name in ("a.jpg", "a.bmp", "a")] == ["a.jpg", "a.bmp.png", "a.png"]
    assert written_name("a.gif", lambda name: name.endswith(".gif")) == "a.gif"
