"""Pictures as style transfer reads them: colours everywhere, also where nothing can be seen, and what can be."""

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.images.certified import may_be_certified
from nijigen.images.decode import MAX_BYTES, PictureError, decode, has_more_frames

ORIENTATION = 0x0112
GREY = 0.5  # where nothing at all can be seen


@dataclass(frozen=True)
class Opened:
    """A picture from a file: RGB or RGBA, upright.

    Attributes:
        exif: its EXIF block, without the turn; empty where it has none.
        certified: it carries a birth certificate.
        notes: what a person should know.
    """

    path: Path
    image: Image.Image
    exif: bytes = b""
    certified: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Planes:
    """A picture for networks.

    Attributes:
        colours: float32 ``[1, 3, H, W]`` in 0…1, spread below what is hidden.
        alpha: float32 ``[1, 1, H, W]`` in 0…1; None where all is opaque.
    """

    colours: Tensor
    alpha: Tensor | None


def open_picture(path: Path) -> Opened:
    """The first frame of a picture.

    Raises:
        NijigenError: it is missing or cannot be read; the line names the file.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        image = decode(data)
    except PictureError as error:
        raise NijigenError(f"{path}: {error.reason}: {error}") from None
    except OSError as error:
        raise NijigenError(f"cannot read {path}: {error.strerror}") from None
    notes = [f"{path} has several frames: the first one alone"] if has_more_frames(data) else []
    return Opened(path, image, exif_of(data), may_be_certified(data), notes)


def fit(image: Image.Image, longest: int) -> Image.Image:
    """The whole picture with a longer side of so many pixels; the shorter one is 1 px at least."""
    width, height = fitted(image.size, longest)
    if image.size == (width, height):
        return image
    if image.mode == "RGBA":  # hidden colours must not bleed
        return image.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS).convert("RGBA")
    return image.resize((width, height), Image.Resampling.LANCZOS)


def fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """(width, height) of :func:`fit`."""
    factor = longest / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def planes_of(image: Image.Image, device: torch.device | None = None) -> Planes:
    """An RGB or RGBA picture for networks."""
    values = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float().div_(255).to(device)
    if values.shape[1] == 3:
        return Planes(values, None)
    alpha = values[:, 3:]
    return Planes(spread(values[:, :3], alpha), alpha)


def spread(colours: Tensor, alpha: Tensor) -> Tensor:
    """Colours with those below fully hidden pixels taken from what can be seen around, the nearer the more.

    Without this a network sees an edge between an avatar and the black that programs leave around it, and paints it.
    Sizes are halved until everything is known, and what is unknown is filled from the smaller size.

    Args:
        colours: ``[1, 3, H, W]``; alpha: ``[1, 1, H, W]`` in 0…1.
    """
    known = alpha > 0
    if bool(known.all()):
        return colours
    if colours.shape[-2:] == (1, 1):
        return torch.full_like(colours, GREY)
    weight = functional.avg_pool2d(alpha, 2, ceil_mode=True)
    mean = functional.avg_pool2d(colours * alpha, 2, ceil_mode=True) / weight.clamp_min(1e-6)
    around = functional.interpolate(spread(mean, weight), colours.shape[-2:], mode="bilinear", align_corners=False)
    return torch.where(known, colours, around)


def exif_of(data: bytes) -> bytes:
    """The EXIF block of a picture, without the turn that decoding takes; empty where it has none."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            found = image.getexif()
            found.pop(ORIENTATION, None)  # the picture is upright now
            return found.tobytes() if len(found) else b""
    except Exception:  # the EXIF block is a small TIFF of its own and can be broken in as many ways
        return b""
