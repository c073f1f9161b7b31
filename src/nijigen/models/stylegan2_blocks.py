"""The parts of StyleGAN2: mapping network, synthesis blocks, residual blocks (Karras et al. 2020, 1912.04958).

Activations are leaky ReLU (0.2) times √2, which keeps the variance. The √2 goes into the weights and biases before
them, where it costs nothing: leaky ReLU commutes with positive factors.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.nn.attention import SelfAttention
from nijigen.nn.choices import FIFTHS, Choices
from nijigen.nn.equalized import EqualizedConv2d, EqualizedLinear
from nijigen.nn.minibatch_std import MinibatchStd
from nijigen.nn.modulated import ModulatedConv2d, ModulatedToImage
from nijigen.nn.noise import NoiseInjection
from nijigen.nn.norm import PixelNorm
from nijigen.nn.places import Places
from nijigen.nn.resample import downsample2, lowpass, upsample2

ACTIVATION_GAIN = math.sqrt(2)
BRANCH_GAIN = math.sqrt(0.5)  # two branches of unit variance are added


def activate(x: Tensor) -> Tensor:
    """Leaky ReLU in place: ``x`` is the fresh output of a layer that does not need it again."""
    return functional.leaky_relu(x, 0.2, inplace=True)


class Mapping(nn.Module):
    """Noise and label → latent: both normalised, then fully connected layers that learn slowly.

    The label is embedded linearly and laid beside the noise. An all-zero label is embedded as the bias alone.

    Args:
        z_width: width of the noise; 0: there is none, and the latent follows the label alone (in a discriminator).
        label_width: width of the label; 0: unconditional.
        embedding: width of the label's embedding.
        width: width of the layers and of the latent.
        depth: number of layers.
        rate: learning rate of the layers in parts of the optimiser's.
        choices: numbers of the noise that decide between several things.
        fifths: whether choices are shown in fifths too.
        heard: numbers of the noise that are heard, the others are taken for 0; none: all are.
    """

    mask: Tensor | None

    def __init__(
        self,
        z_width: int,
        label_width: int,
        embedding: int,
        width: int,
        depth: int,
        rate: float,
        choices: Sequence[int] = (),
        fifths: bool = False,
        heard: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.norm = PixelNorm()
        self.embed = EqualizedLinear(label_width, embedding) if label_width else None
        inputs = z_width + (embedding if label_width else 0)
        self.layers = nn.ModuleList(
            EqualizedLinear(width if number else inputs, width, rate=rate) for number in range(depth)
        )
        self.choices = Choices(choices, width) if choices else None
        self.fifths = Choices(choices, width, FIFTHS) if choices and fifths else None
        mask = torch.zeros(z_width).index_fill(0, torch.tensor(list(heard)), 1.0) if heard else None
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, z: Tensor | None, labels: Tensor) -> Tensor:
        """``[N, z_width]`` (or None) and ``[N, label_width]`` → ``[N, width]``."""
        parts = [] if z is None else [self._heard(self.norm(z))]
        if self.embed is not None:
            parts.append(self.norm(self.embed(labels)))
        x = torch.cat(parts, dim=1)
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number == 0 and z is not None:
                for choices in (self.choices, self.fifths):
                    x = x if choices is None else x + choices(self._heard(z))
            x = activate(x) * ACTIVATION_GAIN
        return x

    def _heard(self, z: Tensor) -> Tensor:
        return z if self.mask is None else z * self.mask


class SynthesisLayer(nn.Module):
    """Modulated 3×3 convolution, noise, bias, leaky ReLU; optionally at twice the resolution of its input.

    Attributes:
        noise: may be set to None, for pictures without texture.
        places: None, or what the layer is to know of places.
        clamp: the largest feature on either side of 0; 0: there is none.
    """

    def __init__(
        self, inputs: int, outputs: int, resolution: int, layer: int, style_width: int, doubling: bool = False
    ) -> None:
        super().__init__()
        self.outputs, self.resolution = outputs, resolution
        self.conv = ModulatedConv2d(inputs, outputs, 3, style_width, doubling)
        self.noise: NoiseInjection | None = NoiseInjection(resolution, layer)
        self.places: Places | None = None
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.clamp = 0.0

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        """``[N, inputs, H, W]`` and ``[N, style_width]`` → ``[N, outputs, resolution, resolution]``."""
        x = self.conv(x, latent, ACTIVATION_GAIN)
        if self.places is not None:
            x = self.places(x)
        if self.noise is not None:
            x = self.noise(x, ACTIVATION_GAIN)
        x = activate(x.add_((self.bias * ACTIVATION_GAIN)[:, None, None]))
        return x.clamp(-self.clamp, self.clamp) if self.clamp else x


class SynthesisBlock(nn.Module):
    """One resolution of the skip generator: doubles the features, refines them, adds their colours to the picture.

    Takes three rows of the latent, of which the last is also the next block's first.

    Args:
        inputs: channels of the features from below.
        outputs: channels of its own features.
        channels: of the picture; 0: the features are not shown, and the picture stays as it is.
        resolution: side of its picture in pixels.
        layer: number of its first layer; it has two.
        style_width: width of the latent.
        attention: whether its features attend to each other.
        unfold: pixels a side that one of its features stands for: its picture is so many times larger than they are.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        channels: int,
        resolution: int,
        layer: int,
        style_width: int,
        attention: bool,
        unfold: int = 1,
    ) -> None:
        super().__init__()
        self.unfold = unfold
        self.up = SynthesisLayer(inputs, outputs, resolution, layer, style_width, doubling=True)
        self.attention = SelfAttention(outputs) if attention else None
        self.conv = SynthesisLayer(outputs, outputs, resolution, layer + 1, style_width)
        self.to_image = ModulatedToImage(outputs, channels * unfold**2, style_width) if channels else None

    def forward(self, x: Tensor, image: Tensor | None, latents: tuple[Tensor, ...]) -> tuple[Tensor, Tensor | None]:
        """Features and picture at half the resolution, three latents ``[N, style_width]`` → both at full.

        Where there is no picture yet, that of the features is the first.
        """
        up, conv, colours = latents
        x = self.up(x, up)
        if self.attention is not None:
            x = self.attention(x)
        x = self.conv(x, conv)
        if self.to_image is None:
            return x, image
        made: Tensor = self.to_image(x, colours)
        if self.unfold > 1:
            made = functional.pixel_shuffle(made, self.unfold)
        if image is None:
            return x, made
        while image.shape[-1] < made.shape[-1]:
            image = upsample2(image)
        return x, image + made


class FirstBlock(nn.Module):
    """The learned 4×4 constant, one layer and its colours, unless ``channels`` is 0."""

    def __init__(self, outputs: int, channels: int, style_width: int) -> None:
        super().__init__()
        self.constant = nn.Parameter(torch.randn(1, outputs, 4, 4))
        self.conv = SynthesisLayer(outputs, outputs, 4, 0, style_width)
        self.to_image = ModulatedToImage(outputs, channels, style_width) if channels else None

    def forward(self, latents: tuple[Tensor, ...]) -> tuple[Tensor, Tensor | None]:
        """Two latents ``[N, style_width]`` → features ``[N, outputs, 4, 4]`` and picture ``[N, channels, 4, 4]``."""
        conv, colours = latents
        x = self.conv(self.constant.repeat(conv.shape[0], 1, 1, 1), conv)
        return x, None if self.to_image is None else self.to_image(x, colours)


class BiasedConv(EqualizedConv2d):
    """Equalised convolution and leaky ReLU, ``gain`` times: all in the weights."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, gain: float = ACTIVATION_GAIN) -> None:
        super().__init__(inputs, outputs, kernel, stride, padding=kernel // 2 if stride == 1 else 0, gain=gain)
        self.gain = gain

    def forward(self, x: Tensor) -> Tensor:
        """``[N, inputs, H, W]`` → ``[N, outputs, H', W']``."""
        assert self.bias is not None
        bias = self.bias * self.gain
        return activate(functional.conv2d(x, self.scaled_weight(), bias, self.stride, self.padding))


class ResidualBlock(nn.Module):
    """One resolution of the residual discriminator: two convolutions that halve it, beside a straight way."""

    def __init__(self, inputs: int, outputs: int, attention: bool) -> None:
        super().__init__()
        self.attention = SelfAttention(inputs) if attention else None
        self.conv = BiasedConv(inputs, inputs, 3)
        self.down = BiasedConv(inputs, outputs, 3, stride=2, gain=ACTIVATION_GAIN * BRANCH_GAIN)
        self.skip = EqualizedConv2d(inputs, outputs, 1, bias=False, gain=BRANCH_GAIN)

    def forward(self, x: Tensor) -> Tensor:
        """``[N, inputs, H, W]`` → ``[N, outputs, H/2, W/2]``."""
        if self.attention is not None:
            x = self.attention(x)
        straight: Tensor = self.skip(downsample2(x))
        bent: Tensor = self.down(lowpass(self.conv(x), padding=2))
        return straight.add_(bent)


class Judge(nn.Module):
    """The end of the discriminator: features ``[N, C, 4, 4]`` → logit, or its projection on the label's latent.

    Args:
        inputs: channels C of the features.
        label_width: width of the label; 0: unconditional.
        group: pictures that the minibatch standard deviation compares.
        depth: layers of the label's mapping network.
        rate: their learning rate in parts of the optimiser's.
    """

    def __init__(self, inputs: int, label_width: int, group: int, depth: int, rate: float) -> None:
        super().__init__()
        self.deviation = MinibatchStd(group)
        self.conv = BiasedConv(inputs + 1, inputs, 3)
        self.linear = EqualizedLinear(inputs * 16, inputs)
        self.mapping = Mapping(0, label_width, inputs, inputs, depth, rate) if label_width else None
        self.to_logit = EqualizedLinear(inputs, inputs if label_width else 1)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """``[N, C, 4, 4]`` and ``[N, label_width]`` → logits ``[N]``."""
        x = self.conv(self.deviation(x))
        features: Tensor = self.to_logit(activate(self.linear(x.flatten(1))) * ACTIVATION_GAIN)
        if self.mapping is None:
            return features.squeeze(1)
        direction: Tensor = self.mapping(None, labels)
        return (features * direction).sum(dim=1) / math.sqrt(features.shape[1])
