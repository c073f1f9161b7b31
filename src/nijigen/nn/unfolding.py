"""The first layer of a convolutional generator."""

import torch
from torch import Tensor, nn


class FirstConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution of a 1×1 picture, which is one matrix product: ``[N, D, 1, 1]`` → ``[N, C, k, k]``.

    Parameters are those of the convolution; on a CPU the product takes a fraction of the time.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__(inputs, outputs, kernel, bias=False)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """``[N, D, 1, 1]`` → ``[N, C, k, k]``, laid out as the weight."""
        spread = self.weight.permute(0, 2, 3, 1)  # [D, k, k, C]: a view where weights lie channels-last
        made = torch.mm(x.flatten(1), spread.flatten(1))
        return made.view(-1, *spread.shape[1:]).permute(0, 3, 1, 2)
