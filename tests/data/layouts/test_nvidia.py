import contextlib
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.layouts import layout_of
from nijigen.data.layouts.nvidia import NvidiaSource, _rows, detect
from nijigen.data.sources import open_source
from nijigen.errors import NijigenError

SCHEMA = {"version": 1, "attributes": [{"name": "hair_color", "values": ["blue", "pink"]}]}
ABOUT = {"format": "nijigen-columns", "version": 1, "schema": SCHEMA, "licence": "CC0-1.0", "source": "chibi:3"}


def words(path):
    listing = NvidiaSource(path).listing()
    return [listing.facts[e.name].labels if e.name in listing.facts else None for e in listing.pictures]


def unpack(path, folder):
    with zipfile.ZipFile(path) as file:
        file.extractall(folder)
    return folder


def test_class_numbers_of_a_zip_and_of_its_folder(made, tmp_path):
    path = made.nvidia(tmp_path / "a.zip", [3, 0, 12])
    for place in (path, unpack(path, tmp_path / "folder")):
        assert detect(place)
        source = layout_of(place)
        listing = source.listing()
        assert [entry.name for entry in listing.pictures] == [f"00000/img{i:08d}.png" for i in range(3)]
        assert words(place) == [{"class": "3"}, {"class": "0"}, {"class": "12"}]
        assert source.read(listing.pictures[1], 10**6) == made.png(1)
        assert (listing.ignored, listing.refused) == (0, [])


def test_vectors(made, tmp_path):
    assert words(made.nvidia(tmp_path / "a.zip", [[0, 1, 0], [1.0, 0, 0], [0, 0, 0]])) == [
        {"class": "1"},
        {"class": "0"},
        None,
    ]
    assert words(made.nvidia(tmp_path / "b.zip", [[1, 1], [0, 1]])) == [
        {"label_00": "1", "label_01": "1"},
        {"label_00": "0", "label_01": "1"},
    ]
    assert words(made.nvidia(tmp_path / "c.zip", [[0.25, 7], [0.5, 8]])) == [
        {"label_00": 0.25, "label_01": 7.0},
        {"label_00": 0.5, "label_01": 8.0},
    ]


def test_no_labels(made, tmp_path):
    path = made.nvidia(tmp_path / "a.zip", None)
    assert detect(path)
    assert words(path) == [None] * 4


def test_names_of_the_numbers_licence_and_source(made, tmp_path):
    path = made.nvidia(tmp_path / "a.zip", [1, 0], nijigen=json.dumps(ABOUT).encode())
    listing = NvidiaSource(path).listing()
    assert words(path) == [{"hair_color": "pink"}, {"hair_color": "blue"}]
    assert {(facts.licence, facts.source) for facts in listing.facts.values()} == {("CC0-1.0", "chibi:3")}
    assert listing.ignored == 0
    vectors = made.nvidia(tmp_path / "b.zip", [[0, 1], [0, 0]], nijigen=json.dumps(ABOUT).encode())
    assert words(vectors) == [{"hair_color": "pink"}, {}]


def test_rows_without_a_picture_and_pictures_without_a_row(made, tmp_path):
    folder = unpack(made.nvidia(tmp_path / "a.zip", [1, 0]), tmp_path / "folder")
    rows = [["00000/img00000000.png", 1], ["gone.png", 1], ["../../out.png", 0], ["\ud800.png", 0]]
    (folder / "dataset.json").write_text(json.dumps({"labels": rows}))
    listing = NvidiaSource(folder).listing()
    assert words(folder) == [{"class": "1"}, None]
    assert [(row["file"], row["reason"]) for row in listing.refused] == [
        ("gone.png", "missing"),
        ("../../out.png", "unsafe_path"),
        ("\\ud800.png", "missing"),
    ]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("x", "labels is no list"),
        ([["a.png"]], "row 0 of labels is not"),
        ([["a.png", 1], [2, 1]], "row 1 of labels is not"),
        ([["a.png", 1], ["a.png", 1]], r"row 1 of labels names a\.png a second time"),
        ([["a.png", -1]], "row 0 of labels is -1: not a class number"),
        ([["a.png", 1], ["b.png", [1, 2]]], "mixes class numbers and lists"),
        ([["a.png", [1, 2]], ["b.png", 1]], "row 1 of labels is 1: not a class number like the others"),
        ([["a.png", [1, 2]], ["b.png", [1]]], "row 1 of labels has 1 numbers, those before have 2"),
        ([["a.png", "cat"]], "row 0 of labels is no class number and no list"),
        ([["a.png", [float("nan")]]], "row 0 of labels holds a number that is no number"),
        ([["a.png", [10**400]]], "row 0 of labels holds a number that is no number or too large"),
    ],
)
def test_wrong_rows_are_named_by_their_number(labels, message):
    with pytest.raises(NijigenError, match=message):
        _rows("x", json.dumps({"labels": labels}).encode())


def test_a_broken_file_is_named(made, tmp_path):
    folder = unpack(made.nvidia(tmp_path / "a.zip", [1, 0]), tmp_path / "folder")
    for text in ('{"labels": [', '{"labels": ' + "[" * 100_000):
        (folder / "dataset.json").write_text(text)
        with pytest.raises(NijigenError, match=r"folder: dataset\.json is broken JSON"):
            layout_of(folder).listing()


def test_others_are_not_taken_for_it(made, tiny_dataset, tmp_path, folder, packed):
    assert not detect(tiny_dataset)
    assert not detect(folder({"dataset.json": '{"name": "x"}', "1.png": "x"}))
    assert not detect(packed({"1.png": b"x", "about dataset.json": "{}"}))
    assert not detect(packed({"1.png": b"x"}, name="b.zip"))
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 dataset.json")
    assert not detect(tmp_path / "broken.zip")
    assert not detect(tmp_path / "nowhere")
    assert type(open_source(packed({"1.png": b"x"}, name="c.zip"))).__name__ == "ZipSource"


@settings(max_examples=150)
@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=3), x, max_size=3),
        max_leaves=12,
    ).map(lambda value: json.dumps({"labels": value}).encode())
)
def test_any_json_is_read_or_named(raw):
    with contextlib.suppress(NijigenError):
        assert isinstance(_rows("x", raw), dict)
