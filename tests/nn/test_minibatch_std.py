"""Minibatch standard deviation: groups, features, and batches that do not divide."""

import pytest
import torch

from nijigen.nn.minibatch_std import MinibatchStd


def test_it_is_the_formula() -> None:
    x = torch.randn(8, 6, 3, 3, dtype=torch.double)
    made = MinibatchStd(group=4, features=2)(x)
    assert made.shape == (8, 8, 3, 3)
    assert torch.equal(made[:, :6], x)
    for picture in range(8):
        members = x[picture % 2 :: 2]  # two groups of four: even and odd rows
        for feature in range(2):
            of_it = members[:, feature * 3 : feature * 3 + 3]
            expected = (of_it.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
            assert torch.allclose(made[picture, 6 + feature], expected.expand(3, 3))


@pytest.mark.parametrize(
    ("count", "group", "used"), [(4, 4, 4), (6, 4, 3), (7, 4, 1), (2, 4, 2), (1, 4, 1), (10, 8, 5)]
)
def test_a_batch_that_does_not_divide_uses_smaller_groups(count: int, group: int, used: int) -> None:
    x = torch.randn(count, 2, 4, 4)
    made = MinibatchStd(group)(x)[:, 2, 0, 0]
    members = x[:: count // used]
    assert made[0].item() == pytest.approx((members.var(dim=0, unbiased=False) + 1e-8).sqrt().mean().item(), rel=1e-4)
    assert len(set(made.tolist())) <= count // used


def test_equal_pictures_have_no_deviation_and_finite_gradients() -> None:
    x = torch.ones(4, 2, 4, 4, requires_grad=True)
    made = MinibatchStd()(x)[:, 2]
    assert made.max().item() == pytest.approx(1e-4, rel=1e-3)
    made.sum().backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_gradients_are_those_of_finite_differences() -> None:
    x = torch.randn(4, 2, 2, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(MinibatchStd(2), x)
    assert torch.autograd.gradgradcheck(MinibatchStd(2), x)


@pytest.mark.parametrize(("group", "features"), [(0, 1), (4, 0)])
def test_nothing_to_compare_is_refused(group: int, features: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        MinibatchStd(group, features)
