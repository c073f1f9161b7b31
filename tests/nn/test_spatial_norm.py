"""Instance and layer normalisation: the formula, its slopes, and statistics that are measured once and frozen."""

import pytest
import torch
from torch import Tensor, nn

from nijigen.nn.spatial_norm import InstanceNorm, LayerNorm, SpatialNorm, frozen, measured

Kind = type[InstanceNorm] | type[LayerNorm]
KINDS: dict[Kind, tuple[int, ...]] = {InstanceNorm: (2, 3), LayerNorm: (1, 2, 3)}  # and over what they look


def random_norm(kind: Kind, eps: float = 1e-5) -> SpatialNorm:
    """Six channels, float64, with scales and shifts that tell channels apart."""
    norm = kind(6, eps).double()
    for value in norm.parameters():
        nn.init.normal_(value)
    return norm


def pictures(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.double) * 3 + 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("eps", [1e-9, 0.5])
def test_it_is_the_formula(kind: Kind, eps: float) -> None:
    x, norm = pictures(2, 6, 5, 4), random_norm(kind, eps)
    mean = x.mean(KINDS[kind], keepdim=True)
    variance = (x - mean).square().mean(KINDS[kind], keepdim=True)
    plain = (x - mean) / (variance + eps).sqrt()
    assert norm.scale is not None
    assert norm.shift is not None
    expected = plain * norm.scale[:, None, None] + norm.shift[:, None, None]
    assert torch.allclose(norm(x), expected)
    assert torch.allclose(kind(6, eps, affine=False)(x), plain)


@pytest.mark.parametrize("kind", KINDS)
def test_both_layouts_give_accurate_results(kind: Kind) -> None:
    x = (torch.randn(1, 6, 256, 256) + 3).contiguous(memory_format=torch.channels_last)
    exact = kind(6, 1e-9).double()(x.double())
    assert torch.allclose(kind(6, 1e-9)(x).double(), exact, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_first_and_second_slopes_are_those_of_finite_differences(kind: Kind) -> None:
    norm = random_norm(kind)
    x = torch.randn(2, 6, 3, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(norm, x)
    assert torch.autograd.gradgradcheck(norm, x)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("affine", [True, False])
def test_frozen_statistics_are_those_of_the_picture_measured_last(kind: Kind, affine: bool) -> None:
    norm = random_norm(kind) if affine else kind(6, 1e-5, affine=False).double()
    network, whole = nn.Sequential(norm), pictures(1, 6, 8, 8)
    with measured(network):
        network(pictures(1, 6, 8, 8))
        expected = network(whole)
    with frozen(network):
        left, right = network(whole[..., :3]), network(whole[..., 3:])
        twice = network(whole.expand(2, -1, -1, -1))
    assert torch.allclose(torch.cat([left, right], dim=-1), expected)
    assert torch.allclose(twice, expected.expand(2, -1, -1, -1))
    part = network(whole[..., :3])  # as ever again
    assert not torch.allclose(part, expected[..., :3])


def test_the_usual_way_comes_back_after_an_error() -> None:
    norm, x = InstanceNorm(6), torch.randn(1, 6, 4, 4)
    with pytest.raises(RuntimeError, match="before any were measured"), frozen(norm):
        norm(x)
    assert torch.allclose(norm(x).mean((2, 3)), torch.zeros(1, 6), atol=1e-6)


def test_frozen_statistics_of_two_pictures_fit_no_three() -> None:
    norm = InstanceNorm(6)
    with measured(norm):
        norm(torch.randn(2, 6, 4, 4))
    with pytest.raises(RuntimeError, match="statistics of 2 pictures do not fit 3"), frozen(norm):
        norm(torch.randn(3, 6, 4, 4))


def test_nothing_measured_is_saved() -> None:
    norm = InstanceNorm(6)
    with measured(norm):
        norm(torch.randn(1, 6, 4, 4))
    assert set(norm.state_dict()) == {"scale", "shift"}


def test_a_single_place_becomes_the_shift() -> None:
    norm = random_norm(InstanceNorm)
    assert norm.shift is not None
    assert torch.allclose(norm(pictures(1, 6, 1, 1))[0, :, 0, 0], norm.shift)
