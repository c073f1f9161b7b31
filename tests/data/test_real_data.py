"""Both anime sets as people have them (not part of the project; the tests skip where they are absent)."""

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from nijigen.data import Dataset, prepare


@pytest.mark.slow
def test_of_the_anime_faces_no_label_is_lost(shared_data, tmp_path):
    source = shared_data / "anime-faces-96.zip"
    with zipfile.ZipFile(source) as file:
        text = file.read("anime-faces-96/metadata.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    summary = prepare(source, tmp_path / "out", size=64, quiet=True, junk=False)
    assert (summary.kept, summary.labelled, summary.label_rows, summary.rows_without_picture) == (9000, 9000, 9000, 0)
    for column in ("hair_color", "eye_color"):
        assert summary.labels[column] == dict(sorted(Counter(row[column] for row in rows).items()))
    expected = {row["file_name"]: {"hair_color": row["hair_color"], "eye_color": row["eye_color"]} for row in rows}
    dataset = Dataset.open(tmp_path / "out")
    assert {sample.file.rpartition("/")[2]: sample.labels for sample in dataset.samples()} == expected
    resident = dataset.load()
    assert resident.images.shape == (9000, 3, 64, 64)
    assert resident.labels.sum() == 18_000


@pytest.mark.slow
def test_of_the_visual_novel_faces_all_500_duplicates_are_found(shared_data, tmp_path):
    source = shared_data / "visual-novel-faces-64.zip"
    summary = prepare(source, tmp_path / "out", size=64, quiet=True, junk=False)
    rows = [json.loads(line) for line in (tmp_path / "out/dropped.jsonl").read_text().splitlines()]
    assert summary.dropped == {"exact_duplicate": 500} == Counter(row["reason"] for row in rows)
    with zipfile.ZipFile(source) as file:
        digests = {name: hashlib.sha256(file.read(name)).digest() for name in file.namelist()}
    assert all(digests[row["file"]] == digests[row["of"]] for row in rows)
    kept = {sample.file: sample for sample in Dataset.open(tmp_path / "out").samples()}
    assert len(kept) == len({digests[name] for name in kept}) == 7500
    # They are plain 64 px JPEGs: nothing is encoded again.
    assert all(hashlib.sha256(sample.data).digest() == digests[name] for name, sample in kept.items())


@pytest.mark.slow
def test_junk_of_the_anime_faces_is_left_out_and_comes_back(shared_data, tmp_path):
    """Most that was labelled as junk by eye goes, little that was not, and all of it can be taken back."""
    source, out = shared_data / "anime-faces-96.zip", tmp_path / "out"
    summary = prepare(source, out, size=96, quiet=True)
    judged = {row["file"].rpartition("/")[2]: row for row in map(json.loads, (out / "dropped.jsonl").open())}
    with (Path(__file__).parent / "hand-labels.csv").open(newline="") as file:
        by_eye = [row for row in csv.DictReader(file) if not row["doubtful"]]
    junk = [row["file_name"] for row in by_eye if row["reasons"]]
    fine = [row["file_name"] for row in by_eye if not row["reasons"]]
    assert min(len(junk), len(fine)) > 50
    assert sum(name in judged for name in junk) > 0.6 * len(junk)
    assert sum(name in judged for name in fine) < 0.1 * len(fine)
    reasons = sorted(summary.dropped)
    again = prepare(source, out, size=96, quiet=True, keep_reason=reasons)
    assert (again.kept, again.dropped) == (9000, {})
    assert sorted(sample.file for sample in Dataset.open(out).samples()) == sorted(
        name for name in zipfile.ZipFile(source).namelist() if name.endswith(".jpg")
    )


@pytest.mark.slow
def test_sharp_photographs_are_not_upscaled(shared_data, tmp_path):
    """Portraits of 256 px have more pixels than 64 px take: few are called so, where one in thirteen once was."""
    summary = prepare(shared_data / "portrait-photos-256.zip", tmp_path / "out", size=64, quiet=True)
    assert summary.kept + sum(summary.dropped.values()) > 900
    assert summary.dropped.get("upscaled", 0) <= 6
