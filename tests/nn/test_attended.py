"""Attention between two pictures' features, against plain formulas in float64."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nijigen.nn.attended import (
    EPS,
    CrossAttention,
    Looked,
    as_places,
    found,
    found_statistics,
    joined,
    moments,
    normed,
    thinned,
)


def seen(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_found_is_softmax_of_scaled_products() -> None:
    query, keys, values = seen(2, 5, 3), seen(2, 7, 3, seed=1), seen(2, 7, 4, seed=2)
    wanted = torch.zeros(2, 5, 4, dtype=torch.float64)
    for n in range(2):
        for row in range(5):
            scores = [math.exp(float(query[n, row] @ keys[n, s]) / math.sqrt(3)) for s in range(7)]
            for s in range(7):
                wanted[n, row] += scores[s] / sum(scores) * values[n, s]
    assert torch.allclose(found(query, Looked(keys, values)), wanted, atol=1e-12)


def test_statistics_are_the_weighted_mean_and_deviation() -> None:
    query, keys, values = seen(1, 6, 2), seen(1, 9, 2, seed=1), seen(1, 9, 3, seed=2)
    weights = torch.softmax(query[0] @ keys[0].T / math.sqrt(2), dim=1)
    mean, deviation = found_statistics(query, keys, values)
    wanted = weights @ values[0]
    spread = (weights[:, :, None] * (values[0][None] - wanted[:, None]).square()).sum(dim=1)
    assert torch.allclose(mean[0], wanted, atol=1e-12)
    assert torch.allclose(deviation[0], (spread + EPS).sqrt(), atol=1e-12)


def test_one_place_is_found_as_it_is() -> None:
    """Where a style is one colour, every place finds that, without deviation."""
    values = seen(1, 1, 3).expand(1, 8, 3)
    mean, deviation = found_statistics(seen(1, 4, 2), seen(1, 8, 2), values)
    assert torch.allclose(mean, values[:, :1].expand(1, 4, 3), atol=1e-12)
    assert float(deviation.max()) < 2 * math.sqrt(EPS)


def test_statistics_have_gradients_where_nothing_deviates() -> None:
    values = torch.ones(1, 8, 3, dtype=torch.float64, requires_grad=True)
    mean, deviation = found_statistics(seen(1, 4, 2), seen(1, 8, 2), values)
    (mean.sum() + deviation.sum()).backward()
    assert values.grad is not None
    assert torch.isfinite(values.grad).all()


def test_moments_and_normed() -> None:
    x = seen(2, 3, 5, 4) * 7 + 3
    mean, deviation = moments(x)
    assert torch.allclose(mean[1, 2, 0, 0], x[1, 2].mean())
    assert torch.allclose(deviation[1, 2, 0, 0], (x[1, 2].var(correction=0) + EPS).sqrt())
    later, spread = moments(normed(x))
    assert torch.allclose(later, torch.zeros_like(later), atol=1e-12)
    assert torch.allclose(spread, torch.ones_like(spread), atol=1e-4)


@given(height=st.integers(1, 70), width=st.integers(1, 70), most=st.integers(16, 4096))
def test_thinned_is_a_grid_of_at_most_so_many(height: int, width: int, most: int) -> None:
    numbers = torch.arange(height * width).view(1, 1, height, width)
    kept = thinned(numbers, most)
    assert 1 <= kept.numel() <= most
    rows = kept[0, 0, :, 0] // width
    assert kept[0, 0, 0, 0] == 0
    assert len(set(rows.diff().tolist())) <= 1  # evenly apart
    if height * width <= most:
        assert torch.equal(kept, numbers)


def test_joined_averages_the_larger_ones() -> None:
    fine, coarse = seen(2, 3, 8, 6), seen(2, 5, 4, 3, seed=1)
    both = joined([fine, coarse], (4, 3))
    assert both.shape == (2, 8, 4, 3)
    assert torch.equal(both[:, 3:], coarse)
    assert torch.allclose(both[1, 2, 3, 2], fine[1, 2, 6:8, 4:6].mean())


def test_cross_attention_begins_by_leaving_alone() -> None:
    torch.manual_seed(0)
    block = CrossAttention(6, 4).double()
    x, y = seen(2, 6, 3, 4), seen(2, 6, 5, 2, seed=1)
    looked = block.look(y)
    assert looked.keys.shape == (2, 10, 4)
    assert torch.equal(block(x, looked), x)
    with torch.no_grad():
        block.gamma.fill_(0.5)
    gathered = found(as_places(block.query(x)), looked)
    wanted = x + 0.5 * block.output(gathered.transpose(1, 2).reshape(2, 4, 3, 4))
    assert torch.allclose(block(x, looked), wanted, atol=1e-12)
    assert not torch.allclose(block(x, looked), x, atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (1, 5)])
def test_a_single_row_or_place_is_no_trouble(size: tuple[int, int]) -> None:
    assert torch.isfinite(normed(seen(1, 2, *size))).all()
    assert thinned(seen(1, 2, *size), 16).shape[-2:] == size
