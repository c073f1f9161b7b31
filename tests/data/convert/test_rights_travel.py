"""Licences and sources of single pictures go with them, and nobody's are made up."""

import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from nijigen.data import prepare
from nijigen.data.convert import convert
from nijigen.data.layouts import layout_of
from nijigen.data.sources import open_source
from nijigen.data.writers import TARGETS

SAID = {0: ("CC-BY-4.0", "https://example.org/0"), 5: ("CC0-1.0", "")}
SUMMARY = ("mixed: CC-BY-4.0, CC0-1.0, unknown", "mixed: https://example.org/0, unknown")


@pytest.fixture
def partly(tmp_path):
    """12 pictures without labels, two of which have a licence of their own."""
    (tmp_path / "in").mkdir()
    rows = ["file_name,licence,source"]
    for i in range(12):
        pixels = np.random.default_rng(i).integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"in/{i:02d}.png")
        rows.append(f"{i:02d}.png,{','.join(SAID.get(i, ('', '')))}")
    (tmp_path / "in/metadata.csv").write_text("\n".join(rows))
    return tmp_path / "in"


def told(samples):
    found = {n: (row.notes.get("licence", ""), row.notes.get("source", "")) for n, row in enumerate(samples)}
    return {n: rights for n, rights in found.items() if any(rights)}


@pytest.mark.parametrize("to", TARGETS)
def test_each_picture_keeps_its_own_and_the_others_get_none(partly, tmp_path, to, look):
    out = tmp_path / f"out{look.ending(to)}"
    summary = convert(partly, out, to, quiet=True)
    assert (summary.licence, summary.provenance) == SUMMARY
    assert f"licence: {SUMMARY[0]}" in summary.lines()
    again = prepare(out, tmp_path / "back", size=16, quiet=True, workers=1)
    assert told(look.samples(tmp_path / "back")) == SAID
    assert (again.licence, again.provenance, again.ignored) == (*SUMMARY, 0)
    assert again.labels == {}


@pytest.mark.parametrize("to", TARGETS)
def test_a_data_set_gives_what_was_said_of_the_whole_to_pictures_without_their_own(partly, tmp_path, to, look):
    wide = {"licence": "mixed: see the list", "provenance": "me"}  # said by a person, though it looks like a summary
    prepare(partly, tmp_path / "data", size=16, quiet=True, workers=1, **wide)
    out = tmp_path / f"out{look.ending(to)}"
    convert(tmp_path / "data", out, to, quiet=True)
    prepare(out, tmp_path / "back", size=16, quiet=True, workers=1)
    expected = dict.fromkeys(range(12), ("mixed: see the list", "me"))
    expected |= {0: SAID[0], 5: ("CC0-1.0", "me")}
    assert told(look.samples(tmp_path / "back")) == expected


@pytest.mark.parametrize("to", ["nvidia", "stylegan-tfrecord"])
def test_pictures_without_labels_keep_a_licence_that_all_have(partly, tmp_path, to, look):
    (partly / "metadata.csv").unlink()
    prepare(partly, tmp_path / "data", size=16, quiet=True, workers=1, licence="CC0-1.0")
    out = tmp_path / f"out{look.ending(to)}"
    convert(tmp_path / "data", out, to, quiet=True)
    listing = layout_of(out).listing()
    assert {listing.facts[entry.name].licence for entry in listing.pictures} == {"CC0-1.0"}


def test_where_nothing_is_known_nothing_is_stamped(partly, tmp_path):
    (partly / "metadata.csv").unlink()
    summary = convert(partly, tmp_path / "a.tar", quiet=True)
    assert (summary.licence, summary.provenance) == ("unknown", "unknown")  # and not the name of the folder
    with tarfile.open(tmp_path / "a.tar") as file:
        rows = [json.load(file.extractfile(name)) for name in file.getnames() if name.endswith(".json")]
    assert all(row.keys() == {"labels", "file"} for row in rows)


def test_only_our_own_licence_file_is_no_ignored_file(partly, tmp_path):
    convert(partly, tmp_path / "hf", quiet=True)
    assert open_source(tmp_path / "hf").listing().ignored == 0
    (tmp_path / "hf/LICENCE.txt").write_text("All rights reserved.")
    assert open_source(tmp_path / "hf").listing().ignored == 1
