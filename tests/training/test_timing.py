"""What a run costs: seldom phases count as seldom as they come, and stages are measured each by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data import Dataset
from nijigen.training import timing
from nijigen.training.forecast import forecast
from nijigen.training.loop import Trainer
from nijigen.training.opening import open_run
from nijigen.training.phases import Phase
from nijigen.training.schedule import Moment, moment, stages
from nijigen.training.timing import Pace, measure, stretches

Make = Callable[..., Any]

SECONDS = {"discriminator": 2.0, "smoothness": 8.0, "generator": 1.0, "path length": 6.0}
AVERAGING = 0.25
PENALTY = {"r1": 1.0, "every": 4, "path_length": 1.0, "path_every": 2}


@pytest.fixture
def trainer(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> Trainer:
    recipe = tiny_recipe(penalty=PENALTY, discriminator_steps=2, images=80)
    return open_run(tmp_path / "run", Dataset.open(tiny_dataset), recipe, torch.device("cpu"), print).trainer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A clock that only phases and averages move on, by known times; gives the names of the phases that ran."""
    ran: list[str] = []
    now = 0.0

    def run(self: Trainer, phase: Phase, at: Moment) -> dict[str, float]:
        nonlocal now
        ran.append(phase.name)
        # The first turn of each phase is slow, as it is on any machine, and grows with the pictures.
        now += SECONDS[phase.name] * (at.resolution / 16) ** 2 * (1 if ran.count(phase.name) > 1 else 100)
        return {}

    def update(*_: Any) -> None:
        nonlocal now
        now += AVERAGING

    monkeypatch.setattr(Trainer, "run", run)
    monkeypatch.setattr(timing.average, "update", update)
    monkeypatch.setattr(timing, "_clock", lambda device: now)
    return ran


def test_a_batch_costs_each_phase_by_its_share() -> None:
    now = Moment(0, 12, 0, 16, 1.0, 1.0, 0.0)
    cost = Pace(now, {"often": 2.0, "seldom": 8.0}, {"often": 1.0, "seldom": 1 / 16}, 0.5)
    assert cost.seconds == 3.0
    assert cost.images_per_second == 4.0


def test_measured_is_what_a_run_would_take(trainer: Trainer, clock: list[str]) -> None:
    cost = measure(trainer)
    assert cost.phases == SECONDS
    assert cost.turns == {"discriminator": 1, "smoothness": 1 / 4, "generator": 1 / 2, "path length": 1 / 4}
    assert cost.rest == AVERAGING
    # The same by walking all batches of a period.
    walked = 0.0
    for step in range(8):
        now = moment(trainer.recipe, step * 8)
        walked += AVERAGING + sum(SECONDS[phase.name] for phase in trainer.phases if phase.due(now))
    assert cost.seconds == pytest.approx(walked / 8)
    assert cost.images_per_second == pytest.approx(8 / (walked / 8))


def test_the_first_turns_do_not_count(trainer: Trainer, clock: list[str]) -> None:
    assert measure(trainer, warm_ups=3).phases == SECONDS
    assert clock == [phase.name for phase in trainer.phases for _ in range(4)]
    clock.clear()
    assert measure(trainer, warm_ups=0).phases == {name: 100 * seconds for name, seconds in SECONDS.items()}


def test_measuring_is_at_the_trainers_own_moment_or_another(trainer: Trainer, clock: list[str]) -> None:
    trainer.state.images = 24
    assert measure(trainer).moment == moment(trainer.recipe, 24)
    other = moment(trainer.recipe, 64)
    assert measure(trainer, at=other).moment == other
    assert trainer.state.images == 24


def test_a_real_measurement_is_of_real_turns(trainer: Trainer) -> None:
    before = trainer.state.tensors()["network.generator.to_image.weight"].clone()
    cost = measure(trainer)
    assert set(cost.phases) == set(SECONDS)
    assert all(seconds > 0 for seconds in (*cost.phases.values(), cost.rest))
    assert not torch.equal(trainer.state.tensors()["network.generator.to_image.weight"], before)


def test_without_growing_one_stretch_is_left(trainer: Trainer) -> None:
    assert stretches(trainer) == [(moment(trainer.recipe, 40), 80)]
    trainer.state.images = 48
    assert stretches(trainer) == [(moment(trainer.recipe, 64), 32)]
    for seen in (80, 800):
        trainer.state.images = seen
        assert stretches(trainer) == []


GROWTH = {"start": 4, "fade": 10, "stable": 20, "batch": {"4": 16}}


def growing(trainer: Trainer, **changes: Any) -> Trainer:
    """The trainer with a recipe that grows: only timing looks at it."""
    trainer.recipe = trainer.recipe.model_validate({**trainer.recipe.model_dump(), "growth": GROWTH, **changes})
    return trainer


def test_each_stage_is_a_stretch_of_its_own(trainer: Trainer) -> None:
    growing(trainer)
    assert [stage.start for stage in stages(trainer.recipe)] == [0, 32, 64]
    found = stretches(trainer)
    assert [(now.images, now.resolution, now.batch, images) for now, images in found] == [
        (16, 4, 16, 32),
        (48, 8, 8, 32),
        (72, 16, 8, 16),
    ]
    trainer.state.images = 40
    assert [(now.resolution, images) for now, images in stretches(trainer)] == [(8, 24), (16, 16)]


@pytest.mark.parametrize("images", [8, 32, 33, 63, 64, 65, 1000])
def test_stretches_are_all_that_is_left(images: int, trainer: Trainer) -> None:
    growing(trainer, images=images)
    for seen in range(0, images + 8, 8):
        trainer.state.images = seen
        assert sum(count for _, count in stretches(trainer)) == max(0, images - seen)


def test_a_forecast_adds_the_stages_up(trainer: Trainer, clock: list[str]) -> None:
    """Small pictures first are cheap; a forecast from the first batch alone would promise too much."""
    growing(trainer)
    found = forecast(trainer)
    fixed = 2 + 8 / 4 + 1 / 2 + 6 / 4
    expected = sum(
        images / batch * (AVERAGING + fixed * (side / 16) ** 2)
        for images, batch, side in ((32, 16, 4), (32, 8, 8), (16, 8, 16))
    )
    assert found.seconds == pytest.approx(expected)
    assert found.images_per_second == pytest.approx(80 / expected)
