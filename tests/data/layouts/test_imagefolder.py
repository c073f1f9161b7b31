"""The conventions of Hugging Face's ImageFolder, which the folder and zip sources read."""

import json

import pytest

from nijigen.data.labelling.matching import label
from nijigen.data.sources import open_source
from nijigen.errors import NijigenError


def labels(path):
    source = open_source(path)
    listing = source.listing()
    found = label(source, listing, None)
    return {entry.name: row for entry, row in zip(listing.pictures, found.labels, strict=True)}


@pytest.fixture(params=["folder", "zip"])
def place(request, folder, packed):
    return folder if request.param == "folder" else packed


def test_class_folders_below_splits(place):
    files = {
        f"{split}/{name}/{i}.png": f"{split}{name}{i}"
        for split in ("train", "test")
        for name in ("cat", "dog")
        for i in (1, 2)
    }
    assert labels(place(files)) == {name: {"class": name.split("/")[1]} for name in files}


@pytest.mark.parametrize("splits", [("train", "validation"), ("train", "test", "valid"), ("training", "testing")])
def test_a_table_in_each_split(place, splits):
    files = {}
    for split in splits:
        files[f"{split}/1.png"], files[f"{split}/2.png"] = f"{split}1", f"{split}2"
        rows = [{"file_name": "1.png", "hair_color": "pink"}, {"file_name": "2.png", "hair_color": "blue"}]
        files[f"{split}/metadata.jsonl"] = "\n".join(json.dumps(row) for row in rows)
    found = labels(place(files))
    assert {found[f"{split}/1.png"]["hair_color"] for split in splits} == {"pink"}
    assert {found[f"{split}/2.png"]["hair_color"] for split in splits} == {"blue"}


def test_one_table_above_the_splits_and_nested_paths(place):
    files = {
        "train/a/1.png": "1",
        "test/2.png": "2",
        "metadata.csv": "file_name,additional_feature\ntrain/a/1.png,x\ntest/2.png,y\n",
    }
    assert labels(place(files)) == {
        "train/a/1.png": {"additional_feature": "x"},
        "test/2.png": {"additional_feature": "y"},
    }


def test_captions_label_nothing_when_there_are_many(place):
    files = {f"{i:03d}.png": str(i) for i in range(300)}
    files["metadata.jsonl"] = "\n".join(
        json.dumps({"file_name": f"{i:03d}.png", "text": f"a drawing no. {i}", "hair_color": "pink"})
        for i in range(300)
    )
    assert set(map(str, labels(place(files)).values())) == {"{'hair_color': 'pink'}"}


def test_what_is_not_an_attribute_is_named_by_line(place):
    row = {"file_name": "1.png", "objects": {"bbox": [[1, 2, 3, 4]], "categories": [0]}}
    with pytest.raises(NijigenError, match=r"metadata\.jsonl line 1: objects is a nested object"):
        labels(place({"1.png": "x", "metadata.jsonl": json.dumps(row)}))
