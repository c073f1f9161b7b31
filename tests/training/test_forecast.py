"""The forecast is measured on a copy, and its figures are those of the run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data import Dataset
from nijigen.training.forecast import Forecast, duration, forecast
from nijigen.training.opening import open_run
from nijigen.training.run import Run

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (35.4, "35 s"),
        (89, "89 s"),
        (91, "2 min"),
        (720, "12 min"),
        (5_400, "1 h 30 min"),
        (12_000, "3 h 20 min"),
    ],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_sentence_says_time_memory_and_disk() -> None:
    sentence = Forecast(1234.5, 12_000, 2_340_000_000, 56_000_000, 1.0).sentence()
    assert sentence == "about 3 h 20 min at 1,234 images/s, 2.3 GB of memory, 56 MB of disk"


def opened(tiny_recipe: Make, dataset: Path, folder: Path, **changes: Any) -> Run:
    return open_run(folder, Dataset.open(dataset), tiny_recipe(**changes), torch.device("cpu"), print)


def test_the_state_is_not_touched(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    trainer = opened(tiny_recipe, tiny_dataset, tmp_path).trainer
    before = {name: value.clone() for name, value in trainer.state.tensors().items()}
    found = forecast(trainer)
    after = trainer.state.tensors()
    assert set(before) == set(after)
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert (trainer.state.images, trainer.state.window.sums) == (0, {})
    assert found.seconds == pytest.approx(64 / found.images_per_second)
    assert found.memory > 10**7


def test_only_what_is_left_is_counted(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    trainer = opened(tiny_recipe, tiny_dataset, tmp_path).trainer
    trainer.state.images = 48
    found = forecast(trainer)
    assert found.seconds == pytest.approx(16 / found.images_per_second)


def test_the_disk_is_enough_and_not_absurd(
    tiny_recipe: Make, tiny_train: Make, tiny_dataset: Path, tmp_path: Path
) -> None:
    changes: dict[str, Any] = {"network": {"width": 16, "discriminator_width": 16}, "output": {"keep": 3}, "images": 96}
    found = forecast(opened(tiny_recipe, tiny_dataset, tmp_path / "trial", **changes).trainer)
    tiny_train(tiny_recipe(**changes), tmp_path / "run")
    written = sum(path.stat().st_size for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert written < found.disk * 1.2 < written * 4


def test_threads_that_get_in_each_others_way_are_said() -> None:
    assert Forecast(10, 1, 1, 1, one_thread=1.2).advice() is None
    advice = Forecast(10, 1, 1, 1, one_thread=3.14).advice()
    assert advice is not None
    assert "3.1 times" in advice
    assert "--threads 1" in advice
