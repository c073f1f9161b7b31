"""How pictures are shown to a network that judges them: real ones and made ones in the same way."""

import torch
from torch import Tensor


def on_white(pictures: Tensor) -> Tensor:
    """Pictures of a data set or of a generator → uint8 RGB ``[N, 3, H, W]``.

    Args:
        pictures: uint8 in 0…255 as a data set holds them, or floating in [-1, 1] as a generator makes them, which are
            rounded to the levels of a PNG. ``[N, 3, H, W]`` is RGB; ``[N, 4, H, W]`` is premultiplied RGBA, which is
            laid on white: colour + (1 − alpha).
    """
    if pictures.dtype != torch.uint8:
        pictures = pictures.detach().float().mul(127.5).add(127.5).clamp(0, 255).round().to(torch.uint8)
    if pictures.shape[1] == 3:
        return pictures
    colour, alpha = pictures[:, :3].to(torch.int16), pictures[:, 3:].to(torch.int16)
    return (colour + (255 - alpha)).clamp(max=255).to(torch.uint8)
