"""Resampling is the filter it says, and its derivatives are right twice."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from nijigen.nn.resample import blur, downsample2, lowpass, upsample2


def filtered(x: Tensor, taps: list[float], up: int, down: int, before: int, after: int) -> Tensor:
    """Up, filter, down by the definition: zeros between pixels, a full sum over taps, every ``down``-th pixel."""
    count, channels, height, width = x.shape
    spread = x.new_zeros(count, channels, height * up, width * up)
    spread[:, :, ::up, ::up] = x
    padded = functional.pad(spread, (before, after, before, after))
    out = x.new_zeros(count, channels, *(side + before + after - len(taps) + 1 for side in spread.shape[2:]))
    for i, row in enumerate(taps):
        for j, column in enumerate(taps):
            out += row * column * padded[:, :, i : i + out.shape[2], j : j + out.shape[3]]
    return out[:, :, ::down, ::down]


CASES: list[tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = [
    (upsample2, lambda x: filtered(x, [0.25, 0.75, 0.75, 0.25], 2, 1, 2, 1)),
    (downsample2, lambda x: filtered(x, [0.125, 0.375, 0.375, 0.125], 1, 2, 1, 1)),
    (blur, lambda x: filtered(x, [0.25, 0.5, 0.25], 1, 1, 1, 1)),
    (partial(lowpass, padding=1), lambda x: filtered(x, [0.125, 0.375, 0.375, 0.125], 1, 1, 1, 1)),
    (partial(lowpass, padding=2), lambda x: filtered(x, [0.125, 0.375, 0.375, 0.125], 1, 1, 2, 2)),
]
NAMES = ["upsample2", "downsample2", "blur", "lowpass1", "lowpass2"]


@pytest.mark.parametrize(("fast", "direct"), CASES, ids=NAMES)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("side", [(4, 4), (2, 6), (16, 8)])
def test_it_is_the_direct_formula(
    fast: Callable[[Tensor], Tensor],
    direct: Callable[[Tensor], Tensor],
    side: tuple[int, int],
    layout: torch.memory_format,
) -> None:
    x = torch.randn(2, 3, *side, dtype=torch.double).to(memory_format=layout)
    assert fast(x).shape == direct(x).shape
    assert torch.allclose(fast(x), direct(x), atol=1e-12)


@pytest.mark.parametrize("resample", [fast for fast, _ in CASES], ids=NAMES)
def test_gradients_are_those_of_finite_differences(resample: Callable[[Tensor], Tensor]) -> None:
    x = torch.randn(1, 2, 4, 4, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(resample, x)
    assert torch.autograd.gradgradcheck(lambda x: resample(x).square(), x)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("resample", [fast for fast, _ in CASES], ids=NAMES)
def test_the_layout_is_kept(resample: Callable[[Tensor], Tensor], layout: torch.memory_format) -> None:
    x = torch.randn(2, 8, 8, 8).to(memory_format=layout)
    assert resample(x).is_contiguous(memory_format=layout)
