"""Runs on streamed data sets: N + N images equal 2N, from a folder or an address, in one order to the end."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.models.package import load_package
from nijigen.training.checkpoint import load_newest
from nijigen.training.streaming import SKIPPED_FILE

Make = Callable[..., Any]
STREAM = {"stream": "always", "buffer": 16}


@pytest.fixture
def address(tiny_dataset: Path) -> Iterator[str]:
    """The tiny data set at an address."""
    memory = fsspec.filesystem("memory")
    for path in tiny_dataset.iterdir():
        if path.is_file():
            memory.pipe_file(f"/bucket/tiny/{path.name}", path.read_bytes())
    yield "memory://bucket/tiny"
    memory.store.clear()


def test_half_and_half_equal_the_whole(tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path) -> None:
    recipe = tiny_recipe(images=128, pictures=STREAM)
    tiny_train(recipe, tmp_path / "a" / "run")
    tiny_train(recipe, tmp_path / "b" / "run", images=64)
    tiny_train(recipe, tmp_path / "b" / "run")
    assert outcome(tmp_path / "b" / "run") == outcome(tmp_path / "a" / "run")
    tiny_train(tiny_recipe(images=128), tmp_path / "c" / "run")
    assert outcome(tmp_path / "c" / "run")["metrics.jsonl"] != outcome(tmp_path / "a" / "run")["metrics.jsonl"]


def test_an_address_trains_as_a_folder_does(
    address: str, tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    tiny_train(tiny_recipe(images=32, pictures=STREAM), tmp_path / "a" / "run")
    tiny_train(tiny_recipe(images=32), tmp_path / "b" / "run", address)  # auto: far away, so streamed
    here, there = outcome(tmp_path / "a" / "run"), outcome(tmp_path / "b" / "run")
    assert here["metrics.jsonl"] == there["metrics.jsonl"]
    card = load_package(tmp_path / "b" / "run" / "model").card
    assert card["dataset"]["name"] == "tiny"
    assert "skipped" not in card["dataset"]


def test_an_address_can_be_read_into_memory(address: str, tiny_dataset: Path) -> None:
    far, near = Dataset.open(address), Dataset.open(tiny_dataset)
    assert (far.remote, near.remote, far.digest) == (True, False, near.digest)
    assert repr(far).startswith("Dataset(memory://bucket/tiny: 64 pictures")
    assert list(far.samples()) == list(near.samples())
    assert far.load().images.equal(near.load().images)
    fsspec.filesystem("memory").rm_file("/bucket/tiny/shard-00000.tar")
    far.store._pauses = ()
    with pytest.raises(NijigenError, match=r"cannot read shard shard-00000\.tar of memory://.*: it is not there"):
        list(far.samples())


def test_the_order_of_before_wins_over_free_memory(
    monkeypatch: pytest.MonkeyPatch, tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    recipe, run = tiny_recipe(images=64), tmp_path / "b" / "run"
    tiny_train(recipe, tmp_path / "a" / "run")
    tiny_train(recipe, run, images=32)
    with monkeypatch.context() as patch:
        patch.setattr("nijigen.training.streaming.MEMORY_SHARE", 0.0)  # as if nothing fitted any more
        tiny_train(recipe, run)
    found, _ = load_newest(run / "checkpoints")
    assert found is not None
    assert found.facts["order"] == "resident"
    assert outcome(run) == outcome(tmp_path / "a" / "run")
    with pytest.raises(NijigenError, match=r"was begun with pictures\.stream = 'auto'"):
        tiny_train(tiny_recipe(images=128, pictures={"stream": "always"}), run)


def test_what_could_not_be_read_is_said(
    tiny_dataset: Path, tiny_recipe: Make, tiny_train: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("nijigen.data.streaming.shard_store.PAUSES", ())
    broken = shutil.copytree(tiny_dataset, tmp_path / "broken")
    info = json.loads((broken / "dataset.json").read_bytes())
    shutil.copy(broken / "shard-00000.tar", broken / "shard-00001.tar")
    info["shards"].append(info["shards"][0] | {"file": "shard-00001.tar", "sha256": "0" * 64})
    (broken / "dataset.json").write_text(json.dumps(info), encoding="utf-8")
    trained = tiny_train(tiny_recipe(images=16, pictures=STREAM), tmp_path / "run", broken)
    assert "shard-00001.tar is skipped" in capsys.readouterr().err
    assert (trained.run / SKIPPED_FILE).is_file()
    sentence = "1 shard skipped, 64 pictures in all epochs"
    assert sentence in load_package(trained.model).card["dataset"]["skipped"]
    assert sentence in (trained.run / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("left", [None, 700])
def test_a_folder_without_a_shard_is_streamed_all_the_same(
    left: int | None, tiny_dataset: Path, tiny_recipe: Make, tiny_train: Make, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("nijigen.data.streaming.shard_store.PAUSES", ())
    broken = shutil.copytree(tiny_dataset, tmp_path / "broken")
    info = json.loads((broken / "dataset.json").read_bytes())
    info["shards"].append(info["shards"][0] | {"file": "shard-00001.tar"})
    (broken / "dataset.json").write_text(json.dumps(info), encoding="utf-8")
    if left is not None:
        (broken / "shard-00001.tar").write_bytes((broken / "shard-00000.tar").read_bytes()[:left])
    trained = tiny_train(tiny_recipe(images=16, pictures=STREAM), tmp_path / "run", broken)
    assert "1 shard skipped" in load_package(trained.model).card["dataset"]["skipped"]
    with pytest.raises(NijigenError, match=r"broken is (incomplete|damaged): shard-00001\.tar"):
        tiny_train(tiny_recipe(images=16), tmp_path / "whole", broken)
