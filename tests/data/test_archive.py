import bz2
import io
import os
import stat
import struct
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data import archive
from nijigen.errors import NijigenError

METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@settings(max_examples=50)
@given(
    st.dictionaries(st.text("abcé漢/", min_size=1, max_size=8).filter(lambda n: not n.endswith("/")),
                    st.binary(max_size=3000), max_size=5),
    st.sampled_from(METHODS), st.integers(0, 4000),
)  # fmt: skip
def test_members_are_read_as_the_standard_library_reads_them(files, method, limit):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        with zipfile.ZipFile(path, "w", method) as file:
            for name, data in files.items():
                file.writestr(name, data)
        found = {m.name: archive.read_member(path, m, limit) for m in archive.members(path)}
    assert found == {name: data[:limit] for name, data in files.items()}


def test_a_zip_written_as_a_stream_and_one_behind_other_bytes(tmp_path):
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("1.png", b"x" * 5000)  # sizes stand behind the data, in a data descriptor
    path = tmp_path / "a.zip"
    path.write_bytes(b"#!/bin/sh\n" + pipe.data)
    (member,) = archive.members(path)
    assert archive.read_member(path, member, 10_000) == b"x" * 5000


def test_a_member_without_a_name_is_not_safe(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x", b"1")
        file.writestr("folder/", b"")
    raw = bytearray(path.read_bytes())
    place = raw.index(b"PK\x01\x02")
    raw[place + 28 : place + 32] = struct.pack("<HH", 0, 1)  # the name becomes an extra field of one byte
    path.write_bytes(raw)
    assert [(member.name, member.safe) for member in archive.members(path)] == [("", False)]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a/b.png", True), ("a..b/c.png", True), ("./a.png", True),
        ("../a.png", False), ("a/../../b.png", False), ("/etc/a.png", False), ("\\\\host\\a.png", False),
        ("..\\a.png", False), ("C:\\a.png", False), ("C:a.png", False), ("a\0.png", False), ("", False),
    ],
)  # fmt: skip
def test_names_that_lead_out(name, safe):
    assert archive.is_safe(name) == safe


def test_a_link_in_a_zip_is_not_safe(tmp_path):
    info = zipfile.ZipInfo("a.png")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(info, "/etc/passwd")
    assert not archive.members(tmp_path / "a.zip")[0].safe


def test_a_damaged_member_is_told_from_a_good_one(tmp_path):
    for method in METHODS:
        path = tmp_path / f"{method}.zip"
        data = os.urandom(4000)
        with zipfile.ZipFile(path, "w", method) as file:
            file.writestr("1.png", data)
        raw = bytearray(path.read_bytes())
        raw[2000] ^= 0xFF
        path.write_bytes(raw)
        with pytest.raises(ValueError, match=r"damaged|unpacked"):
            archive.read_member(path, archive.members(path)[0], 5000)


def test_a_bomb_is_not_inflated_beyond_the_limit(tmp_path):
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        path = tmp_path / f"{method}.zip"
        with zipfile.ZipFile(path, "w", method) as file:
            file.writestr("1.png", bytes(50_000_000))
        assert len(archive.read_member(path, archive.members(path)[0], 1000)) == 1000


def test_a_disk_that_fails_is_no_damaged_picture(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("1.png", b"x" * 1000)
    (member,) = archive.members(tmp_path / "a.zip")

    def fail(*arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(zipfile.ZipExtFile, "read", fail)
    with pytest.raises(OSError, match="Input/output error"):
        archive.read_member(tmp_path / "a.zip", member, 10)


def test_a_member_that_is_gone_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("1.png", b"x" * 1000)
    (member,) = archive.members(tmp_path / "a.zip")
    with pytest.raises(ValueError, match="the file has changed"):
        archive.read_member(tmp_path / "a.zip", replace(member, offset=member.offset + 7), 10)


@pytest.mark.parametrize("offset", [-5, 2**63, 2**40])
def test_a_member_that_lies_outside_of_its_file_is_damaged(tmp_path, offset):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("1.png", b"x")
    member = replace(archive.members(tmp_path / "a.zip")[0], offset=offset)
    with pytest.raises(ValueError, match="zip member has no"):
        archive.read_member(tmp_path / "a.zip", member, 10)


@pytest.mark.parametrize("cut", [0.2, 0.9, 0.999])
def test_a_truncated_zip_is_called_broken(tmp_path, cut):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("1.png", bz2.compress(os.urandom(9000)))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    assert archive.is_zip(path)
    with pytest.raises(NijigenError, match="is a broken zip"):
        archive.members(path)


@settings(max_examples=200)
@given(st.data())
def test_any_damage_gives_bytes_or_a_clear_error(draw):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", draw.draw(st.sampled_from(METHODS))) as file:
        file.writestr("1.png", b"some picture" * 9)
        file.writestr("b/2.png", b"another")
    raw = bytearray(buffer.getvalue())
    for _ in range(draw.draw(st.integers(1, 6))):
        raw[draw.draw(st.integers(0, len(raw) - 1))] = draw.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(raw)
        try:
            members = archive.members(path)
        except NijigenError as error:
            assert "a.zip" in str(error)  # noqa: PT017 - both outcomes are right
            return
        for member in members:
            try:
                assert len(archive.read_member(path, member, 500)) <= 500
            except ValueError as error:
                assert "zip member" in str(error)  # noqa: PT017 - both outcomes are right


def test_the_header_is_the_size_that_zip_says():
    assert archive.LOCAL_HEADER.size == 30 == struct.calcsize("<4s2B4HL2L2H")
