"""Minibatch standard deviation: lets a discriminator see when all pictures of a batch look alike."""

import torch
from torch import Tensor, nn


class MinibatchStd(nn.Module):
    """Adds channels that say how much the pictures of a group differ.

    The standard deviation over a group is taken for each feature at each place, averaged over places and the channels
    of its feature, and repeated over the picture. Source: Karras et al. 2018 (1710.10196), §3; groups as in StyleGAN.

    Args:
        group: pictures that are compared with each other. Where the batch does not divide, the largest number up to
            ``group`` that does is used.
        features: channels that are added; the input's channels are divided among them.
    """

    def __init__(self, group: int = 4, features: int = 1) -> None:
        super().__init__()
        if group < 1 or features < 1:
            raise ValueError(f"group {group} and features {features} must both be at least 1")
        self.group, self.features = group, features

    def forward(self, x: Tensor) -> Tensor:
        """``[N, C, H, W]`` → ``[N, C + features, H, W]``. ``C`` is a multiple of ``features``."""
        count, channels, height, width = x.shape
        group = next(size for size in range(min(self.group, count), 0, -1) if count % size == 0)
        # Pictures n, n + N/group, n + 2N/group, … are one group.
        grouped = x.reshape(group, count // group, self.features, channels // self.features, height, width)
        centred = grouped - grouped.mean(dim=0)
        deviation = (centred.square().mean(dim=0) + 1e-8).sqrt().mean(dim=(2, 3, 4))  # [N/group, features]
        added = deviation.repeat(group, 1)[:, :, None, None].expand(-1, -1, height, width)
        return torch.cat([x, added], dim=1)
