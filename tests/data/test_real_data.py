"""Both anime sets as people have them (not part of the project; the tests skip where they are absent)."""

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter

import pytest

from nijigen.data import Dataset, prepare


@pytest.mark.slow
def test_of_the_anime_faces_no_label_is_lost(shared_data, tmp_path):
    source = shared_data / "anime-faces-96.zip"
    with zipfile.ZipFile(source) as file:
        text = file.read("anime-faces-96/metadata.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    summary = prepare(source, tmp_path / "out", size=64, quiet=True)
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
    summary = prepare(source, tmp_path / "out", size=64, quiet=True)
    rows = [json.loads(line) for line in (tmp_path / "out/dropped.jsonl").read_text().splitlines()]
    assert summary.dropped == {"exact_duplicate": 500} == Counter(row["reason"] for row in rows)
    with zipfile.ZipFile(source) as file:
        digests = {name: hashlib.sha256(file.read(name)).digest() for name in file.namelist()}
    assert all(digests[row["file"]] == digests[row["of"]] for row in rows)
    kept = {sample.file: sample for sample in Dataset.open(tmp_path / "out").samples()}
    assert len(kept) == len({digests[name] for name in kept}) == 7500
    # They are plain 64 px JPEGs: nothing is encoded again.
    assert all(hashlib.sha256(sample.data).digest() == digests[name] for name, sample in kept.items())
