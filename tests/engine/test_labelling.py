"""The verbs train-labeler and label: from a data set to a labeler to labels that prepare takes."""

import csv
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.data import Dataset, prepare
from nijigen.engine.labelling import gather, label_pictures
from nijigen.features.labeler import load_labeler, read_labeler
from nijigen.machine import prepare_machine

SHADES = {"red": 0, "green": 1, "blue": 2}


def write(folder, count, seed=0):
    """Pictures of one coloured square, and their labels."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    rows = ["file_name,shade,place"]
    for index in range(count):
        pixels = random.integers(90, 130, (32, 32, 3), np.uint8)
        shade, low = list(SHADES)[random.integers(3)], random.integers(2)
        top, left = (17 if low else 4), random.integers(8, 16)
        pixels[top : top + 10, left : left + 10] = 20
        pixels[top : top + 10, left : left + 10, SHADES[shade]] = 235
        Image.fromarray(pixels).save(folder / f"{index:04d}.png")
        rows.append(f"{index:04d}.png,{shade},{('none', 'below')[low]}")
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A data set of squares, and a labeler taught by it."""
    from nijigen.engine.labelling import teach_from

    place = tmp_path_factory.mktemp("learned")
    rights = {"licence": "CC0-1.0", "provenance": "https://example.org"}
    prepare(write(place / "source", 500), place / "data", size=32, workers=1, quiet=True, junk=False, **rights)
    prepare_machine(1)
    teach_from(Dataset.open(place / "data"), place / "squares.safetensors", seen=30 * 64, seed=1, quiet=True)
    return place


def test_labels_of_one_go_into_the_data_set_of_another(learned, tmp_path, command):
    source = write(tmp_path / "new", 60, seed=9)
    with (source / "metadata.csv").open() as file:
        right = {row["file_name"]: row for row in csv.DictReader(file)}
    (source / "metadata.csv").unlink()
    table, labeler = tmp_path / "labels.csv", learned / "squares.safetensors"
    result = command("label", source, "--labeler", labeler, "--csv", table, "--threads", 1)
    assert result.code == 0, result.err
    assert "60 pictures" in result.out
    with table.open() as file:
        told = list(csv.DictReader(file))
    words = [(row[name], right[row["file_name"]][name]) for row in told for name in ("shade", "place") if row[name]]
    assert len(told) == 60
    assert len(words) > 60
    assert sum(said == is_so for said, is_so in words) > 0.95 * len(words)
    prepare(source, tmp_path / "data", size=32, labels=table, workers=1, quiet=True, junk=False)
    labelled = {sample.file: sample.labels for sample in Dataset.open(tmp_path / "data").samples()}
    expected = {row["file_name"]: {n: row[n] for n in ("shade", "place") if row[n]} for row in told}
    assert labelled == expected
    assert any(labels.get("place") == "none" for labels in labelled.values())  # "none" is a word, not "unknown"


def test_the_card_says_where_it_is_from(learned):
    _, card, _ = read_labeler(learned / "squares.safetensors")
    assert card["dataset"]["digest"] == Dataset.open(learned / "data").digest
    assert card["licence"] == "CC0-1.0"
    assert card["dataset"]["provenance"] == "https://example.org"
    assert [head["name"] for head in card["held_out"]] == ["shade", "place"]


def test_folders_zips_files_and_data_sets(learned, tmp_path):
    source = write(tmp_path / "some", 5, seed=3)
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as file:
        for picture in sorted(source.glob("*.png")):
            file.write(picture, f"in/{picture.name}")
    labeler = load_labeler(learned / "squares.safetensors")
    places = [source, tmp_path / "some.zip", source / "0003.png", learned / "data"]
    told = list(label_pictures(labeler, places, quiet=True))
    assert [one.file for one in told[:11]] == [f"{n:04d}.png" for n in range(5)] + [
        f"in/{n:04d}.png" for n in range(5)
    ] + ["0003.png"]
    assert len(told) == 11 + 500
    alone = told[10].reading
    assert alone.labels == told[3].reading.labels == told[8].reading.labels
    assert alone.strangeness == pytest.approx(told[3].reading.strangeness, rel=1e-3)


def test_broken_and_strange_pictures_get_no_labels_and_stop_nothing(learned, tmp_path, command):
    source = write(tmp_path / "mixed", 3, seed=4)
    (source / "0000a.png").write_bytes(b"no picture")
    (source / "0000b.jpg").write_bytes(b"")
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(source / "9999.png")
    result = command("label", source, "--labeler", learned / "squares.safetensors", "--json", "--threads", 1)
    rows = {row["file"]: row for row in json.loads(result.out)["pictures"]}
    assert list(rows) == ["0000.png", "0000a.png", "0000b.jpg", "0001.png", "0002.png", "9999.png"]
    assert "corrupt" in rows["0000a.png"]["problem"]
    assert "empty" in rows["0000b.jpg"]["problem"]
    assert rows["9999.png"]["labels"] == {}
    assert rows["9999.png"]["strangeness"] > 1
    assert set(rows["0001.png"]["confidence"]) == {"shade", "place"}
    words = command("label", source, "--labeler", learned / "squares.safetensors", "--threads", 1).out
    assert "9999.png: unknown: not like" in words
    assert "1 of another kind, 2 not readable" in words


def test_what_a_labeler_learns_from(learned, tmp_path):
    dataset = Dataset.open(learned / "data")
    pictures, labels = gather(dataset, quiet=True)
    resident = dataset.load()
    assert torch.equal(pictures, resident.images)
    assert torch.equal(labels, resident.labels)
    source = tmp_path / "clear"
    source.mkdir()
    Image.new("RGBA", (128, 128), (10, 20, 30, 0)).save(source / "a.png")
    prepare(source, tmp_path / "large", size=128, channels=4, workers=1, quiet=True, junk=False)
    pictures, _ = gather(Dataset.open(tmp_path / "large"), quiet=True)
    assert pictures.shape == (1, 3, 96, 96)
    assert (pictures == 255).all()


def test_train_labeler_reports(learned, tmp_path, command):
    out = tmp_path / "mine.safetensors"
    arguments = ("train-labeler", learned / "data", "--out", out, "--images", 64, "--seed", "a word", "--threads", 1)
    result = command(*arguments)
    assert result.code == 0, result.err
    assert "shade" in result.out
    assert "mean" in result.out
    first = out.read_bytes()
    assert len(first) < 5_000_000
    facts = json.loads(command(*arguments, "--json").out)
    assert out.read_bytes() == first  # the same again
    assert facts["seen"] == 64
    assert {head["name"] for head in facts["held_out"]} == {"shade", "place"}
    assert command(*arguments, "--quiet").out == ""


def test_wrong_input_is_one_line(learned, tmp_path, command, plain_dataset, tiny_run):
    source, labeler = learned / "source", learned / "squares.safetensors"
    (tmp_path / "empty").mkdir()
    for arguments, words in (
        (("label", tmp_path / "gone"), ("gone", "does not exist")),
        (("label", tmp_path / "empty"), ("empty", "no pictures")),
        (("label", source, "--labeler", tmp_path / "gone.safetensors"), ("gone.safetensors", "not there")),
        (
            ("label", source, "--labeler", tiny_run / "model" / "generator.safetensors"),
            ("generator.safetensors", "is no labeler"),
        ),
        (("label", source, "--labeler", labeler, "--least", "2"), ("--least", "0 to 1")),
        (("label", source, "--labeler", labeler, "--csv", tmp_path / "labels.txt"), ("--csv", ".csv")),
        (("label",), ("pictures",)),
        (("train-labeler", plain_dataset, "--out", tmp_path / "x.safetensors"), ("no labels",)),
        (("train-labeler", tmp_path / "gone"), ("gone", "does not exist")),
        (("train-labeler", learned / "data", "--out", tmp_path / "x.pt"), ("--out", ".safetensors")),
        (("train-labeler", learned / "data", "--images", "few"), ("--images", "200k")),
    ):
        result = command(*arguments)
        assert result.code == 2, (arguments, result)
        assert result.err.count("\n") == 1
        assert result.out == ""
        for word in words:
            assert word in result.err, result.err
    assert not (tmp_path / "x.safetensors").exists()
