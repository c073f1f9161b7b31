"""Another style from few pictures: a model kept beside the one that learns."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.models.contract import Generator, Shape
from nijigen.models.package import load_package
from nijigen.models.registry import families, find_family
from nijigen.training import start
from nijigen.training.adapting import ANCHORED, Guide, guide_of
from nijigen.training.forecast import Forecast
from nijigen.training.phases import Turn
from nijigen.training.recipe import load_recipe
from nijigen.training.schedule import moment

Make = Callable[..., Any]
USUAL = ("--threads", "1", "--device", "cpu")
CPU = torch.device("cpu")
ADAPT = ("--recipe", "adapt", "--set", "adapt.first=8", "--set", "adapt.anchors=3", "--set", "adapt.batch=3")


@pytest.fixture(autouse=True)
def _no_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "forecast", lambda trainer: Forecast(1.0, 1.0, 1, 1, 1.0))


@pytest.fixture
def style_model(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> Path:
    """A small StyleGAN2 of two attributes, its discriminator thrown away, as of a model that came as one file."""
    small = {"latent": 8, "latent_width": 8, "embedding": 8, "channel_base": 64, "max_width": 8, "label_layers": 2}
    table = tiny_recipe().model_dump(mode="json") | {"family": "stylegan2", "network": small, "images": 16}
    tiny_train(load_recipe(type(tiny_recipe()).model_validate(table)), tmp_path / "style")
    (tmp_path / "style" / "model" / "discriminator.safetensors").unlink()
    return tmp_path / "style"


def small(family: str = "stylegan2", label_width: int = 5) -> Generator:
    """A small generator of a family, in training."""
    options: dict[str, Any] = {"latent": 8}
    if family.startswith("stylegan2"):
        options |= {"latent_width": 8, "embedding": 8, "channel_base": 64, "max_width": 8}
    model = find_family(family).options.model_validate(options)
    torch.manual_seed(0)
    found = find_family(family).build(Shape(16, 3, label_width), model)["generator"]
    assert isinstance(found, Generator)
    return found.train()


def guided(source: Generator, *overrides: str) -> tuple[Guide, Turn, Any]:
    recipe = load_recipe("adapt", overrides)
    rows = torch.eye(5)
    turn = Turn({}, torch.Generator().manual_seed(3), moment(recipe, 0), {})
    return guide_of(recipe, source, rows, CPU), turn, recipe


@pytest.mark.parametrize("family", [name for name in families() if name.startswith(("dcgan", "stylegan2", "wgan"))])
def test_nothing_is_unlike_where_generators_are_equal(family: str) -> None:
    """Per-pixel noise, and what layers remember of a training, make no difference."""
    source, learning = small(family), small(family)
    guide, turn, recipe = guided(source)
    before = {key: value.clone() for key, value in learning.state_dict().items()}
    unlike = guide.unlike(learning, turn, recipe)
    assert unlike == 0
    assert learning.training
    assert not source.training
    assert all(torch.equal(value, before[key]) for key, value in learning.state_dict().items())


def test_only_the_generator_that_learns_gets_a_slope() -> None:
    source, learning = small(), small()
    guide, turn, recipe = guided(source)
    with torch.no_grad():
        for weight in learning.parameters():
            weight.add_(torch.randn_like(weight))
    unlike = guide.unlike(learning, turn, recipe)
    unlike.backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
    assert unlike > 0
    assert all(weight.grad is None for weight in source.parameters())
    assert any(weight.grad is not None and weight.grad.any() for weight in learning.parameters())


def test_anchors_are_few_places_that_the_seed_decides() -> None:
    source = small()
    guide, turn, recipe = guided(source, "adapt.anchors=3", "adapt.spread=0.01")
    again = guided(small(), "adapt.anchors=3")[0]
    assert torch.equal(guide.noise, again.noise)
    assert guide.noise.shape == (3, 8)
    noise, labels = guide.around_anchors(turn, 32, recipe.adapt.spread)
    away = torch.cdist(noise, guide.noise)
    nearest = away.argmin(dim=1)
    assert away.min(dim=1).values.max() < 0.1
    assert nearest.unique().tolist() == [0, 1, 2]
    assert torch.equal(labels, guide.labels[nearest])
    steps = [guide.anchored(Turn({}, turn.random, moment(recipe, 8 * step), {})) for step in range(10)]
    assert [step for step, anchored in enumerate(steps) if anchored] == [ANCHORED - 1, 2 * ANCHORED - 1]


def test_a_model_is_adapted_to_pictures_without_labels(
    command: Make, style_model: Path, plain_dataset: Path, tmp_path: Path
) -> None:
    """It keeps its words, size and network; the judge is no part of it."""
    run = tmp_path / "run"
    done = command("train", plain_dataset, "--from", style_model, *ADAPT, "--images", 48, "--out", run, *USUAL)
    assert done.code == 0, done.err
    assert re.search(r"^generator: (\d+) of \1 tensors taken over, 5 label columns", done.out, re.M)
    assert "freeze_d" not in done.err
    before, after = load_package(style_model / "model"), load_package(run / "model")
    assert after.schema.to_json() == before.schema.to_json()
    assert torch.equal(after.label_rows.unique(dim=0), before.label_rows.unique(dim=0))
    assert not (run / "model" / "discriminator.safetensors").exists()
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert rows[-1]["consistency"] >= 0
    assert load_package(style_model / "model").digest == before.digest
    avatar = command("generate", "--model", run, "-n", 1, "--set", "hair_color=pink", "--out", tmp_path / "a", "-q")
    assert avatar.code == 0, avatar.err


def test_the_eyes_stay_and_the_heads_learn(
    style_model: Path, plain_dataset: Path, tiny_train: Make, tmp_path: Path
) -> None:
    from nijigen.features.labeler import load_labeler
    from nijigen.training.checkpoint import load_newest

    tiny_train("adapt", tmp_path / "run", plain_dataset, start=style_model, images=24)
    found, _ = load_newest(tmp_path / "run" / "checkpoints")
    assert found is not None
    eyes = load_labeler().stages.state_dict()
    assert all(torch.equal(found.tensors[f"network.discriminator.eyes.{key}"], value) for key, value in eyes.items())
    assert any(key.startswith("optimizer.discriminator.") for key in found.tensors)


def test_without_a_model_it_is_refused_in_a_line(command: Make, plain_dataset: Path, tmp_path: Path) -> None:
    done = command("train", plain_dataset, "--recipe", "adapt", "--out", tmp_path / "run", *USUAL)
    assert done.code == 2
    assert done.err.strip() == ("nijigen: recipe adapt adapts a model: say which with --from, --from chibi for example")


def test_it_goes_on_exactly(
    command: Make, outcome: Make, dying_after: Make, style_model: Path, plain_dataset: Path, tmp_path: Path
) -> None:
    """Interrupted in the judge's first steps and after them: the same to the last bit as without."""

    def train(out: Path) -> Any:
        output = ("--set", "output.checkpoint_every=8", "--set", "output.samples_every=16")
        begin = ("--from", style_model, *ADAPT, *output, "--images", 48)
        return command("train", plain_dataset, *begin, "--out", out, *USUAL)

    assert train(tmp_path / "a" / "run").code == 0
    broken = tmp_path / "b" / "run"
    for cut in (8, 40):
        with dying_after(cut):
            train(broken)
    done = train(broken)
    assert done.code == 0, done.err
    assert "going on from 40 images" in done.out
    assert outcome(broken) == outcome(tmp_path / "a" / "run")


def test_a_model_that_moved_is_found_or_asked_for(
    command: Make, style_model: Path, plain_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))  # other tests made the same model elsewhere
    run, recipe = tmp_path / "run", tmp_path / "run" / "recipe.toml"
    done = command("train", plain_dataset, "--from", style_model, *ADAPT, "--images", 16, "--out", run, *USUAL)
    assert done.code == 0, done.err
    further = ("train", plain_dataset, "--recipe", recipe, "--out", run, *USUAL)
    assert command(*further, "--images", 24).code == 0  # found by its digest
    moved = tmp_path / "elsewhere"
    shutil.move(style_model, moved)
    lost = command(*further, "--images", 32)
    assert lost.code == 2
    assert re.fullmatch(
        r"nijigen: .*run adapts model style \(\w{12}…\), which is not where it was: say where with --from\s*", lost.err
    )
    other = command(*further, "--from", "chibi", "--images", 32)
    assert other.code == 2
    again = command("train", plain_dataset, "--from", moved, *ADAPT, "--images", 32, "--out", run, *USUAL)
    assert again.code == 0, again.err


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("adapt.judge=own",), "adapt.anchors needs a judge of patches and wholes: set adapt.judge=labeler"),
        (("compile=true",), "set compile=false"),
        (("labels=none",), "set labels=auto"),
        (("conditioning.classifier=1",), "set conditioning.classifier=0"),
        (("pictures.stream=always",), "set pictures.stream=auto"),
    ],
)
def test_what_does_not_go_together(overrides: tuple[str, ...], said: str) -> None:
    with pytest.raises(Exception, match=re.escape(said)):
        load_recipe("adapt", overrides)


def test_with_the_familys_own_judge_words_must_be_the_same(
    command: Make, tiny_run: Path, tiny_dataset: Path, plain_dataset: Path, tmp_path: Path
) -> None:
    """Distances are kept beside the model's own discriminator too, where labels and size are those of the model."""
    options = ("--from", tiny_run, "--set", "adapt.consistency=100", "--images", 16, *USUAL)
    done = command("train", tiny_dataset, *options, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert "consistency" in rows[-1]
    refused = command("train", plain_dataset, *options, "--out", tmp_path / "other")
    assert refused.code == 2
    assert "set adapt.judge=labeler, which keeps the model's" in refused.err
