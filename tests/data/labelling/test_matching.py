import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data import Dataset, prepare
from nijigen.data.labelling.labels import MOST_VALUES, attribute_name, canonical, count_values, value_word
from nijigen.data.labelling.matching import label
from nijigen.data.sources import open_source
from nijigen.errors import NijigenError
from nijigen.vocabulary import fold


def labelled(path, labels_file=None):
    source = open_source(path)
    listing = source.listing()
    found = label(source, listing, labels_file)
    return {entry.name: row for entry, row in zip(listing.pictures, found.labels, strict=True)}, found


FILES = dict.fromkeys(["faces/1.png", "faces/2.png", "faces/3.png"], "x")


def test_metadata_beside_the_pictures_in_a_subfolder(folder, packed):
    files = FILES | {"faces/metadata.csv": "file_name,hair_color,eye_color\n1.png,pink,blue\n3.png,,red\n"}
    for source in (folder, packed):
        labels, found = labelled(source(files))
        assert labels == {
            "faces/1.png": {"hair_color": "pink", "eye_color": "blue"},
            "faces/2.png": {},
            "faces/3.png": {"eye_color": "red"},
        }
        assert found.schema.names == ("hair_color", "eye_color")
        assert (found.origin, found.rows, found.missing) == ("metadata.csv", 2, [])


def test_metadata_names_are_relative_to_it_and_an_inner_file_wins(folder):
    labels, _ = labelled(folder(FILES | {
        "metadata.jsonl": '{"file_name": "faces/1.png", "hair": "pink"}\n{"file_name": "./faces/2.png", "hair": "red"}',
        "faces/metadata.csv": "file_name,hair_color\n1.png,blue\n",
    }))  # fmt: skip
    assert labels["faces/1.png"] == {"hair_color": "blue"}
    assert labels["faces/2.png"] == {"hair_color": "red"}


def test_words_of_every_language_mean_the_same(folder):
    labels, found = labelled(folder(FILES | {
        "faces/metadata.csv": "file_name,髪色,目の色\n1.png,ピンク,Light Blue\n2.png,粉色,unknown\n3.png,rose,不明\n",
    }))  # fmt: skip
    assert [row.get("hair_color") for row in labels.values()] == ["pink"] * 3
    assert found.schema["hair_color"].values == ("pink",)
    assert labels["faces/1.png"]["eye_color"] == "aqua"
    assert "eye_color" not in labels["faces/2.png"]


def test_folders_as_labels_at_any_depth(folder, packed):
    files = dict.fromkeys(["hair_color=Pink/eyes=blue/1.png", "hair_color=pink/2.png", "3.png"], "x")
    for source in (folder, packed):
        labels, found = labelled(source(files))
        assert labels["hair_color=Pink/eyes=blue/1.png"] == {"hair_color": "pink", "eye_color": "blue"}
        assert labels["hair_color=pink/2.png"] == {"hair_color": "pink"}
        assert labels["3.png"] == {}
        assert found.origin == "folders"


@pytest.mark.parametrize("above", ["", "data/", "train/"])
def test_one_level_of_folders_is_a_class(folder, above):
    labels, found = labelled(folder(dict.fromkeys([f"{above}Asuka Langley/1.png", f"{above}rei/2.png"], "x")))
    assert [row["class"] for row in labels.values()] == ["asuka_langley", "rei"]
    assert found.schema["class"].values == ("asuka_langley", "rei")


def test_splits_above_classes_are_no_classes(folder):
    labels, _ = labelled(folder(dict.fromkeys(["train/cat/1.png", "train/dog/2.png", "test/cat/3.png"], "x")))
    assert [row["class"] for row in labels.values()] == ["cat", "cat", "dog"]


@pytest.mark.parametrize(
    "files",
    [
        ["all/1.png", "all/2.png"],  # one folder says nothing
        ["a/1.png", "2.png"],  # not all pictures have one
        ["a/x/1.png", "b/y/2.png"],  # two levels
        ["0000/1.png", "0001/2.png"],  # numbered folders share pictures out
        ["train/1.png", "test/2.png"],
    ],
)
def test_other_folders_are_no_classes(folder, files):
    labels, found = labelled(folder(dict.fromkeys(files, "x")))
    assert not any(labels.values())
    assert found.origin is None


def test_too_many_classes_are_left_out_and_named(folder):
    labels, found = labelled(folder(dict.fromkeys([f"tag{i}/1.png" for i in range(MOST_VALUES + 1)], "x")))
    assert not any(labels.values())
    assert found.ignored_columns == ["class"]


def test_metadata_overrides_folders_only_where_it_says_something(folder):
    labels, _ = labelled(folder({
        "hair_color=pink/1.png": "x", "hair_color=pink/2.png": "x",
        "metadata.csv": "file_name,hair_color\nhair_color=pink/1.png,\nhair_color=pink/2.png,red\n",
    }))  # fmt: skip
    assert [row["hair_color"] for row in labels.values()] == ["pink", "red"]


def test_a_labels_file_by_path_name_or_stem(folder, tmp_path):
    files = dict.fromkeys(["a/1.png", "b/2.png", "b/3.jpg", "c/1.png"], "x")
    given = tmp_path / "labels.json"
    rows = {"a/1.png": {"hair": "red"}, "2.png": {"hair": "blue"}, "3": {"hair": "pink"}, "c/1": {"hair": "black"}}
    given.write_text(json.dumps(rows))
    labels, found = labelled(folder(files), given)
    assert [row["hair_color"] for row in labels.values()] == ["red", "blue", "pink", "black"]
    assert found.origin == "labels.json"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"1": {"hair": "red"}}, r"1 may be a/1\.png or b/1\.png"),
        ({"2": {"hair": "red"}, "2.png": {"hair": "red"}}, r"2 and 2\.png both name a/2\.png"),
        ({"9.png": {"hair": "red"}}, r"names 1 files and none is in the source \(the first is 9\.png\)"),
        ({"2.png": {"hair": "red", "hair_color": "red"}}, "columns hair and hair_color both mean hair_color"),
        ({"2.png": {"--": "red"}}, "'--' is no word"),
    ],
)
def test_labels_that_do_not_fit_are_named(folder, tmp_path, rows, said):
    given = tmp_path / "labels.json"
    given.write_text(json.dumps(rows))
    with pytest.raises(NijigenError, match=said):
        labelled(folder(dict.fromkeys(["a/1.png", "b/1.png", "a/2.png"], "x")), given)


def test_a_labels_file_that_is_missing_is_named(folder, tmp_path):
    with pytest.raises(NijigenError, match=r"cannot read --labels .*nothing\.csv: No such file"):
        labelled(folder(FILES), tmp_path / "nothing.csv")


def test_rows_without_a_picture_are_kept_as_rows(folder):
    _, found = labelled(folder(FILES | {
        "faces/metadata.csv": "file_name,hair\n1.png,pink\n9.png,red\n../../x.png,red\n/etc/x.png,red\n",
    }))  # fmt: skip
    assert [(row["file"], row["reason"]) for row in found.missing] == [
        ("9.png", "missing"), ("../../x.png", "unsafe_path"), ("/etc/x.png", "unsafe_path"),
    ]  # fmt: skip
    assert found.rows == 4


def test_metadata_that_names_none_of_the_pictures_is_an_error(folder):
    with pytest.raises(NijigenError, match=r"none is in the source .*paths are relative to the metadata file"):
        labelled(folder(FILES | {"metadata.csv": "file_name,hair\n1.png,pink\n"}))


def test_two_metadata_files_in_one_folder_are_an_error(folder):
    with pytest.raises(NijigenError, match="two metadata files in folder faces; keep one"):
        labelled(folder(FILES | {"faces/metadata.csv": "file_name\n1.png\n", "faces/metadata.jsonl": "{}"}))


def test_a_folder_that_contradicts_itself_is_an_error(folder):
    with pytest.raises(NijigenError, match="gives hair_color twice: pink and red"):
        labelled(folder({"hair=pink/hair_color=red/1.png": "x"}))


def test_numbers_become_a_range_and_captions_are_left_out():
    rows = [{"blush": i / 100, "age": str(i % 5), "text": f"caption {i}"} for i in range(MOST_VALUES + 1)]
    labels, schema, ignored = canonical(rows)
    assert schema["blush"].range == (0.0, 2.56)
    assert schema["age"].values == ("0", "1", "2", "3", "4")
    assert ignored == ["text"]
    assert labels[7] == {"blush": 0.07, "age": "2"}


def test_values_are_counted():
    rows = [{"hair_color": "pink", "blush": 0.5}, {"hair_color": "red"}, {"hair_color": "pink", "blush": 0.25}, {}]
    labels, schema, _ = canonical(rows)
    assert count_values(labels, schema) == {
        "hair_color": {"pink": 2, "red": 1},
        "blush": {"labelled": 2, "lowest": 0.25, "highest": 0.5},
    }


words = st.text(max_size=8)


@settings(max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from(["hair_color", "a", "b"]), st.one_of(words, st.floats(-9, 9)))))
def test_no_label_is_lost_and_the_schema_takes_every_one(rows):
    labels, schema, ignored = canonical(rows)
    assert not ignored
    for row, found in zip(rows, labels, strict=True):
        assert schema.normalize(found) == {name: found[name] for name in schema.names if name in found}
        for name, cell in row.items():
            known = isinstance(cell, float) or value_word(name, str(cell)) != ""
            assert known == (name in found)


@settings(max_examples=300)
@given(st.text(min_size=1, max_size=20))
def test_names_do_not_change_when_folded_again(word):
    if fold(word):
        try:
            name = attribute_name(word)
        except NijigenError:
            return
        assert fold(name) == name == attribute_name(name)
    assert value_word("anything", value_word("anything", word)) == value_word("anything", word)


@pytest.mark.parametrize("word", ["licence", "License", "LICENSE"])
def test_licence_and_source_of_a_table_stay_with_the_picture_and_are_no_labels(folder, picture, tmp_path, word):
    table = f"file_name,hair_color,{word},source\n0.png,pink,CC-BY-4.0,https://example.org/0\n1.png,blue,,\n"
    more = f"file_name,{word}\n2.png,CC0-1.0\n"
    source = folder({"metadata.csv": table, **{f"{n}.png": picture(n) for n in range(4)}})
    (tmp_path / "more.csv").write_text(more)
    found = prepare(source, tmp_path / "out", size=32, labels=tmp_path / "more.csv", quiet=True)
    notes = {sample.file: sample.notes for sample in Dataset.open(tmp_path / "out").samples()}
    assert (notes["0.png"]["licence"], notes["0.png"]["source"]) == ("CC-BY-4.0", "https://example.org/0")
    assert notes["2.png"]["licence"] == "CC0-1.0"
    assert "licence" not in notes["1.png"]
    assert "source" not in notes["2.png"]
    assert list(found.labels) == ["hair_color"]
    assert any("stay with them, and are no labels" in line for line in found.lines())
    (tmp_path / "more.csv").write_text(more.replace("CC0-1.0", "CC-BY-SA-4.0"))
    with pytest.raises(NijigenError, match="pictures or labels of the source have changed"):
        prepare(source, tmp_path / "out", size=32, labels=tmp_path / "more.csv", quiet=True)
