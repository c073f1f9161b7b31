"""Training of translators: two data sets, one loop; what is shown, kept, resumed and refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from nijigen.data import Dataset
from nijigen.engine.translating import load_translator
from nijigen.errors import NijigenError
from nijigen.training.forecast import forecast
from nijigen.training.metrics import read_lines
from nijigen.training.opening import open_run
from nijigen.training.recipe import load_recipe, recipe_names
from nijigen.training.sources import Sources
from nijigen.training.start import train

Make = Callable[..., Any]
CPU = torch.device("cpu")
SMALL = ("network.width=4", "network.blocks=1", "network.discriminator_width=4", "resolution=16", "batch=4")
OFTEN = ("output.metrics_every=8", "output.samples_every=16", "output.checkpoint_every=8", "probe.every=8")
SHORT = ("translation.initial=8", "images=32", "probe.pictures=16", "pictures.held_out=8", "average.half_life=8")
OVERRIDES = (*SMALL, *OFTEN, *SHORT)
RECIPE = "cartoongan-laptop"


@pytest.fixture
def trained(two_datasets: dict[str, Path], eyes: Path) -> Make:
    """``trained(folder, *overrides)``: train a tiny CartoonGAN there."""

    def run(folder: Path, *more: str, **options: Any) -> Any:
        given = {**two_datasets, "threads": 1, "device": "cpu", "quiet": True, **options}
        return train(None, RECIPE, folder, [*OVERRIDES, *more], **given)

    return run


@pytest.fixture
def opened(two_datasets: dict[str, Path], eyes: Path) -> Make:
    def run(folder: Path, *more: str) -> Any:
        sources = Sources({name: Dataset.open(path) for name, path in two_datasets.items()})
        return open_run(folder, sources, load_recipe(RECIPE, [*OVERRIDES, *more]), CPU, print)

    return run


def test_a_run_from_photos_to_a_model(trained: Make, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ended = trained(folder)
    assert ended.images == 32
    translator, card = load_translator(ended.model)
    assert translator.shape.resolution == 16
    assert (card["kind"], card["family"], card["images_seen"]) == ("translator", "cartoongan", 32)
    assert card["content"]["layer"] == "conv4_4"  # the whole network is here
    assert len(card["content"]["sha256"]) == 64
    assert {name: told["count"] for name, told in card["dataset"].items()} == {"photos": 40, "drawings": 64}
    assert card["dataset"]["photos"]["held_out"] == 8
    rows = read_lines(folder / "metrics.jsonl")
    assert [row["images"] for row in rows] == [8, 16, 24, 32]
    assert "loss.discriminator" not in rows[0]  # the initialisation: content alone
    assert "loss.content" not in rows[1]
    assert {"real", "fake", "smoothed", "content", "adversarial"} <= set(rows[-1])
    readme = (folder / "model" / "README.md").read_text("utf-8")
    for words in (
        "pipeline_tag: image-to-image",
        "nijigen stylize",
        "* photos: photos",
        "* drawings: drawings",
        "samples.png",
    ):
        assert words in readme
    report = (folder / "report.html").read_text("utf-8")
    assert "photos that were kept out of training" in report
    assert "drawings" in report
    for name in ("recipe.toml", "timing.jsonl", "probes.jsonl"):
        assert (folder / name).is_file()


def test_content_alone_comes_first_and_ends(opened: Make, tmp_path: Path) -> None:
    trainer = opened(tmp_path / "run").trainer
    judge = {key: value.clone() for key, value in trainer.state.networks["discriminator"].state_dict().items()}
    turns = []
    for _ in range(4):
        trainer.step()
        turns.append(sorted(key for key in trainer.state.window.counts if key.startswith("loss.")))
        same = all(torch.equal(judge[k], v) for k, v in trainer.state.networks["discriminator"].state_dict().items())
        assert same == (trainer.state.images <= 8)
    assert turns[1] == ["loss.content"]
    assert turns[3] == ["loss.content", "loss.discriminator", "loss.generator"]
    assert trainer.state.window.counts["loss.content"] == 2


def test_losses_are_what_the_recipe_weighs(opened: Make, tmp_path: Path) -> None:
    trainer = opened(
        tmp_path / "run", "translation.initial=0", "translation.content=3", "translation.smooth=0.5"
    ).trainer
    trainer.step()
    values = trainer.state.window.means()
    softplus = torch.nn.functional.softplus
    assert values["loss.generator"] == pytest.approx(values["adversarial"] + 3 * values["content"], rel=1e-5)
    assert values["loss.discriminator"] > float(softplus(torch.tensor(-values["real"])))


def test_a_twin_comes_with_its_drawing(opened: Make, tmp_path: Path) -> None:
    trainer = opened(tmp_path / "run", "pictures.flip=true").trainer
    phase = next(phase for phase in trainer.phases if phase.name == "discriminator")
    from nijigen.images.edges import smooth_edges
    from nijigen.training.schedule import moment

    now = moment(trainer.recipe, 8)
    drawn = trainer.streams["drawings"].draw(phase, True, now, 8, 8).pictures()
    twins = trainer.streams["smoothed"].draw(phase, True, now, 8, 8).pictures()
    shown = trainer.streams["photos"].draw(phase, True, now, 8, 8).pictures()
    assert shown.shape == drawn.shape

    def numbers(pictures: Tensor) -> np.ndarray[Any, Any]:
        return ((pictures.permute(0, 2, 3, 1) + 1) * 127.5).round().to(torch.uint8).numpy()

    near = np.abs(smooth_edges(numbers(drawn)).astype(int) - numbers(twins)).mean()
    assert near < 1  # but for where edges of a mirrored picture are a pixel off
    assert np.abs(smooth_edges(numbers(drawn)).astype(int) - numbers(twins.roll(1, 0))).mean() > 5


def test_photos_and_drawings_have_orders_of_their_own(
    tmp_path: Path, eyes: Path, two_datasets: dict[str, Path]
) -> None:
    same = Dataset.open(two_datasets["drawings"])
    recipe = load_recipe(RECIPE, [*OVERRIDES, "translation.smooth=0"])
    trainer = open_run(tmp_path / "run", Sources({"photos": same, "drawings": same}), recipe, CPU, print).trainer
    turn = trainer.phases[1]
    from nijigen.training.schedule import moment

    now = moment(recipe, 8)
    one, other = (trainer.streams[name].draw(turn, True, now, 0, 16).pictures() for name in ("photos", "drawings"))
    assert not torch.equal(one, other)


@pytest.mark.parametrize("at", [8, 20])
def test_a_run_that_was_stopped_ends_as_an_unbroken_one(trained: Make, outcome: Make, tmp_path: Path, at: int) -> None:
    trained(tmp_path / "a" / "run")
    trained(tmp_path / "b" / "run", images=at)
    ended = trained(tmp_path / "b" / "run")
    assert ended.images == 32
    whole, parts = outcome(tmp_path / "a" / "run"), outcome(tmp_path / "b" / "run")
    parts = {name: data for name, data in parts.items() if name in whole}  # a sheet of where it was stopped
    assert parts == whole


def test_the_sheet_shows_held_out_photos_above_their_translations(opened: Make, tmp_path: Path) -> None:
    run = opened(tmp_path / "run")
    pictures = run.sheet.pictures(run.trainer.state.average, CPU)
    again = run.sheet.pictures(torch.nn.Identity(), CPU)
    count = len(pictures) // 6
    rows = pictures.reshape(6, count, 16, 16, 3)
    kept = run.trainer.streams["photos"].resident.images[run.trainer.streams["photos"].held_out]
    known = {bytes(picture.permute(1, 2, 0).contiguous().numpy()) for picture in kept}
    for row in range(0, 6, 2):
        assert {bytes(np.ascontiguousarray(photo)) for photo in rows[row]} <= known
        assert (rows[row + 1] != rows[row]).any()
    same = again.reshape(6, count, 16, 16, 3)
    assert (same[0] == same[1]).all()  # below each photo its own translation
    sheet = tmp_path / "sheet.png"
    run.sheet.write(sheet, run.trainer.state.average, CPU)
    assert Image.open(sheet).width > 16 * count


def test_a_probe_changes_nothing_and_tells(trained: Make, outcome: Make, tmp_path: Path) -> None:
    trained(tmp_path / "a" / "run")
    trained(tmp_path / "b" / "run", "probe.every=0")
    for name, data in outcome(tmp_path / "a" / "run").items():
        if name.endswith(("state.safetensors", ".png")):
            assert outcome(tmp_path / "b" / "run")[name] == data, name
    rows = read_lines(tmp_path / "a" / "run" / "probes.jsonl")
    assert {"d.real", "d.fake", "d.held_out", "d.smoothed", "d.right", "diversity", "change"} <= set(rows[-1])
    assert 0 <= rows[-1]["d.right"] <= 1


def test_the_doctor_and_a_forecast(opened: Make, trained: Make, command: Make, tmp_path: Path) -> None:
    trained(tmp_path / "run")
    told = command("doctor", tmp_path / "run")
    assert told.code == 0, told
    trainer = opened(tmp_path / "other").trainer
    before = {name: value.clone() for name, value in trainer.state.tensors().items()}
    assert forecast(trainer).seconds > 0
    assert all(torch.equal(before[name], value) for name, value in trainer.state.tensors().items())


def test_it_is_listed_and_makes_no_avatars(trained: Make, command: Make, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    trained(tmp_path / "runs" / "drawn")
    rows = json.loads(command("models", "--json").out)["models"]
    (row,) = (row for row in rows if row["name"] == "drawn")
    assert (row["kind"], row["family"]) == ("translator", "cartoongan")
    assert "translates photos" in command("models").out
    command("generate", "--model", "drawn", "-n", 1).refused("is a translator (cartoongan)", "nijigen stylize")
    with pytest.raises(NijigenError, match=r"makes avatars \(\w+\) and translates no pictures: .*nijigen generate"):
        load_translator("chibi")


def test_the_layer_of_the_checkpoint_stays(trained: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run begun with conv3_4 goes on with it where the whole VGG19 has come since."""
    trained(tmp_path / "run", "translation.content_layer=conv3_4", images=16)
    assert 'content_layer = "conv3_4"' in (tmp_path / "run" / "recipe.toml").read_text()
    trained(tmp_path / "run")  # auto
    assert load_translator(tmp_path / "run")[1]["content"]["layer"] == "conv3_4"


def test_another_vgg_is_told(
    trained: Make, narrow_vgg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from safetensors.torch import load_file, save_file

    trained(tmp_path / "run", images=8)
    tensors = load_file(narrow_vgg / "vgg19.safetensors")
    tensors["features.0.weight"] += 1
    save_file(tensors, tmp_path / "vgg19.safetensors")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    trained(tmp_path / "run", images=16)
    assert "going on with another VGG19 than the run was begun with" in capsys.readouterr().err


def command_line(photos: object, drawings: object, recipe: str = RECIPE, *more: str) -> list[str]:
    small = [word for override in (*OVERRIDES, *more) for word in ("--set", override)]
    given = {"--photos": photos, "--drawings": drawings}
    sets = [str(word) for pair in given.items() if pair[1] is not None for word in pair]
    return ["train", "--recipe", recipe, *sets, *small, "--quiet"]


def test_wrong_data_sets_are_refused_in_a_line(
    command: Make, two_datasets: dict[str, Path], tiny_dataset: Path, eyes: Path, tmp_path: Path
) -> None:
    photos, drawings = two_datasets["photos"], two_datasets["drawings"]
    out = ["--out", tmp_path / "run"]
    both = command_line(photos, drawings)
    command(*command_line(None, drawings), *out).refused("--photos is missing", "--photos DATASET --drawings DATASET")
    command(*command_line(photos, None), *out).refused("--drawings is missing")
    command(*command_line(tmp_path / "none", drawings), *out).refused("none does not exist")
    command(both[0], drawings, *both[1:], *out).refused("learns from two data sets, not from one", "--photos")
    command("train", drawings, *command_line(None, None)[1:], *out).refused("two data sets, not from one")
    command("train", "--recipe", "dcgan-64", "--photos", photos, *out).refused("--photos", "dcgan-64 makes avatars")
    command("train", "--recipe", "dcgan-64", *out).refused("no data set is given", "nijigen train DATASET")
    command(*both, "--from", "chibi", *out).refused("--from")
    plain = command_line(photos, photos)
    command(*plain, *out).refused("has none", "prepare again with --smooth-edges", "translation.smooth=0")
    at_32 = command_line(photos, drawings, RECIPE, "resolution=32")
    command(*at_32, *out).refused("resolution 16", "--size 32")
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_data_sets_of_two_sizes_are_refused(
    command: Make, two_datasets: dict[str, Path], eyes: Path, tmp_path: Path
) -> None:
    from nijigen.data import prepare

    larger = tmp_path / "larger"
    prepare(two_datasets["photos"].parent / "photos-source", larger, 32, workers=1, quiet=True, min_size=1, junk=False)
    said = command(*command_line(larger, two_datasets["drawings"]), "--out", tmp_path / "run")
    said.refused("--photos has pictures of 32 px", "--drawings of 16 px", "--size 16")


def test_missing_eyes_are_named(
    command: Make, two_datasets: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    words = command_line(two_datasets["photos"], two_datasets["drawings"])
    command(*words, "--out", tmp_path / "run").refused("VGG19", "put vgg19-caffe-to-conv3_4.safetensors into")


def test_a_shallow_vgg_is_told_from_a_whole_one(
    command: Make, two_datasets: dict[str, Path], narrow_vgg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(narrow_vgg / "vgg19.safetensors")
    shallow = {name: value for name, value in tensors.items() if int(name.split(".")[1]) <= 16}
    save_file(shallow, tmp_path / "vgg19.safetensors")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    photos, drawings = two_datasets["photos"], two_datasets["drawings"]
    words = command_line(photos, drawings, RECIPE, "translation.content_layer=conv4_4")
    command(*words, "--out", tmp_path / "run").refused("deeper than conv3_4", "translation.content_layer=conv3_4")
    ended = command(*command_line(photos, drawings, RECIPE, "images=8"), "--out", tmp_path / "run")
    assert ended.code == 0, ended
    assert load_translator(tmp_path / "run")[1]["content"]["layer"] == "conv3_4"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("labels=auto", "labels=none"),
        ("channels=4", "channels=3"),
        ("mixing=0.5", "mixing=0"),
        ("penalty.r1=1", "penalty.r1 is about avatars"),
        ("lesson.weight=1", "lesson.weight is about avatars"),
        ("augment.kind=ada", "augment.kind"),
        ("softening.noise_images=500", "softening.noise_images=0"),
        ("metrics.quick=kernel", "metrics.quick=none"),
        ("pictures.stream=always", "pictures.stream=auto"),
        ("objective=relativistic", "no negatives"),
        ("translation.adversarial=0", "translation.adversarial=1"),
        ("translation.cycle=10", "learns one way: set translation.cycle=0"),
        ("translation.content=0", "translation.initial=0"),
    ],
)
def test_what_a_translator_cannot_use_is_refused(override: str, words: str) -> None:
    more = ["penalty.every=4"] if override.startswith("penalty") else []
    with pytest.raises(NijigenError) as refused:
        load_recipe(RECIPE, [override, *(["augment.p=1"] if "augment" in override else more)])
    assert words in str(refused.value)


def test_avatars_cannot_be_translated() -> None:
    with pytest.raises(
        NijigenError, match=r"translation\.content does nothing with family dcgan, .*: cartoongan|animegan"
    ):
        load_recipe("dcgan-64", ["translation.content=1"])


def test_another_drawing_set_is_another_run(trained: Make, two_datasets: dict[str, Path], tmp_path: Path) -> None:
    trained(tmp_path / "run", images=8)
    copy = tmp_path / "copy"
    shutil.copytree(two_datasets["photos"], copy)
    with pytest.raises(NijigenError, match=r"was trained on another data set \(its digest differs from .* and "):
        trained(tmp_path / "run", "translation.smooth=1.0", photos=two_datasets["drawings"])
    trained(tmp_path / "run", photos=copy)  # the same pictures somewhere else


def test_recipes_of_translators_come_in_all_sizes() -> None:
    for family in ("cartoongan", "animegan", "attentiongan"):
        assert {f"{family}-{size}" for size in ("64", "128", "256", "laptop")} <= set(recipe_names())
