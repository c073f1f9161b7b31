"""Self-attention: the paper's formula, its derivatives, and the same answer from every backend."""

import math

import pytest
import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.nn.attention import SelfAttention, attend, check_attention


def _layer(channels: int, gamma: float = 0.7, spectral: bool = False) -> SelfAttention:
    torch.manual_seed(3)
    layer = SelfAttention(channels, spectral).double().eval()
    with torch.no_grad():
        layer.gamma.fill_(gamma)
        for conv in (layer.query, layer.key, layer.value, layer.output):
            conv.weight.mul_(3)  # so that scores are far from equal
    return layer


def _by_the_paper(layer: SelfAttention, x: Tensor) -> Tensor:
    """Equations 1 to 3 of SAGAN §3, place by place."""
    made = x.clone()
    query, key, value, output = (c.weight[:, :, 0, 0] for c in (layer.query, layer.key, layer.value, layer.output))
    for number, features in enumerate(x.flatten(2)):  # [C, HW]
        for place in range(features.shape[1]):
            scores = [float((query @ features[:, place]) @ (key @ other)) for other in features.T]
            total = sum(math.exp(score) for score in scores)
            seen = sum(math.exp(score) / total * (value @ features[:, j]) for j, score in enumerate(scores))
            row, column = divmod(place, x.shape[3])
            made[number, :, row, column] += layer.gamma * (output @ seen)
    return made


@torch.no_grad()
def test_it_is_the_formula_of_the_paper() -> None:
    layer, x = _layer(16), torch.randn(2, 16, 3, 3, dtype=torch.double)
    assert layer.query.weight.shape[0] == layer.key.weight.shape[0] == 2
    assert layer.value.weight.shape[0] == 8
    expected = _by_the_paper(layer, x)
    assert not torch.allclose(expected, x, atol=0.1)
    torch.testing.assert_close(layer(x), expected)
    with torch.enable_grad():
        torch.testing.assert_close(layer(x).detach(), expected)


def test_it_starts_as_nothing() -> None:
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(SelfAttention(8)(x), x)


@pytest.mark.parametrize("spectral", [False, True])
def test_it_can_be_differentiated_twice(spectral: bool) -> None:
    layer = _layer(4, spectral=spectral)
    x = torch.randn(2, 4, 2, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))
    assert torch.autograd.gradgradcheck(layer, (x,))


@pytest.mark.parametrize(("inner", "values"), [(2, 8), (8, 8), (8, 2)])
def test_fused_and_math_agree(inner: int, values: int) -> None:
    torch.manual_seed(1)
    query, key, value = torch.randn(3, 50, inner) * 2, torch.randn(3, 70, inner), torch.randn(3, 70, values)
    with torch.no_grad():
        fused = attend(query, key, value)
    math_backend = attend(query, key, value)
    explicit = torch.softmax(query.double() @ key.double().mT, dim=-1) @ value.double()
    assert fused.shape == (3, 50, values)
    torch.testing.assert_close(fused, math_backend, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(fused.double(), explicit, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_map_is_what_it_attends_by() -> None:
    layer, x = _layer(16), torch.randn(2, 16, 4, 5, dtype=torch.double)
    weights = layer.weights(x)
    assert weights.shape == (2, 20, 20)
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(2, 20, dtype=torch.double))
    gathered = layer.output((weights @ layer.value(x).flatten(2).mT).mT.unflatten(2, (4, 5)))
    torch.testing.assert_close(layer(x), x + layer.gamma * gathered)


def test_fresh_scores_of_unit_features_are_of_unit_size() -> None:
    """Neither so equal that nothing is learned, nor so far apart that every place looks at one other."""
    layer, x = SelfAttention(256), torch.randn(4, 256, 8, 8)
    with torch.no_grad():
        scores = layer.query(x).flatten(2).mT @ layer.key(x).flatten(2)
    assert 0.5 < scores.std() < 5


def test_a_resolution_without_features_is_refused() -> None:
    check_attention([8, 32], [32, 16, 8])
    with pytest.raises(NijigenError, match="no features at 64 px here, use some of 8, 16, 32"):
        check_attention([8, 64], [32, 16, 8])
    with pytest.raises(NijigenError, match=r"set network.attention=\[\]"):
        check_attention([8], [])


def test_narrow_features_have_one_query() -> None:
    layer = SelfAttention(4)
    assert layer.query.weight.shape == (1, 4, 1, 1)
    assert layer.value.weight.shape == (2, 4, 1, 1)


def test_spectral_normalisation_bounds_every_convolution() -> None:
    layer = SelfAttention(16, spectral=True)
    with torch.no_grad():
        for conv in (layer.query, layer.key, layer.value, layer.output):
            conv.parametrizations.weight.original.mul_(9)
        for _ in range(50):
            layer(torch.randn(1, 16, 2, 2))
    layer.eval()
    for conv in (layer.query, layer.key, layer.value, layer.output):
        assert torch.linalg.matrix_norm(conv.weight[:, :, 0, 0], 2).item() == pytest.approx(1, abs=1e-3)
