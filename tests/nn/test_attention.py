"""Self-attention: the paper's formula, its derivatives, and the same answer from every backend."""

import math

import pytest
import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.nn.attention import SelfAttention, attend, check_attention


def _layer(channels: int, gamma: float = 0.7) -> SelfAttention:
    torch.manual_seed(3)
    layer = SelfAttention(channels).double().eval()
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


def test_it_can_be_differentiated_twice() -> None:
    layer = _layer(4)
    x = torch.randn(2, 4, 2, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))
    assert torch.autograd.gradgradcheck(layer, (x,))


@pytest.mark.parametrize("wanted", [("query", "key", "value"), ("value",), ("query",)])
def test_attend_can_be_differentiated_twice(wanted: tuple[str, ...]) -> None:
    torch.manual_seed(4)
    inputs = [
        torch.randn(2, *shape, dtype=torch.double, requires_grad=name in wanted)
        for name, shape in {"query": (3, 2), "key": (4, 2), "value": (4, 3)}.items()
    ]
    assert torch.autograd.gradcheck(attend, inputs)
    assert torch.autograd.gradgradcheck(attend, inputs)


@pytest.mark.parametrize(("inner", "values"), [(2, 8), (8, 8), (1, 1), (8, 2)])
def test_every_way_gives_the_explicit_answer(inner: int, values: int) -> None:
    """Fused without gradients, fused with them, and the math backend of gradients that are differentiated again."""
    torch.manual_seed(1)
    query, key, value = torch.randn(3, 50, inner) * 2, torch.randn(3, 70, inner), torch.randn(3, 70, values)
    weights = torch.randn(3, 50, values)
    exact = [x.double().requires_grad_() for x in (query, key, value)]
    explicit = torch.softmax(exact[0] @ exact[1].mT, dim=-1) @ exact[2]
    expected = torch.autograd.grad((explicit * weights).sum(), exact)
    with torch.no_grad():
        made = [attend(query, key, value)]
    for create_graph in (False, True):
        inputs = [x.clone().requires_grad_() for x in (query, key, value)]
        made.append(attend(*inputs).detach())
        found = torch.autograd.grad((attend(*inputs) * weights).sum(), inputs, create_graph=create_graph)
        for gradient, right in zip(found, expected, strict=True):
            torch.testing.assert_close(gradient.double(), right, atol=1e-4, rtol=1e-4)
            assert gradient.requires_grad == create_graph
    for answer in made:
        torch.testing.assert_close(answer.double(), explicit.detach(), atol=1e-5, rtol=1e-5)


def test_training_keeps_no_matrix_of_all_pairs() -> None:
    """What is saved for the gradient grows with the places, not with their square."""
    sizes: list[int] = []
    layer, x = SelfAttention(16), torch.randn(1, 16, 32, 32)
    with torch.autograd.graph.saved_tensors_hooks(
        lambda kept: (sizes.append(kept.numel()), kept)[1], lambda kept: kept
    ):
        layer(x).sum().backward()
    assert max(sizes) <= 16 * 32 * 32


@torch.no_grad()
def test_the_map_is_what_it_attends_by() -> None:
    layer, x = _layer(16), torch.randn(2, 16, 4, 5, dtype=torch.double)
    weights = layer.weights(x)
    assert weights.shape == (2, 20, 20)
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(2, 20, dtype=torch.double))
    torch.testing.assert_close(layer.weights(x, torch.tensor([7, 0])), weights[:, [7, 0]])
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
