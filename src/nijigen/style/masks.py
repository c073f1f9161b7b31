"""Where a style goes: white places of a mask are painted, black ones stay as they are (guides of 1611.07865, §4)."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.features.vgg_network import block_of, halved
from nijigen.style.pictures import open_picture

ODD_SHAPE = 0.02  # how far the proportions of a mask may be from the picture's before that is said


def open_mask(path: Path, size: tuple[int, int]) -> tuple[Image.Image, list[str]]:
    """A mask as a grey picture of its own size, and what a person should know of it; transparent counts as black.

    Args:
        size: (width, height) of the picture it is for.

    Raises:
        NijigenError: it cannot be read, or is black everywhere.
    """
    opened = open_picture(path)
    mask, notes = opened.image.convert("RGB").convert("L"), list(opened.notes)
    if opened.image.mode == "RGBA":
        seen = np.asarray(opened.image.getchannel("A"), np.float32) / 255
        mask = Image.fromarray(np.rint(np.asarray(mask) * seen).astype(np.uint8))
    if mask.getextrema()[1] == 0:
        raise NijigenError(f"--mask {path} is black everywhere, so nothing would be painted: white is where style goes")
    if abs(mask.width * size[1] / (mask.height * size[0]) - 1) > ODD_SHAPE:
        notes.append(f"--mask {path} is {mask.width}x{mask.height}, of another shape than the picture: stretched")
    return mask, notes


def mask_plane(mask: Image.Image, size: tuple[int, int], device: torch.device | None = None) -> Tensor:
    """A mask at the size of a picture: float32 ``[1, 1, H, W]`` in 0…1."""
    if mask.size != size:
        mask = mask.resize(size, Image.Resampling.BILINEAR)  # antialiased where it becomes smaller, never beyond 0…1
    return torch.from_numpy(np.array(mask)).float().div_(255)[None, None].to(device)


def both(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    """The product of two planes; None is 1 everywhere."""
    return one if other is None else other if one is None else one * other


def guide_at(plane: Tensor | None, layer: str) -> Tensor | None:
    """A plane at the resolution of a layer; None where it is None, or nothing of it is left."""
    if plane is None:
        return None
    for _ in range(block_of(layer)):
        plane = halved(plane)
    return plane if float(plane.sum()) > 0 else None
