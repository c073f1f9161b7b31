import json
import pickle
import shutil

import pytest

from nijigen.data import Dataset
from nijigen.data.layouts import layout_name, layout_of
from nijigen.errors import NijigenError


def test_pictures_and_labels_are_those_of_the_data_set(tiny_dataset):
    source = pickle.loads(pickle.dumps(layout_of(tiny_dataset)))  # as a worker gets it
    listing = source.listing()
    samples = list(Dataset.open(tiny_dataset).samples())
    assert len(listing.pictures) == len(samples) == 64
    for entry, sample in zip(listing.pictures, samples, strict=True):
        assert (entry.name, entry.size) == (sample.file, len(sample.data))
        assert source.read(entry, 10**6) == sample.data
        assert listing.facts[entry.name].labels == sample.labels


def test_its_licence_is_that_of_every_picture(tiny_dataset, tmp_path):
    shutil.copytree(tiny_dataset, tmp_path / "copy")
    file = tmp_path / "copy/dataset.json"
    info = json.loads(file.read_text())
    file.write_text(json.dumps(info | {"licence": "CC-BY-4.0", "provenance": "https://example.org"}))
    facts = layout_of(tmp_path / "copy").listing().facts
    assert {(row.licence, row.source) for row in facts.values()} == {("CC-BY-4.0", "https://example.org")}
    file.write_text(json.dumps(info | {"licence": "mixed: CC-BY-4.0, unknown", "provenance": "unknown"}))
    facts = layout_of(tmp_path / "copy").listing().facts
    assert {(row.licence, row.source) for row in facts.values()} == {("", "")}  # a summary is nobody's licence


def test_a_damaged_data_set_is_named(tiny_dataset, tmp_path):
    shutil.copytree(tiny_dataset, tmp_path / "copy")
    (shard,) = (tmp_path / "copy").glob("*.tar")
    raw = shard.read_bytes()
    shard.write_bytes(raw[:-512])
    assert layout_name(tmp_path / "copy") == "nijigen"
    with pytest.raises(NijigenError, match="is damaged"):
        layout_of(tmp_path / "copy").listing()
    shard.write_bytes(raw.replace(b'{"labels"', b'{"l@bels"', 1))
    with pytest.raises(NijigenError, match="is broken"):
        layout_of(tmp_path / "copy").listing()
    (tmp_path / "copy/dataset.json").write_text('{"format": "nijigen-dataset"')
    with pytest.raises(NijigenError, match=r"dataset\.json is broken"):
        layout_of(tmp_path / "copy").listing()
