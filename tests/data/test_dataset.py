import hashlib
import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from nijigen.data import Dataset, prepare, shards
from nijigen.data.shards import Sample, ShardWriter, read_shard, rewrite_labels
from nijigen.errors import NijigenError


@pytest.fixture
def prepared(folder, picture, tmp_path, monkeypatch):
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 4)
    files = {f"{i}.png": picture(i) for i in range(10)}
    files["metadata.csv"] = "file_name,hair\n" + "".join(f"{i}.png,{('red', 'pink')[i % 2]}\n" for i in range(9))
    prepare(folder(files), tmp_path / "out", size=32, quiet=True)
    return tmp_path / "out"


def change(path, **values):
    info = json.loads((path / "dataset.json").read_text())
    (path / "dataset.json").write_text(json.dumps(info | values))


def test_open_tells_what_it_is(prepared):
    dataset = Dataset.open(prepared)
    assert (dataset.count, len(dataset), dataset.resolution, dataset.channels) == (10, 10, 32, 3)
    assert dataset.schema["hair_color"].values == ("pink", "red")
    assert len(dataset.digest) == 64
    assert [shard["count"] for shard in dataset.info["shards"]] == [4, 4, 2]
    for shard in dataset.info["shards"]:
        assert hashlib.sha256((prepared / shard["file"]).read_bytes()).hexdigest() == shard["sha256"]


def test_samples_come_in_order_with_their_labels(prepared):
    samples = list(Dataset.open(prepared).samples())
    assert [sample.key for sample in samples] == [f"{i:08d}" for i in range(10)]
    assert [sample.file for sample in samples] == [f"{i}.png" for i in range(10)]
    assert [sample.labels.get("hair_color") for sample in samples] == ["red", "pink"] * 4 + ["red", None]


def test_resident_holds_the_same_pictures_and_labels(prepared):
    dataset = Dataset.open(prepared)
    resident = dataset.load()
    assert resident.images.shape == (10, 3, 32, 32)
    for sample, image, vector in zip(dataset.samples(), resident.images, resident.labels, strict=True):
        expected = np.asarray(Image.open(io.BytesIO(sample.data)).convert("RGB")).transpose(2, 0, 1)
        assert (image.numpy() == expected).all()
        assert dataset.schema.decode(vector) == sample.labels


def test_a_folder_that_is_no_data_set_is_named(tmp_path):
    with pytest.raises(NijigenError, match="nothing does not exist: make it with `nijigen prepare"):
        Dataset.open(tmp_path / "nothing")
    (tmp_path / "out.partial").mkdir()
    with pytest.raises(NijigenError, match="run the same `nijigen prepare` again to finish it"):
        Dataset.open(tmp_path / "out.partial")
    with pytest.raises(NijigenError, match="is no data set"):
        Dataset.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is broken"),
        ("[]", "is broken"),
        ('{"format": "other"}', "is not of nijigen"),
        ('{"format": "nijigen-dataset", "version": 2}', "has format version 2, newer than this nijigen"),
        ('{"format": "nijigen-dataset", "version": 1}', "KeyError: 'count'"),
    ],
)
def test_a_description_that_is_wrong_is_named(prepared, text, said):
    (prepared / "dataset.json").write_text(text)
    with pytest.raises(NijigenError, match=said):
        Dataset.open(prepared)


def test_a_description_cannot_point_out_of_the_folder(prepared):
    shards = Dataset.open(prepared).info["shards"]
    change(prepared, shards=[shards[0] | {"file": "../secret.tar"}])
    with pytest.raises(NijigenError, match="is broken"):
        Dataset.open(prepared)


def test_a_shard_with_a_name_longer_than_any_file_system_takes_is_refused(prepared):
    """Found by ``benchmarks/fuzz_readers.py``: the system's own error came through."""
    shards = Dataset.open(prepared).info["shards"]
    change(prepared, shards=[shards[0] | {"file": "é" * 126 + ".tar"}])
    with pytest.raises(NijigenError, match=r"is broken .ValueError: shard é"):
        Dataset.open(prepared)


def test_a_missing_or_truncated_shard_is_named(prepared):
    shard = prepared / "shard-00001.tar"
    data = shard.read_bytes()
    shard.write_bytes(data[:-700])
    with pytest.raises(NijigenError, match=r"is damaged: shard-00001\.tar has .* bytes, not"):
        Dataset.open(prepared)
    shard.unlink()
    with pytest.raises(NijigenError, match=r"is incomplete: shard-00001\.tar is missing"):
        Dataset.open(prepared)


def test_damage_inside_a_shard_is_found_when_it_is_read(prepared):
    shard = prepared / "shard-00001.tar"
    data = bytearray(shard.read_bytes())
    for place, said in ((100, "is broken"), (600, "picture 00000004 is broken")):
        damaged = bytearray(data)
        damaged[place : place + 200] = b"\xff" * 200
        shard.write_bytes(damaged)
        with pytest.raises(NijigenError, match=said):
            Dataset.open(prepared).load()
    shard.write_bytes(b"\0" * len(data))
    with pytest.raises(NijigenError, match="holds 0 pictures, not 4"):
        list(Dataset.open(prepared).samples())


def test_a_picture_of_another_size_is_refused_before_it_is_decoded(prepared):
    path = prepared / "shard-00000.tar"
    row = next(read_shard(path))
    buffer = io.BytesIO()
    Image.new("RGB", (4000, 4000)).save(buffer, "PNG")
    writer = ShardWriter(path)
    for key in range(4):
        writer.add(Sample(f"{key:08d}", "png", buffer.getvalue(), row.labels, "x"))
    change(prepared, shards=[writer.close()], count=4)
    with pytest.raises(NijigenError, match=r"picture 00000000 is broken .it is 4000x4000"):
        Dataset.open(prepared).load()


def test_what_does_not_fit_in_memory_is_said_before(prepared, monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 30_000})())
    with pytest.raises(NijigenError, match=r"needs 0\.0 GB decoded and 0\.0 GB of memory are free"):
        Dataset.open(prepared).load()


def test_shards_are_plain_tar_files_without_a_trace_of_this_machine(prepared):
    with tarfile.open(prepared / "shard-00000.tar") as tar:
        for info in tar:
            assert (info.mtime, info.uid, info.gid, info.uname, info.gname, info.mode) == (0, 0, 0, "", "", 0o644)


@pytest.mark.parametrize("name", ["00000000.png", "a00001-00000003.json", "n" * 99, "n" * 101 + "/x.png", "名.png"])
@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 70_000])
def test_members_are_what_tarfile_makes_of_them(name, size, tmp_path):
    data = b"\x8f" * size
    info = tarfile.TarInfo(name)
    info.size = size
    assert shards._member(name, data) == info.tobuf(tarfile.USTAR_FORMAT) + data + b"\0" * (-size % 512)
    path = tmp_path / "one.tar"
    path.write_bytes(shards._member(name, data) + shards.END)
    assert list(shards._members(path)) == [(name, data)]


def test_labels_can_be_rewritten_and_twice_is_once(prepared):
    path = prepared / "shard-00000.tar"
    before = list(read_shard(path))
    row = rewrite_labels(path, {"00000002": {"hair_color": "a longer word than before" * 30}})
    once = path.read_bytes()
    assert rewrite_labels(path, {"00000002": {"hair_color": "a longer word than before" * 30}}) == row
    assert path.read_bytes() == once
    after = list(read_shard(path))
    assert [a.data for a in after] == [b.data for b in before]
    assert [a.labels == b.labels for a, b in zip(after, before, strict=True)] == [True, True, False, True]
    assert row["sha256"] == hashlib.sha256(once).hexdigest()


def test_the_digest_tells_contents_and_not_names(folder, picture, tmp_path):
    one = prepare(folder({"1.png": picture(1)}, "a"), tmp_path / "x", quiet=True)
    same = prepare(folder({"1.png": picture(1)}, "b"), tmp_path / "y", quiet=True, licence="CC0-1.0")
    other = prepare(folder({"1.png": picture(2)}, "c"), tmp_path / "z", quiet=True)
    assert one.digest == same.digest != other.digest
