"""From every layout to every other; what is written is also read by people's own tools, or by hand."""

import csv
import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nijigen.data import Dataset, prepare
from nijigen.data.convert import convert
from nijigen.data.writers import TARGETS
from nijigen.errors import NijigenError

ENDINGS = {"nvidia": ".zip", "tfrecord": ".tfrecord", "webdataset": ".tar"}
RANDOM = np.random.default_rng


def pixels(data: bytes) -> bytes:
    image = Image.open(io.BytesIO(data))
    return f"{image.mode} {image.size} ".encode() + image.tobytes()


def samples(path: Path) -> list:
    return list(Dataset.open(path).samples())


def records(path: Path) -> list[bytes]:
    """Data of a TFRecord file, by the published framing; the checksums are proved in the tests of the reader."""
    raw, place, found = path.read_bytes(), 0, []
    while place < len(raw):
        (length,) = struct.unpack_from("<Q", raw, place)
        found.append(raw[place + 12 : place + 12 + length])
        place += length + 16
    return found


@pytest.fixture(scope="module")
def rich(tmp_path_factory) -> Path:
    """24 pictures of 16 px with two categorical attributes and a continuous one, some of them unknown."""
    folder = tmp_path_factory.mktemp("rich")
    rows = ["file_name,hair_color,expression,tilt"]
    (folder / "source").mkdir()
    for i in range(24):
        Image.fromarray(RANDOM(i).integers(0, 256, (16, 16, 3), np.uint8)).save(folder / f"source/{i:02d}.png")
        rows.append(f"{i:02d}.png,{('pink', '蓝色', '')[i % 3]},{('smile', 'sad')[i % 2]},{i / 7 if i % 5 else ''}")
    (folder / "source/metadata.csv").write_text("\n".join(rows), encoding="utf-8")
    prepare(folder / "source", folder / "data", size=16, quiet=True, licence="CC-BY-4.0", workers=1)
    return folder / "data"


@pytest.fixture(scope="module")
def single(tmp_path_factory) -> Path:
    """12 pictures, each of one of three classes."""
    folder = tmp_path_factory.mktemp("single")
    for i in range(12):
        (folder / f"source/{'cab'[i % 3]}").mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(RANDOM(i).integers(0, 256, (16, 16, 3), np.uint8))
        image.save(folder / f"source/{'cab'[i % 3]}/{i:02d}.png")
    prepare(folder / "source", folder / "data", size=16, quiet=True, workers=1)
    return folder / "data"


def back(path: Path, out: Path, size: int = 16) -> list:
    prepare(path, out, size=size, quiet=True, workers=1)
    return samples(out)


def close(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(
        abs(one[k] - other[k]) < 1e-5 if isinstance(one[k], float) else one[k] == other[k] for k in one
    )


@pytest.mark.parametrize(("to", "shards"), [*((to, False) for to in TARGETS), ("tfrecord", True), ("webdataset", True)])
@pytest.mark.parametrize("dataset", ["rich", "single", "plain_dataset"])
def test_there_and_back(request, tmp_path, dataset, to, shards):
    origin = request.getfixturevalue(dataset)
    out = tmp_path / f"there{'' if shards else ENDINGS.get(to, '')}"
    summary = convert(origin, out, to, quiet=True)
    given = samples(origin)
    assert (summary.written, summary.kept, summary.skipped) == (len(given), len(given), [])
    assert summary.labelled == sum(bool(sample.labels) for sample in given)
    found = {pixels(sample.data): sample for sample in back(out, tmp_path / "back")}
    assert len(found) == len(given)
    for sample in given:
        assert close(found[pixels(sample.data)].labels, sample.labels)
    info = json.loads((tmp_path / "back/dataset.json").read_text())
    assert {row["name"] for row in info["schema"]["attributes"]} == set(Dataset.open(origin).schema.names)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["back", out.name])  # nothing else is left


@pytest.mark.parametrize("first", TARGETS)
@pytest.mark.parametrize("second", TARGETS)
def test_from_every_layout_to_every_other(single, tmp_path, first, second):
    one, other = tmp_path / f"one{ENDINGS.get(first, '')}", tmp_path / f"other{ENDINGS.get(second, '')}"
    convert(single, one, first, quiet=True)
    summary = convert(one, other, second, quiet=True)
    assert (summary.layout, summary.to, summary.written) == (
        {"imagefolder": "folder", "stylegan-tfrecord": "tfrecord"}.get(first, first), second, 12
    )  # fmt: skip
    expected = sorted((pixels(sample.data), sample.labels["class"]) for sample in samples(single))
    found = back(other, tmp_path / "back")
    assert sorted((pixels(sample.data), sample.labels["class"]) for sample in found) == expected


def test_the_zip_is_what_stylegan_reads(single, rich, tmp_path):
    convert(single, tmp_path / "a.zip", quiet=True)
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert {row.compress_type for row in file.infolist()} == {zipfile.ZIP_STORED}
        labels = dict(json.loads(file.read("dataset.json"))["labels"])
        names = sorted(name for name in file.namelist() if name.endswith(".png"))
        assert names == [f"00000/img{i:08d}.png" for i in range(12)] == sorted(labels)
        columns = json.loads(file.read("nijigen.json"))["columns"]
        for sample, name in zip(samples(single), names, strict=True):
            assert columns[labels[name]] == f"class={sample.labels['class']}"
            assert file.read(name) == sample.data
    convert(rich, tmp_path / "b.zip", quiet=True)
    schema = Dataset.open(rich).schema
    with zipfile.ZipFile(tmp_path / "b.zip") as file:
        rows = np.array([label for _, label in json.loads(file.read("dataset.json"))["labels"]])
        about = json.loads(file.read("nijigen.json"))
    assert np.allclose(rows, [schema.encode(sample.labels) for sample in samples(rich)])
    assert (about["licence"], len(about["columns"])) == ("CC-BY-4.0", schema.width)


def test_the_pyramid_is_the_mean_of_four_pixels(single, tmp_path, made_example):
    convert(single, tmp_path / "pyramid", "stylegan-tfrecord", quiet=True)
    assert sorted(path.name for path in (tmp_path / "pyramid").iterdir()) == [
        "nijigen.json", "pyramid-r02.tfrecords", "pyramid-r03.tfrecords", "pyramid-r04.tfrecords", "pyramid-rxx.labels"
    ]  # fmt: skip
    given = [np.asarray(Image.open(io.BytesIO(sample.data))).transpose(2, 0, 1) for sample in samples(single)]
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
    assert [("a", "b", "c")[i] for i in labels.argmax(1)] == [sample.labels["class"] for sample in samples(single)]


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


def test_the_folder_is_what_hugging_face_reads(rich, tmp_path):
    convert(rich, tmp_path / "hf", quiet=True)
    lines = (tmp_path / "hf/metadata.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    given = samples(rich)
    assert [list(row) for row in rows] == [["file_name", "hair_color", "expression", "tilt"]] * 24
    for row, sample in zip(rows, given, strict=True):
        assert (tmp_path / "hf" / row.pop("file_name")).read_bytes() == sample.data
        assert {name: value for name, value in row.items() if value is not None} == sample.labels
    assert (tmp_path / "hf/LICENCE.txt").read_text() == "licence: CC-BY-4.0\nsource: source\n"


def test_the_tar_is_what_webdataset_reads(rich, tmp_path):
    convert(rich, tmp_path / "a.tar", quiet=True)
    with tarfile.open(tmp_path / "a.tar") as file:
        names = file.getnames()
        rows = [json.load(file.extractfile(name)) for name in names if name.endswith(".json")]
    assert names[:4] == ["00000000.png", "00000000.json", "00000001.png", "00000001.json"]
    assert [row["labels"] for row in rows] == [sample.labels for sample in samples(rich)]
    assert {(row["licence"], row["source"]) for row in rows} == {("CC-BY-4.0", "source")}


def test_licence_and_source_survive(rich, tmp_path):
    for index, to in enumerate(("nvidia", "webdataset", "tfrecord", "stylegan-tfrecord")):
        one, other = tmp_path / f"{index}{ENDINGS.get(to, '')}", tmp_path / f"{index}-back.tar"
        assert convert(rich, one, to, quiet=True).licence == "CC-BY-4.0"
        assert convert(one, other, quiet=True).licence == "CC-BY-4.0"
        with tarfile.open(other) as file:
            assert json.load(file.extractfile("00000000.json"))["source"] == "source"


def test_the_ending_names_the_target(single, tmp_path):
    expected = {
        "a.zip": "nvidia",
        "a.tar": "webdataset",
        "a.tfrecords": "tfrecord",
        "a.tfrecord": "tfrecord",
        "a": "imagefolder",
    }
    for name, to in expected.items():
        assert convert(single, tmp_path / name, quiet=True).to == to


@pytest.fixture
def mixed(tmp_path) -> Path:
    """JPEG, PNG, WebP, GIF and a broken one, of several sizes, two of them labelled."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    for index, kind in enumerate(("JPEG", "PNG", "WEBP", "GIF", "BMP")):
        image = Image.fromarray(RANDOM(index).integers(0, 256, (20 + index, 30, 3), np.uint8))
        image.save(folder / f"{index}.{kind.lower()}", kind)
    (folder / "5.png").write_bytes((folder / "1.png").read_bytes()[:200])
    with open(folder / "metadata.csv", "w", newline="") as file:
        csv.writer(file).writerows([["file_name", "mood"], ["0.jpeg", "sad"], ["2.webp", "smile"]])
    return folder


def test_pictures_pass_byte_for_byte_where_the_target_takes_them(mixed, tmp_path):
    summary = convert(mixed, tmp_path / "a.tar", quiet=True)
    assert (summary.layout, summary.written, summary.kept, summary.labelled) == ("folder", 5, 3, 2)
    assert [(row["file"], row["reason"]) for row in summary.skipped] == [("5.png", "corrupt")]
    with tarfile.open(tmp_path / "a.tar") as file:
        found = {name: file.extractfile(name).read() for name in file.getnames()}
    assert found["00000000.jpg"] == (mixed / "0.jpeg").read_bytes()
    assert found["00000001.png"] == (mixed / "1.png").read_bytes()
    assert found["00000002.webp"] == (mixed / "2.webp").read_bytes()
    for name, source in (("00000003.png", "3.gif"), ("00000004.png", "4.bmp")):
        expected = Image.open(mixed / source).convert("RGB")
        assert pixels(found[name]) == f"RGB {expected.size} ".encode() + expected.tobytes()
    records_kept = convert(mixed, tmp_path / "b.tfrecord", quiet=True).kept
    assert records_kept == 2  # TensorFlow reads no WebP
    assert "skipped: 1 corrupt (first: 5.png" in "\n".join(summary.lines())
    assert json.loads(json.dumps(summary.as_dict()))["written"] == 5


def test_pages_of_manga_go_on_once_and_tags_are_not_passed_over_in_silence(tmp_path, mixed):
    root = tmp_path / "manga"
    for folder in ("images/A", "annotations"):
        (root / folder).mkdir(parents=True)
    (root / "books.txt").write_text("A\n")
    Image.new("RGB", (40, 30), "red").save(root / "images/A/000.jpg")
    face = '<face id="{0}" xmin="{0}" ymin="1" xmax="20" ymax="20" character="c"/>'
    faces = "".join(face.format(i) for i in range(3))
    page = f'<page index="0" width="40" height="30">{faces}</page>'
    who = '<characters><character id="c" name="C"/></characters>'
    (root / "annotations/A.xml").write_text(f'<book title="A">{who}<pages>{page}</pages></book>')
    summary = convert(root, tmp_path / "pages.tar", quiet=True)
    assert (summary.layout, summary.written) == ("manga109", 1)
    assert any("boxes of faces are left behind" in line for line in summary.lines())
    with tarfile.open(tmp_path / "tags.tar", "w") as file:
        for name, data in (("1.jpeg", (mixed / "0.jpeg").read_bytes()), ("1.txt", b"1girl, smile")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    assert any(
        "tags are left behind" in line for line in convert(tmp_path / "tags.tar", tmp_path / "x", quiet=True).lines()
    )


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("nvidia", r"is 30x20, but pictures must be square: make them so with `nijigen prepare --size N` first"),
        ("stylegan-tfrecord", r"0\.jpeg is 30x20, but pictures must be square"),
    ],
)
def test_sizes_that_do_not_fit_are_one_line(mixed, tmp_path, to, message):
    with pytest.raises(NijigenError, match=message):
        convert(mixed, tmp_path / f"a{ENDINGS.get(to, '')}", to, quiet=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mixed"]


@pytest.mark.parametrize("to", ["nvidia", "stylegan-tfrecord"])
def test_sizes_that_differ_and_sides_that_are_no_power_of_two(tmp_path, to):
    (tmp_path / "in").mkdir()
    Image.new("RGB", (12, 12), "red").save(tmp_path / "in/1.png")
    if to == "nvidia":
        assert convert(tmp_path / "in", tmp_path / "one.zip", to, quiet=True).written == 1
    else:
        with pytest.raises(NijigenError, match=r"1\.png is 12x12, but StyleGAN's TFRecords need a power of two"):
            convert(tmp_path / "in", tmp_path / "one", to, quiet=True)
    Image.new("RGB", (16, 16)).save(tmp_path / "in/0.png")
    with pytest.raises(
        NijigenError, match=r"1\.png is 12x12, but pictures must be of one size \(the first has 16 px\)"
    ):
        convert(tmp_path / "in", tmp_path / f"two{ENDINGS.get(to, '')}", to, quiet=True)


@pytest.mark.parametrize("to", ["nvidia", "stylegan-tfrecord"])
def test_there_is_no_place_for_transparency(tmp_path, to):
    (tmp_path / "in").mkdir()
    for i in range(3):
        Image.fromarray(RANDOM(i).integers(0, 256, (16, 16, 4), np.uint8)).save(tmp_path / f"in/{i}.png")
    out = tmp_path / f"out{ENDINGS.get(to, '')}"
    with pytest.raises(NijigenError, match=r"0\.png has transparency, for which this layout has no place"):
        convert(tmp_path / "in", out, to, quiet=True)
    prepare(tmp_path / "in", tmp_path / "data", size=16, channels=4, quiet=True, workers=1)
    with pytest.raises(
        NijigenError, match=r"data has four channels, and the target takes three: prepare with --channels 3"
    ):
        convert(tmp_path / "data", out, to, quiet=True)
    assert convert(tmp_path / "data", tmp_path / "a.tar", quiet=True).kept == 3


def test_grey_and_sixteen_bit_pictures_become_rgb_for_stylegan(tmp_path):
    (tmp_path / "in").mkdir()
    Image.fromarray(RANDOM(0).integers(0, 256, (16, 16), np.uint8)).save(tmp_path / "in/0.png")
    Image.fromarray(RANDOM(1).integers(0, 65536, (16, 16), np.uint16)).save(tmp_path / "in/1.png")
    assert convert(tmp_path / "in", tmp_path / "a.zip", quiet=True).kept == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert {Image.open(io.BytesIO(file.read(f"00000/img{i:08d}.png"))).mode for i in (0, 1)} == {"RGB"}


def test_what_is_asked_wrong_is_one_line(single, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").write_text("precious")
    wrong = [
        (single, "a", "nijigen", "--to nijigen: a data set of nijigen is made with `nijigen prepare"),
        (
            single,
            "a",
            "webdatset",
            r"--to webdatset is unknown \(did you mean webdataset\?\); there are nvidia, tfrecord",
        ),
        (single, "a", "nvidia", r"--to nvidia does not go with a: use \.zip"),
        (single, "a.tar", "nvidia", r"--to nvidia does not go with a\.tar: use \.zip"),
        (single, "a.zip", "imagefolder", r"does not go with a\.zip: use no ending: it is a folder"),
        (single, "there", None, "there is there already: choose another name"),
        (tmp_path / "nowhere", "a", None, "nowhere does not exist"),
        ("chibi:20", "a", None, "chibi:20 is not drawn yet: run `nijigen prepare chibi:20 OUT`"),
    ]
    for source, out, to, message in wrong:
        with pytest.raises(NijigenError, match=message):
            convert(source, tmp_path / out, to, quiet=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]
    assert (tmp_path / "there/file").read_text() == "precious"


def test_nothing_is_left_when_no_picture_can_be_used(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/1.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    for name in ("a", "a.zip", "a.tar", "a.tfrecord"):
        with pytest.raises(NijigenError, match=r"no picture of in can be used \(the last: 1\.png, corrupt"):
            convert(tmp_path / "in", tmp_path / name, quiet=True)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("to", TARGETS)
def test_a_disk_that_takes_no_more_is_one_line(single, tmp_path, to):
    resource = pytest.importorskip("resource", reason="no limit on the size of files on this system")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, limits[1]))  # as if the disk were full after 600 bytes
    try:
        with pytest.raises(NijigenError, match=r"cannot write .*out.*; make room or choose another place"):
            convert(single, tmp_path / f"out{ENDINGS.get(to, '')}", to, quiet=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_the_place_cannot_be_written(single, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NijigenError, match="cannot write"):
        convert(single, tmp_path / "file/out", quiet=True)


def test_the_same_pictures_give_the_same_bytes(rich, tmp_path):
    for to in TARGETS:
        both = [tmp_path / to / folder / f"out{ENDINGS.get(to, '')}" for folder in "ab"]
        for out in both:
            convert(rich, out, to, quiet=True)
        one, other = ([p.read_bytes() for p in sorted([out, *out.rglob("*")]) if p.is_file()] for out in both)
        assert one == other


def test_several_processes_write_the_same(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for i in range(40):
        Image.fromarray(RANDOM(i).integers(0, 256, (16, 16, 3), np.uint8)).save(tmp_path / f"in/{i:02d}.bmp")
    convert(tmp_path / "in", tmp_path / "one.tar", quiet=True)
    monkeypatch.setattr("nijigen.data.convert.WORTH_A_PROCESS", 20)
    monkeypatch.setattr("nijigen.data.convert.usable_cores", lambda: 2)
    convert(tmp_path / "in", tmp_path / "two.tar", quiet=True)
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_shards_are_cut(single, tmp_path, monkeypatch):
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 5)
    monkeypatch.setattr("nijigen.data.writers.tfrecord.SHARD_BYTES", 4000)
    convert(single, tmp_path / "tars", "webdataset", quiet=True)
    assert sorted(p.name for p in (tmp_path / "tars").glob("*.tar")) == [f"tars-{i:05d}.tar" for i in range(3)]
    convert(single, tmp_path / "recs", "tfrecord", quiet=True)
    assert len(list((tmp_path / "recs").glob("recs-*.tfrecord"))) > 2
    for folder in ("tars", "recs"):
        assert len(back(tmp_path / folder, tmp_path / f"{folder}-back")) == 12
