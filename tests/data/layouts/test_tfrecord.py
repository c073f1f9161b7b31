import builtins
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.layouts import layout_of, records
from nijigen.data.layouts.tfrecord import TFRecordSource, detect
from nijigen.errors import NijigenError

LIMIT = 2**28


def read_all(source):
    listing = source.listing()
    return listing, {entry.name: source.read(entry, LIMIT) for entry in listing.pictures}


def write(made, path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(made.record(made.example(row)) for row in rows))
    return path


def test_the_names_that_data_sets_use(made, tmp_path):
    for index, key in enumerate(("image/encoded", "image", "image_raw", "anything")):
        path = write(
            made, tmp_path / f"{index}.tfrecord", [{key: made.png(1)}, {key: made.saved(made.pixels(2), "JPEG")}]
        )
        listing, data = read_all(layout_of(path))
        assert list(data) == [f"{index}-00000000", f"{index}-00000001"]
        assert data[f"{index}-00000000"] == made.png(1)
        assert [entry.size for entry in listing.pictures] == [len(row) for row in data.values()]


def test_files_with_shards_in_their_name_and_a_folder_of_them(made, tmp_path):
    names = ["train.tfrecord-00000-of-00002", "train.tfrecord-00001-of-00002", "more.TFRecords"]
    for seed, name in enumerate(names):
        write(made, tmp_path / "set" / name, [{"image": made.png(seed)}])
        assert detect(tmp_path / "set" / name)
    (tmp_path / "set/notes.txt").write_text("not a record")
    _, data = read_all(layout_of(tmp_path / "set"))
    assert sorted(data.values()) == sorted(made.png(seed) for seed in range(3))
    assert not detect(tmp_path / "set/notes.txt")
    assert not detect(tmp_path / "nowhere.tfrecord")


def test_class_words_come_before_class_numbers(made, tmp_path):
    row = {
        "image/encoded": made.png(1),
        "image/class/label": 3,
        "image/class/text": "asuka",
        "image/width": 16,
        "image/format": "png",
        "image/filename": "a/1.png",
    }
    other = {"image/encoded": made.png(2), "image/class/label": 4}
    listing = TFRecordSource(write(made, tmp_path / "a.tfrecord", [row, other])).listing()
    assert [entry.name for entry in listing.pictures] == ["a-00000001", "a/1.png"]
    assert {name: facts.labels for name, facts in listing.facts.items()} == {
        "a/1.png": {"class": "asuka"},
        "a-00000001": {"class": "4"},
    }


def test_scalars_that_look_like_attributes_are_labels(made, tmp_path):
    row = {
        "image": made.png(1),
        "hair_color": "ピンク",
        "age": 16,
        "tilt": 0.3,
        "height": 16,
        "id": "abc-1",
        "label": 2,
        "caption": "a girl",
        "boxes": [1, 2, 3, 4],
        "blob": b"\xff\xfe",
        "essay": "x" * 500,
        "empty": "",
        "face/x": 3,
        "licence": "CC0-1.0",
        "source": "https://example.org/1",
    }
    listing = TFRecordSource(write(made, tmp_path / "a.tfrecord", [row])).listing()
    facts = listing.facts["a-00000000"]
    assert facts.labels == {"class": "2", "hair_color": "ピンク", "age": "16", "tilt": 0.3}
    assert (facts.licence, facts.source) == ("CC0-1.0", "https://example.org/1")


def test_features_below_label_or_attributes_name_all_attributes(made, tmp_path):
    rows = [
        {"image": made.png(1), "attributes/Smiling": 1, "attributes/Young": 0, "landmarks": 7},
        {"image": made.png(2), "label/hair_color": "pink", "image/class/label": 2},
    ]
    listing = TFRecordSource(write(made, tmp_path / "a.tfrecord", rows)).listing()
    assert listing.facts["a-00000000"].labels == {"Smiling": "1", "Young": "0"}
    assert listing.facts["a-00000001"].labels == {"hair_color": "pink"}


def test_raw_pixels_with_their_size_beside(made, looks, tmp_path):
    grey, colour = made.pixels(1, 6, 4, "L"), made.pixels(2, 5, 7)
    rows = [
        {"image_raw": grey.tobytes(), "height": 4, "width": 6, "depth": 1, "label": 5},
        {"image_raw": colour.tobytes(), "height": 7, "width": 5},
    ]
    listing, data = read_all(TFRecordSource(write(made, tmp_path / "a.tfrecord", rows)))
    assert looks(data["a-00000000"]) == b"L (6, 4) " + grey.tobytes()
    assert looks(data["a-00000001"]) == b"RGB (5, 7) " + colour.tobytes()
    assert listing.facts["a-00000000"].labels == {"class": "5"}


@pytest.mark.parametrize("channels", [1, 3])
def test_of_a_pyramid_the_highest_level_is_read(made, looks, tmp_path, channels):
    arrays = made.pyramid(tmp_path / "set", "faces", 3, [2, 3, 4], channels)
    np_labels = np.eye(4, dtype=np.float32)[[2, 0, 3]]
    with open(tmp_path / "set/faces-rxx.labels", "wb") as file:
        np.save(file, np_labels)
    listing, data = read_all(layout_of(tmp_path / "set"))
    mode = {1: "L", 3: "RGB"}[channels]
    for index, array in enumerate(arrays):
        expected = array.transpose(1, 2, 0).tobytes()
        assert looks(data[f"faces-r04-{index:08d}"]) == f"{mode} (16, 16) ".encode() + expected
    assert [listing.facts[f"faces-r04-{i:08d}"].labels["class"] for i in range(3)] == ["2", "0", "3"]
    alone = TFRecordSource(tmp_path / "set/faces-r02.tfrecords").listing()  # a level that is asked for by name
    assert [entry.size for entry in alone.pictures] == [channels * 16] * 3


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([5, 1, 0]), [{"class": "5"}, {"class": "1"}, {"class": "0"}]),
        (
            np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]], np.float32),
            [
                {"label_00": "0", "label_01": "1", "label_02": "1"},
                {"label_00": "0", "label_01": "0", "label_02": "0"},
                {"label_00": "1", "label_01": "0", "label_02": "0"},
            ],
        ),
        (
            np.array([[0.5, 2], [1, 0], [0, 0]], np.float64),
            [
                {"label_00": 0.5, "label_01": 2.0},
                {"label_00": 1.0, "label_01": 0.0},
                {"label_00": 0.0, "label_01": 0.0},
            ],
        ),
        (np.array([[0, 0], [0, 1], [1, 0]], np.uint8), [None, {"class": "1"}, {"class": "0"}]),
        (np.random.default_rng(0).normal(size=(3, 512)), [None, None, None]),  # embeddings are no attributes
    ],
)
def test_labels_of_a_pyramid(made, tmp_path, array, expected):
    made.pyramid(tmp_path, "x", 3, [2])
    with open(tmp_path / "x-rxx.labels", "wb") as file:
        np.save(file, array)
    facts = TFRecordSource(tmp_path).listing().facts
    assert [facts[f"x-r02-{i:08d}"].labels if f"x-r02-{i:08d}" in facts else None for i in range(3)] == expected


def test_the_columns_of_a_pyramid_may_have_names(made, tmp_path):
    made.pyramid(tmp_path, "x", 3, [2])
    with open(tmp_path / "x-rxx.labels", "wb") as file:
        np.save(file, np.array([[1, 0, 0.75, 0.25], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32))
    schema = {
        "version": 1,
        "attributes": [{"name": "hair", "values": ["blue", "pink"]}, {"name": "tilt", "range": [0, 4]}],
    }
    about = {"format": "nijigen-columns", "version": 1, "schema": schema, "licence": "CC0-1.0", "source": "me"}
    (tmp_path / "nijigen.json").write_text(json.dumps(about))
    facts = TFRecordSource(tmp_path).listing().facts
    assert [facts[f"x-r02-{i:08d}"].labels for i in range(3)] == [
        {"hair": "blue", "tilt": 1.0},
        {"hair": "pink"},
        {"tilt": 4.0},
    ]
    assert {(row.licence, row.source) for row in facts.values()} == {("CC0-1.0", "me")}
    (tmp_path / "nijigen.json").write_text(json.dumps(about | {"version": 2}))
    with pytest.raises(NijigenError, match=r"nijigen\.json has version 2, newer than this nijigen"):
        TFRecordSource(tmp_path).listing()
    (tmp_path / "nijigen.json").write_text("{")
    with pytest.raises(NijigenError, match=r"nijigen\.json is broken"):
        TFRecordSource(tmp_path).listing()


UNENDED = b"\x93NUMPY\x01\x00\x40\x00" + b"{'descr': '<f4', 'shape': (2, 3), }  _order': 1}".ljust(63) + b"\n"


@pytest.mark.parametrize("raw", [UNENDED, b"", b"no array", b"\x93NUMPY\x01\x00\xff\xff", b"\x80\x04K\x01."])
def test_broken_labels_of_a_pyramid_are_named(made, tmp_path, raw):
    made.pyramid(tmp_path, "x", 2, [2])
    (tmp_path / "x-rxx.labels").write_bytes(raw)
    with pytest.raises(NijigenError, match=r"x-rxx\.labels is no NumPy file of labels"):
        TFRecordSource(tmp_path).listing()


def test_a_shape_of_labels_that_fills_no_memory(made, tmp_path):
    made.pyramid(tmp_path, "x", 2, [2])
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 3), }"
    for rows in (2**60, 10**9):
        text = (head % rows).ljust(117) + b"\n"
        (tmp_path / "x-rxx.labels").write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
        tracemalloc.start()
        try:
            with pytest.raises(NijigenError, match="is no NumPy file of labels"):
                TFRecordSource(tmp_path).listing()
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()


def test_too_few_labels_are_an_error(made, tmp_path):
    made.pyramid(tmp_path, "x", 3, [2])
    with open(tmp_path / "x-rxx.labels", "wb") as file:
        np.save(file, np.eye(2))
    with pytest.raises(NijigenError, match=r"x-rxx\.labels has 2 labels for 3 pictures"):
        TFRecordSource(tmp_path).listing()


def test_a_damaged_picture_is_found_when_it_is_read(made, tmp_path):
    path = write(made, tmp_path / "a.tfrecord", [{"image": made.png(i)} for i in range(3)])
    raw = bytearray(path.read_bytes())
    raw[raw.index(made.png(1)) + 60] ^= 0x10
    path.write_bytes(raw)
    source = TFRecordSource(path)
    listing = source.listing()
    assert source.read(listing.pictures[0], LIMIT) == made.png(0)
    assert source.read(listing.pictures[2], LIMIT) == made.png(2)
    with pytest.raises(ValueError, match=r"record 1 of a\.tfrecord is damaged \(its checksum is wrong\)"):
        source.read(listing.pictures[1], LIMIT)


def test_a_truncated_file_loses_its_last_picture_only(made, tmp_path):
    path = write(made, tmp_path / "a.tfrecord", [{"image": made.png(i)} for i in range(3)])
    path.write_bytes(path.read_bytes()[:-20])
    listing, data = read_all(TFRecordSource(path))
    assert list(data.values()) == [made.png(0), made.png(1)]
    (row,) = listing.refused
    assert (row["file"], row["reason"]) == ("a.tfrecord record 2", "corrupt")
    assert "truncated" in row["detail"]


def test_a_broken_message_among_good_ones_is_refused(made, tmp_path):
    path = tmp_path / "a.tfrecord"
    good = made.record(made.example({"image": made.png(1)}))
    bad = [b"\x0a\xff", made.example({"shape": [3, 4], "data": b"x"}), made.example({"shape": [3, 4, 4], "data": b"x"})]
    path.write_bytes(good + b"".join(made.record(row) for row in bad) + good)
    listing, data = read_all(TFRecordSource(path))
    assert list(data) == ["a-00000000", "a-00000004"]
    assert [(row["file"], row["reason"]) for row in listing.refused] == [
        (f"a.tfrecord record {i}", "corrupt") for i in (1, 2, 3)
    ]


def test_files_of_something_else_are_named(made, tmp_path):
    (tmp_path / "a.tfrecord").write_bytes(b"\x1f\x8b" + bytes(30))
    with pytest.raises(NijigenError, match=r"a\.tfrecord is packed with gzip: unpack it first"):
        TFRecordSource(tmp_path / "a.tfrecord").listing()
    write(made, tmp_path / "b.tfrecord", [{"text": "hello", "n": 3}])
    with pytest.raises(
        NijigenError, match=r"b\.tfrecord: no record holds a picture that is known; the features are n, text"
    ):
        TFRecordSource(tmp_path / "b.tfrecord").listing()
    (tmp_path / "c.tfrecord").write_bytes(b"")
    assert TFRecordSource(tmp_path / "c.tfrecord").listing().pictures == []


def test_names_that_lead_out_or_come_twice_are_replaced(made, tmp_path):
    names = ["../a.png", "/a.png", "x.png", "x.png", "C:\\a.png", ".\\sub\\b.png"]
    path = write(made, tmp_path / "n.tfrecord", [{"image": made.png(i), "filename": n} for i, n in enumerate(names)])
    listing = TFRecordSource(path).listing()
    assert {entry.where.number: entry.name for entry in listing.pictures} == {
        0: "n-00000000",
        1: "n-00000001",
        2: "x.png",
        3: "n-00000003",
        4: "n-00000004",
        5: "sub/b.png",
    }


def test_a_file_that_changed_after_it_was_listed(made, tmp_path):
    path = write(made, tmp_path / "a.tfrecord", [{"image": made.png(i)} for i in range(2)])
    source = TFRecordSource(path)
    entry = source.listing().pictures[1]
    path.write_bytes(path.read_bytes()[: entry.where.offset + 10])
    with pytest.raises(ValueError, match=r"record 1 of a\.tfrecord is truncated"):
        source.read(entry, LIMIT)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        source.read(entry, LIMIT)


def test_without_the_extra_one_line_says_what_to_install(made, tmp_path, monkeypatch):
    path = write(made, tmp_path / "a.tfrecord", [{"image": made.png(1)}])
    real = builtins.__import__

    def missing(name, *rest):
        if name == "google_crc32c":
            raise ImportError(name)
        return real(name, *rest)

    records._crc32c.cache_clear()
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(NijigenError, match=r'pip install "nijigen\[formats\]"'):
        TFRecordSource(path).listing()


@settings(max_examples=80)
@given(st.data())
def test_a_damaged_file_is_read_or_named(made, tmp_path_factory, data):
    rows = [{"image": made.png(1), "hair": "pink"}, {"shape": [3, 4, 4], "data": bytes(48)}]
    raw = bytearray(b"".join(made.record(made.example(row)) for row in rows))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(0, len(raw))) :]
    path = Path(tmp_path_factory.mktemp("damaged")) / "a.tfrecord"
    path.write_bytes(raw)
    source = TFRecordSource(path)
    try:
        for entry in source.listing().pictures:
            source.read(entry, LIMIT)
    except (NijigenError, ValueError):
        pass
