"""Training of painters: two data sets, one loop, no judge; what is shown, kept, resumed and refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.data import Dataset
from nijigen.engine.painters import open_painter
from nijigen.errors import NijigenError
from nijigen.features.seeing import weights_digest
from nijigen.training.forecast import forecast
from nijigen.training.metrics import read_lines
from nijigen.training.opening import open_run
from nijigen.training.recipe import load_recipe, recipe_names
from nijigen.training.sources import Sources
from nijigen.training.start import train

Make = Callable[..., Any]
CPU = torch.device("cpu")
RECIPE = "adaattn-laptop"
OVERRIDES = (
    "network.width=4",
    "network.attention_width=4",
    'network.layers=["conv1_2", "conv2_1"]',
    "network.keys=64",
    'painting.layers=["conv1_1"]',
    "painting.identity_every=2",
    "resolution=16",
    "batch=4",
    "output.metrics_every=8",
    "output.samples_every=16",
    "output.checkpoint_every=8",
    "probe.every=8",
    "probe.pictures=16",
    "images=32",
    "pictures.held_out=8",
    "average.half_life=8",
    "optimizer.decay=0.0",
)


@pytest.fixture
def trained(two_datasets: dict[str, Path], full_vgg: Path) -> Make:
    """``trained(folder, *overrides)``: train a tiny painter there."""

    def run(folder: Path, *more: str, **options: Any) -> Any:
        given = {**two_datasets, "threads": 1, "device": "cpu", "quiet": True, **options}
        return train(None, RECIPE, folder, [*OVERRIDES, *more], **given)

    return run


@pytest.fixture
def opened(two_datasets: dict[str, Path], full_vgg: Path) -> Make:
    def run(folder: Path, *more: str) -> Any:
        sources = Sources({name: Dataset.open(path) for name, path in two_datasets.items()})
        return open_run(folder, sources, load_recipe(RECIPE, [*OVERRIDES, *more]), CPU, print)

    return run


def test_a_run_from_two_data_sets_to_a_model(trained: Make, command: Make, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ended = trained(folder)
    assert ended.images == 32
    painter = open_painter(ended.model, CPU)
    assert painter.painter.layers == ("conv1_2", "conv2_1")
    card = painter.card
    assert (card["kind"], card["family"], card["images_seen"]) == ("painter", "adaattn", 32)
    assert card["vgg19"]["sha256"] == painter.seer.digest == weights_digest(painter.seer.network, "conv2_1")
    assert {name: told["count"] for name, told in card["dataset"].items()} == {"photos": 40, "drawings": 64}
    rows = read_lines(folder / "metrics.jsonl")
    assert [row["images"] for row in rows] == [8, 16, 24, 32]
    for row in rows:
        losses = 0.5 * row["content"] + 5 * row["style"] + 3 * row["local"]
        assert row["loss.painting"] == pytest.approx(losses, rel=1e-5)
        assert row["loss.identity"] == pytest.approx(10 * row["identity"] + row["identity_seen"], rel=1e-5)
    assert rows[-1]["loss.painting"] < rows[0]["loss.painting"]
    probes = read_lines(folder / "probes.jsonl")
    assert {"content", "style", "style.before", "change", "diversity", "detail"} <= set(probes[-1])
    assert "painted like" in (folder / "report.html").read_text("utf-8")
    told = command("doctor", folder)
    assert told.code == 0, told


@pytest.mark.parametrize("at", [8, 20])
def test_a_run_that_was_stopped_ends_as_an_unbroken_one(trained: Make, outcome: Make, tmp_path: Path, at: int) -> None:
    trained(tmp_path / "a" / "run")
    trained(tmp_path / "b" / "run", images=at)
    ended = trained(tmp_path / "b" / "run")
    assert ended.images == 32
    whole, parts = outcome(tmp_path / "a" / "run"), outcome(tmp_path / "b" / "run")
    parts = {name: data for name, data in parts.items() if name in whole}  # a sheet of where it was stopped
    assert parts == whole


def test_the_sheet_shows_contents_styles_and_what_is_painted(opened: Make, tmp_path: Path) -> None:
    run = opened(tmp_path / "run")
    pictures = run.sheet.pictures(run.trainer.state.average, CPU)
    groups = run.sheet._groups
    rows = pictures.reshape(groups, 3, -1, 16, 16, 3)
    for place, name in enumerate(("photos", "drawings")):
        stream = run.trainer.streams[name]
        kept = stream.resident.images[stream.held_out]
        known = {bytes(picture.permute(1, 2, 0).contiguous().numpy()) for picture in kept}
        assert {bytes(np.ascontiguousarray(shown)) for shown in rows[0, place]} <= known
    with torch.no_grad():
        seer, average = run.kind.seer, run.trainer.state.average
        one, other = (
            torch.from_numpy(rows[0, place, :1].copy()).permute(0, 3, 1, 2).float() / 127.5 - 1 for place in (0, 1)
        )
        made = average(seer.see(one, average.layers), seer.see(other, average.layers)).clamp(-1, 1)
    wanted = ((made[0].permute(1, 2, 0) + 1) * 127.5).round().numpy()
    assert np.abs(rows[0, 2, 0].astype(float) - wanted).max() <= 1


def test_a_probe_changes_nothing(trained: Make, outcome: Make, tmp_path: Path) -> None:
    trained(tmp_path / "a" / "run")
    trained(tmp_path / "b" / "run", "probe.every=0")
    for name, data in outcome(tmp_path / "a" / "run").items():
        if name.endswith(("state.safetensors", ".png")):
            assert outcome(tmp_path / "b" / "run")[name] == data, name


def test_a_forecast_changes_nothing(opened: Make, tmp_path: Path) -> None:
    trainer = opened(tmp_path / "run").trainer
    before = {name: value.clone() for name, value in trainer.state.tensors().items()}
    assert forecast(trainer).seconds > 0
    assert all(torch.equal(before[name], value) for name, value in trainer.state.tensors().items())


def test_a_run_goes_on_with_the_vgg_that_it_was_begun_with(
    trained: Make, full_vgg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    trained(tmp_path / "run", images=8)
    tensors = load_file(full_vgg / "vgg19.safetensors")
    tensors["features.0.weight"] += 1
    save_file(tensors, tmp_path / "vgg19.safetensors")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    with pytest.raises(NijigenError, match="learned with a VGG19 whose weights up to conv2_1 are"):
        trained(tmp_path / "run")
    with pytest.raises(NijigenError, match="learned with a VGG19"):
        open_painter(tmp_path / "run", CPU)


def test_it_is_listed_and_refused_where_it_does_not_belong(
    trained: Make, command: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trained(tmp_path / "runs" / "brush")
    rows = json.loads(command("models", "--json").out)["models"]
    (row,) = (row for row in rows if row["name"] == "brush")
    assert (row["kind"], row["family"]) == ("painter", "adaattn")
    assert "paints one picture like another" in command("models").out
    command("generate", "--model", "brush", "-n", 1).refused("is a painter (adaattn)", "nijigen style CONTENT STYLE")
    Image.new("RGB", (16, 16), "red").save(tmp_path / "a.png")
    command("stylize", "a.png", "b.png", "--style", "brush").refused("--style brush", "nijigen style", "--fast")
    command("style", "a.png", "a.png", "b.png", "--fast", "chibi").refused("--fast chibi makes avatars", "generate")


def test_wrong_data_sets_are_refused_in_a_line(command: Make, two_datasets: dict[str, Path], tmp_path: Path) -> None:
    photos, drawings = two_datasets["photos"], two_datasets["drawings"]
    small = [word for override in OVERRIDES for word in ("--set", override)]
    both = ["train", "--recipe", RECIPE, *small, "--quiet", "--out", tmp_path / "run"]
    command(*both, "--drawings", drawings).refused("paints pictures, and --photos is missing")
    command(*both, "--photos", photos).refused("--drawings is missing")
    command(*both, drawings).refused("learns from two data sets, not from one")
    command(*both, "--photos", photos, "--drawings", drawings, "--from", "chibi").refused("train without --from")
    command("train", "--recipe", "dcgan-64", "--photos", photos).refused("recipes that translate or paint")
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_missing_eyes_are_named(
    command: Make, two_datasets: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    small = [word for override in OVERRIDES for word in ("--set", override)]
    given = ["--photos", two_datasets["photos"], "--drawings", two_datasets["drawings"]]
    said = command("train", "--recipe", RECIPE, *small, *given, "--quiet", "--out", tmp_path / "run")
    said.refused("VGG19", "put vgg19-caffe-to-conv3_4.safetensors into")


def test_layers_that_the_network_does_not_have_are_named(
    command: Make, two_datasets: dict[str, Path], full_vgg: Path, tmp_path: Path
) -> None:
    small = [word for override in OVERRIDES for word in ("--set", override)]
    given = ["--photos", two_datasets["photos"], "--drawings", two_datasets["drawings"], "--out", tmp_path / "run"]
    said = command("train", "--recipe", RECIPE, *small, *given, "--set", 'painting.layers=["conv4_1"]')
    said.refused("looks at conv4_1 of VGG19", "ends at conv3_4", "put the whole network as vgg19.safetensors")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("labels=auto", "labels=none"),
        ("channels=4", "channels=3"),
        ("mixing=0.5", "paints: set mixing=0"),
        ("penalty.r1=1", "penalty.r1 is about avatars"),
        ("objective=hinge", "objective is about a discriminator"),
        ("discriminator_steps=2", "set discriminator_steps=1"),
        ("translation.cycle=10", "translation.cycle does nothing with family adaattn, which paints pictures"),
        ("metrics.quick=kernel", "metrics.quick=none"),
        ("pictures.stream=always", "pictures.stream=auto"),
        ('painting.layers=["conv9_1"]', "painting.layers='conv9_1' is no layer of VGG19"),
    ],
)
def test_what_a_painter_cannot_use_is_refused(override: str, words: str) -> None:
    with pytest.raises(NijigenError) as refused:
        load_recipe(RECIPE, [override])
    assert words in str(refused.value)


def test_nothing_to_learn_is_refused() -> None:
    with pytest.raises(NijigenError, match=r"leave nothing to learn from drawings: set painting\.style=3"):
        load_recipe(RECIPE, ["painting.style=0", "painting.local=0"])
    with pytest.raises(NijigenError, match=r"identity_every does nothing"):
        load_recipe(RECIPE, ["painting.identity=0", "painting.identity_seen=0"])


def test_others_do_not_paint() -> None:
    for recipe in ("dcgan-64", "cartoongan-64"):
        with pytest.raises(NijigenError, match=r"painting\.style does nothing .*a family that paints: adaattn"):
            load_recipe(recipe, ["painting.style=1"])


def test_recipes_of_painters_come_in_all_sizes() -> None:
    assert {f"adaattn-{size}" for size in ("64", "128", "256", "laptop")} <= set(recipe_names())
