"""What cannot be converted is one line, and leaves nothing behind."""

import numpy as np
import pytest
from PIL import Image

from nijigen.data import prepare
from nijigen.data.convert import convert
from nijigen.data.writers import TARGETS
from nijigen.data.writers.beside import new_file
from nijigen.errors import NijigenError

RANDOM = np.random.default_rng


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("nvidia", r"is 30x20, but pictures must be square: make them so with `nijigen prepare --size N` first"),
        ("stylegan-tfrecord", r"0\.jpeg is 30x20, but pictures must be square"),
    ],
)
def test_sizes_that_do_not_fit_are_one_line(mixed, tmp_path, to, message, look):
    with pytest.raises(NijigenError, match=message):
        convert(mixed, tmp_path / f"a{look.ending(to)}", to, quiet=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mixed"]


@pytest.mark.parametrize("to", ["nvidia", "stylegan-tfrecord"])
def test_sizes_that_differ_and_sides_that_are_no_power_of_two(tmp_path, to, look):
    (tmp_path / "in").mkdir()
    Image.new("RGB", (12, 12), "red").save(tmp_path / "in/1.png")
    if to == "nvidia":
        assert convert(tmp_path / "in", tmp_path / "one.zip", to, quiet=True).written == 1
    else:
        with pytest.raises(NijigenError, match=r"1\.png is 12x12, but StyleGAN's TFRecords need a power of two"):
            convert(tmp_path / "in", tmp_path / "one", to, quiet=True)
    Image.new("RGB", (16, 16)).save(tmp_path / "in/0.png")
    with pytest.raises(
        NijigenError, match=r"1\.png is 12x12, but pictures must be of one size \(the first has 16 px\)"
    ):
        convert(tmp_path / "in", tmp_path / f"two{look.ending(to)}", to, quiet=True)


@pytest.mark.parametrize("to", ["nvidia", "stylegan-tfrecord"])
def test_there_is_no_place_for_transparency(tmp_path, to, look):
    (tmp_path / "in").mkdir()
    for i in range(3):
        Image.fromarray(RANDOM(i).integers(0, 256, (16, 16, 4), np.uint8)).save(tmp_path / f"in/{i}.png")
    out = tmp_path / f"out{look.ending(to)}"
    with pytest.raises(NijigenError, match=r"0\.png has transparency, for which this layout has no place"):
        convert(tmp_path / "in", out, to, quiet=True)
    prepare(tmp_path / "in", tmp_path / "data", size=16, channels=4, quiet=True, workers=1)
    with pytest.raises(
        NijigenError, match=r"data has four channels, and the target takes three: prepare with --channels 3"
    ):
        convert(tmp_path / "data", out, to, quiet=True)
    assert convert(tmp_path / "data", tmp_path / "a.tar", quiet=True).kept == 3


def test_what_is_asked_wrong_is_one_line(single, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").write_text("precious")
    wrong = [
        (single, "a", "nijigen", "--to nijigen: a data set of nijigen is made with `nijigen prepare"),
        (
            single,
            "a",
            "webdatset",
            r"--to webdatset is unknown \(did you mean webdataset\?\); there are nvidia, tfrecord",
        ),
        (single, "a", "nvidia", r"--to nvidia does not go with a: use \.zip"),
        (single, "a.tar", "nvidia", r"--to nvidia does not go with a\.tar: use \.zip"),
        (single, "a.zip", "imagefolder", r"does not go with a\.zip: use no ending: it is a folder"),
        (
            single,
            "a.foo",
            None,
            r"a\.foo: \.foo is no known ending; use \.zip \(nvidia\), .*\.tar \(webdataset\), none",
        ),
        (single, "there", None, "there is there already: choose another name"),
        (tmp_path / "nowhere", "a", None, "nowhere does not exist"),
        ("chibi:20", "a", None, "chibi:20 is not drawn yet: run `nijigen prepare chibi:20 OUT`"),
        ("chibi-calm:20", "a", None, "chibi-calm:20 is not drawn yet: run `nijigen prepare chibi-calm:20 OUT`"),
    ]
    for source, out, to, message in wrong:
        with pytest.raises(NijigenError, match=message):
            convert(source, tmp_path / out, to, quiet=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]
    assert (tmp_path / "there/file").read_text() == "precious"


def test_a_folder_may_have_a_dot_that_is_no_ending(single, tmp_path):
    assert convert(single, tmp_path / "faces-v1.2", quiet=True).to == "imagefolder"
    assert convert(single, tmp_path / "my.faces", "imagefolder", quiet=True).to == "imagefolder"


@pytest.mark.parametrize("name", ["a.tar", "a.zip", "a.tfrecord", "a"])
def test_what_a_killed_one_left_is_removed_by_the_next(single, tmp_path, name):
    (tmp_path / f".{name}.0123456789ab.part").write_bytes(b"half")
    folder = tmp_path / f".{name}.ba9876543210.part"
    folder.mkdir()
    (folder / "file").write_bytes(b"half")
    (tmp_path / f".{name}.lock").touch()
    others = [f".{name}.part", f".{name}.x.0123456789ab.part", ".b.tar.0123456789ab.part"]
    for other in others:
        (tmp_path / other).write_bytes(b"not ours")
    convert(single, tmp_path / name, quiet=True)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {name, *others} | {path for path in left if path == single.name}


def test_two_at_once_do_not_remove_each_others_work(single, tmp_path):
    with new_file(tmp_path / "a.tar") as beside:
        beside.write_bytes(b"being written")
        with pytest.raises(NijigenError, match="is being written by another process"):
            convert(single, tmp_path / "a.tar", quiet=True)
        assert beside.read_bytes() == b"being written"
    assert (tmp_path / "a.tar").read_bytes() == b"being written"


def test_nothing_is_left_when_no_picture_can_be_used(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/1.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    for name in ("a", "a.zip", "a.tar", "a.tfrecord"):
        with pytest.raises(NijigenError, match=r"no picture of in can be used \(the last: 1\.png, corrupt"):
            convert(tmp_path / "in", tmp_path / name, quiet=True)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("to", TARGETS)
def test_a_disk_that_takes_no_more_is_one_line(single, tmp_path, to, look):
    resource = pytest.importorskip("resource", reason="no limit on the size of files on this system")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, limits[1]))  # as if the disk were full after 600 bytes
    try:
        with pytest.raises(NijigenError, match=r"cannot write .*out.*; make room or choose another place"):
            convert(single, tmp_path / f"out{look.ending(to)}", to, quiet=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_the_place_cannot_be_written(single, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NijigenError, match="cannot write"):
        convert(single, tmp_path / "file/out", quiet=True)
