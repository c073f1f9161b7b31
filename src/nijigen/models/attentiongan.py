"""AttentionGAN: only what has to change is drawn anew (Tang et al. 2019, 1911.11897, scheme II).

A shared encoder, then two decoders: one makes contents, several pictures, the other attention masks, one for each
content and one for the picture that came in. At every place the masks sum to 1, and the translation is their mixture:
what the last mask covers, the background, stays as it is. Two such networks learn both ways at once, each with a
discriminator of patches (1611.07004, §2.2.2).
"""

from typing import NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.models.cartoongan import Block, Enter, reflected
from nijigen.models.cartoongan_family import EPS
from nijigen.models.contract import Networks, Shape
from nijigen.models.patches import SLOPE, PatchDiscriminator
from nijigen.models.registry import BACK, Family, register
from nijigen.models.translator import Translator
from nijigen.models.translator_options import TranslatorOptions, check_translator
from nijigen.nn.attention import SelfAttention
from nijigen.nn.spatial_norm import InstanceNorm

HALVINGS = 2


class AttentionGANOptions(TranslatorOptions):
    """The ``[network]`` table of an AttentionGAN recipe."""

    blocks: int = Field(9, ge=1, le=32, description="residual blocks of the encoder, at a quarter of the size")
    masks: int = Field(10, ge=2, le=64, description="attention masks; the last one keeps what came in")
    discriminator_width: int = Field(64, ge=4, le=256, description="channels of the discriminators' first layer")
    discriminator_halvings: int = Field(3, ge=1, le=5, description="halvings of the discriminators; 3 see 70 × 70 px")


class Masked(NamedTuple):
    """What a translation is mixed from.

    Attributes:
        contents: ``[N, K - 1, 3, H, W]`` in [-1, 1].
        masks: ``[N, K, H, W]``, 0 or more, with the sum 1 at every place; the last is that of the picture itself.
    """

    contents: Tensor
    masks: Tensor


class AttentionGenerator(Translator):
    """Photo → drawing, or back; any size whose sides are multiples of 4 and 8 px at least."""

    multiple = 4
    least = 8

    def __init__(self, shape: Shape, options: AttentionGANOptions) -> None:
        super().__init__()
        self.shape, self._masks = shape, options.masks
        width, sides = options.width, [shape.resolution >> step for step in range(HALVINGS + 1)]
        # 7×7 at both ends, a pixel for each 3×3 convolution that halves or doubles, two a block.
        self.reach = 3 + 1 + 2 + 2 * 4 * options.blocks + 4 + 2 + 3
        self.enter = Enter(shape.channels, width, EPS)
        self.down = nn.Sequential(
            *(Halve(width << step, sides[step + 1] in options.encoder_attention) for step in range(HALVINGS))
        )
        self.blocks = nn.Sequential(*(Block(width << HALVINGS, EPS) for _ in range(options.blocks)))
        self.to_contents, self.to_masks = (
            nn.Sequential(
                *(
                    Double(width << (step + 1), attending and sides[step] in options.decoder_attention)
                    for step in reversed(range(HALVINGS))
                )
            )
            for attending in (True, False)
        )
        self.contents = nn.Conv2d(width, (options.masks - 1) * shape.channels, 7)
        self.masks = nn.Conv2d(width, options.masks, 1)

    def mixture(self, images: Tensor) -> Masked:
        """What a translation of pictures ``[N, 3, H, W]`` is mixed from."""
        seen = self.blocks(self.down(self.enter(images)))
        contents = torch.tanh(self.contents(reflected(self.to_contents(seen), 3)))
        return Masked(
            contents.view(images.shape[0], self._masks - 1, *images.shape[1:]),  # len() would fix it in a trace
            torch.softmax(self.masks(self.to_masks(seen)), dim=1),
        )

    def translate(self, images: Tensor) -> Tensor:
        """See :class:`Translator`; eq. 9 of the paper."""
        contents, masks = self.mixture(images)
        drawn = (contents * masks[:, :-1, None]).sum(dim=1)
        return drawn + images * masks[:, -1:]


class Halve(nn.Module):
    """``[N, width, H, W]`` → ``[N, 2 · width, H/2, W/2]``."""

    def __init__(self, width: int, attending: bool) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(width, 2 * width, 3, 2, 1), InstanceNorm(2 * width, EPS)
        self.attention = SelfAttention(2 * width) if attending else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        made: Tensor = self.attention(functional.relu_(self.norm(self.conv(x))))
        return made


class Double(nn.Module):
    """``[N, width, H, W]`` → ``[N, width / 2, 2H, 2W]``."""

    def __init__(self, width: int, attending: bool) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(width, width // 2, 3, 2, 1, output_padding=1)
        self.norm = InstanceNorm(width // 2, EPS)
        self.attention = SelfAttention(width // 2) if attending else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        made: Tensor = self.attention(functional.relu_(self.norm(self.conv(x))))
        return made


class Patches(PatchDiscriminator):
    """The discriminator of 1611.07004, §6.1.2: 4×4 convolutions, halvings, two more, a logit for each patch.

    Args:
        halvings: 3 see patches of 70 × 70 px, 2 of 34, 1 of 16.
    """

    def __init__(self, shape: Shape, width: int, halvings: int) -> None:
        super().__init__()
        self.shape = shape
        layers: list[nn.Module] = [nn.Conv2d(shape.channels, width, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        for step in range(1, halvings + 1):
            before, after = (width * min(1 << power, 8) for power in (step - 1, step))
            stride = 2 if step < halvings else 1
            layers += [nn.Conv2d(before, after, 4, stride, 1), InstanceNorm(after, EPS), nn.LeakyReLU(SLOPE)]
        layers.append(nn.Conv2d(width * min(1 << halvings, 8), 1, 4, 1, 1))
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """``[N, 3, H, W]`` → ``[N, h, w]``, h = H / 2ʰ - 2."""
        logits: Tensor = self.layers(images)
        return logits[:, 0]


def check_shape(shape: Shape, options: AttentionGANOptions) -> None:
    """See that the networks can work at a size.

    Raises:
        NijigenError: see :func:`check_translator`; or nothing is left after the discriminators' halvings.
    """
    check_translator(shape, options)
    if shape.resolution >> options.discriminator_halvings < 4:
        most = shape.resolution.bit_length() - 3
        raise NijigenError(
            f"network.discriminator_halvings={options.discriminator_halvings} leaves no patches of "
            f"{shape.resolution} px: use {most} or fewer"
        )


def build(shape: Shape, options: AttentionGANOptions) -> Networks:
    """Two translators and two discriminators, with fresh weights from torch's global random state."""
    networks: Networks = {}
    for way in ("", BACK):
        networks[f"generator{way}"] = AttentionGenerator(shape, options)
        networks[f"discriminator{way}"] = Patches(shape, options.discriminator_width, options.discriminator_halvings)
    return networks


register(
    Family(
        "attentiongan",
        AttentionGANOptions,
        build,
        check=check_shape,
        networks=("generator", "discriminator", f"generator{BACK}", f"discriminator{BACK}"),
        kind="translator",
        game="two way",
    )
)
