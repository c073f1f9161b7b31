"""Cross-domain distance consistency, against its formula in float64."""

import math

import pytest
import torch
from torch import Tensor, nn

from nijigen.objectives.correspondence import correspondence, likenesses, watched


def activations(seed: int, count: int = 4) -> list[Tensor]:
    """Two layers."""
    random = torch.Generator().manual_seed(seed)
    return [torch.randn(count, 3, side, side, generator=random, dtype=torch.float64) for side in (2, 4)]


def likeness(one: Tensor, other: Tensor) -> float:
    """The cosine of the angle between two samples."""
    a, b = one.flatten().tolist(), other.flatten().tolist()
    length = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(x * x for x in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / length


def shares(layer: Tensor, place: int) -> list[float]:
    """Equation 1: softmax over the likeness to each other sample."""
    weights = [math.exp(likeness(layer[place], layer[other])) for other in range(len(layer)) if other != place]
    return [weight / sum(weights) for weight in weights]


def test_it_is_the_divergence_of_likenesses_summed_over_layers() -> None:
    learning, source = activations(0), activations(1)
    wanted = 0.0
    for mine, theirs in zip(learning, source, strict=True):
        for place in range(4):
            pairs = zip(shares(mine, place), shares(theirs, place), strict=True)
            wanted += sum(p * math.log(p / q) for p, q in pairs) / 4
    assert correspondence(learning, source).item() == pytest.approx(wanted, rel=1e-12)
    assert wanted > 1e-3


def test_shares_of_the_others_sum_to_one() -> None:
    found = likenesses(activations(0)[0])
    assert found.shape == (4, 3)
    torch.testing.assert_close(found.exp().sum(dim=1), torch.ones(4, dtype=torch.float64))


def test_it_is_nothing_where_likenesses_are_the_same() -> None:
    source = activations(0)
    assert correspondence(source, source) == 0
    scaled = [3 * layer for layer in source]  # how strong an activation is, is not how alike it is
    assert correspondence(scaled, source).item() == pytest.approx(0, abs=1e-12)
    assert correspondence(activations(1), source) > 0


def test_it_pulls_to_the_source_alone() -> None:
    learning, source = activations(0), activations(1)
    (mine, theirs) = (learning[0].requires_grad_(), source[0])
    before = correspondence(learning, source)
    before.backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
    assert mine.grad is not None
    assert mine.grad.abs().sum() > 0
    nearer = [mine.detach() - 0.5 * mine.grad / mine.grad.norm(), learning[1]]
    assert correspondence(nearer, source) < before
    assert theirs.grad is None


def test_features_are_watched_and_pictures_are_not() -> None:
    network = nn.Sequential(nn.Conv2d(2, 8, 3), nn.ReLU(inplace=True), nn.Conv2d(8, 3, 1))
    x = torch.randn(2, 2, 8, 8)
    with watched(network, least=4) as seen:
        network(x)
    assert [layer.shape for layer in seen] == [(2, 8, 6, 6)]
    torch.testing.assert_close(seen[0], network[0](x))  # before what works on it in place
    network(x)
    assert len(seen) == 1
