"""The quick metric: part of an exact resume, changes nothing, and the best model by it is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.models.package import load_package
from nijigen.training import quick
from nijigen.training.metrics import METRICS_FILE, read_lines
from nijigen.training.opening import open_run
from nijigen.training.quick import QuickMetric
from nijigen.training.samples import averaged_generator

Make = Callable[..., Any]

QUICK = {"metrics": {"quick": "kernel", "every": 16, "samples": 40}}


class Squares:
    """Colours of sixteen squares: stands for a network that looks at pictures."""

    name, digest, width, resizer = "squares", "5" * 64, 48, "none"

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(pictures.float(), pictures.shape[-1] // 4).flatten(1) / 64


@pytest.fixture(autouse=True)
def _squares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "open_extractor", lambda which: Squares())


def values(run: Path) -> list[tuple[int, float]]:
    return [(row["images"], row["quick.kernel"]) for row in read_lines(run / METRICS_FILE) if "quick.kernel" in row]


def test_the_best_model_is_kept(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    recipe = tiny_recipe(images=64, optimizer={"decay": 0.0, "generator": {"rate": 0.01}}, **QUICK)
    tiny_train(recipe, tmp_path / "run")
    found = values(tmp_path / "run")
    assert [images for images, _ in found] == [16, 32, 48, 64]
    assert len({value for _, value in found}) == 4
    lowest = min(found, key=lambda pair: pair[1])
    card = load_package(tmp_path / "run" / "best").card
    assert (card["images_seen"], card["metrics"]["quick.kernel"]) == lowest
    assert (card["metrics"]["samples"], card["metrics"]["extractor_digest"]) == (40, "5" * 64)


def test_a_later_worse_model_does_not_replace_it(
    tiny_recipe: Make, tiny_train: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = iter([3.0, 1.0, 2.0, float("nan")])
    monkeypatch.setattr(QuickMetric, "measure", lambda self, generator: next(measured))
    tiny_train(tiny_recipe(images=64, **QUICK), tmp_path / "run")
    assert load_package(tmp_path / "run" / "best").card["images_seen"] == 32
    assert load_package(tmp_path / "run" / "model").card["images_seen"] == 64


@pytest.mark.parametrize("cut", [24, 40, 56])
def test_half_and_half_is_the_whole(
    cut: int, tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    recipe = tiny_recipe(images=80, **QUICK)
    tiny_train(recipe, tmp_path / "a" / "run")
    tiny_train(recipe, tmp_path / "b" / "run", images=cut)
    tiny_train(recipe, tmp_path / "b" / "run")
    whole, halves = outcome(tmp_path / "a" / "run"), outcome(tmp_path / "b" / "run")
    assert {name: halves[name] for name in whole} == whole  # the halves have the sheet of the first one's end besides
    one, other = (load_package(tmp_path / part / "run" / "best") for part in ("a", "b"))
    assert (one.digest, one.card["metrics"]) == (other.digest, other.card["metrics"])


def test_a_kill_after_a_new_best_is_made_good(
    tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best was written, the checkpoint that knows of it was not: it is found again."""
    recipe = tiny_recipe(images=64, **QUICK)
    tiny_train(recipe, tmp_path / "a" / "run")
    real = QuickMetric.is_best

    def die(self: QuickMetric, value: float, memory: dict[str, float]) -> bool:
        if len(read_lines(tmp_path / "b" / "run" / METRICS_FILE)) == 2:
            memory["best.quick.kernel." + "5" * 12] = -1.0
            raise KeyboardInterrupt
        return real(self, value, memory)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuickMetric, "is_best", die)
        with pytest.raises(KeyboardInterrupt):
            tiny_train(recipe, tmp_path / "b" / "run")
    tiny_train(recipe, tmp_path / "b" / "run")
    assert outcome(tmp_path / "a" / "run") == outcome(tmp_path / "b" / "run")
    assert values(tmp_path / "a" / "run") == values(tmp_path / "b" / "run")


def test_it_changes_nothing(tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path) -> None:
    network = {"dropout": 0.3, "discriminator_norm": "none"}  # draws from torch's global state in training
    tiny_train(tiny_recipe(network=network), tmp_path / "a" / "run")
    tiny_train(tiny_recipe(network=network, **QUICK), tmp_path / "b" / "run")
    without, measured = outcome(tmp_path / "a" / "run"), outcome(tmp_path / "b" / "run")
    for name in without:
        if name.endswith(("state.safetensors", ".png")):
            assert measured[name] == without[name], name


def metric(recipe: Any, dataset: Path, label_width: int) -> QuickMetric:
    return QuickMetric(Dataset.open(dataset), recipe, label_width, torch.device("cpu"), 7)


@pytest.mark.parametrize("kind", ["kernel", "frechet"])
def test_samples_like_the_real_pictures_are_nearer(
    kind: str, tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe(metrics={"quick": kind, "samples": 64})
    dataset = Dataset.open(tiny_dataset)
    found = metric(recipe, tiny_dataset, dataset.schema.width)
    generator = averaged_generator(open_run(tmp_path / "r", dataset, recipe, torch.device("cpu"), print).trainer)
    plain = found.measure(generator)
    assert plain == found.measure(generator)
    real = dataset.load().images.float() / 127.5 - 1
    generator.synthesize = lambda latent: real[: len(latent)]  # type: ignore[method-assign]
    assert found.measure(generator) < plain / 2


def test_what_it_needs_is_said_before_training(
    tiny_recipe: Make, tiny_train: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(which: str) -> Squares:
        raise NijigenError("it is not here")

    monkeypatch.setattr(quick, "open_extractor", absent)
    with pytest.raises(NijigenError, match=r"metrics\.features=labeler: it is not here; or --set metrics\.quick=none"):
        tiny_train(tiny_recipe(**QUICK), tmp_path / "run")
