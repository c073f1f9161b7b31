import json
import tarfile
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.layouts import layout_of
from nijigen.data.layouts.webdataset import WebDatasetSource, detect
from nijigen.errors import NijigenError


def labels(path):
    return {name: facts.labels for name, facts in WebDatasetSource(path).listing().facts.items()}


def test_pictures_and_what_is_said_of_them(made, tmp_path):
    files = {
        "000.png": made.png(0),
        "000.json": json.dumps({"labels": {"hair_color": "ピンク", "tilt": 0.5, "n": 3}, "file": "x"}),
        "001.jpg": made.saved(made.pixels(1), "JPEG"),
        "001.cls": "7\n",
        "001.txt": "1girl, pink hair, smile",
        "a/002.webp": made.saved(made.pixels(2), "WEBP"),
        "a/002.json": json.dumps({"eyes": "blue", "width": 16, "ok": True}),
        "003.png": made.png(3),
        "003.txt": "a girl with pink hair",
    }
    path = made.tar(tmp_path / "a.tar", files)
    source = layout_of(path)
    listing = source.listing()
    assert [entry.name for entry in listing.pictures] == ["000.png", "001.jpg", "003.png", "a/002.webp"]
    for entry in listing.pictures:
        assert source.read(entry, 10**6) == files[entry.name]
        assert source.read(entry, 10) == files[entry.name][:10]
        assert entry.size == len(files[entry.name])
    assert labels(path) == {
        "000.png": {"hair_color": "ピンク", "tilt": 0.5, "n": "3"},
        "001.jpg": {"class": "7"},
        "a/002.webp": {"eyes": "blue", "ok": "true"},
    }
    assert listing.facts["001.jpg"].tags == ("1girl", "pink hair", "smile")


def test_the_order_of_members_does_not_matter(made, tmp_path):
    files = {"1.json": '{"labels": {"a": "x"}}', "2.png": made.png(2), "1.png": made.png(1), "2.cls": "4"}
    assert labels(made.tar(tmp_path / "a.tar", files)) == {"1.png": {"a": "x"}, "2.png": {"class": "4"}}


def test_labels_of_other_shapes(made, tmp_path):
    rows = [
        '{"labels": "cat"}',
        '{"labels": {"x": [1], "y": null, "z": 1e999, "\\ud800": "v", "w": "\\ud800"}}',
        "[1]",
        '"text"',
        '{"licence": "CC0-1.0", "source": "https://example.org", "labels": {}}',
    ]
    files = {}
    for index, row in enumerate(rows):
        files |= {f"{index}.png": made.png(index), f"{index}.json": row}
    listing = WebDatasetSource(made.tar(tmp_path / "a.tar", files)).listing()
    assert len(listing.pictures) == len(rows)
    assert listing.facts["0.png"].labels == {"class": "cat"}
    assert listing.facts["1.png"].labels == {"\\ud800": "v", "w": "\\ud800"}
    assert "2.png" not in listing.facts
    assert (listing.facts["4.png"].licence, listing.facts["4.png"].source) == ("CC0-1.0", "https://example.org")


def test_labels_that_cannot_be_read_are_reported_and_the_picture_is_used(made, tmp_path):
    files = {"1.png": made.png(1), "1.json": "{broken", "2.png": made.png(2), "2.txt": b"\xff\xfe\xfd"}
    listing = WebDatasetSource(made.tar(tmp_path / "a.tar", files)).listing()
    assert len(listing.pictures) == 2
    assert [(row["file"], row["reason"]) for row in listing.refused] == [("1.json", "corrupt"), ("2.txt", "corrupt")]


def test_a_second_picture_of_a_key_is_something_else(made, tmp_path):
    files = {
        "1.png": made.png(1),
        "1.mask.png": made.png(2),
        "1.seg.png": made.png(3),
        "photo.2021.png": made.png(4),
        "photo.2022.png": made.png(5),
        "2.json": "{}",
        "2.npy": b"x",
    }
    listing = WebDatasetSource(made.tar(tmp_path / "a.tar", files)).listing()
    assert [entry.name for entry in listing.pictures] == ["1.png", "photo.2021.png", "photo.2022.png"]
    assert listing.ignored == 4


def test_shards_that_each_count_from_zero(made, tmp_path):
    (tmp_path / "set").mkdir()
    for shard in range(3):
        made.tar(
            tmp_path / f"set/{shard:03d}.tar",
            {"0.png": made.png(shard), "0.cls": str(shard), f"x{shard}.png": made.png(9)},
        )
    source = layout_of(tmp_path / "set")
    listing = source.listing()
    assert [entry.name for entry in listing.pictures] == [
        "0.png",
        "001/0.png",
        "002/0.png",
        "x0.png",
        "x1.png",
        "x2.png",
    ]
    assert [listing.facts[name].labels["class"] for name in ("0.png", "001/0.png", "002/0.png")] == ["0", "1", "2"]
    assert [source.read(entry, 10**6) for entry in listing.pictures[:3]] == [made.png(shard) for shard in range(3)]


def test_names_with_tricks_links_and_devices_are_refused(made, tmp_path):
    def special(kind, target=""):
        info = tarfile.TarInfo()
        info.type, info.linkname = kind, target
        return info

    files = {
        "/etc/1.png": made.png(1),
        "../2.png": made.png(2),
        "a/../../3.png": made.png(3),
        "C:/4.png": made.png(4),
        "soft.png": special(tarfile.SYMTYPE, "/etc/passwd"),
        "hard.png": special(tarfile.LNKTYPE, "ok.png"),
        "null.png": special(tarfile.CHRTYPE),
        "pipe": special(tarfile.FIFOTYPE),
        "ok.png": made.png(5),
        "folder": special(tarfile.DIRTYPE),
        "./._ok.png": b"x",
        "__MACOSX/ok.png": b"x",
        "./good.png": made.png(6),
    }
    listing = WebDatasetSource(made.tar(tmp_path / "a.tar", files)).listing()
    assert [entry.name for entry in listing.pictures] == ["good.png", "ok.png"]
    assert [row["file"] for row in listing.refused] == [
        "/etc/1.png",
        "../2.png",
        "a/../../3.png",
        "C:/4.png",
        "soft.png",
        "hard.png",
        "null.png",
        "pipe",
    ]
    assert {row["reason"] for row in listing.refused} == {"unsafe_path"}


def test_of_a_truncated_tar_the_rest_is_used(made, tmp_path):
    path = made.tar(tmp_path / "a.tar", {"1.png": made.png(1), "2.png": made.png(2)})
    raw = path.read_bytes()
    path.write_bytes(raw[: raw.index(made.png(2)) + 30])
    source = WebDatasetSource(path)
    listing = source.listing()
    assert [entry.name for entry in listing.pictures] == ["1.png"]
    assert [(row["file"], row["reason"]) for row in listing.refused] == [("2.png", "corrupt")]
    path.write_bytes(raw[:600])
    with pytest.raises(ValueError, match="the tar file is truncated"):
        source.read(listing.pictures[0], 10**6)


def test_what_is_told_by_sight(made, tmp_path, tiny_dataset, folder):
    made.tar(tmp_path / "a.tar", {"1.png": b"x"})
    assert detect(tmp_path / "a.tar")
    assert detect(tmp_path)
    assert not detect(folder({"1.png": "x", "old.tar": "x"}, name="pictures"))
    assert not detect(tmp_path / "nowhere.tar")
    assert type(layout_of(tiny_dataset)).__name__ == "OwnSource"
    (tmp_path / "b.tar.gz").write_bytes(b"\x1f\x8b" + bytes(100))
    with pytest.raises(NijigenError, match="is packed with gzip: unpack it first"):
        layout_of(tmp_path / "b.tar.gz").listing()


def test_ten_thousand_members_are_listed_quickly(made, tmp_path):
    files = {}
    for index in range(5000):
        files |= {f"{index:06d}.png": b"\x89PNG", f"{index:06d}.cls": "1"}
    path = made.tar(tmp_path / "a.tar", files)
    start = time.process_time()
    assert len(WebDatasetSource(path).listing().pictures) == 5000
    assert time.process_time() - start < 5


@settings(max_examples=60)
@given(st.data())
def test_damaged_shards_are_read_or_named(made, tmp_path_factory, data):
    path = made.tar(
        tmp_path_factory.mktemp("t") / "a.tar",
        {"1.png": b"\x89PNG" * 9, "1.json": '{"labels": {"a": "b"}}', "2.cls": "3"},
    )
    raw = bytearray(path.read_bytes()[:3500])
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    source = WebDatasetSource(path)
    try:
        for entry in source.listing().pictures:
            source.read(entry, 10**6)
    except (NijigenError, ValueError):
        pass
