"""Winograd's convolution is the plain one, at every size."""

import pytest
import torch
from torch import nn

from nijigen.nn.winograd import Winograd, with_winograd


def plain(inputs: int = 5, outputs: int = 7) -> nn.Conv2d:
    torch.manual_seed(4)
    return nn.Conv2d(inputs, outputs, 3)


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 3), (8, 13), (31, 4), (70, 66)])
def test_it_is_the_plain_convolution(size: tuple[int, int]) -> None:
    layer = plain().double()
    images = torch.randn(2, 5, size[0] + 2, size[1] + 2, dtype=torch.double)
    with torch.no_grad():
        assert torch.allclose(Winograd(layer)(images), layer(images), atol=1e-12)


def test_float32_is_near_enough() -> None:
    layer = plain(256, 256)
    images = torch.randn(1, 256, 18, 18)
    with torch.no_grad():
        expected = layer.double()(images.double())
        made = Winograd(plain(256, 256))(images)
    assert (made - expected).abs().max() < 3e-5 * expected.abs().max()


def test_only_wide_layers_of_three_by_three_are_replaced() -> None:
    odd = [nn.Conv2d(256, 256, 3, stride=2), nn.Conv2d(256, 256, 3, padding=1), nn.Conv2d(256, 256, 1), plain(256, 64)]
    network = nn.Sequential(nn.Sequential(plain(256, 256), nn.ReLU()), *odd)
    images = torch.randn(1, 256, 24, 24)
    with torch.no_grad():
        expected = network(images)
        assert torch.allclose(with_winograd(network)(images), expected, atol=1e-4)
    assert [type(layer) for layer in network[0]] == [Winograd, nn.ReLU]
    assert all(type(layer) is nn.Conv2d for layer in network[1:])
