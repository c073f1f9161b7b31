"""A 3×3 convolution in fewer products: Winograd's minimal filtering F(4×4, 3×3) (Lavin & Gray 2016, 1509.09308, §4).

Sixteen places are made from 36 products a pair of channels where the plain way takes 144. What has to be added up
before and after costs as well, so it pays from about 200 channels on, on the CPU, whose library has no such way; CUDA's
has. Numbers differ from the plain way by some 1e-5 of the largest: points up to 2 are used, as in the paper.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 4  # places a side that are made at once
SEEN = SIDE + 2
LEAST_CHANNELS = 192
ROWS = 8  # rows of tiles at once: what lies between then stays in the cache
DATA = torch.tensor(
    [
        [4.0, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    dtype=torch.double,
)
FILTER = torch.tensor(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    dtype=torch.double,
)
OUTPUT = torch.tensor(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], dtype=torch.double
)


class Winograd(nn.Module):
    """A convolution of 3×3 without padding, for use and not for training.

    Shapes: ``[N, C, H + 2, W + 2]`` → ``[N, O, H, W]``, any H and W.

    Args:
        plain: the convolution; float32, stride 1, one group, with a bias.
    """

    filters: Tensor
    bias: Tensor

    def __init__(self, plain: nn.Conv2d) -> None:
        super().__init__()
        weight = plain.weight.detach()
        filters = torch.einsum("ai,ocij,bj->aboc", FILTER, weight.cpu().double(), FILTER).flatten(0, 1).to(weight)
        self.register_buffer("filters", filters.contiguous(), persistent=False)  # [36, O, C]
        self.register_buffer("bias", plain.bias.detach() if plain.bias is not None else None, persistent=False)
        self.register_buffer("into", torch.kron(DATA, DATA).view(SEEN**2, 1, SEEN, SEEN).to(weight), persistent=False)
        self.register_buffer("out_of", torch.kron(OUTPUT, OUTPUT).to(weight), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        count, _, height, width = images.shape
        height, width = height - 2, width - 2
        down, right = -height % SIDE, -width % SIDE
        if down or right:
            images = functional.pad(images, (0, right, 0, down))
        made = images.new_empty(count, self.filters.shape[1], height + down, width + right)
        for image, out in zip(images, made, strict=True):
            for top in range(0, height, SIDE * ROWS):
                rows = min(SIDE * ROWS, height + down - top)
                self._strip(image[:, top : top + rows + 2], out[:, top : top + rows])
        return made[..., :height, :width] if down or right else made

    def _strip(self, image: Tensor, out: Tensor) -> None:
        """``[C, h + 2, w + 2]`` → ``[O, h, w]``, sides multiples of 4."""
        into, out_of = self.get_buffer("into"), self.get_buffer("out_of")
        outputs, height, width = out.shape
        tall, wide = height // SIDE, width // SIDE
        # One channel at a time, so a picture of the convolution is a channel here.
        seen = functional.conv2d(image[:, None], into, stride=SIDE).flatten(2).transpose(0, 1)  # [36, C, tiles]
        products = torch.bmm(self.filters, seen)  # [36, O, tiles]
        places = (out_of @ products.flatten(1)).view(SIDE, SIDE, outputs, tall, wide)
        torch.add(
            places.permute(2, 3, 0, 4, 1),
            self.bias[:, None, None, None, None],
            out=out.view(outputs, tall, SIDE, wide, SIDE),
        )


def with_winograd(network: nn.Module) -> nn.Module:
    """The network with every convolution that it pays for replaced; only for use, without slopes, on the CPU."""
    for name, module in network.named_children():
        setattr(network, name, Winograd(module) if isinstance(module, nn.Conv2d) and _pays(module) else module)
        if not isinstance(module, nn.Conv2d):
            with_winograd(module)
    return network


def _pays(plain: nn.Conv2d) -> bool:
    simple = plain.kernel_size == (3, 3) and plain.stride == plain.dilation == (1, 1) and plain.groups == 1
    wide = min(plain.in_channels, plain.out_channels) >= LEAST_CHANNELS
    return (
        simple and wide and plain.padding == (0, 0) and plain.bias is not None and plain.weight.dtype == torch.float32
    )
