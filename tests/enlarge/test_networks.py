"""Both networks against their description, written out in loops and float64."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from nijigen.enlarge.networks import Doubler, Upconv7, Vgg7

WIDTHS = (2, 3, 2, 4, 3, 2)
Array = np.ndarray[Any, np.dtype[np.float64]]


def convolve(picture: Array, kernel: Array, bias: Array) -> Array:
    """``[C, H, W]`` → ``[D, H - 2, W - 2]``: a 3×3 convolution without padding, number by number."""
    height, width = picture.shape[1] - 2, picture.shape[2] - 2
    made = np.zeros((len(kernel), height, width))
    for out, row, column in itertools.product(range(len(kernel)), range(height), range(width)):
        made[out, row, column] = (picture[:, row : row + 3, column : column + 3] * kernel[out]).sum() + bias[out]
    return made


def transposed(picture: Array, kernel: Array) -> Array:
    """``[C, H, W]`` → ``[D, 2H - 4, 2W - 4]``: every pixel stamps a 4×4 kernel, 2 apart; 3 are cut off at each side."""
    height, width = picture.shape[1:]
    made = np.zeros((kernel.shape[1], 2 * height + 2, 2 * width + 2))
    for channel, row, column in itertools.product(range(len(kernel)), range(height), range(width)):
        made[:, 2 * row : 2 * row + 4, 2 * column : 2 * column + 4] += picture[channel, row, column] * kernel[channel]
    return made[:, 3:-3, 3:-3]


def leaky(values: Array) -> Array:
    return np.where(values > 0, values, 0.1 * values)


def numbers(value: Any) -> Array:
    array: Array = value.detach().numpy()
    return array


def by_hand(network: Doubler, picture: Array) -> Array:
    """Pad 7 with the outermost pixels; six convolutions with LeakyReLU 0.1; a last layer. vgg7 doubles first."""
    layers: Any = network.layers
    last: Any = network.last
    if isinstance(network, Vgg7):
        picture = picture.repeat(2, axis=1).repeat(2, axis=2)
    values = np.pad(picture, ((0, 0), (7, 7), (7, 7)), mode="edge")
    for layer in layers:
        values = leaky(convolve(values, numbers(layer.weight), numbers(layer.bias)))
    if isinstance(network, Vgg7):
        return convolve(values, numbers(last.weight), numbers(last.bias))
    return transposed(values, numbers(last.weight))


def shown(network: Doubler, picture: Tensor) -> Tensor:
    made: Tensor = network(functional.pad(picture[None], [network.context] * 4, mode="replicate"))[0]
    return made


@pytest.mark.parametrize("kind", [Vgg7, Upconv7])
@pytest.mark.parametrize("size", [(1, 1), (4, 5), (7, 2)])
def test_against_the_description(kind: type[Vgg7] | type[Upconv7], size: tuple[int, int]) -> None:
    torch.manual_seed(3)
    network = kind(WIDTHS).double()
    picture = torch.rand(3, *size, dtype=torch.float64)
    made = shown(network, picture).detach().numpy()
    assert made.shape == (3, 2 * size[0], 2 * size[1])
    assert np.abs(made - by_hand(network, picture.numpy())).max() < 1e-12
    assert made.std() > 1e-3  # and no constant, which any network would get right


@pytest.mark.parametrize(("kind", "parameters"), [(Vgg7, 270_000), (Upconv7, 920_000)])
def test_the_published_networks_are_of_that_size(kind: type[Vgg7] | type[Upconv7], parameters: int) -> None:
    assert sum(value.numel() for value in kind().parameters()) == pytest.approx(parameters, rel=0.1)


@pytest.mark.parametrize("kind", [Vgg7, Upconv7])
def test_the_context_is_what_is_looked_at_and_no_more(kind: type[Vgg7] | type[Upconv7]) -> None:
    torch.manual_seed(1)
    network = kind(WIDTHS).double()
    c = network.context
    picture = torch.rand(1, 3, 2 * c + 1, 2 * c + 1, dtype=torch.float64, requires_grad=True)
    network(picture).sum().backward()
    assert picture.grad is not None
    seen = picture.grad[0].abs().sum(0) > 0
    assert seen[0].any()
    assert seen[:, 0].any()
    assert seen[-1].any()
    assert seen[:, -1].any()
