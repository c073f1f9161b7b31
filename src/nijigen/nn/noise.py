"""Per-pixel noise: detail that has no meaning, such as the fall of single hairs (StyleGAN, 1812.04948, §3.2)."""

from typing import Any

import torch
from torch import Tensor, nn


class NoiseInjection(nn.Module):
    """Adds the same normal noise to all channels, with a learned strength.

    In training the noise is fresh for every picture. In evaluation it is one fixed map, so that a latent always gives
    the same picture; :meth:`redraw` replaces the map, :attr:`scale` strengthens (> 1) or removes (0) it. Published
    models bring maps of their own: :meth:`keep` has them saved with the weights.

    Args:
        resolution: side of the features in pixels.
        layer: number of the layer, so that two layers of one resolution have different maps.
        channels: 1: one strength for all channels (StyleGAN2); the channels of the input: one for each (StyleGAN).

    Attributes:
        strength: learned, ``[channels]``, starts at 0.
        fixed: the map of evaluation, ``[resolution, resolution]``; drawn anew from resolution and layer, never saved.
        kept: None, or the map of seed 0, which is saved.
        scale: factor on the noise in evaluation.
        seed: of the map of evaluation.
    """

    fixed: Tensor
    kept: Tensor | None

    def __init__(self, resolution: int, layer: int = 0, channels: int = 1) -> None:
        super().__init__()
        self.resolution, self.layer, self.scale, self.seed = resolution, layer, 1.0, 0
        self.strength = nn.Parameter(torch.zeros(channels))
        self.register_buffer("fixed", torch.zeros(resolution, resolution), persistent=False)
        self.kept = None
        self.redraw(0)

    def keep(self) -> None:
        """Save the map of seed 0 with the weights from now on, and load it with them."""
        del self.kept
        self.register_buffer("kept", self.fixed.clone())
        self.register_load_state_dict_post_hook(_restore_map)  # type: ignore[no-untyped-call]

    def redraw(self, seed: int) -> None:
        """Replace the fixed map by the one of ``seed`` (0: the one a new layer has, or keeps)."""
        self.seed = seed
        if seed == 0 and self.kept is not None:
            self.fixed = self.kept.clone()
            return
        random = torch.Generator().manual_seed(((seed * 64 + self.layer) << 16) + self.resolution)
        side = (self.resolution, self.resolution)
        self.fixed.copy_(torch.randn(side, generator=random, device="cpu", dtype=torch.float32))

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """``[N, C, R, R]`` → the same shape: ``x`` and ``gain`` times the noise."""
        strength = (self.strength * gain)[:, None, None]
        if self.training:
            side = (x.shape[0], 1, self.resolution, self.resolution)
            return x + torch.randn(side, device=x.device, dtype=x.dtype) * strength
        return x if self.scale == 0 else x + self.fixed * (strength * self.scale)


def _restore_map(injection: nn.Module, _: Any) -> None:
    """After weights were loaded: use the map that came with them."""
    assert isinstance(injection, NoiseInjection)
    if injection.seed == 0:
        injection.redraw(0)
