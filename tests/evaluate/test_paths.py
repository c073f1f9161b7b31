"""Path length: closed forms on paths that are known."""

import pytest
import torch

from nijigen.evaluate.paths import STEP, path_ends, path_length


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_ends_lie_on_the_way_a_step_apart() -> None:
    one, other = torch.zeros(500, 4, 3), torch.ones(500, 4, 3)
    start, end = path_ends(one, other, random())
    torch.testing.assert_close(end - start, torch.full_like(start, STEP))
    assert 0 <= float(start.min()) < 0.05
    assert 0.95 < float(end.max()) <= 1
    assert torch.equal(start[:, 0], start[:, 3])  # one t for all layers of a latent


def test_a_straight_map_has_the_squared_length_of_its_ways() -> None:
    one, other = torch.randn(2000, 6, generator=random(1)), torch.randn(2000, 6, generator=random(2))
    start, end = path_ends(one, other, random(3))
    found = path_length(start, end, real_variance=6.0)
    # |a − b|² of two normal vectors in six dimensions is 12 on average, which is also what two real pictures have.
    assert found.value == pytest.approx(12, rel=0.05)
    assert found.relative == pytest.approx(1, rel=0.05)
    doubled = path_length(2 * start, 2 * end, real_variance=6.0)
    assert doubled.value == pytest.approx(4 * found.value, rel=1e-6)


def test_a_jump_on_the_way_costs_more_than_the_same_way_walked_evenly() -> None:
    one, other = torch.zeros(4000, 1), torch.ones(4000, 1)
    start, end = path_ends(one, other, random(4))
    even = path_length(start, end, 1.0)
    jumping = path_length((start > 0.5).float(), (end > 0.5).float(), 1.0)
    assert jumping.value > 10 * even.value


def test_a_few_wild_pictures_do_not_decide() -> None:
    start, end = torch.zeros(1000, 1), torch.full((1000, 1), STEP)
    end[:5] = 1e3
    assert path_length(start, end, 1.0).value == pytest.approx(1, rel=1e-4)
