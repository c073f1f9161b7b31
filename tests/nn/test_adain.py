"""Adaptive instance normalisation is its formula."""

import torch

from nijigen.nn.adain import AdaIN


def reference(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    """Written out map by map in float64."""
    channels = x.shape[1]
    affine = style @ weight.T / style.shape[1] ** 0.5 + bias
    made = torch.empty_like(x)
    for n in range(x.shape[0]):
        for c in range(channels):
            values = x[n, c]
            mean = values.sum() / values.numel()
            variance = ((values - mean) ** 2).sum() / values.numel()
            scale, shift = 1 + affine[n, c], affine[n, channels + c]
            made[n, c] = (values - mean) / (variance + 1e-8) ** 0.5 * scale + shift
    return made


def test_against_the_formula() -> None:
    torch.manual_seed(0)
    layer = AdaIN(3, 5).double()
    bias = layer.state_dict()["affine.bias"].normal_()
    x, style = torch.randn(2, 3, 4, 6, dtype=torch.float64) * 3 + 2, torch.randn(2, 5, dtype=torch.float64)
    expected = reference(x, layer.affine.weight, bias, style)
    torch.testing.assert_close(layer(x, style), expected)
    single = AdaIN(3, 5)
    single.load_state_dict(layer.state_dict())
    for layout in (torch.contiguous_format, torch.channels_last):
        made = single(x.float().to(memory_format=layout), style.float())
        torch.testing.assert_close(made, expected.float(), atol=1e-5, rtol=1e-5)


def test_it_starts_at_scale_one_and_shift_zero_for_a_zero_style() -> None:
    x = torch.randn(2, 4, 16, 16) * 5 - 3
    made = AdaIN(4, 5)(x, torch.zeros(2, 5))
    torch.testing.assert_close(made.mean(dim=(2, 3)), torch.zeros(2, 4), atol=1e-5, rtol=0)
    torch.testing.assert_close(made.var(dim=(2, 3), correction=0), torch.ones(2, 4))


def test_an_even_map_stays_finite_with_its_derivatives() -> None:
    """The learned constant starts even: its deviation is 0."""
    layer = AdaIN(3, 5)
    x = torch.ones(2, 3, 4, 4, requires_grad=True)
    style = torch.randn(2, 5, requires_grad=True)
    made = layer(x, style)
    torch.testing.assert_close(made, layer.affine(style)[:, 3:, None, None].expand(-1, -1, 4, 4))
    slopes = torch.autograd.grad((made * torch.randn_like(made)).sum(), [x, style], create_graph=True)
    torch.stack([slope.square().sum() for slope in slopes]).sum().backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(x.grad).all()  # type: ignore[arg-type]
    assert torch.isfinite(style.grad).all()  # type: ignore[arg-type]


def test_first_and_second_derivatives() -> None:
    torch.manual_seed(0)
    layer = AdaIN(2, 3).double()
    inputs = (
        torch.randn(2, 2, 3, 3, dtype=torch.float64, requires_grad=True),
        torch.randn(2, 3, dtype=torch.float64, requires_grad=True),
    )
    assert torch.autograd.gradcheck(layer, inputs)
    assert torch.autograd.gradgradcheck(layer, inputs)
