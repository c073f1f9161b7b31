"""Conditional batch normalisation: plain at first, then it follows the condition. Pixel norm: unit length."""

import torch

from nijigen.nn.norm import ConditionalBatchNorm, PixelNorm


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


def test_pixel_norm_is_the_formula() -> None:
    for shape in [(3, 8), (3, 8, 4, 4)]:
        x = torch.randn(shape, dtype=torch.double, requires_grad=True)
        made = PixelNorm()(x)
        assert torch.allclose(made, x / (x.square().mean(dim=1, keepdim=True) + 1e-8).sqrt())
        assert torch.allclose(made.square().mean(dim=1), torch.ones(made[:, 0].shape, dtype=torch.double), atol=1e-4)


def test_pixel_norm_of_nothing_is_nothing() -> None:
    x = torch.zeros(2, 8, requires_grad=True)
    made = PixelNorm()(x)
    made.sum().backward()
    assert not made.any()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_pixel_norm_has_two_derivatives() -> None:
    x = torch.randn(2, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(PixelNorm(), x)
    assert torch.autograd.gradgradcheck(PixelNorm(), x)
