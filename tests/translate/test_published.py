"""The published arrays: the network they make is the one that their description says, and broken ones are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

import nijigen
from nijigen.errors import NijigenError
from nijigen.translate.published import holds_published, read_published


def plain_forward(folder: Path, images: Tensor, blocks: int) -> Tensor:
    """What the description of the files says, in float64, written without a line of the network's own: BGR → BGR."""

    def array(name: str) -> Tensor:
        return torch.from_numpy(np.load(folder / f"{name}.npy")).double()

    def conv(name: str, x: Tensor, **how: int) -> Tensor:
        return functional.conv2d(x, array(f"{name}.weight"), array(f"{name}.bias"), **how)

    def transposed(name: str, x: Tensor) -> Tensor:
        weight, bias = array(f"{name}.weight"), array(f"{name}.bias")
        return functional.conv_transpose2d(x, weight, bias, stride=2, padding=1, output_padding=1)

    def norm(name: str, x: Tensor) -> Tensor:
        deviation = (x.var((2, 3), correction=0, keepdim=True) + 1e-9).sqrt()
        plain = (x - x.mean((2, 3), keepdim=True)) / deviation
        return plain * array(f"{name}.scale")[:, None, None] + array(f"{name}.shift")[:, None, None]

    def mirrored(x: Tensor, width: int) -> Tensor:
        return functional.pad(x, (width,) * 4, mode="reflect")

    x = norm("in01_1", conv("conv01_1", mirrored(images.double(), 3))).relu()
    for number in ("02", "03"):
        x = norm(f"in{number}_1", conv(f"conv{number}_2", conv(f"conv{number}_1", x, stride=2, padding=1), padding=1))
        x = x.relu()
    for index in range(4, 4 + blocks):
        inner = norm(f"in{index:02d}_1", conv(f"conv{index:02d}_1", mirrored(x, 1))).relu()
        x = x + norm(f"in{index:02d}_2", conv(f"conv{index:02d}_2", mirrored(inner, 1)))
    for number, normed in (("01", 4 + blocks), ("02", 5 + blocks)):
        x = norm(f"in{normed:02d}_1", conv(f"deconv{number}_2", transposed(f"deconv{number}_1", x), padding=1)).relu()
    return conv("deconv03_1", mirrored(x, 3)).tanh()


def compared(folder: Path, height: int, width: int, blocks: int) -> float:
    """The largest difference to the plain forward, of values in [-1, 1]."""
    torch.manual_seed(5)
    images = torch.rand(1, 3, height, width) * 2 - 1
    expected = plain_forward(folder, images.flip(1), blocks).flip(1)
    with torch.inference_mode():
        return float((read_published(folder)(images) - expected).abs().max())


def test_a_small_network_is_the_plain_forward(narrow: Path) -> None:
    assert compared(narrow, 32, 24, 1) < 1e-4


def test_the_published_network_is_the_plain_forward(published: Path) -> None:
    assert holds_published(published)
    assert compared(published, 64, 48, 8) < 2e-3


def test_whole_and_keep_are_the_plain_forward(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the registry to the last level of 255, with whatever makes it fast in between."""
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(published.parent))
    rows, columns = np.mgrid[:52, :68]
    waves = [128 + 100 * np.sin(rows / 5), 128 + 100 * np.cos(columns / 7), rows + columns]
    photo = np.stack(waves, -1).astype(np.uint8)
    values = torch.from_numpy(photo).permute(2, 0, 1)[None].flip(1) / 127.5 - 1
    expected = ((plain_forward(published, values, 8)[0].flip(0) + 1) * 127.5).permute(1, 2, 0).numpy()
    made = nijigen.stylize(Image.fromarray(photo), "cartoongan-hayao", face="whole", device="cpu")
    assert np.abs(np.asarray(made) - expected).max() < 0.7  # half a level is what rounding takes


def test_float16_arrays_are_read(own: Path) -> None:
    for path in own.iterdir():
        np.save(path, np.load(path).astype(np.float16))
    assert compared(own, 16, 16, 1) < 1e-4


Breaking = Callable[[Path], Any]


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        (lambda folder: (folder / "conv02_1.bias.npy").unlink(), ["conv02_1.bias.npy is missing"]),
        (lambda folder: (folder / "in04_2.shift.npy").unlink(), ["in04_2.shift.npy is missing"]),
        (lambda folder: (folder / "in04_2.shift.npy").write_bytes(b"x"), ["in04_2.shift.npy is damaged", "no array"]),
        (
            lambda folder: (folder / "in04_2.shift.npy").write_bytes((folder / "in04_2.shift.npy").read_bytes()[:90]),
            ["in04_2.shift.npy is damaged"],
        ),
        (lambda folder: np.save(folder / "in04_2.shift.npy", np.ones(5, np.float32)), ["(5,), expected (8,)"]),
        (lambda folder: np.save(folder / "conv01_1.weight.npy", np.ones((4, 1, 7, 7))), ["expected (4, 3, 7, 7)"]),
        (lambda folder: np.save(folder / "in04_2.shift.npy", np.full(8, np.nan)), ["no finite numbers"]),
        (lambda folder: np.save(folder / "in04_2.shift.npy", np.array([{}] * 8)), ["in04_2.shift.npy is damaged"]),
        (lambda folder: np.save(folder / "in04_2.shift.npy", np.ones(8, np.int32)), ["int32"]),
        (lambda folder: np.save(folder / "conv02_1.bias.npy", np.ones(9999)), ["4, 9999, 8 channels"]),
        (lambda folder: [path.unlink() for path in folder.iterdir()], ["conv01_1.weight.npy", "missing"]),
        (lambda folder: (folder / "conv99_2.weight.npy").touch(), ["holds no CartoonGAN"]),
    ],
)
def test_broken_folders_are_refused(breaking: Breaking, words: list[str], own: Path) -> None:
    breaking(own)
    with pytest.raises(NijigenError) as caught:
        read_published(own)
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match=r"cannot read .*nowhere"):
        read_published(tmp_path / "nowhere")
    assert not holds_published(tmp_path)
