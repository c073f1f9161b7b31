"""Self-attention over the places of a feature map (SAGAN: Zhang et al. 2018, 1805.08318, §3)."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils.parametrizations import spectral_norm

from nijigen.errors import NijigenError


class SelfAttention(nn.Module):
    """Every place of a feature map looks at every other: ``x + γ·o``, with γ learned from 0.

    Queries and keys have an eighth of the channels (at least one), values half, all from 1×1 convolutions without
    bias. Scores are plain products: SAGAN does not divide them by √d.

    Shapes: ``[N, C, H, W]`` → ``[N, C, H, W]``. Time grows with (H·W)², and while gradients are on memory too.

    Args:
        channels: C.
        spectral: spectral normalisation of the four convolutions.
    """

    def __init__(self, channels: int, spectral: bool = False) -> None:
        super().__init__()
        inner, values = max(channels // 8, 1), max(channels // 2, 1)
        self.query = nn.Conv2d(channels, inner, 1, bias=False)
        self.key = nn.Conv2d(channels, inner, 1, bias=False)
        self.value = nn.Conv2d(channels, values, 1, bias=False)
        self.output = nn.Conv2d(values, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))
        self.draw_weights()
        if spectral:
            for conv in (self.query, self.key, self.value, self.output):
                spectral_norm(conv)

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

    def weights(self, x: Tensor) -> Tensor:
        """The attention map ``[N, HW, HW]`` for features ``[N, C, H, W]``: row i is what place i looks at, sum 1."""
        query, key = _places(self.query(x)), _places(self.key(x))
        return torch.softmax(query @ key.transpose(1, 2), dim=-1)


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Softmax(QKᵀ)V without a scale: ``[N, L, D]``, ``[N, S, D]`` and ``[N, S, E]`` → ``[N, L, E]``.

    With gradients on it is the math backend: the fused ones have no second derivative, which gradient penalties and
    the path length need. Without, PyTorch chooses.
    """
    if torch.is_grad_enabled():
        with sdpa_kernel(SDPBackend.MATH):
            return nn.functional.scaled_dot_product_attention(query, key, value, scale=1.0)
    # The fused backends want heads, and queries as wide as values. Zeros change no product, and fused it is two to
    # four times as fast and keeps no [L, S] matrix.
    missing = max(value.shape[-1] - query.shape[-1], 0)
    query, key = (nn.functional.pad(x, (0, missing)) for x in (query, key))
    return nn.functional.scaled_dot_product_attention(query[:, None], key[:, None], value[:, None], scale=1.0)[:, 0]


def check_attention(wanted: Iterable[int], possible: Iterable[int]) -> None:
    """Whether every resolution that attention is wanted at is one the networks have features at.

    Raises:
        NijigenError: one is not; the possible ones are named.
    """
    possible = sorted(possible)
    for resolution in wanted:
        if resolution not in possible:
            fix = f"use some of {', '.join(map(str, possible))}" if possible else "set network.attention=[]"
            raise NijigenError(f"network.attention: no features at {resolution} px here, {fix}")


def _places(x: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, HW, C]``."""
    return x.flatten(2).transpose(1, 2)
