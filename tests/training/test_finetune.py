"""Fine-tuning by the command line: what is taken, what is frozen, what the card says, and going on with it."""

import json
import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data import prepare
from nijigen.models.contract import Discriminator, Shape
from nijigen.models.package import load_package, read_weights
from nijigen.models.registry import find_family
from nijigen.training import start
from nijigen.training.forecast import Forecast
from nijigen.training.recipe import load_recipe

Make = Callable[..., Any]
USUAL = ("--threads", "1", "--device", "cpu")


@pytest.fixture(autouse=True)
def _no_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "forecast", lambda trainer: Forecast(1.0, 1.0, 1, 1, 1.0))


def judge(run: Path) -> dict[str, torch.Tensor]:
    return read_weights(run / "model" / "discriminator.safetensors")[0]


def card(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "model" / "card.json").read_text(encoding="utf-8"))
    return found


def stages_of(run: Path) -> list[set[str]]:
    """The names of the parameters in each stage of a run's discriminator."""
    facts = card(run)
    family = find_family(facts["family"])
    shape = Shape(facts["resolution"], facts["channels"], load_package(run / "model").schema.width)
    network = family.build(shape, family.options.model_validate(facts["network"]))["discriminator"]
    assert isinstance(network, Discriminator)
    held = [{id(weight) for weight in stage.parameters()} for stage in network.stages()]
    return [{name for name, weight in network.named_parameters() if id(weight) in stage} for stage in held]


def test_a_run_begins_from_a_model(command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path) -> None:
    done = command("train", tiny_dataset, "--from", tiny_run, "--images", 8, "--out", tmp_path / "run", *USUAL)
    assert done.code == 0, done.err
    for name in ("generator", "discriminator"):
        assert re.search(rf"^{name}: (\d+) of \1 tensors taken over, 5 label columns by their words$", done.out, re.M)
    assert "fresh" not in done.out + done.err
    model = load_package(tiny_run / "model")
    assert card(tmp_path / "run")["origin"] == {"name": "tiny-run", "digest": model.digest}
    assert card(tmp_path / "run")["digest"] != model.digest
    assert "origin" not in card(tiny_run)


def test_one_batch_moves_it_a_little(command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path) -> None:
    """Not one tensor is far from the model's, where a fresh network would be."""
    options = ("--images", 8, "--set", "average.half_life=0", "--set", "optimizer.generator.rate=1e-4")
    command("train", tiny_dataset, "--from", tiny_run, "--out", tmp_path / "run", *options, "--quiet", *USUAL)
    before, after = (load_package(run / "model").generator for run in (tiny_run, tmp_path / "run"))
    for (name, old), new in zip(before.named_parameters(), after.parameters(), strict=True):
        assert 0 < (new - old).abs().max() < 2e-4, name


@pytest.mark.parametrize("count", [1, 2])
def test_frozen_stages_stay_bit_for_bit_and_others_move(
    count: int, command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    freeze = ("--set", f"freeze_d={count}")
    done = command(
        "train", tiny_dataset, "--from", tiny_run, "--images", 24, "--out", tmp_path / "run", *freeze, *USUAL
    )
    assert done.code == 0, done.err
    assert "freeze_d" not in done.err
    before, after = judge(tiny_run), judge(tmp_path / "run")
    stages = stages_of(tmp_path / "run")
    assert len(stages) == 3
    for place, names in enumerate(stages):
        assert names
        for name in names:
            assert torch.equal(before[name], after[name]) == (place < count), (place, name)


@pytest.mark.parametrize(
    "options",
    [
        ("objective=wasserstein", "penalty.clip=0.001"),
        ("network.spectral=true", "network.discriminator_norm=none"),
        ("network.discriminator_norm=batch",),
    ],
    ids=["clipped", "spectral", "batch"],
)
def test_frozen_stages_stay_whatever_else_moves_weights(
    options: tuple[str, ...], tiny_recipe: Make, tiny_train: Make, tiny_dataset: Path, tmp_path: Path
) -> None:
    """Clipping, and what layers remember of pictures and weights, stop at frozen stages; every tensor of them stays."""
    begin = load_recipe(tiny_recipe(images=8), [option for option in options if option.startswith("network")])
    tiny_train(begin, tmp_path / "first")
    more = [*options, "freeze_d=2", "probe.every=8", "probe.pictures=16", "output.metrics_every=8"]
    tiny_train(None, tmp_path / "run", start=tmp_path / "first", overrides=more, images=24)
    before, after = judge(tmp_path / "first"), judge(tmp_path / "run")
    frozen = {name for name in before if name.startswith("blocks.")}
    assert len(stages_of(tmp_path / "run")) == 3  # two blocks, and the judge
    for name in before:
        if not name.endswith("_u"):  # of the one logit it is the number 1
            assert torch.equal(before[name], after[name]) == (name in frozen), name
    assert all(torch.equal(before[name], after[name]) for name in frozen)


def test_a_frozen_run_goes_on_exactly(
    command: Make, outcome: Make, dying_after: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    """Optimisers without moments for what is frozen, resumed twice: the same to the last bit."""
    model = tmp_path / "model"
    shutil.copytree(tiny_run / "model", model)

    def train(out: Path, images: int) -> Any:
        options = ("--set", "freeze_d=1", "--set", "augment.kind=diffaugment", "--set", "augment.p=0.5")
        output = ("--set", "output.checkpoint_every=8", "--set", "output.samples_every=16")
        return command(
            "train", tiny_dataset, "--from", model, "--images", images, "--out", out, *options, *output, *USUAL
        )

    assert train(tmp_path / "a" / "run", 32).code == 0
    broken = tmp_path / "b" / "run"
    for cut in (8, 16):
        with dying_after(cut):
            train(broken, 32)
    done = train(broken, 32)
    assert done.code == 0, done.err
    assert "going on from 16 images" in done.out
    assert "taken over" not in done.out  # it goes on from its own checkpoint
    assert outcome(broken) == outcome(tmp_path / "a" / "run")
    assert card(broken)["origin"]["digest"] == load_package(model).digest


def test_a_classifier_is_learned_anew(command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path) -> None:
    options = ("--set", "conditioning.classifier=1", "--set", "conditioning.classifier_width=4", "--images", 16)
    done = command("train", tiny_dataset, "--from", tiny_run, *options, "--out", tmp_path / "run", *USUAL)
    assert done.code == 0, done.err
    for name in ("generator", "discriminator"):
        assert re.search(rf"^{name}: (\d+) of \1 tensors taken over, ", done.out, re.M)
    assert re.search(r"^classifier: 0 of \d+ tensors taken over; fresh: ", done.out, re.M)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert 0 <= rows[-1]["labels.made"] <= 1
    again = command("train", tiny_dataset, "--from", tmp_path / "run", "--images", 8, "--out", tmp_path / "b", *USUAL)
    assert again.code == 0, again.err  # with the recipe of the model, a classifier and all


def test_another_schema_is_said(command: Make, tiny_run: Path, tmp_path: Path, tiny_dataset: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(tiny_dataset.parent / "source", source)
    rows = (source / "metadata.csv").read_text(encoding="utf-8").replace("blue", "green")
    (source / "metadata.csv").write_text(rows, encoding="utf-8")
    prepare(source, tmp_path / "data", size=16, workers=1, quiet=True)
    done = command("train", tmp_path / "data", "--from", tiny_run, "--images", 8, "--out", tmp_path / "run", *USUAL)
    assert done.code == 0, done.err
    assert "4 label columns by their words; new labels: hair_color=green" in done.out


def test_a_data_set_without_labels(command: Make, tiny_run: Path, plain_dataset: Path, tmp_path: Path) -> None:
    done = command("train", plain_dataset, "--from", tiny_run, "--images", 8, "--out", tmp_path / "run", *USUAL)
    assert done.code == 0, done.err
    assert "generator: 12 of 13 tensors taken over; fresh: blocks.b4.conv.weight\n" in done.out
    assert re.search(r"^discriminator: (\d+) of \1 tensors taken over$", done.out, re.M)


@pytest.fixture
def larger(tiny_dataset: Path, tmp_path: Path) -> Path:
    """The tiny data set at 32 px."""
    folder = tmp_path / "larger"
    prepare(tiny_dataset.parent / "source", folder, size=32, min_size=1, workers=1, quiet=True, junk=False)
    return folder


def test_another_resolution_needs_a_word_and_is_said(
    command: Make, tiny_run: Path, larger: Path, tmp_path: Path
) -> None:
    options = ("--from", tiny_run, "--images", 8, "--out", tmp_path / "run", *USUAL)
    refused = command("train", larger, *options)
    assert refused.code == 2
    assert "--set resolution=32" in refused.err
    done = command("train", larger, *options, "--set", "resolution=32", "--set", "freeze_d=1")
    assert done.code == 0, done.err
    said = re.search(
        r"^discriminator: \d+ of \d+ tensors taken over.*; fresh: .*blocks\.b32\.conv\.weight", done.out, re.M
    )
    assert said
    # The first stage of a larger discriminator is new: to freeze it would be to look through random weights.
    assert "freeze_d=1 freezes weights that come from no model (blocks.b32.conv.weight" in done.err


@pytest.mark.parametrize("lonely", [False, True], ids=["no model", "no discriminator"])
def test_freezing_what_comes_from_no_model_is_said(
    lonely: bool, command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    shutil.copy(tiny_run / "recipe.toml", recipe)
    begin = ("--from", tiny_run / "model" / "generator.safetensors") if lonely else ()
    options = ("--recipe", recipe, "--set", "freeze_d=2", "--images", 8, "--out", tmp_path / "run", "--quiet", *USUAL)
    done = command("train", tiny_dataset, *begin, *options)
    assert done.code == 0, done.err
    assert re.search(r"^freeze_d=2 freezes weights .* \d+ of \d+\): begin with --from a model .*freeze_d=0$", done.err)


@pytest.mark.parametrize("count", [3, 99])
def test_a_stage_must_be_left_to_train(
    count: int, command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    options = ("--images", 8, "--out", tmp_path / "run", "--set", f"freeze_d={count}", *USUAL)
    done = command("train", tiny_dataset, "--from", tiny_run, *options)
    assert done.code == 2
    assert f"freeze_d={count} leaves nothing to train, of 3 stages: use at most 2" in done.err
    assert not (tmp_path / "run" / "recipe.toml").exists()


def test_a_folder_of_a_run_of_its_own_is_not_begun_again(
    command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path, outcome: Make
) -> None:
    """Silence would let a person believe that the model was used."""
    run, model = tmp_path / "run", tmp_path / "model"
    shutil.copytree(tiny_run, run)
    shutil.copytree(tiny_run / "model", model)
    before = outcome(run)
    done = command("train", tiny_dataset, "--from", model, "--images", 96, "--out", run, *USUAL)
    assert done.code == 2
    assert "was not begun --from a model and goes on from its own checkpoint: use another --out" in done.err
    assert outcome(run) == before
    # From the model that it made itself, it is what is meant.
    done = command("train", tiny_dataset, "--from", run, "--images", 72, "--out", run, *USUAL)
    assert done.code == 0, done.err
    assert "going on from 64 images" in done.out


def test_a_run_begun_from_another_model_says_so(
    command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    def train(model: Path, images: int, *more: object) -> Any:
        return command(
            "train", tiny_dataset, "--from", model, "--images", images, "--out", tmp_path / "run", *more, *USUAL
        )

    assert train(tiny_run, 8).code == 0
    other = tmp_path / "other"
    assert (
        command(
            "train", tiny_dataset, "--from", tiny_run, "--images", 8, "--out", other, "--seed", 0, "--quiet", *USUAL
        ).code
        == 0
    )
    done = train(other, 16, "--recipe", tmp_path / "run" / "recipe.toml")
    assert done.code == 0, done.err
    assert re.search(r"goes on from its own checkpoint; it was begun from tiny-run, not .*other", done.err)


GROWING = """
name = "grows"
family = "pggan"
resolution = 16
images = 24
batch = 8
[network]
latent = 4
channel_base = 32
max_width = 4
[growth]
start = 4
fade = 8
stable = 8
batch = {"4" = 16, "8" = 4, "16" = 6}
rate = {"4" = 2.0}
"""


def test_a_model_grows_on_from_where_it_is(command: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "grows.toml").write_text(GROWING, encoding="utf-8")

    def train(name: str, *options: object) -> tuple[Any, dict[str, Any]]:
        done = command("train", tiny_dataset, "--out", tmp_path / name, *options, *USUAL)
        assert done.code == 0, done.err
        return done, tomllib.loads((tmp_path / name / "recipe.toml").read_text("utf-8"))["growth"]

    done, growth = train("half", "--recipe", tmp_path / "grows.toml", "--set", "penalty.path_every=8")
    assert growth["start"] == 4
    assert "penalty.path_every=8 does nothing with penalty.path_length=0" in done.err
    assert "24 images end at 8 px, and 16 px begin at 32: raise --images, or lower growth.stable" in done.err
    half = {"start": 8, "fade": 8, "stable": 8, "batch": {"8": 4, "16": 6}, "rate": {}}
    assert train("further", "--from", tmp_path / "half", "--images", 16)[1] == half
    assert train("named", "--from", tmp_path / "half", "--recipe", tmp_path / "grows.toml")[1] == half
    done, _ = train("grown", "--from", tmp_path / "half", "--images", 48)
    assert "images end at" not in done.err
    growth = train("full", "--from", tmp_path / "grown", "--images", 8)[1]
    assert growth == {"start": 0, "fade": 0, "stable": 0, "batch": {}, "rate": {}}
    assert load_package(tmp_path / "full" / "model").generator.growth == (16, 1.0)
    growth = train("again", "--from", tmp_path / "grown", "--images", 8, "--set", "growth.start=4")[1]
    assert growth["start"] == 4  # who says it gets it


def test_a_model_that_names_no_recipe_asks_for_one(
    command: Make, tiny_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    from nijigen.models.package import make_card, save_model

    package = load_package(tiny_run / "model")
    facts = make_card(package.generator.shape, "dcgan", package.card["network"], package.schema, name="bare")
    save_model(tmp_path / "bare", package.generator, facts, package.label_rows)
    options = ("--from", tmp_path / "bare", "--images", 8, "--out", tmp_path / "run", *USUAL)
    done = command("train", tiny_dataset, *options)
    assert done.code == 2
    assert "its card names no recipe: say one with --recipe" in done.err
    done = command("train", tiny_dataset, *options, "--recipe", "dcgan-quick-32", "--set", "resolution=16")
    assert done.code == 0, done.err
    assert card(tmp_path / "run")["network"] == package.card["network"]  # the model's, not the recipe's


def test_the_model_of_a_run_that_is_gone_is_no_model(command: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    done = command("train", tiny_dataset, "--from", tmp_path / "gone", "--out", tmp_path / "run", *USUAL)
    assert (done.code, "no model" in done.err) == (2, True)
