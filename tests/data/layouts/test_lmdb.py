import pickle
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.layouts import layout_name, layout_of
from nijigen.data.layouts.lmdb import LmdbSource
from nijigen.errors import NijigenError

lmdb = pytest.importorskip("lmdb", reason="the LMDB library writes the files that are read here")
LIMIT = 10**7


def write(path: Path, rows: dict[bytes, bytes], subdir: bool = True, database: bytes | None = None) -> Path:
    with (
        lmdb.open(str(path), map_size=2**26, subdir=subdir, max_dbs=4, lock=False) as env,
        env.begin(write=True) as txn,
    ):
        inner = env.open_db(database, txn) if database else None
        for key, value in rows.items():
            txn.put(key, value, db=inner)
    return path


def read_all(path: Path) -> dict[str, bytes]:
    source = pickle.loads(pickle.dumps(layout_of(path)))
    return {entry.name: source.read(entry, LIMIT) for entry in source.listing().pictures}


def test_what_the_library_wrote_is_read(made, tmp_path):
    """Small values stand in the leaf, large ones in overflow pages, and 3,000 keys make a tree of several levels."""
    rows = {f"{seed:05d}".encode() * 8: made.png(seed % 50, 8, 8) + b"." * (seed % 7 * 1500) for seed in range(3000)}
    assert read_all(write(tmp_path / "env", rows)) == {key.decode(): value for key, value in rows.items()}


@settings(max_examples=15)
@given(st.dictionaries(st.binary(min_size=1, max_size=60), st.integers(0, 40_000), max_size=40))
def test_any_keys_and_sizes(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("l") / "env"
    values = {key: b"\x89PNG\r\n\x1a\n" + key + bytes(size) for key, size in rows.items()}
    write(path, values)
    found = read_all(path)
    assert sorted(found.values()) == sorted(values.values())


def test_after_pictures_were_taken_out_and_put_in_again(made, tmp_path):
    path = write(tmp_path / "env", {f"{i:04d}".encode(): made.png(i) for i in range(300)})
    with lmdb.open(str(path), map_size=2**26, lock=False) as env:
        for start in (0, 1):
            with env.begin(write=True) as txn:
                for i in range(start, 300, 3):
                    txn.delete(f"{i:04d}".encode())
        with env.begin(write=True) as txn:
            txn.put(b"9999", made.png(1, 100, 100))
    assert read_all(path) == {f"{i:04d}": made.png(i) for i in range(2, 300, 3)} | {"9999": made.png(1, 100, 100)}


def test_a_single_file_and_a_named_database(made, tmp_path):
    assert read_all(write(tmp_path / "faces.lmdb", {b"a": made.png(1)}, subdir=False)) == {"a": made.png(1)}
    assert read_all(write(tmp_path / "env", {b"a": made.png(1)}, database=b"train")) == {"train/a": made.png(1)}


def test_several_sizes_of_each_picture_are_read_at_the_largest(made, tmp_path):
    rows = {f"{side}-{i:05d}".encode(): made.png(i, side, side) for side in (8, 128, 16) for i in range(3)}
    listing = LmdbSource(write(tmp_path / "env", rows | {b"length": b"3"})).listing()
    assert [entry.name for entry in listing.pictures] == [f"128-{i:05d}" for i in range(3)]
    assert listing.ignored == 7


def test_values_that_are_no_pictures_are_counted(made, tmp_path):
    listing = LmdbSource(
        write(tmp_path / "env", {b"a": made.png(1), b"b": b"text", b"\xff\x00": made.png(2)})
    ).listing()
    assert [entry.name for entry in listing.pictures] == ["a", "ff00"]
    assert listing.ignored == 1
    assert LmdbSource(write(tmp_path / "empty", {})).listing().pictures == []


def test_a_truncated_copy_loses_its_last_pictures_only(made, tmp_path):
    rows = {f"{i:03d}".encode(): made.png(i, 60, 60) for i in range(20)}
    path = write(tmp_path / "env", rows)
    file = path / "data.mdb"
    complete = LmdbSource(path).listing()
    cut = complete.pictures[15].where[0] + 100
    file.write_bytes(file.read_bytes()[:cut])
    listing = LmdbSource(path).listing()
    assert {row["reason"] for row in listing.refused} == {"corrupt"}
    assert len(listing.pictures) + len(listing.refused) == 20
    assert {entry.name for entry in listing.pictures} >= {f"{i:03d}" for i in range(10)}
    file.write_bytes(file.read_bytes()[: 2 * 4096])
    with pytest.raises(NijigenError, match=r"a truncated copy\?"):
        LmdbSource(path).listing()
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(NijigenError, match="is a broken LMDB file: it has no meta page"):
        LmdbSource(path).listing()


def test_a_picture_behind_the_end_is_refused(made, tmp_path):
    path = write(tmp_path / "env", {b"a": made.png(1, 60, 60)})
    with lmdb.open(str(path), map_size=2**26, lock=False) as env, env.begin(write=True) as txn:
        txn.put(b"b", made.png(2, 60, 60))
    file = path / "data.mdb"
    where = {entry.name: entry.where for entry in LmdbSource(path).listing().pictures}
    source, raw = LmdbSource(path), bytearray(file.read_bytes())
    entry = source.listing().pictures[1]
    place = raw.rindex(b"b" + struct.pack("<Q", (where["b"][0] - 16) // 4096)) + 1  # behind its key, in the leaf
    raw[place : place + 8] = struct.pack("<Q", 2**40)
    file.write_bytes(raw)
    listing = source.listing()
    assert [row.name for row in listing.pictures] == ["a"]
    assert [(row["file"], row["reason"]) for row in listing.refused] == [("b", "corrupt")]
    file.write_bytes(raw[: where["b"][0] + 5])
    with pytest.raises(ValueError, match="the LMDB file is truncated"):
        source.read(entry, LIMIT)


def test_files_of_other_machines_are_named(made, tmp_path):
    path = write(tmp_path / "env", {b"a": made.png(1)})
    raw = (path / "data.mdb").read_bytes()
    (path / "data.mdb").write_bytes(raw[:4] + raw[8:12] + raw[12:16] + raw[16:])  # page numbers of 32 bits
    assert layout_name(path) == "lmdb"
    with pytest.raises(NijigenError, match="is of a 32-bit machine: dump it there"):
        LmdbSource(path).listing()
    big = bytearray(raw)
    big[10:12], big[16:20] = b"\x00\x08", b"\xbe\xef\xc0\xde"
    (path / "data.mdb").write_bytes(big)
    assert layout_name(path) == "lmdb"
    with pytest.raises(NijigenError, match="is of a big-endian machine"):
        LmdbSource(path).listing()
    (path / "data.mdb").write_bytes(b"something else" * 10)
    assert layout_name(path) is None


def test_a_loop_of_pages_ends(made, tmp_path):
    path = write(tmp_path / "env", {f"{i:04d}".encode(): made.png(1, 8, 8) for i in range(200)})
    file = path / "data.mdb"
    raw = bytearray(file.read_bytes())
    roots = [number for number in range(2, len(raw) // 4096) if raw[number * 4096 + 10] == 1]
    for root in roots:  # the first child of each branch page becomes the page itself
        node = root * 4096 + struct.unpack_from("<H", raw, root * 4096 + 16)[0]
        struct.pack_into("<HHH", raw, node, root & 0xFFFF, root >> 16, 0)
    assert roots
    file.write_bytes(raw)
    with pytest.raises(NijigenError, match="used twice"):
        LmdbSource(path).listing()


@settings(max_examples=80)
@given(st.data())
def test_damaged_files_are_read_or_named(made, tmp_path_factory, data):
    path = tmp_path_factory.mktemp("l") / "env"
    write(path, {f"{i:03d}".encode(): made.png(i, 8, 8) + bytes(i % 3 * 3000) for i in range(60)})
    file = path / "data.mdb"
    raw = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        page = data.draw(st.integers(0, len(raw) // 4096 - 1)) * 4096
        raw[page + data.draw(st.integers(0, 200))] = data.draw(st.integers(0, 255))
    file.write_bytes(raw[: data.draw(st.sampled_from([len(raw), len(raw) // 2, 5000]))])
    source = LmdbSource(path)
    try:
        for entry in source.listing().pictures:
            source.read(entry, LIMIT)
    except (NijigenError, ValueError):
        pass
