"""VGG19 out of a file: its layers are those of the paper, and anything else is one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.features.vgg import find_vgg, open_vgg, read_vgg
from nijigen.features.vgg_network import block_of, places

CHANNELS = (3, 4, 5, 6, 7, 8, 7, 6)
CAFFE = {"input": "BGR 0..255 minus (103.939,116.779,123.68)"}


def tensors(channels: tuple[int, ...] = CHANNELS) -> dict[str, torch.Tensor]:
    random, before, made = torch.Generator().manual_seed(0), 3, {}
    for number, after in zip(places().values(), channels, strict=False):
        made[f"features.{number}.weight"] = torch.randn(after, before, 3, 3, generator=random)
        made[f"features.{number}.bias"] = torch.randn(after, generator=random)
        before = after
    return made


def write(path: Path, change: Callable[[dict[str, Any]], object] = lambda made: None, **options: Any) -> Path:
    made = tensors()
    change(made)
    save_file(made, path, **options)
    return path


def test_layers_have_the_numbers_of_the_published_network() -> None:
    numbers = places()
    assert list(numbers.values()) == [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
    assert (numbers["conv3_4"], numbers["conv4_2"], numbers["conv5_1"]) == (16, 21, 28)
    assert [block_of(name) for name in ("conv1_2", "conv3_4", "conv5_1")] == [0, 2, 4]


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_it_sees_what_the_convolutions_one_after_the_other_see(pooling: str, tmp_path: Path) -> None:
    network = read_vgg(write(tmp_path / "v.safetensors", metadata=CAFFE), pooling).double()
    made = {name: value.double() for name, value in tensors().items()}
    picture = torch.rand(2, 3, 8, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    values = picture.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68])[:, None, None]
    expected = {}
    for name, number in places().items():
        if name == "conv4_1":
            break
        if name in ("conv2_1", "conv3_1"):
            values = (functional.avg_pool2d if pooling == "average" else functional.max_pool2d)(values, 2)
        weight, bias = made[f"features.{number}.weight"], made[f"features.{number}.bias"]
        values = functional.conv2d(values, weight, bias, padding=1).clamp(min=0)
        expected[name] = values
    assert network.layers == tuple(expected)
    seen = network(picture, expected)
    for name, value in expected.items():
        assert float((seen[name] - value).abs().max() / value.max()) < 1e-6, name  # means are kept in float32
    assert list(network(picture, ["conv2_1"])) == ["conv2_1"]


def test_without_metadata_it_is_torchvisions(tmp_path: Path) -> None:
    network = read_vgg(write(tmp_path / "v.safetensors"))
    made = tensors()
    picture = torch.rand(1, 3, 4, 4)
    mean, spread = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    values = (picture - mean[:, None, None]) / spread[:, None, None]
    expected = functional.conv2d(values, made["features.0.weight"], made["features.0.bias"], padding=1).relu()
    assert torch.allclose(network(picture, ["conv1_1"])["conv1_1"], expected, atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (5, 3), (9, 16)])
def test_any_size_from_one_pixel_on(height: int, width: int, tmp_path: Path) -> None:
    network = read_vgg(write(tmp_path / "v.safetensors"))
    seen = network(torch.rand(1, 3, height, width), ["conv1_1", "conv3_4"])["conv3_4"]
    assert seen.shape == (1, 6, -(-height // 4), -(-width // 4))
    assert bool(torch.isfinite(seen).all())


def test_the_whole_network_is_read_where_it_is(tmp_path: Path) -> None:
    save_file({**tensors((2,) * 16), "classifier.0.weight": torch.ones(2)}, tmp_path / "v.safetensors")
    network = read_vgg(tmp_path / "v.safetensors")
    assert network.layers[-1] == "conv5_4"
    assert not any(value.requires_grad for value in network.parameters())


MISFITS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "empty": (lambda made: [made.pop(name) for name in list(made) if name != "features.2.bias"], "no place in it"),
    "other": (lambda made: [made.pop(name) for name in list(made)] and made.update(x=torch.ones(1)), "missing"),
    "norm": (lambda made: made.update({"features.1.weight": torch.ones(3)}), r"features\.1\.weight has no place"),
    "gap": (lambda made: made.pop("features.5.bias"), "has no place in it"),
    "shape": (lambda made: made.update({"features.2.weight": torch.ones(4, 9, 3, 3)}), "conv1_2 has the shape"),
    "nan": (lambda made: made["features.0.bias"].fill_(torch.nan), "conv1_1 holds what are no finite numbers"),
}


@pytest.mark.parametrize(("change", "said"), MISFITS.values(), ids=MISFITS)
def test_another_network_is_refused(change: Callable[..., Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match=rf"v\.safetensors does not hold VGG19: .*{said}"):
        read_vgg(write(tmp_path / "v.safetensors", change))


def test_damage_and_absence_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"\x10")
    with pytest.raises(NijigenError, match=r"bad\.safetensors is damaged"):
        read_vgg(tmp_path / "bad.safetensors")
    with pytest.raises(NijigenError, match=r"none\.safetensors is not there"):
        read_vgg(tmp_path / "none.safetensors")
    with pytest.raises(NijigenError, match=r"--pooling middle: use average or max"):
        open_vgg(write(tmp_path / "v.safetensors"), "middle")


def test_ones_own_whole_network_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path / "mine"))
    with pytest.raises(NijigenError, match=r"put vgg19-caffe-to-conv3_4\.safetensors into .*--network FILE"):
        find_vgg()
    (tmp_path / "mine" / "deeper").mkdir(parents=True)
    path = write(tmp_path / "mine" / "deeper" / "vgg19.safetensors")
    assert find_vgg() == path
    assert open_vgg().layers[-1] == "conv3_4"


def test_the_published_network(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared_data.parent / "weights"
    if not (folder / "vgg19-caffe-to-conv3_4.safetensors").is_file():
        pytest.skip("no VGG19: weights/ is not beside the checkout")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(folder))
    network = open_vgg()
    assert (network.layers[-1], network.widths["conv3_4"]) == ("conv3_4", 256)
    seen = network(torch.full((1, 3, 8, 8), 0.5), ["conv1_1", "conv3_1"])
    assert all(float(value.max()) > 0 for value in seen.values())
