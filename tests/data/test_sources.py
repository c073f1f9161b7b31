import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from nijigen.data.sources import FolderSource, open_source
from nijigen.errors import NijigenError
from nijigen.files import printable


def names(listing):
    return [entry.name for entry in listing.pictures]


def test_a_nested_folder_is_listed_sorted(folder):
    path = folder({"b/2.png": "x", "b/a/1.JPG": "x", "z.webp": "x", "notes.txt": "x", "b/list.xml": "x"})
    listing = open_source(path).listing()
    assert names(listing) == ["b/2.png", "b/a/1.JPG", "z.webp"]
    assert listing.ignored == 2


def test_a_zip_lists_the_same_as_its_folder(folder, packed):
    files = {"b/2.png": "x", "b/a/1.JPG": "x", "metadata.csv": "file_name\n", "notes.txt": "x"}
    one, other = open_source(folder(files)).listing(), open_source(packed(files)).listing()
    assert names(one) == names(other)
    assert [entry.name for entry in one.metadata] == [entry.name for entry in other.metadata] == ["metadata.csv"]
    assert one.ignored == other.ignored == 1


def test_what_systems_leave_behind_is_no_picture(folder, packed):
    junk = ["__MACOSX/._1.png", "._1.png", ".DS_Store", "a/Thumbs.db", ".git/x.png", "__MACOSX/1.png"]
    for source in (folder, packed):
        listing = open_source(source({**dict.fromkeys(junk, "x"), "1.png": "x"})).listing()
        assert names(listing) == ["1.png"]
        assert listing.ignored == 0


def test_pictures_without_an_extension_are_found_by_their_first_bytes(folder, packed, picture):
    files = {"0001": picture(1), "0002": picture(2, kind="JPEG"), "README": "a readme of more than sixteen bytes"}
    for source in (folder, packed):
        listing = open_source(source(files)).listing()
        assert names(listing) == ["0001", "0002"]
        assert listing.ignored == 1


def test_members_that_lead_out_of_a_zip_are_refused(packed):
    listing = open_source(
        packed({"../evil.png": "x", "/tmp/evil.png": "x", "a/../../b.png": "x", "1.png": "x"})
    ).listing()
    assert names(listing) == ["1.png"]
    assert listing.refused == [
        {"file": name, "reason": "unsafe_path"} for name in ("../evil.png", "/tmp/evil.png", "a/../../b.png")
    ]


def test_links_to_folders_are_not_followed_and_not_passed_over(folder, tmp_path):
    path = folder({"a/1.png": "x"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/2.png").write_text("x")
    (path / "a/loop").symlink_to(path)
    (path / "out").symlink_to(tmp_path / "outside")
    (path / "linked.png").symlink_to(tmp_path / "outside/2.png")
    (path / "nowhere.png").symlink_to(tmp_path / "missing.png")
    (path / "itself.png").symlink_to(path / "itself.png")
    listing = open_source(path).listing()
    assert names(listing) == ["a/1.png", "itself.png", "linked.png", "nowhere.png"]
    assert [row["file"] for row in listing.refused] == ["a/loop", "out"]
    assert {row["reason"] for row in listing.refused} == {"unsafe_path"}


def test_folders_may_be_very_deep(folder):
    path = folder({"1.png": "x"})
    here = os.open(path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("2.png", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    try:
        assert names(open_source(path).listing()) == ["1.png", "d/" * 1200 + "2.png"]
    finally:
        subprocess.run(["rm", "-rf", str(path / "d")], check=True)  # too deep for pytest's own clean-up


def test_a_pipe_called_png_is_not_opened(folder):
    path = folder({"1.png": "x"})
    os.mkfifo(path / "2.png")
    listing = open_source(path).listing()
    assert names(listing) == ["1.png"]
    assert listing.ignored == 1


def test_names_that_are_no_text(folder):
    path = folder({"1.png": "x"})
    try:
        with open(os.fsencode(path) + b"/\xff.png", "wb") as file:
            file.write(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    listing = open_source(path).listing()
    assert names(listing) == ["1.png", "\\xff.png"]
    assert open_source(path).read(listing.pictures[1], 10) == b"x"
    assert printable("漢\udcff") == "漢\\xff"


def test_missing_and_wrong_sources_are_named(tmp_path):
    with pytest.raises(NijigenError, match="nowhere does not exist: give a folder, a zip or chibi:N"):
        open_source(tmp_path / "nowhere")
    (tmp_path / "a.rar").write_text("Rar!")
    with pytest.raises(NijigenError, match=r"a\.rar is neither a folder nor a zip"):
        open_source(tmp_path / "a.rar")


def test_a_broken_zip_is_named(packed):
    path = packed({"1.png": "x" * 500}, method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(NijigenError, match=r"source\.zip is a broken zip"):
        open_source(path).listing()


def test_an_encrypted_zip_is_named(packed):
    path = packed({"1.png": "x"})
    raw = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(magic) + place] |= 1  # the flag that says "encrypted"
    path.write_bytes(raw)
    with pytest.raises(NijigenError, match="is encrypted"):
        open_source(path).listing()


def test_a_folder_that_cannot_be_listed_is_named(folder, monkeypatch):
    """Simulated: the tests may run as root, for whom every folder is open."""
    path = folder({"a/1.png": "x", "b/2.png": "x"})
    scandir = os.scandir

    def refuse(place):
        if Path(place).name == "b":
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(NijigenError, match=r"cannot list folder .*b: Permission denied"):
        FolderSource(path).listing()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_without_permission_is_named(folder):
    path = folder({"b/2.png": "x"})
    (path / "b").chmod(0)
    with pytest.raises(NijigenError, match="cannot list folder"):
        FolderSource(path).listing()
