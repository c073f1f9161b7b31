"""What other programs find in what was written, taken apart by their own tools or by hand."""

import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nijigen.data import Dataset
from nijigen.data.convert import convert

RANDOM = np.random.default_rng


def records(path: Path) -> list[bytes]:
    """Data of a TFRecord file, by the published framing; the checksums are proved in the tests of the reader."""
    raw, place, found = path.read_bytes(), 0, []
    while place < len(raw):
        (length,) = struct.unpack_from("<Q", raw, place)
        found.append(raw[place + 12 : place + 12 + length])
        place += length + 16
    return found


def test_the_zip_is_what_stylegan_reads(single, rich, tmp_path, look):
    convert(single, tmp_path / "a.zip", quiet=True)
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert {row.compress_type for row in file.infolist()} == {zipfile.ZIP_STORED}
        labels = dict(json.loads(file.read("dataset.json"))["labels"])
        names = sorted(name for name in file.namelist() if name.endswith(".png"))
        assert names == [f"00000/img{i:08d}.png" for i in range(12)] == sorted(labels)
        columns = json.loads(file.read("nijigen.json"))["columns"]
        for sample, name in zip(look.samples(single), names, strict=True):
            assert columns[labels[name]] == f"class={sample.labels['class']}"
            assert file.read(name) == sample.data
    convert(rich, tmp_path / "b.zip", quiet=True)
    schema = Dataset.open(rich).schema
    with zipfile.ZipFile(tmp_path / "b.zip") as file:
        rows = np.array([label for _, label in json.loads(file.read("dataset.json"))["labels"]])
        about = json.loads(file.read("nijigen.json"))
    assert np.allclose(rows, [schema.encode(sample.labels) for sample in look.samples(rich)])
    assert (about["licence"], len(about["columns"])) == ("CC-BY-4.0", schema.width)


def test_the_pyramid_is_the_mean_of_four_pixels(single, tmp_path, made_example, look):
    convert(single, tmp_path / "pyramid", "stylegan-tfrecord", quiet=True)
    assert sorted(path.name for path in (tmp_path / "pyramid").iterdir()) == [
        "nijigen.json", "pyramid-r02.tfrecords", "pyramid-r03.tfrecords", "pyramid-r04.tfrecords", "pyramid-rxx.labels"
    ]  # fmt: skip
    given = [np.asarray(Image.open(io.BytesIO(sample.data))).transpose(2, 0, 1) for sample in look.samples(single)]
    for level in (4, 3, 2):
        step = 2 ** (4 - level)
        found = [made_example(row) for row in records(tmp_path / f"pyramid/pyramid-r{level:02d}.tfrecords")]
        for array, (shape, data) in zip(given, found, strict=True):
            assert shape == [3, 2**level, 2**level]
            mean = np.zeros(shape)
            for y in range(step):
                for x in range(step):
                    mean += array[:, y::step, x::step] / step**2
            assert np.abs(np.frombuffer(data, np.uint8).reshape(shape) - mean).max() <= 0.5 + 1e-4
    labels = np.load(tmp_path / "pyramid/pyramid-rxx.labels")
    assert (labels.dtype, labels.shape) == (np.float32, (12, 3))
    assert [("a", "b", "c")[i] for i in labels.argmax(1)] == [sample.labels["class"] for sample in look.samples(single)]


@pytest.fixture
def made_example():
    """Takes apart a record of the pyramid by hand: (shape, data)."""

    def varint(raw, place):
        value = shift = 0
        while True:
            value |= (raw[place] & 127) << shift
            place, shift = place + 1, shift + 7
            if raw[place - 1] < 128:
                return value, place

    def delimited(raw):
        """``number → contents`` for each field of a message of delimited fields."""
        place = 0
        while place < len(raw):
            tag, place = varint(raw, place)
            assert tag & 7 == 2
            size, place = varint(raw, place)
            yield tag >> 3, raw[place : place + size]
            place += size

    def read(raw):
        found = {}
        for _, features in delimited(raw):
            for _, entry in delimited(features):
                key, value = dict(delimited(entry)).values()
                ((kind, values),) = delimited(value)
                found[key] = (kind, next(iter(delimited(values)))[1])
        (kind, packed), (other, data) = found[b"shape"], found[b"data"]
        assert (kind, other) == (3, 1)
        shape, place = [], 0
        while place < len(packed):
            value, place = varint(packed, place)
            shape.append(value)
        return shape, data

    return read


def test_the_folder_is_what_hugging_face_reads(rich, tmp_path, look):
    convert(rich, tmp_path / "hf", quiet=True)
    lines = (tmp_path / "hf/metadata.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    given = look.samples(rich)
    assert [list(row) for row in rows] == [["file_name", "hair_color", "expression", "tilt", "licence", "source"]] * 24
    for row, sample in zip(rows, given, strict=True):
        assert (tmp_path / "hf" / row.pop("file_name")).read_bytes() == sample.data
        assert (row.pop("licence"), row.pop("source")) == ("CC-BY-4.0", "https://example.org")
        assert {name: value for name, value in row.items() if value is not None} == sample.labels
    assert (tmp_path / "hf/LICENCE.txt").read_text() == "licence: CC-BY-4.0\nsource: https://example.org\n"


def test_the_tar_is_what_webdataset_reads(rich, tmp_path, look):
    convert(rich, tmp_path / "a.tar", quiet=True)
    with tarfile.open(tmp_path / "a.tar") as file:
        names = file.getnames()
        rows = [json.load(file.extractfile(name)) for name in names if name.endswith(".json")]
    assert names[:4] == ["00000000.png", "00000000.json", "00000001.png", "00000001.json"]
    assert [row["labels"] for row in rows] == [sample.labels for sample in look.samples(rich)]
    assert {(row["licence"], row["source"]) for row in rows} == {("CC-BY-4.0", "https://example.org")}
