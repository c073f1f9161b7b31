import os
import pickle
from importlib import import_module
from pathlib import Path

import pytest

from nijigen.data import layouts
from nijigen.data.layouts import LAYOUTS, layout_name, layout_of
from nijigen.data.opening import open_any
from nijigen.errors import NijigenError

ROOMS = [import_module(f"{layouts.__name__}.{room}") for room, _ in LAYOUTS.values()]


@pytest.fixture
def some(made, tiny_dataset, tmp_path) -> dict[str, Path]:
    """One path of each layout that is made here."""
    (tmp_path / "a.tfrecord").write_bytes(made.record(made.example({"image": made.png(1)})))
    return {
        "nijigen": tiny_dataset,
        "nvidia": made.nvidia(tmp_path / "a.zip", [1, 2]),
        "tfrecord": tmp_path / "a.tfrecord",
        "webdataset": made.tar(tmp_path / "a.tar", {"1.png": made.png(1)}),
    }


def test_every_layout_is_told_from_the_others(some):
    for name, path in some.items():
        assert layout_name(path) == name
        detected = [found for found, room in zip(LAYOUTS, ROOMS, strict=True) if room.detect(path)]
        # Our own data sets are tar files, too: the order of the layouts decides.
        assert detected == (["nijigen", "webdataset"] if name == "nijigen" else [name])


def test_a_source_travels_to_a_worker_and_reads_there(some):
    for path in some.values():
        source = pickle.loads(pickle.dumps(layout_of(path)))
        listing = source.listing()
        entry = pickle.loads(pickle.dumps(listing.pictures[0]))
        assert source.read(entry, 2**20)[:4] == b"\x89PNG"
        assert source.read(entry, 3) == b"\x89PN"
        assert "/" not in source.name


def test_plain_folders_and_zips_have_no_layout(folder, packed, picture):
    for path in (folder({"a/1.png": picture(1)}), packed({"1.png": picture(1)})):
        assert layout_of(path) is None
        assert len(open_any(path).listing().pictures) == 1


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__.rpartition(".")[2])
def test_detection_never_raises(room, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe.tar")  # opening it would wait for ever
    os.mkfifo(tmp_path / "data.mdb")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.tfrecord").write_bytes(b"")
    (tmp_path / "dataset.json").mkdir()
    for path in [*(path for path in tmp_path.iterdir() if path.exists()), tmp_path]:
        assert room.detect(path) in (True, False)
    for path in (Path("\0"), Path("x" * 5000), tmp_path / "nowhere", tmp_path / "loop", tmp_path / "loop/x"):
        assert layout_name(path) is None
    assert not room.detect(tmp_path / "empty")


@pytest.mark.parametrize("plain", ["1.jpg", "a/b/1.jpg"])
@pytest.mark.parametrize("packed", ["x.tfrecord", "x.tar", "data.mdb"])
def test_packed_pictures_hide_no_plain_ones(some, made, folder, picture, packed, plain):
    if packed == "data.mdb":
        data = bytearray(8192)
        data[10:12], data[16:24] = b"\x08\0", bytes.fromhex("dec0efbe") + b"\x01\0\0\0"
    else:
        data = some["tfrecord" if packed.endswith("d") else "webdataset"].read_bytes()
    place = folder({plain: picture(1), "a/2.png": picture(2), packed: bytes(data)})
    if (packed, plain) == ("x.tar", "1.jpg"):  # no folder of tar files, but one of pictures
        assert len(open_any(place).listing().pictures) == 2
        return
    with pytest.raises(NijigenError, match=f"holds {packed} and 2 plain pictures beside it .*: give the file itself"):
        open_any(place).listing()
    if packed != "data.mdb":
        assert len(open_any(place / packed).listing().pictures) == 1
