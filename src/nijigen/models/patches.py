"""Discriminators that judge a picture patch by patch: a map of logits, each of what its own surroundings look like.

What a drawing is made of, clear edges and even areas, is to be seen in a patch; what it shows does not matter
(CartoonGAN, CVPR 2018, §3.1; 1611.07004, §2.2.2). So nothing is said about what photos and drawings show.
"""

from abc import ABC, abstractmethod
from collections import OrderedDict

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from nijigen.models.contract import Shape
from nijigen.nn.spatial_norm import InstanceNorm, LayerNorm

SLOPE = 0.2  # of leaky activations below 0


class PatchDiscriminator(nn.Module, ABC):
    """Pictures → a logit for each patch: the higher, the more it looks drawn."""

    shape: Shape

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor:
        """Pictures ``[N, 3, H, W]`` in [-1, 1] → logits ``[N, h, w]``."""


class CartoonPatches(PatchDiscriminator):
    """CartoonGAN's (CVPR 2018, figure 2), which AnimeGAN v2 took over with other norms: two halvings, seven layers.

    A logit sees 37 × 37 px; there is one for each 4 × 4 px.

    Args:
        width: channels of the first convolution; the last but one has eight times as many.
        norm: ``instance`` or ``layer``, before three of the activations.
        spectral: spectral normalisation of every convolution (1802.05957).
    """

    def __init__(self, shape: Shape, width: int, norm: str = "instance", spectral: bool = False) -> None:
        super().__init__()
        self.shape = shape
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        before = shape.channels
        plan = ((1, 1, False), (2, 2, False), (4, 1, True), (4, 2, False), (8, 1, True), (8, 1, True))
        for number, (times, stride, normed) in enumerate(plan):
            conv = nn.Conv2d(before, times * width, 3, stride, 1, bias=not normed)
            layers[f"conv{number}"] = spectral_norm(conv) if spectral else conv
            before = times * width
            if normed:
                layers[f"norm{number}"] = InstanceNorm(before) if norm == "instance" else LayerNorm(before)
            layers[f"activation{number}"] = nn.LeakyReLU(SLOPE)
        last = nn.Conv2d(before, 1, 3, 1, 1)
        layers["to_logits"] = spectral_norm(last) if spectral else last
        self.layers = nn.Sequential(layers)

    def forward(self, images: Tensor) -> Tensor:
        """``[N, 3, H, W]`` → ``[N, H/4, W/4]``."""
        logits: Tensor = self.layers(images)
        return logits[:, 0]
