"""Tile by tile is the same as in one piece; what is flat stays flat, what is grey stays grey."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nijigen.enlarge import tiling
from nijigen.enlarge.networks import Doubler, Upconv7, Vgg7
from nijigen.enlarge.reading import read_network
from nijigen.enlarge.tiling import double, tiles

KINDS = [Vgg7, Upconv7]
WIDTHS = (8, 8, 8, 8, 8, 8)


def scrambler(kind: type[Vgg7] | type[Upconv7]) -> Doubler:
    """A network with random weights that makes values around 0.5 of noise."""
    torch.manual_seed(0)
    network = kind(WIDTHS).requires_grad_(False)
    last: Any = network.last
    made = network(torch.rand(1, 3, 40, 40))
    last.weight.mul_(0.3 / made.std())
    if last.bias is not None:
        last.bias.mul_(0.3 / made.std()).add_(0.5 - made.mean() * 0.3 / made.std())
    return network


@pytest.fixture
def unbounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a network makes is kept, but for 0…1: bounds would hide most of what a scrambler does."""
    monkeypatch.setattr(tiling, "COLOUR_ROOM", 1e6)
    monkeypatch.setattr(tiling, "ALPHA_ROOM", 1e6)


def noise(channels: int, height: int, width: int) -> Tensor:
    torch.manual_seed(7)
    return torch.rand(channels, height, width)


def doubled(network: Doubler, picture: Tensor, tile: int) -> Tensor:
    channels, height, width = picture.shape
    out = torch.full((channels, 2 * height, 2 * width), torch.nan)
    double(network, picture, out, tile=tile)
    return out


def seen(picture: Tensor, least: float = 0.0) -> Tensor:
    """Without the colours below what is fully transparent: they are anything, until the last doubling clears them."""
    if len(picture) == 4:
        picture[:3] *= picture[3] > least
    return picture


@pytest.mark.parametrize(
    ("height", "width", "side"), [(1, 1, 8), (7, 20, 8), (16, 16, 8), (100, 3, 128), (129, 40, 32)]
)
def test_tiles_cover_every_pixel_once(height: int, width: int, side: int) -> None:
    count = torch.zeros(height, width)
    for top, bottom, left, right in tiles(height, width, side):
        assert 0 < bottom - top <= side
        assert 0 < right - left <= side
        count[top:bottom, left:right] += 1
    assert (count == 1).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("height", "width", "tile"), [(40, 33, 16), (21, 50, 5), (30, 9, 29)])
def test_tiles_make_what_the_whole_makes(
    kind: type[Vgg7] | type[Upconv7], channels: int, height: int, width: int, tile: int, unbounded: None
) -> None:
    network, picture = scrambler(kind), noise(channels, height, width)
    if channels == 4:
        picture[3, :, : width // 2] = 0
        picture[3, : height // 3] = 1
    whole, tiled = seen(doubled(network, picture, 1000)), seen(doubled(network, picture, tile))
    assert (tiled - whole).abs().max() < 1e-4
    assert whole[:3].std() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_pixel_of_context_counts(kind: type[Vgg7] | type[Upconv7]) -> None:
    network, picture = scrambler(kind), noise(3, 40, 40)
    c = network.context
    near = picture[None, :, 16 - c : 24 + c, 16 - c : 24 + c]
    wrong = near.clone()
    wrong[..., 0, :] = 0.5
    assert (network(wrong) - network(near)).abs().max() > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_the_floats_rounded(kind: type[Vgg7] | type[Upconv7]) -> None:
    network = scrambler(kind)
    picture = (noise(4, 19, 23) * 255).to(torch.uint8)
    out = torch.empty(4, 38, 46, dtype=torch.uint8)
    double(network, picture, out, tile=8)
    floats = seen(doubled(network, picture.float() / 255, 1000), least=0.5 / 255)
    assert (out.float() - floats * 255).abs().max() < 0.51


@pytest.mark.parametrize("kind", KINDS)
def test_flat_areas_stay_exactly_as_they_are(kind: type[Vgg7] | type[Upconv7]) -> None:
    picture = torch.zeros(3, 30, 30, dtype=torch.uint8)
    picture[:, :, :15] = torch.tensor([0, 255, 77], dtype=torch.uint8)[:, None, None]
    out = torch.empty(3, 60, 60, dtype=torch.uint8)
    double(scrambler(kind), picture, out, tile=13)
    assert (out[:, :, :28] == picture[:, :1, :1]).all()
    assert (out[:, :, 32:] == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_grey_stays_grey(kind: type[Vgg7] | type[Upconv7], unbounded: None) -> None:
    network, picture = scrambler(kind), noise(1, 20, 20).expand(3, -1, -1)
    made = doubled(network, picture, 8)
    assert torch.equal(made[0], made[1])
    assert torch.equal(made[1], made[2])
    tinted = picture.clone()
    tinted[0, 3, 3] += 1e-3
    made = doubled(network, tinted, 8)
    assert not torch.equal(made[0], made[1])


def test_every_tile_is_counted() -> None:
    steps: list[int] = []
    picture, out = noise(3, 30, 17), torch.empty(3, 60, 34)
    double(scrambler(Vgg7), picture, out, tile=10, step=lambda: steps.append(1))
    assert len(steps) == len(tiles(30, 17, 10)) == 6


@pytest.mark.parametrize("kind", ["upconv7", "vgg7"])
def test_the_published_networks_by_tiles(kind: str, published: dict[str, Path]) -> None:
    network = read_network(published[kind], kind)
    torch.manual_seed(0)
    picture = torch.nn.functional.interpolate(torch.rand(1, 3, 20, 26), scale_factor=4, mode="bicubic")[0].clamp(0, 1)
    whole = doubled(network, picture, 1000)
    assert (doubled(network, picture, 32) - whole).abs().max() < 1e-4
    assert whole.std() > 0.1


@pytest.mark.parametrize("kind", ["upconv7", "vgg7"])
def test_a_drawn_edge_comes_out_sharper_than_bilinear(
    kind: str, published: dict[str, Path], write_network: Callable[..., Path]
) -> None:
    along = torch.linspace(-1, 1, 64)
    disc = (along[:, None] ** 2 + along[None] ** 2 < 0.5).float()
    picture = torch.stack([disc * 0.8 + 0.1, 0.9 - disc * 0.7, disc * 0.2 + 0.3])
    small = torch.nn.functional.avg_pool2d(picture[None], 2)[0]
    errors = []
    for path, name in ((published[kind], kind), (write_network("upconv7"), "upconv7")):
        errors.append(((doubled(read_network(path, name), small, 16) - picture) ** 2).mean().item())
    assert errors[0] < 0.5 * errors[1]
