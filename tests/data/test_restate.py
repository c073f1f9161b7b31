"""Licence and source may be said when the data set is there already, or half made."""

import json

import pytest

from nijigen.data import Dataset, prepare
from nijigen.data.filling import Filler
from nijigen.errors import NijigenError

OPTIONS = {"size": 32, "quiet": True, "workers": 1}


@pytest.fixture
def source(folder, picture):
    return folder({f"{n:02d}.png": picture(n) for n in range(30)})


def test_what_is_said_afterwards_is_taken(source, tmp_path, tree):
    out = tmp_path / "out"
    first = prepare(source, out, **OPTIONS)
    assert any("licence: unknown (say it with --licence" in line for line in first.lines())
    summary = prepare(source, out, **OPTIONS, licence="CC-BY-4.0", provenance="https://example.org")
    assert (summary.licence, summary.provenance, summary.reused) == ("CC-BY-4.0", "https://example.org", True)
    assert "licence: CC-BY-4.0 from now on (was unknown)" in summary.lines()
    assert "from: https://example.org from now on (was unknown)" in summary.lines()
    assert summary.digest == first.digest == Dataset.open(out).digest
    assert "CC-BY-4.0" in (out / "report.html").read_text()
    prepare(source, tmp_path / "at once", **OPTIONS, licence="CC-BY-4.0", provenance="https://example.org")
    assert tree(out) == tree(tmp_path / "at once")


def test_said_once_it_need_not_be_said_again(source, tmp_path, tree):
    out = tmp_path / "out"
    prepare(source, out, **OPTIONS, licence="CC-BY-4.0")
    before = tree(out)
    for said in ({}, {"licence": "CC-BY-4.0"}, {"licence": "unknown"}):
        assert not any("from now on" in line for line in prepare(source, out, **OPTIONS, **said).lines())
    assert tree(out) == before
    summary = prepare(source, out, **OPTIONS, licence="CC0-1.0")
    assert "licence: CC0-1.0 from now on (was CC-BY-4.0)" in summary.lines()
    with pytest.raises(NijigenError, match=r"made with other arguments \(shape was crop, now pad\)"):
        prepare(source, out, **OPTIONS, shape="pad", licence="x")
    assert json.loads((out / "dataset.json").read_text())["licence"] == "CC0-1.0"


def test_a_summary_that_is_said_is_said(folder, picture, tmp_path):
    source = folder({"1.png": picture(1), "metadata.csv": "file_name,licence\n1.png,CC0-1.0\n"})
    assert prepare(source, tmp_path / "out", **OPTIONS).summed == ["licence"]
    summary = prepare(source, tmp_path / "out", **OPTIONS, licence="CC0-1.0")
    assert (summary.licence, summary.summed) == ("CC0-1.0", [])


def test_drawings_keep_their_licence_unless_another_is_said(tmp_path):
    prepare("chibi:3", tmp_path / "out", **OPTIONS, licence="mine")
    assert prepare("chibi:3", tmp_path / "out", **OPTIONS).licence == "mine"


def test_killed_after_the_report_the_same_command_says_it(source, tmp_path, monkeypatch):
    out = tmp_path / "out"
    prepare(source, out, **OPTIONS)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("nijigen.data.restate.write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare(source, out, **OPTIONS, licence="CC0-1.0")
    assert Dataset.open(out).info["licence"] == "unknown"
    assert prepare(source, out, **OPTIONS, licence="CC0-1.0").licence == "CC0-1.0"


def test_an_unfinished_one_takes_it_too(source, tmp_path, tree, monkeypatch):
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 10)
    record = Filler.record

    def killed(self, position):
        record(self, position)
        raise KeyboardInterrupt

    for said in ({}, {"licence": "CC0-1.0"}):
        with monkeypatch.context() as patch:
            patch.setattr(Filler, "record", killed)
            with pytest.raises(KeyboardInterrupt):
                prepare(source, tmp_path / "out", **OPTIONS, **said)
    summary = prepare(source, tmp_path / "out", **OPTIONS)  # said once is enough
    assert summary.resumed_at > 0
    prepare(source, tmp_path / "whole", **OPTIONS, licence="CC0-1.0")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_one_that_only_lacks_its_name_takes_it_too(source, tmp_path, tree, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("nijigen.data.preparation.replace_folder", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare(source, tmp_path / "out", **OPTIONS)
    prepare(source, tmp_path / "out", **OPTIONS, licence="CC0-1.0")
    prepare(source, tmp_path / "whole", **OPTIONS, licence="CC0-1.0")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
