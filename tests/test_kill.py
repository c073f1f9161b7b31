"""Kill −9 at random moments, a full disk and signals: a real `nijigen train` ends as if nothing had happened."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nijigen.training.checkpoint import load_newest
from nijigen.training.recipe import to_toml

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

Make = Callable[..., Any]
KILLS = 20
IMAGES = 4_800
OUTPUT = {"metrics_every": 40, "samples_every": 480, "checkpoint_every": 80, "keep": 2}
NETWORK = {"generator_norm": "conditional", "discriminator_norm": "none", "spectral": True}


@pytest.fixture(scope="module")
def arguments(tiny_recipe: Make, tiny_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """`nijigen train DATA --recipe …` but for `--out`."""
    recipe = tiny_recipe(images=IMAGES, network=NETWORK, output=OUTPUT, objective="hinge", optimizer={"decay": 0.4})
    file = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    file.write_text(to_toml(recipe), encoding="utf-8")
    return [sys.executable, "-m", "nijigen", "train", str(tiny_dataset), "--recipe", str(file), "--threads", "1"]


def start(arguments: list[str], run: Path, **options: Any) -> "subprocess.Popen[str]":
    command = [*arguments, "--device", "cpu", "--out", str(run)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def finish(arguments: list[str], run: Path) -> None:
    process = start(arguments, run)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


@pytest.fixture(scope="module")
def unbroken(arguments: list[str], tmp_path_factory: pytest.TempPathFactory, outcome: Make) -> dict[str, bytes]:
    run = tmp_path_factory.mktemp("unbroken") / "run"
    finish(arguments, run)
    found: dict[str, bytes] = outcome(run)
    assert {"model/generator.safetensors", "metrics.jsonl", "samples/000004800.png"} <= set(found)
    return found


def newest(run: Path) -> int:
    """The images of the newest checkpoint, whole or not; 0 where there is none."""
    return max((int(path.name) for path in (run / "checkpoints").glob("[0-9]*")), default=0)


def wait_for_progress(process: "subprocess.Popen[str]", run: Path) -> None:
    """Until the process has written a checkpoint of its own, or has ended."""
    before, deadline = newest(run), time.monotonic() + 60
    while process.poll() is None and newest(run) <= before and time.monotonic() < deadline:
        time.sleep(0.005)


def test_killed_twenty_times(arguments: list[str], unbroken: dict[str, bytes], outcome: Make, tmp_path: Path) -> None:
    """Most kills fall into steps, checkpoints, models and sheets; some into the start of the process."""
    run, chance = tmp_path / "run", random.Random(2)
    killed, reached = 0, []
    for number in range(KILLS):
        process = start(arguments, run)
        if number % 5 == 4:
            time.sleep(chance.uniform(0.0, 2.0))
        else:
            wait_for_progress(process, run)
            time.sleep(chance.uniform(0.0, 0.25))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        found, _ = load_newest(run / "checkpoints")
        reached.append(found.images if found else 0)
    assert killed == KILLS, "the run must be long enough for every kill to meet it alive"
    assert reached == sorted(reached), "no kill may lose what was saved before it"
    assert reached[-1] > 0
    finish(arguments, run)
    assert outcome(run) == unbroken
    assert [path.name for path in run.rglob("*") if path.name.startswith(".")] == [".lock"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_by_a_signal(
    number: signal.Signals, arguments: list[str], unbroken: dict[str, bytes], outcome: Make, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = start(arguments, run)
    wait_for_progress(process, run)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert f"stopped by {number.name} at " in out
    assert err == ""
    found, remarks = load_newest(run / "checkpoints")
    assert found is not None
    assert remarks == []
    assert f"at {found.images:,} images" in out
    finish(arguments, run)
    assert outcome(run) == unbroken


@pytest.mark.skipif(os.name != "posix", reason="limits on file sizes are a matter of POSIX")
def test_a_full_disk_keeps_the_checkpoint(
    arguments: list[str], unbroken: dict[str, bytes], outcome: Make, tmp_path: Path
) -> None:
    """A limit on the size of files stands for the full disk: it is met in the middle of writing."""
    run = tmp_path / "run"
    process = start(arguments, run)
    wait_for_progress(process, run)
    process.terminate()
    process.communicate(timeout=60)
    before, _ = load_newest(run / "checkpoints")
    assert before is not None
    size = (before.path / "state.safetensors").stat().st_size - 100

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    process = start(arguments, run, preexec_fn=limit)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith("nijigen: the disk is full")
    assert err.count("\n") == 1
    after, remarks = load_newest(run / "checkpoints")
    assert after is not None
    assert (after.images, remarks) == (before.images, [])
    finish(arguments, run)
    assert outcome(run) == unbroken
