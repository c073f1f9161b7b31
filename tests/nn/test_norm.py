"""Conditional batch normalisation: plain at first, then it follows the condition."""

import torch

from nijigen.nn.norm import ConditionalBatchNorm


def test_it_begins_as_plain_batch_norm() -> None:
    images, condition = torch.randn(6, 5, 4, 4) * 3 + 1, torch.randn(6, 7)
    assert torch.allclose(ConditionalBatchNorm(5, 7)(images, condition), torch.nn.BatchNorm2d(5)(images), atol=1e-6)


def test_scale_and_shift_follow_the_condition() -> None:
    norm = ConditionalBatchNorm(2, 3).eval()
    with torch.no_grad():
        norm.scale.weight.copy_(torch.tensor([[1.0, 0, 0], [0, 2, 0]]))
        norm.shift.weight.copy_(torch.tensor([[0.0, 0, 5], [0, 0, -5]]))
    images, condition = torch.ones(2, 2, 1, 1), torch.tensor([[1.0, 0, 0], [0, 0, 1]])
    made = norm(images, condition)[:, :, 0, 0]  # fresh running statistics: mean 0, variance 1
    assert torch.allclose(made, torch.tensor([[2.0, 1.0], [6.0, -4.0]]), atol=1e-4)


def test_gradients_are_those_of_finite_differences() -> None:
    norm = ConditionalBatchNorm(2, 3).double()
    images = torch.randn(4, 2, 2, 2, dtype=torch.double, requires_grad=True)
    condition = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(norm, (images, condition))
    assert torch.autograd.gradgradcheck(norm, (images, condition))
