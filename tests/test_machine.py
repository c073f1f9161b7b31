"""The machine: devices are chosen or refused in words, and what decides the last digits is described."""

from collections.abc import Iterator

import pytest
import torch

from nijigen.cores import usable_cores
from nijigen.errors import NijigenError
from nijigen.machine import choose_device, describe, memory_format, place, prepare_machine


@pytest.fixture(autouse=True)
def _same_threads_after() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_the_cpu_is_always_there() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu"), (True, False, "cuda")],
)
def test_auto_takes_the_fastest(cuda: bool, mps: bool, chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert choose_device("auto").type == chosen
    if cuda:
        with pytest.raises(NijigenError, match="cuda:7"):
            choose_device("cuda:7")


@pytest.mark.parametrize("name", ["gpu", "", "CPU", "cpu:x", "xpu"])
def test_an_unknown_device_is_refused(name: str) -> None:
    with pytest.raises(NijigenError, match="--device"):
        choose_device(name)


def test_a_device_that_is_not_here_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(NijigenError, match=r"--device cuda: this machine has no such device.*cpu"):
        choose_device("cuda")


def test_threads_are_set_and_described() -> None:
    assert prepare_machine(1) == 1
    assert torch.get_num_threads() == 1
    facts = describe(torch.device("cpu"))
    assert facts["threads"] == 1
    assert str(facts["engine"]).startswith("torch ")
    assert str(facts["device"]).startswith("cpu ")
    assert usable_cores() >= 1


@pytest.mark.parametrize("threads", [0, -3, 1_000_000])
def test_impossible_threads_are_refused(threads: int) -> None:
    with pytest.raises(NijigenError, match="--threads"):
        prepare_machine(threads)


def test_denormal_numbers_are_flushed() -> None:
    prepare_machine(1)
    tiny = torch.tensor([1e-38])
    assert (tiny * 1e-3).item() == 0


def test_networks_are_laid_out_for_the_device() -> None:
    conv = place(torch.nn.Conv2d(3, 8, 3), torch.device("cpu"))
    assert conv.weight.is_contiguous(memory_format=torch.channels_last)
    assert memory_format(torch.device("mps")) is torch.contiguous_format
