import io
import tarfile
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.layouts.tar import members, read_range
from nijigen.errors import NijigenError

FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.text("abcé漢/.", min_size=1, max_size=300).filter(lambda n: n.strip("/") == n),
        st.binary(max_size=1500),
        max_size=5,
    ),
    st.sampled_from(FORMATS[1:]),
)
def test_members_are_found_as_the_standard_library_finds_them(made, tmp_path_factory, files, kind):
    path = made.tar(tmp_path_factory.mktemp("t") / "a.tar", files, format=kind)
    with tarfile.open(path) as file:
        expected = [(m.name, file.extractfile(m).read()) for m in file.getmembers()]
    found = list(members(path))
    assert [(m.name, read_range(path, m.offset, m.size)) for m in found] == expected
    assert {m.kind for m in found} <= {"file"}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_kind_of_member(made, tmp_path, kind):
    def info(type_, **more):
        found = tarfile.TarInfo()
        found.type = type_
        for name, value in more.items():
            setattr(found, name, value)
        return found

    files = {
        "folder": info(tarfile.DIRTYPE),
        "soft": info(tarfile.SYMTYPE, linkname="/etc/passwd"),
        "hard": info(tarfile.LNKTYPE, linkname="a.png"),
        "pipe": info(tarfile.FIFOTYPE),
        "device": info(tarfile.CHRTYPE, devmajor=1, devminor=3),
        "disk": info(tarfile.BLKTYPE),
        "a.png": b"x" * 700,
    }
    path = made.tar(tmp_path / "a.tar", files, format=kind)
    assert {m.name.rstrip("/"): m.kind for m in members(path)} == {
        "folder": "folder",
        "soft": "link",
        "hard": "link",
        "pipe": "special",
        "device": "special",
        "disk": "special",
        "a.png": "file",
    }


def test_a_sparse_file_is_no_picture(tmp_path):
    info = tarfile.TarInfo("a.png")
    info.size, info.pax_headers = 3, {"GNU.sparse.major": "1", "GNU.sparse.name": "a.png"}
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as file:
        file.addfile(info, io.BytesIO(b"abc"))
    assert [m.kind for m in members(tmp_path / "a.tar")] == ["special"]


def test_sizes_in_pax_notes_count(tmp_path):
    """Archives of files above 8 GB say their size in the notes; here a small one does."""
    note = b"12 size=700\n"  # twelve bytes, as it says itself
    head = tarfile.TarInfo("PaxHeader")
    head.type, head.size = tarfile.XHDTYPE, len(note)
    plain = tarfile.TarInfo("a.png")
    raw = head.tobuf() + note.ljust(512, b"\0") + plain.tobuf() + b"x" * 700 + bytes(324 + 1024)
    (tmp_path / "a.tar").write_bytes(raw)
    assert [(m.name, m.size) for m in members(tmp_path / "a.tar")] == [("a.png", 700)]


def test_truncation_is_told_wherever_it_is(made, tmp_path):
    path = made.tar(
        tmp_path / "a.tar", {"1.png": b"x" * 1000, "2" * 150 + ".png": b"y" * 700}, format=tarfile.GNU_FORMAT
    )
    raw = path.read_bytes()
    ends = [m.offset + m.size for m in members(path)]
    for cut in range(1, ends[1], 97):
        path.write_bytes(raw[:cut])
        found = list(members(path))
        assert [m.whole for m in found[:-1]] == [True] * (len(found) - 1)
        assert len(found) <= 2
        if cut not in (512 + 1024,):
            assert not found[-1].whole or found[-1].offset + found[-1].size <= cut
    path.write_bytes(raw[: ends[1]])  # without padding and end blocks, as some writers leave it
    assert [m.whole for m in members(path)] == [True, True]


def test_what_is_no_tar_file_is_named(made, tmp_path):
    path = tmp_path / "a.tar"
    path.write_bytes(b"no tar" * 200)
    with pytest.raises(NijigenError, match=r"a\.tar is no tar file"):
        list(members(path))
    path.write_bytes(b"\x1f\x8b" + bytes(600))
    with pytest.raises(NijigenError, match=r"a\.tar is packed with gzip"):
        list(members(path))
    made.tar(path, {"1.png": b"x" * 10, "2.png": b"y"})
    raw = bytearray(path.read_bytes())
    raw[1024 + 100] ^= 1
    path.write_bytes(raw)
    with pytest.raises(NijigenError, match=r"a\.tar is broken after 1 members"):
        list(members(path))
    with pytest.raises(NijigenError, match=r"cannot read .*nowhere\.tar"):
        list(members(tmp_path / "nowhere.tar"))


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
@pytest.mark.parametrize("size", [2**60, 2**33, 5 * 2**20])
def test_absurd_sizes_fill_no_memory(tmp_path, kind, size):
    (tmp_path / "a.tar").write_bytes(header("a.png", size, kind) + b"x" * 512)
    tracemalloc.start()
    try:
        if kind == tarfile.REGTYPE:
            (found,) = members(tmp_path / "a.tar")
            assert (found.whole, found.size) == (False, size)
        else:
            with pytest.raises(NijigenError, match="a name of"):
                list(members(tmp_path / "a.tar"))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_negative_size_is_broken(tmp_path):
    raw = bytearray(header("a.png", 10))
    raw[124:136] = b"\xff" * 12
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    (tmp_path / "a.tar").write_bytes(bytes(raw) + b"x" * 512)
    with pytest.raises(NijigenError, match="no tar file"):
        list(members(tmp_path / "a.tar"))


def test_ten_thousand_members_are_quick(made, tmp_path):
    path = made.tar(tmp_path / "a.tar", {f"{i:06d}.png": b"x" for i in range(10_000)})
    start = time.process_time()
    assert sum(1 for _ in members(path)) == 10_000
    assert time.process_time() - start < 3


@settings(max_examples=150)
@given(st.data())
def test_damaged_archives_are_read_or_named(made, tmp_path_factory, data):
    kind = data.draw(st.sampled_from(FORMATS[1:]))
    path = made.tar(tmp_path_factory.mktemp("t") / "a.tar", {"1.png": b"x" * 9, "é" * 150: b"y" * 600}, format=kind)
    raw = bytearray(path.read_bytes()[: 512 * 9])
    for _ in range(data.draw(st.integers(1, 3))):
        block = data.draw(st.integers(0, len(raw) // 512 - 1)) * 512
        raw[block + data.draw(st.integers(0, 511))] = data.draw(st.integers(0, 255))
        if data.draw(st.booleans()):  # with a checksum that fits again, the walker has to look further
            raw[block + 148 : block + 156] = b" " * 8
            raw[block + 148 : block + 156] = b"%06o\0 " % sum(raw[block : block + 512])
    path.write_bytes(raw)
    try:
        for member in members(path):
            assert member.size >= 0
            assert not member.whole or member.offset + member.size <= len(raw)
            member.name.encode()
    except NijigenError:
        pass
