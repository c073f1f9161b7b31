import io

import numpy as np
import pytest
from PIL import Image

from nijigen.data import Dataset, prepare
from nijigen.data.chibi import parse_chibi, seeds_of
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA, compose


def test_drawings_come_with_what_can_be_seen_in_them(tmp_path):
    summary = prepare("chibi:40", tmp_path / "out", size=48, seed="夏", quiet=True)
    dataset = Dataset.open(tmp_path / "out")
    assert summary.kept == summary.labelled == 40
    assert summary.dropped == {}
    for sample in dataset.samples():
        character = compose(int(sample.file.rpartition("-")[2]))
        assert sample.labels == character.visible
        pixels = np.asarray(Image.open(io.BytesIO(sample.data)))
        assert (pixels == character.render(48)).all()
    assert dataset.schema == SCHEMA.restrict(sample.labels for sample in dataset.samples())
    assert "夏" not in (tmp_path / "out/dataset.json").read_text()


def test_calm_drawings_are_the_same_people_with_the_same_small_things(tmp_path):
    for source in ("chibi:12", "chibi-calm:12"):
        prepare(source, tmp_path / source[:-3], size=48, channels=4, quiet=True)
    plain, calm = (list(Dataset.open(tmp_path / name).samples()) for name in ("chibi", "chibi-calm"))
    assert [one.file for one in plain] == [one.file for one in calm]
    assert [one.labels for one in plain] == [one.labels for one in calm]
    assert all(one.data != other.data for one, other in zip(plain, calm, strict=True))
    for sample in calm:
        character = compose(int(sample.file.rpartition("-")[2])).calmed()
        assert (np.asarray(Image.open(io.BytesIO(sample.data))) == character.render(48, 4)).all()
    assert seeds_of(Dataset.open(tmp_path / "chibi-calm")) == seeds_of(Dataset.open(tmp_path / "chibi"))


def test_transparent_drawings_have_no_background(tmp_path):
    prepare("chibi:12", tmp_path / "out", size=32, channels=4, quiet=True)
    dataset = Dataset.open(tmp_path / "out")
    assert "background" not in dataset.schema
    images = dataset.load().images
    assert images[:, :, 0, 0].max() == 0
    assert (images[:, :3] <= images[:, 3:]).all()


def test_workers_and_limits_change_no_drawing(tmp_path, tree):
    prepare("chibi:40", tmp_path / "one", size=32, workers=1, quiet=True)
    prepare("chibi:40", tmp_path / "two", size=32, workers=2, quiet=True)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    prepare("chibi:40", tmp_path / "three", size=32, limit=4, quiet=True)
    every = [sample.data for sample in Dataset.open(tmp_path / "one").samples()]
    assert [sample.data for sample in Dataset.open(tmp_path / "three").samples()] == every[::10]


def test_seeds_share_no_drawing(tmp_path):
    for seed in (0, 1):
        prepare("chibi:20", tmp_path / str(seed), size=32, seed=seed, quiet=True)
    first, second = ({s.data for s in Dataset.open(tmp_path / str(seed)).samples()} for seed in (0, 1))
    assert not first & second


@pytest.mark.parametrize(("text", "count"), [("chibi:1", 1), ("chibi:2k", 2000), ("chibi:10_000", 10_000)])
def test_the_number_of_drawings(text, count):
    assert parse_chibi(text, 0).count == count
    assert parse_chibi(text[6:], 0) is None


@pytest.mark.parametrize("text", ["chibi-calm:", "chibi-calm:0", "chibi-calm:many", "chibi:-3", "chibi:" + "9" * 5000])
def test_what_is_no_number_of_drawings(text):
    kind = text.partition(":")[0]
    with pytest.raises(NijigenError, match=f"source {text}: give a number of drawings .* like {kind}:2000"):
        parse_chibi(text, 0)


def test_labels_do_not_go_with_drawings(tmp_path):
    with pytest.raises(NijigenError, match="--labels does not go with chibi:N"):
        prepare("chibi:3", tmp_path / "out", labels="x.csv")


def test_drawings_may_have_attributes_in_common(tmp_path):
    summary = prepare("chibi:24", tmp_path / "out", size=24, attributes={"发色": "粉色", "tilt": 0}, quiet=True)
    assert summary.licence == "CC0-1.0"
    dataset = Dataset.open(tmp_path / "out")
    assert dataset.schema["hair_color"].values == ("pink",)
    assert {sample.labels["tilt"] for sample in dataset.samples()} == {0.0}
    with pytest.raises(NijigenError, match=r"another name|other arguments|attributes"):
        prepare("chibi:24", tmp_path / "out", size=24, attributes={"hair_color": "blue"}, quiet=True)
    with pytest.raises(NijigenError, match="did you mean"):
        prepare("chibi:24", tmp_path / "else", size=24, attributes={"hair_color": "pinkk"}, quiet=True)


def test_only_drawings_take_attributes(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    with pytest.raises(NijigenError, match="--set"):
        prepare(tmp_path, tmp_path / "out", size=32, attributes={"hair_color": "blue"}, quiet=True)
