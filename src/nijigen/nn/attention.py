"""Self-attention over the places of a feature map (SAGAN: Zhang et al. 2018, 1805.08318, §3)."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from nijigen.errors import NijigenError


class SelfAttention(nn.Module):
    """Every place of a feature map looks at every other: ``x + γ·o``, with γ learned from 0.

    Queries and keys have an eighth of the channels (at least one), values half, all from 1×1 convolutions without
    bias. Scores are plain products: SAGAN does not divide them by √d.

    Shapes: ``[N, C, H, W]`` → ``[N, C, H, W]``. Time grows with (H·W)²; memory only under second derivatives.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner, values = max(channels // 8, 1), max(channels // 2, 1)
        self.query = nn.Conv2d(channels, inner, 1, bias=False)
        self.key = nn.Conv2d(channels, inner, 1, bias=False)
        self.value = nn.Conv2d(channels, values, 1, bias=False)
        self.output = nn.Conv2d(values, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))
        self.draw_weights()

    def forward(self, x: Tensor) -> Tensor:
        """``[N, C, H, W]`` → the same shape: the features and, γ times, what each place gathered from the others."""
        query, key, value = (_places(conv(x)) for conv in (self.query, self.key, self.value))
        seen = attend(query, key, value)  # [N, HW, C/2]
        gathered: Tensor = self.output(seen.transpose(1, 2).reshape(x.shape[0], -1, *x.shape[2:]))
        return x + self.gamma * gathered

    def draw_weights(self) -> None:
        """Fresh weights of variance 1/(3·inputs): features of unit size get scores of about that size.

        Networks that draw all their weights alike call it afterwards. Smaller weights make scores so equal that queries
        and keys hardly learn while γ is small.
        """
        for conv in (self.query, self.key, self.value, self.output):
            bound = conv.in_channels**-0.5
            nn.init.uniform_(conv.weight, -bound, bound)

    def weights(self, x: Tensor, places: Tensor | None = None) -> Tensor:
        """The attention map ``[N, P, HW]`` for features ``[N, C, H, W]``: row p is what place p looks at, sum 1.

        Args:
            places: which places' rows, as P numbers row · W + column; by default all HW.
        """
        query, key = _places(self.query(x)), _places(self.key(x))
        query = query if places is None else query[:, places]
        return torch.softmax(query @ key.transpose(1, 2), dim=-1)


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Softmax(QKᵀ)V without a scale: ``[N, L, D]``, ``[N, S, D]`` and ``[N, S, E]`` → ``[N, L, E]``.

    Fused, so that no ``[L, S]`` matrix is kept; the math backend where a second derivative is taken, which gradient
    penalties and the path length need and the fused ones lack.
    """
    if torch.compiler.is_compiling() or not torch.is_grad_enabled():
        return _fused(query, key, value)
    attended: Tensor = _Attend.apply(query, key, value)  # type: ignore[no-untyped-call]
    return attended


class _Attend(torch.autograd.Function):
    """Fused attention that can be differentiated again: how the gradient is made is decided when it is asked for."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        ctx.save_for_backward(query, key, value)
        return _fused(query, key, value)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value = ctx.saved_tensors
        again = torch.is_grad_enabled()  # create_graph: this gradient will be differentiated
        with torch.enable_grad():
            if again:
                with sdpa_kernel(SDPBackend.MATH):
                    made = nn.functional.scaled_dot_product_attention(query, key, value, scale=1.0)
            else:
                query, key, value = (x.detach().requires_grad_() for x in (query, key, value))
                made = _fused(query, key, value)
            wanted = [x for x, needed in zip((query, key, value), ctx.needs_input_grad, strict=True) if needed]
            found = iter(torch.autograd.grad(made, wanted, gradient, create_graph=again))
        return tuple(next(found) if needed else None for needed in ctx.needs_input_grad)


def _fused(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    # The fused backends want heads, features side by side in memory, and queries as wide as values. Zeros change no
    # product, and even with them it takes a quarter to a half of the time.
    missing = max(value.shape[-1] - query.shape[-1], 0)
    query, key = nn.functional.pad(query, (0, missing)), nn.functional.pad(key, (0, missing))
    query, key, value = (x.contiguous()[:, None] for x in (query, key, value))
    return nn.functional.scaled_dot_product_attention(query, key, value, scale=1.0)[:, 0]


def check_attention(wanted: Iterable[int], possible: Iterable[int], key: str = "attention") -> None:
    """Whether every resolution that attention is wanted at is one the networks have features at.

    Args:
        key: of ``[network]``, for the message.

    Raises:
        NijigenError: one is not; the possible ones are named.
    """
    possible = sorted(possible)
    for resolution in wanted:
        if resolution not in possible:
            fix = f"use some of {', '.join(map(str, possible))}" if possible else f"set network.{key}=[]"
            raise NijigenError(f"network.{key}: no features at {resolution} px here, {fix}")


def _places(x: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, HW, C]``."""
    return x.flatten(2).transpose(1, 2)
