"""What a data set says of whose its pictures are, and from where."""

import json
from collections import Counter

import pytest

from nijigen.data import Dataset, prepare
from nijigen.data.facts import Facts
from nijigen.data.filling import Filler
from nijigen.data.rights import common, rights_of, said_for_all


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({}, "unknown"),
        ({"": 3}, "unknown"),
        ({"CC0-1.0": 3}, "CC0-1.0"),
        ({"CC0-1.0": 3, "": 1}, "mixed: CC0-1.0, unknown"),
        ({"b": 1, "a": 1, "c": 2}, "mixed: c, a, b"),
        ({**{f"{n:02d}": 1 for n in range(20)}, "": 1}, "mixed: 00, 01, 02, 03, 04, 05, 06, 07 and 12 more, unknown"),
    ],
)
def test_the_line_for_all(counts, line):
    assert common(counts) == line


def test_the_line_for_all_stays_one_line():
    line = common(Counter(f"{n} " + "x" * 10_000 for n in range(1000)))
    assert len(line) < 600
    assert line.endswith("… and 992 more")


def test_faces_have_the_rights_of_their_file():
    facts = {"a.png": Facts(licence="CC0-1.0"), "b#1": Facts(licence="Unknown", source="me")}
    rights = rights_of(["a.png#1", "a.png#2", "b#1", "c.png"], facts)
    assert (rights.licence, rights.source) == ({"CC0-1.0": 2, "": 2}, {"me": 1, "": 3})


def test_a_summary_is_no_licence_of_a_picture():
    info = {"licence": "mixed: CC0-1.0, unknown", "provenance": "me", "arguments": {"licence": "unknown"}}
    assert said_for_all(info) == {"licence": "", "source": "me"}
    info["arguments"]["licence"] = info["licence"]  # somebody gave it in these words
    assert said_for_all(info)["licence"] == info["licence"]
    assert said_for_all({"licence": 3, "arguments": []}) == {"licence": "", "source": ""}


@pytest.fixture
def rows(folder, picture):
    """60 pictures with a licence each, and a source each."""

    def write(licence):
        table = "".join(f"{n:02d}.png,{licence(n)},https://example.org/{n % 2}\n" for n in range(60))
        return folder({f"{n:02d}.png": picture(n) for n in range(60)} | {
            "metadata.csv": "file_name,licence,source\n" + table})  # fmt: skip

    return write


def test_where_nothing_was_said_the_pictures_say_it(rows, tmp_path):
    summary = prepare(rows(lambda n: "CC-BY-4.0"), tmp_path / "out", size=32, quiet=True, workers=1)
    info = json.loads((tmp_path / "out/dataset.json").read_text())
    sources = "mixed: https://example.org/0, https://example.org/1"
    assert (summary.licence, summary.provenance) == ("CC-BY-4.0", sources) == (info["licence"], info["provenance"])
    assert info["arguments"]["licence"] == "unknown"
    assert f"from: {sources} (what the pictures say; a model says it, too)" in summary.lines()
    assert not any("unknown" in line for line in summary.lines())
    assert Dataset.open(tmp_path / "out").card["provenance"] == sources
    assert sources in (tmp_path / "out/report.html").read_text()


def test_what_was_said_goes_before(rows, tmp_path):
    said = {"licence": "CC0-1.0", "provenance": "me"}
    summary = prepare(rows(lambda n: "CC-BY-4.0"), tmp_path / "out", size=32, quiet=True, workers=1, **said)
    assert (summary.licence, summary.provenance, summary.summed) == ("CC0-1.0", "me", [])
    samples = Dataset.open(tmp_path / "out").samples()
    assert {sample.notes["licence"] for sample in samples} == {"CC-BY-4.0"}  # its own stays with each picture


def test_only_pictures_that_are_kept_count(folder, picture, tmp_path):
    table = "file_name,licence\n1.png,CC0-1.0\n2.png,CC-BY-4.0\n3.png,private\n4.png,secret\n"
    source = folder({"metadata.csv": table, "1.png": picture(1), "2.png": picture(2), "3.png": b"x" * 40,
                     "4.png": picture(1)})  # fmt: skip
    summary = prepare(source, tmp_path / "out", size=32, quiet=True, workers=1)
    assert (summary.kept, summary.licence) == (2, "mixed: CC-BY-4.0, CC0-1.0")


def test_what_is_taken_back_counts_again(folder, picture, tmp_path):
    from PIL import Image

    source = folder({"metadata.csv": "file_name,licence\n1.png,CC0-1.0\nflat.png,private\n", "1.png": picture(1)})
    Image.new("RGB", (80, 80), "red").save(source / "flat.png")
    options = {"size": 32, "quiet": True, "workers": 1}
    first = prepare(source, tmp_path / "out", **options)
    assert (first.dropped, first.licence) == ({"flat": 1}, "CC0-1.0")
    assert prepare(source, tmp_path / "out", **options, keep=["flat.png"]).licence == "mixed: CC0-1.0, private"
    assert prepare(source, tmp_path / "out", **options).licence == "CC0-1.0"


def test_an_interruption_changes_no_byte_of_it(rows, tmp_path, tree, monkeypatch):
    source = rows(lambda n: ("CC0-1.0", "CC-BY-4.0", "")[n % 3])
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 20)
    options = {"size": 32, "quiet": True, "workers": 1}
    prepare(source, tmp_path / "whole", **options)
    record = Filler.record

    def killed(self, position):
        record(self, position)
        raise KeyboardInterrupt

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(Filler, "record", killed)
            with pytest.raises(KeyboardInterrupt):
                prepare(source, tmp_path / "out", **options)
    summary = prepare(source, tmp_path / "out", **options)
    assert summary.resumed_at > 0
    assert summary.licence == "mixed: CC-BY-4.0, CC0-1.0, unknown"
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_a_data_set_prepared_anew_keeps_them(rows, tmp_path):
    options = {"size": 32, "quiet": True, "workers": 1}
    prepare(rows(lambda n: ""), tmp_path / "one", **options, licence="CC0-1.0", provenance="https://example.org")
    again = prepare(tmp_path / "one", tmp_path / "two", **options)
    assert again.licence == "CC0-1.0"
    assert again.provenance == "mixed: https://example.org/0, https://example.org/1"  # each had its own
    prepare("chibi:4", tmp_path / "drawn", **options)
    drawn = prepare(tmp_path / "drawn", tmp_path / "redrawn", **options)
    assert (drawn.licence, drawn.provenance) == ("CC0-1.0", json.loads(
        (tmp_path / "drawn/dataset.json").read_text())["provenance"])  # fmt: skip
    assert drawn.provenance != "drawn"  # and not the name of the folder
