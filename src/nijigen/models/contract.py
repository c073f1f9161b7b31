"""What every family keeps: the two interfaces and the shape of a model.

A generator turns noise and labels into a latent (``map``) and a latent into pictures (``synthesize``). The latent
already carries the label, so that everything that edits latents needs no second input. A discriminator judges pictures.
Pictures are ``[N, C, R, R]`` in [-1, 1]; with C = 4 they are premultiplied RGBA.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """The outside of a model: picture size in pixels, channels (3 or 4), label vector width (0: unconditional)."""

    resolution: int
    channels: int
    label_width: int


class Generator(nn.Module, ABC):
    """Noise and labels → latent → pictures.

    Attributes:
        shape: resolution, channels and label width.
        z_dim: width of the normal noise ``z``.
    """

    shape: Shape
    z_dim: int

    @abstractmethod
    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """Noise ``[N, z_dim]`` and labels ``[N, label_width]`` → latent ``[N, dim]`` or ``[N, layers, dim]``."""

    @abstractmethod
    def synthesize(self, latent: Tensor) -> Tensor:
        """Latent, as :meth:`map` returns it → pictures ``[N, C, R, R]`` in [-1, 1]."""

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Pictures for noise and labels in one call."""
        return self.synthesize(self.map(z, labels))


class Discriminator(nn.Module, ABC):
    """Pictures and labels → one logit a picture: the higher, the more real."""

    shape: Shape

    @abstractmethod
    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Pictures ``[N, C, R, R]`` and labels ``[N, label_width]`` → logits ``[N]``."""


Networks = dict[str, nn.Module]
