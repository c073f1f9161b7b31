"""Files are written whole or not at all."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nijigen.errors import NijigenError
from nijigen.files import (
    check_writable,
    locked,
    remove_unfinished,
    replace_folder,
    sha256_file,
    write_bytes,
    write_json,
    write_text,
    written_beside,
)


def test_what_is_written_is_there(tmp_path: Path) -> None:
    path = write_bytes(tmp_path / "new" / "folder" / "file.bin", b"\x00abc")
    assert path.read_bytes() == b"\x00abc"
    assert write_text(tmp_path / "text", "发色\n").read_bytes() == "发色\n".encode()
    assert json.loads(write_json(tmp_path / "json", {"色": [1]}).read_text("utf-8")) == {"色": [1]}
    assert sha256_file(path) == hashlib.sha256(b"\x00abc").hexdigest()


def test_a_place_is_looked_at_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path, folder in (("new/deep/file", False), ("file", False), ("new/deep", True), (".", True)):
        check_writable(tmp_path / path, folder)
    for path, folder, message in (
        (".", False, "is a folder: give the name of a file"),
        ("file", True, "file is a file, no folder: choose another place"),
        ("file/deep/x", False, "file is a file, no folder: choose another place"),
        ("file/deep", True, "file is a file, no folder: choose another place"),
    ):
        with pytest.raises(NijigenError, match=message):
            check_writable(tmp_path / path, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]  # nothing is made
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(NijigenError, match="cannot be written: choose another place"):
        check_writable(tmp_path / "new" / "x")


def test_nothing_is_left_beside(tmp_path: Path) -> None:
    write_bytes(tmp_path / ("n" * 200), b"a")
    write_bytes(tmp_path / ("n" * 200), b"b")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"b"]


def test_what_is_written_beside_takes_the_place_at_the_end_or_not_at_all(tmp_path: Path) -> None:
    path = write_bytes(tmp_path / "film", b"old")
    with written_beside(path) as beside:
        beside.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    with pytest.raises(FileNotFoundError, match="none"), written_beside(path) as beside:
        beside.write_bytes((tmp_path / "none").read_bytes())
    assert path.read_bytes() == b"new"
    assert [found.name for found in tmp_path.iterdir()] == ["film"]


@pytest.mark.parametrize("call", ["os.fsync", "os.replace"])
def test_a_failed_write_keeps_the_old_file(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_bytes(tmp_path / "file", b"old")

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(call, fail)
    with pytest.raises(OSError, match="No space"):
        write_bytes(path, b"new")
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("file", b"old")]


def test_the_file_is_complete_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (events.append(_kind(handle)), real_fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *paths: (events.append("rename"), real_replace(*paths)))
    write_bytes(tmp_path / "file", b"data")
    assert events == ["file of 4", "rename", "folder"]


def _kind(handle: int) -> str:
    found = os.fstat(handle)
    return "folder" if stat.S_ISDIR(found.st_mode) else f"file of {found.st_size}"


def test_others_may_read_what_the_umask_allows(tmp_path: Path) -> None:
    former = os.umask(0o027)
    try:
        path = write_bytes(tmp_path / "file", b"")
    finally:
        os.umask(former)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    final = tmp_path / "final"
    write_bytes(final / "old", b"old")
    write_bytes(tmp_path / "temporary" / "deep" / "new", b"new")
    replace_folder(tmp_path / "temporary", final)
    assert [path.name for path in tmp_path.iterdir()] == ["final"]
    assert [path.name for path in final.rglob("*")] == ["deep", "new"]


def test_leftovers_of_killed_writers_are_removed_and_nothing_else(tmp_path: Path) -> None:
    kept = [write_bytes(tmp_path / name, b"1") for name in ("a.part", ".hidden", "sub/file")]
    kept.append(write_bytes(tmp_path / "sub" / ".file.x1.part", b""))  # below the folder: somebody else's
    write_bytes(tmp_path / ".000000008.part" / "state", b"")
    write_bytes(tmp_path / ".data.former" / "state", b"old")
    kept.append(write_bytes(tmp_path / "data" / "state", b"new"))
    remove_unfinished(tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)
    remove_unfinished(tmp_path / "missing")


def test_a_folder_moved_aside_and_not_yet_replaced_gets_its_name_back(tmp_path: Path) -> None:
    write_bytes(tmp_path / ".data.former" / "state", b"old")
    write_bytes(tmp_path / ".data.part" / "state", b"new")
    remove_unfinished(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("state")] == ["data/state"]
    assert (tmp_path / "data" / "state").read_bytes() == b"old"


def test_a_locked_folder_is_refused_to_another_process_until_it_ends(tmp_path: Path) -> None:
    program = "import sys, pathlib; from nijigen.files import locked\nwith locked(pathlib.Path(sys.argv[1])): print(1)"
    with locked(tmp_path / "run"):
        other = subprocess.run([sys.executable, "-c", program, tmp_path / "run"], capture_output=True, text=True)
        assert "NijigenError" in other.stderr
        assert "is being written by another process" in other.stderr
    other = subprocess.run([sys.executable, "-c", program, tmp_path / "run"], capture_output=True, text=True)
    assert other.stdout == "1\n"
