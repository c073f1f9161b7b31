"""Guards: a value that is no number stops the run before it harms; a signal lets it save first."""

import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.training import start
from nijigen.training.checkpoint import load_newest
from nijigen.training.forecast import Forecast
from nijigen.training.guards import DivergedError, StopRequest, check_finite, listen_for_stop
from nijigen.training.loop import Trainer

Make = Callable[..., Any]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_number_names_phase_and_moment(value: float) -> None:
    with pytest.raises(DivergedError, match=rf"loss\.x became {value} in phase generator at 12,800 images.*checkpoint"):
        check_finite("generator", 12_800, {"fine": 1.0, "loss.x": value})
    check_finite("generator", 0, {"fine": 1.0, "far": -1e300})


def test_a_poisoned_weight_stops_the_run_and_the_checkpoint_stays(
    tiny_recipe: Make, tiny_train: Make, tiny_run: Path, outcome: Make, tmp_path: Path
) -> None:
    run = tmp_path / tiny_run.name
    shutil.copytree(tiny_run, run)
    before = outcome(run)
    real_step = Trainer.step

    def poison(trainer: Trainer) -> None:
        if trainer.state.images == 72:
            with torch.no_grad():
                next(trainer.state.networks["discriminator"].parameters()).fill_(float("nan"))
        real_step(trainer)

    recipe = tiny_recipe(images=96, output={"samples_every": 96})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", poison)
        patch.setattr(start, "forecast", lambda trainer: Forecast(1.0, 1.0, 1, 1))  # else the trial meets it first
        with pytest.raises(DivergedError, match="phase discriminator at 72 images"):
            tiny_train(recipe, run)
    after = outcome(run)
    assert {k: v for k, v in after.items() if "recipe" not in k} == {
        k: v for k, v in before.items() if "recipe" not in k
    }
    found, remarks = load_newest(run / "checkpoints")
    assert found is not None
    assert (found.images, remarks) == (64, [])
    assert tiny_train(recipe, run).images == 96


def test_a_huge_rate_is_caught_before_it_is_kept(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    wild = {"generator": {"rate": 1e30}, "discriminator": {"rate": 1e30}}
    recipe = tiny_recipe(images=8_000, optimizer=wild, output={"checkpoint_every": 8, "samples_every": 8_000})
    with pytest.raises(DivergedError, match=r"training diverged: .* in phase (discriminator|generator) at \d+ images"):
        tiny_train(recipe, tmp_path / "run")
    found, _ = load_newest(tmp_path / "run" / "checkpoints")
    if found is not None:  # whatever was kept before the guard spoke is made of numbers
        assert all(torch.isfinite(value).all() for value in found.tensors.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_request_and_the_second_is_final(number: signal.Signals) -> None:
    heard: list[int] = []
    former = signal.signal(number, lambda number, frame: heard.append(number))
    try:
        with listen_for_stop() as request:
            assert request.signal is None
            os.kill(os.getpid(), number)
            assert request.signal == number.name
            assert heard == []
            os.kill(os.getpid(), number)
            assert heard == [number]
    finally:
        signal.signal(number, former)


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(KeyError), listen_for_stop():
        raise KeyError
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_outside_the_main_thread_it_simply_never_comes() -> None:
    found: list[StopRequest] = []

    def work() -> None:
        with listen_for_stop() as request:
            found.append(request)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0].signal is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_run_goes_on_exactly(
    number: signal.Signals, tiny_recipe: Make, tiny_train: Make, tiny_run: Path, outcome: Make, tmp_path: Path
) -> None:
    run, real_step = tmp_path / tiny_run.name, Trainer.step

    def step(trainer: Trainer) -> None:
        real_step(trainer)
        if trainer.state.images == 40:
            os.kill(os.getpid(), number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", step)
        stopped = tiny_train(tiny_recipe(), run)
    assert (stopped.images, stopped.stopped_by) == (40, number.name)
    assert (run / "checkpoints" / "000000040").is_dir()
    assert tiny_train(tiny_recipe(), run).stopped_by is None
    assert outcome(run) == outcome(tiny_run)
