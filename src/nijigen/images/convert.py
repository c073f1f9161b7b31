"""Between what networks make and what people look at."""

import torch
from torch import Tensor

from nijigen.images.sheet import Pixels


def to_pixels(images: Tensor, resolution: int | None = None) -> Pixels:
    """Pictures ``[N, C, H, W]`` in [-1, 1] → uint8 ``[N, H, W, C]``; values outside are clipped.

    Three channels are RGB. Four are premultiplied RGBA, in which −1 is nothing in every channel; they come back with
    straight alpha, as PNG wants it, and with black where nothing is to be seen.

    Args:
        resolution: repeat pixels up to this size: the pictures of a network that has not grown up yet.
    """
    if resolution is not None and images.shape[-1] < resolution:
        images = images.repeat_interleave(resolution // images.shape[-1], 3)
        images = images.repeat_interleave(resolution // images.shape[-2], 2)
    levels = images.detach().float().mul(127.5).add(127.5).clamp(0, 255)
    if images.shape[1] == 4:
        alpha = levels[:, 3:]
        colour = torch.where(alpha >= 0.5, levels[:, :3] * 255 / alpha.clamp(min=0.5), 0).clamp(0, 255)
        levels = torch.cat([colour, alpha], dim=1)
    pixels: Pixels = levels.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return pixels
