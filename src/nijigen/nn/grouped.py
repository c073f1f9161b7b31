"""The residual block of R3GAN: a wide grouped convolution between two narrow full ones, and no normalisation.

Groups of 16 channels are not slow by themselves: while features fit the cache, oneDNN reaches the matrix peak with
them in all three products of training. What is slow is their second derivative; :mod:`nijigen.nn.piecewise` does
without it.
"""

import math

from torch import Tensor, nn
from torch.nn import functional

from nijigen.nn.piecewise import SLOPE, Convolution, Residual

GAIN = math.sqrt(2 / (1 + SLOPE**2))  # keeps the mean square through a LeakyReLU (He et al. 2015, 1502.01852, eq. 14)


def group_count(channels: int, group_width: int) -> int:
    """Groups of ``group_width`` channels, or of the next greater width that divides; one where there are too few."""
    most = max(1, channels // group_width)
    return next(count for count in range(most, 0, -1) if channels % count == 0)


class GroupedBlock(nn.Module):
    """1×1 to ``expansion`` times the channels, LeakyReLU, grouped 3×3, LeakyReLU, 1×1 back; added to what came in.

    Shapes: ``[N, C, H, W]`` → the same. Source: R3GAN (Huang et al. 2024, 2501.05441, §3 and appendix), after ResNeXt
    (1611.05431) and the inverted bottleneck of MobileNetV2 (1801.04381).
    """

    def __init__(self, channels: int, expansion: int = 2, group_width: int = 16) -> None:
        super().__init__()
        inner = channels * expansion
        self.expand = nn.Conv2d(channels, inner, 1)
        self.mix = nn.Conv2d(inner, inner, 3, padding=1, groups=group_count(inner, group_width))
        self.project = nn.Conv2d(inner, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``[N, C, H, W]`` → the same shape."""
        # In place: no derivative needs what a convolution gave before its activation.
        wide = functional.leaky_relu(self.expand(x), SLOPE, inplace=True)
        wide = functional.leaky_relu(self.mix(wide), SLOPE, inplace=True)
        added: Tensor = x + self.project(wide)
        return added

    def link(self) -> Residual:
        """The same as a link of a piecewise linear chain."""
        return Residual(
            [Convolution(self.expand, leaky=True), Convolution(self.mix, leaky=True), Convolution(self.project)]
        )

    def draw_weights(self, depth: int) -> None:
        """Fresh weights, so that a network of ``depth`` such blocks starts as if it had none (Fixup, 1901.09321).

        The last convolution is zero; the other two are smaller by ``depth ** -0.25`` than what keeps the scale, so that
        one step of all blocks together changes the output as much as one of a single block would. Biases are zero.
        """
        for conv in (self.expand, self.mix):
            draw_scaled(conv, GAIN * depth**-0.25)
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
        nn.init.zeros_(self.project.weight)


def draw_scaled(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> None:
    """Normal weights that multiply the mean square of their input by ``gain ** 2``."""
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, 0.0, gain / math.sqrt(fan_in))
