"""From every layout to every other, and back."""

import csv
import io
import json
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from nijigen.data import Dataset
from nijigen.data.convert import convert
from nijigen.data.writers import TARGETS

RANDOM = np.random.default_rng


def close(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(
        abs(one[k] - other[k]) < 1e-5 if isinstance(one[k], float) else one[k] == other[k] for k in one
    )


@pytest.mark.parametrize(("to", "shards"), [*((to, False) for to in TARGETS), ("tfrecord", True), ("webdataset", True)])
@pytest.mark.parametrize("dataset", ["rich", "single", "plain_dataset"])
def test_there_and_back(request, tmp_path, dataset, to, shards, look):
    origin = request.getfixturevalue(dataset)
    out = tmp_path / f"there{'' if shards else look.ending(to)}"
    summary = convert(origin, out, to, quiet=True)
    given = look.samples(origin)
    assert (summary.written, summary.kept, summary.skipped) == (len(given), len(given), [])
    assert summary.labelled == sum(bool(sample.labels) for sample in given)
    found = {look.pixels(sample.data): sample for sample in look.back(out, tmp_path / "back")}
    assert len(found) == len(given)
    for sample in given:
        assert close(found[look.pixels(sample.data)].labels, sample.labels)
    info = json.loads((tmp_path / "back/dataset.json").read_text())
    assert {row["name"] for row in info["schema"]["attributes"]} == set(Dataset.open(origin).schema.names)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["back", out.name])  # nothing else is left


@pytest.mark.parametrize("first", TARGETS)
@pytest.mark.parametrize("second", TARGETS)
def test_from_every_layout_to_every_other(single, tmp_path, first, second, look):
    one, other = tmp_path / f"one{look.ending(first)}", tmp_path / f"other{look.ending(second)}"
    convert(single, one, first, quiet=True)
    summary = convert(one, other, second, quiet=True)
    assert (summary.layout, summary.to, summary.written) == (
        {"imagefolder": "folder", "stylegan-tfrecord": "tfrecord"}.get(first, first), second, 12
    )  # fmt: skip
    expected = sorted((look.pixels(sample.data), sample.labels["class"]) for sample in look.samples(single))
    found = look.back(other, tmp_path / "back")
    assert sorted((look.pixels(sample.data), sample.labels["class"]) for sample in found) == expected


def test_licence_and_source_survive(rich, tmp_path, look):
    for index, to in enumerate(TARGETS):
        one, other = tmp_path / f"{index}{look.ending(to)}", tmp_path / f"{index}-back.tar"
        assert convert(rich, one, to, quiet=True).licence == "CC-BY-4.0"
        assert convert(one, other, quiet=True).licence == "CC-BY-4.0"
        with tarfile.open(other) as file:
            assert json.load(file.extractfile("00000000.json"))["source"] == "https://example.org"


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


def test_pictures_pass_byte_for_byte_where_the_target_takes_them(mixed, tmp_path, look):
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
        assert look.pixels(found[name]) == f"RGB {expected.size} ".encode() + expected.tobytes()
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


def test_grey_and_sixteen_bit_pictures_become_rgb_for_stylegan(tmp_path):
    (tmp_path / "in").mkdir()
    Image.fromarray(RANDOM(0).integers(0, 256, (16, 16), np.uint8)).save(tmp_path / "in/0.png")
    Image.fromarray(RANDOM(1).integers(0, 65536, (16, 16), np.uint16)).save(tmp_path / "in/1.png")
    assert convert(tmp_path / "in", tmp_path / "a.zip", quiet=True).kept == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert {Image.open(io.BytesIO(file.read(f"00000/img{i:08d}.png"))).mode for i in (0, 1)} == {"RGB"}


def test_the_same_pictures_give_the_same_bytes(rich, tmp_path, look):
    for to in TARGETS:
        both = [tmp_path / to / folder / f"out{look.ending(to)}" for folder in "ab"]
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


def test_shards_are_cut(single, tmp_path, monkeypatch, look):
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 5)
    monkeypatch.setattr("nijigen.data.writers.tfrecord.SHARD_BYTES", 4000)
    convert(single, tmp_path / "tars", "webdataset", quiet=True)
    assert sorted(p.name for p in (tmp_path / "tars").glob("*.tar")) == [f"tars-{i:05d}.tar" for i in range(3)]
    convert(single, tmp_path / "recs", "tfrecord", quiet=True)
    assert len(list((tmp_path / "recs").glob("recs-*.tfrecord"))) > 2
    for folder in ("tars", "recs"):
        assert len(look.back(tmp_path / folder, tmp_path / f"{folder}-back")) == 12


@pytest.mark.slow
def test_9000_scraped_faces_go_round_byte_for_byte(shared_data, tmp_path):
    source = shared_data / "anime-faces-96.zip"
    one, two, three = tmp_path / "one.tar", tmp_path / "two.tfrecord", tmp_path / "three"
    for origin, out, to in ((source, one, None), (one, two, None), (two, three, "webdataset")):
        summary = convert(origin, out, to, quiet=True)
        assert (summary.written, summary.kept, summary.labelled, summary.skipped) == (9000, 9000, 9000, [])
    with zipfile.ZipFile(source) as file:
        table = csv.DictReader(io.StringIO(file.read("anime-faces-96/metadata.csv").decode()))
        given = {row.pop("file_name"): row for row in table}
        expected = [(file.read(f"anime-faces-96/{name}"), row) for name, row in given.items()]
    found = []
    for path in sorted(three.glob("*.tar")):
        with tarfile.open(path) as file:
            members = {member.name: file.extractfile(member).read() for member in file}
        rows = {name: json.loads(data)["labels"] for name, data in members.items() if name.endswith(".json")}
        found += [(members[name.replace(".json", ".jpg")], row) for name, row in rows.items()]
    assert sorted(found, key=lambda pair: pair[0]) == sorted(expected, key=lambda pair: pair[0])
