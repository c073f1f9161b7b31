"""Files of weights: what is in them is used, and anything else is refused in one line."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nijigen.enlarge import reading
from nijigen.enlarge.reading import read_network
from nijigen.errors import NijigenError

Writer = Callable[..., Path]
KINDS = ("upconv7", "vgg7")


@pytest.mark.parametrize("kind", KINDS)
def test_every_array_finds_its_layer(kind: str, write_network: Writer) -> None:
    random = np.random.default_rng(4)

    def fill(arrays: dict[str, Any]) -> None:
        for name, array in arrays.items():
            arrays[name] = random.normal(size=array.shape).astype(np.float32)

    path = write_network(kind, fill)
    network: Any = read_network(path, kind)
    with np.load(path) as arrays:
        for number, layer in enumerate([*network.layers, network.last], 1):
            assert torch.equal(layer.weight, torch.from_numpy(arrays[f"conv{number}/W"]))
            assert layer.bias is None or torch.equal(layer.bias, torch.from_numpy(arrays[f"conv{number}/b"]))
    assert not network.training
    assert not any(value.requires_grad for value in network.parameters())


def test_float16_is_read_as_float32(write_network: Writer) -> None:
    path = write_network("vgg7", lambda arrays: arrays.update({"conv1/W": arrays["conv1/W"].astype(np.float16)}))
    assert {value.dtype for value in read_network(path, "vgg7").parameters()} == {torch.float32}


MISFITS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "missing": (lambda arrays: arrays.pop("conv3/b"), "conv3/b is missing"),
    "shape": (lambda arrays: arrays.update({"conv2/W": np.zeros((9, 9, 3, 3), np.float32)}), r"conv2/W has the shape"),
    "turned": (lambda arrays: arrays.update({"conv2/W": arrays["conv2/W"].swapaxes(0, 1)}), r"conv2/W has the shape"),
    "whole": (lambda arrays: arrays.update({"conv1/b": np.zeros(16, np.int64)}), "no finite numbers"),
    "words": (lambda arrays: arrays.update({"conv1/b": np.array(["a"] * 16)}), "no finite numbers"),
    "nan": (lambda arrays: arrays["conv1/b"].fill(np.nan), "no finite numbers"),
    "more": (lambda arrays: arrays.update({"conv7/b": np.zeros(3, np.float32)}), "conv7/b is one layer too many"),
}


@pytest.mark.parametrize(("change", "said"), MISFITS.values(), ids=MISFITS)
def test_another_network_is_refused(change: Callable[..., Any], said: str, write_network: Writer) -> None:
    with pytest.raises(NijigenError, match=rf"upconv7_.*npz does not hold upconv7: .*{said}"):
        read_network(write_network("upconv7", change), "upconv7")


def test_one_kind_is_not_the_other(write_network: Writer) -> None:
    with pytest.raises(NijigenError, match="does not hold vgg7"):
        read_network(write_network("upconv7"), "vgg7")


class Trap:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("unpickled",))


def test_pickled_objects_are_never_opened(write_network: Writer) -> None:
    trap = np.array([Trap()] * 16, dtype=object)
    with pytest.raises(NijigenError, match=r"damaged or no archive of arrays: .*allow_pickle"):
        read_network(write_network("upconv7", lambda arrays: arrays.update({"conv1/b": trap})), "upconv7")


@pytest.mark.parametrize("left", [0, 10, 2000, -30])
def test_truncated_files_are_refused(left: int, write_network: Writer) -> None:
    path = write_network("vgg7")
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(NijigenError, match="damaged or no archive of arrays"):
        read_network(path, "vgg7")


def test_flipped_bytes_are_refused(write_network: Writer) -> None:
    path = write_network("vgg7")
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(NijigenError, match=r"vgg7_.*npz"):
        read_network(path, "vgg7")


def test_what_would_fill_the_memory_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conv1/W.npy", bytes(100_000))
    monkeypatch.setattr(reading, "MOST_BYTES", 99_999)
    with pytest.raises(NijigenError, match=r"100,000 bytes.*not opened"):
        read_network(tmp_path / "a.npz", "vgg7")


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match="is not there"):
        read_network(tmp_path / "missing.npz", "vgg7")
    with pytest.raises(NijigenError, match="damaged"):
        read_network(tmp_path, "vgg7")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(NijigenError, match="damaged"):
        read_network(tmp_path / "one.npy", "vgg7")


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_files_are_read(kind: str, published: dict[str, Path]) -> None:
    network = read_network(published[kind], kind)
    flat = network(torch.full((1, 3, 20, 20), 0.5))
    assert (flat - 0.5).abs().max() < 0.01  # a grey wall stays one
