"""A run: N + N images equal 2N bit for bit, and what does not go together is refused by name."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.files import sha256_file
from nijigen.models.package import load_package
from nijigen.training import start
from nijigen.training.forecast import Forecast
from nijigen.training.metrics import read_lines
from nijigen.training.run import Run

Make = Callable[..., Any]
NETWORKS: dict[str, dict[str, Any]] = {
    "batch-norm": {},
    "spectral": {"generator_norm": "conditional", "discriminator_norm": "none", "spectral": True},
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_half_and_half_equal_the_whole(
    network: dict[str, Any], tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    whole = tiny_recipe(images=128, network=network, objective="hinge")
    tiny_train(whole, tmp_path / "a" / "run")
    tiny_train(whole, tmp_path / "b" / "run", images=64)
    middle = outcome(tmp_path / "b" / "run")
    trained = tiny_train(whole, tmp_path / "b" / "run")
    assert trained.images == 128
    assert middle["model/generator.safetensors"] != outcome(tmp_path / "b" / "run")["model/generator.safetensors"]
    assert outcome(tmp_path / "b" / "run") == outcome(tmp_path / "a" / "run")


@pytest.mark.parametrize("cuts", [[8], [24, 40], [24, 32, 48]], ids=str)
def test_a_run_that_ends_between_two_lines_of_metrics_has_a_last_one(
    cuts: list[int], tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    """And goes on as if it had not ended: the lines too are those of an unbroken run."""
    recipe = tiny_recipe(images=56, penalty={"r1": 1.0, "every": 2})
    tiny_train(recipe, tmp_path / "a" / "run")
    run = tmp_path / "b" / "run"
    for images in cuts:
        tiny_train(recipe, run, images=images)
        rows = read_lines(run / "metrics.jsonl")
        assert [row["images"] for row in rows] == [*range(16, images, 16), images]
        assert "loss.generator" in rows[-1]
        before = outcome(run)
        tiny_train(recipe, run, images=images)  # nothing is left to do, and nothing is written twice
        assert outcome(run) == before
    tiny_train(recipe, run)
    assert [row["images"] for row in read_lines(run / "metrics.jsonl")] == [16, 32, 48, 56]
    for name, content in outcome(tmp_path / "a" / "run").items():  # each end left a sheet of samples more
        assert outcome(run)[name] == content, name


def test_a_short_run_has_curves_to_look_at(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    tiny_train(tiny_recipe(images=24, output={"metrics_every": 16}), tmp_path / "run")
    report = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "24 of 24" in report
    assert "<polyline" in report


def test_every_cut_ends_the_same(
    tiny_recipe: Make, tiny_train: Make, dying_after: Make, outcome: Make, tmp_path: Path
) -> None:
    """Rates that fall, micro-batches, shifts, balance and rarer generator steps all go on exactly."""
    recipe = tiny_recipe(
        images=96,
        micro_batch=4,
        discriminator_steps=2,
        pictures={"crop": 2, "balance": ["hair_color"]},
        optimizer={"decay": 0.5},
        output={"samples_every": 96, "checkpoint_every": 8, "keep": 3},
    )
    tiny_train(recipe, tmp_path / "a" / "run")
    broken = tmp_path / "b" / "run"
    for cut in (8, 24, 32, 88):
        with dying_after(cut), pytest.raises(KeyboardInterrupt):
            tiny_train(recipe, broken)
    tiny_train(recipe, broken)
    assert outcome(broken) == outcome(tmp_path / "a" / "run")


def test_a_kill_between_the_last_checkpoint_and_its_model(
    tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    recipe = tiny_recipe()
    tiny_train(recipe, tmp_path / "a" / "run")
    broken = tmp_path / "b" / "run"
    tiny_train(recipe, broken, images=32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "save_model", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            tiny_train(recipe, broken)
    assert tiny_train(recipe, broken).images == 64
    assert outcome(broken) == outcome(tmp_path / "a" / "run")


def test_forecasting_leaves_no_trace(tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path / "a" / "run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(start, "forecast", lambda trainer: Forecast(1.0, 1.0, 1, 1))
        tiny_train(tiny_recipe(), tmp_path / "b" / "run")
    assert outcome(tmp_path / "a" / "run") == outcome(tmp_path / "b" / "run")


def test_a_complete_run_changes_nothing(tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path) -> None:
    first = tiny_train(tiny_recipe(), tmp_path / "run")
    before = outcome(tmp_path / "run")
    again = tiny_train(tiny_recipe(), tmp_path / "run")
    assert (again.images, again.stopped_by, again.model) == (64, None, first.model)
    assert outcome(tmp_path / "run") == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seed": 1}, "seed"),
        ({"batch": 16}, "batch"),
        ({"objective": "hinge"}, "objective"),
        ({"network": {"width": 8}}, "network.width"),
        ({"optimizer": {"generator": {"rate": 1e-3}}}, "optimizer.generator.rate"),
        ({"pictures": {"flip": False}}, "pictures.flip"),
        ({"average": {"half_life": 7}}, "average.half_life"),
    ],
)
def test_another_recipe_is_refused_by_field(
    changes: dict[str, Any], field: str, tiny_recipe: Make, tiny_train: Make, tiny_run: Path
) -> None:
    before = sha256_file(tiny_run / "recipe.toml")
    with pytest.raises(NijigenError, match=rf"begun with {re.escape(field)} = .*another --out"):
        tiny_train(tiny_recipe(**changes), tiny_run)
    assert sha256_file(tiny_run / "recipe.toml") == before


def test_another_data_set_is_refused(tiny_recipe: Make, tiny_train: Make, tiny_run: Path, plain_dataset: Path) -> None:
    with pytest.raises(NijigenError, match="another data set"):
        tiny_train(tiny_recipe(), tiny_run, plain_dataset)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resolution": 32}, "has resolution 16, recipe tiny wants 32: prepare it with --size 32, or .*resolution=16"),
        ({"resolution": 48}, "these networks double from 4 px: 8, 16, 32, .* not 48: set resolution=64"),
        ({"channels": 4}, "has channels 3, recipe tiny wants 4: prepare it with --channels 4"),
        ({"labels": "required"}, "needs labels and data set .* has none"),
        ({"pictures": {"balance": ["hair_color"]}}, "hair_color"),
        ({"pictures": {"crop": 16}}, "crop"),
    ],
)
def test_a_data_set_that_does_not_fit(
    changes: dict[str, Any], message: str, tiny_recipe: Make, tiny_train: Make, plain_dataset: Path, tmp_path: Path
) -> None:
    with pytest.raises((NijigenError, ValidationError), match=message):
        tiny_train(tiny_recipe(**changes), tmp_path / "run", plain_dataset)
    assert not (tmp_path / "run" / "recipe.toml").exists()


def test_a_folder_of_other_things_is_left_alone(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "samples").mkdir(parents=True)
    for name in ("samples/2024.png", "samples/.download.part", "metrics.jsonl"):
        (mine / name).write_text("mine")
    with pytest.raises(NijigenError, match="not of a run: choose another --out"):
        tiny_train(tiny_recipe(), mine)
    assert {path.read_text() for path in mine.rglob("*") if path.is_file() and path.name != ".lock"} == {"mine"}
    assert len([path for path in mine.rglob("*") if path.is_file() and path.name != ".lock"]) == 3


def test_what_may_change_between_two_halves(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    """Length and what is written are free: they do not change what a step does."""
    tiny_train(tiny_recipe(images=32), tmp_path / "run")
    more = tiny_recipe(name="other", description="longer", images=48, output={"metrics_every": 8, "keep": 1})
    assert tiny_train(more, tmp_path / "run").images == 48
    assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["000000048"]


def test_a_longer_run_says_that_its_decay_is_stretched(
    tiny_recipe: Make, tiny_train: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_train(tiny_recipe(images=32, optimizer={"decay": 0.5}), tmp_path / "run")
    tiny_train(tiny_recipe(images=48, optimizer={"decay": 0.5}), tmp_path / "run", quiet=False)
    assert "images was 32, is 48: the decay of the rates is stretched" in capsys.readouterr().err


def test_other_threads_are_said(
    tiny_recipe: Make, tiny_train: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_train(tiny_recipe(images=32), tmp_path / "run")
    tiny_train(tiny_recipe(images=48), tmp_path / "run", quiet=False, threads=2)
    assert "not bit for bit as an unbroken run would: threads was 1, is 2" in capsys.readouterr().err


def test_what_a_killed_writer_left_behind_is_removed(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    run = tmp_path / "run"
    tiny_train(tiny_recipe(images=32), run)
    (run / "checkpoints" / ".000000047.part").mkdir()
    (run / "checkpoints" / ".000000047.part" / "state.safetensors").write_bytes(b"half")
    (run / "model" / ".generator.safetensors.ab12.part").write_bytes(b"half")
    tiny_train(tiny_recipe(images=48), run)
    assert [path.name for path in run.rglob("*") if path.name.startswith(".")] == [".lock"]


@pytest.mark.parametrize("most", [10, 40, 63, 64])
def test_the_models_label_rows_are_spread_over_the_data_set(
    most: int, tiny_recipe: Make, tiny_train: Make, tiny_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sorted data set must not give its first classes alone."""
    monkeypatch.setattr("nijigen.models.package.MAX_LABEL_ROWS", most)
    kept = load_package(tiny_train(tiny_recipe(images=8), tmp_path / "run").model).label_rows
    labels = Dataset.open(tiny_dataset).load().labels
    step = -(-64 // most)
    assert torch.equal(kept, labels[::step])
    assert len(kept) <= most


def _interrupted(run: Run) -> str:
    raise KeyboardInterrupt
