"""ADA's groups to ask for: a filter of four bands, noise, and a square cut out (2006.06676, B.3).

In premultiplied RGBA (four channels) the alpha stays but for the cutout, and colours change only as far as something
is there: ``alpha * colour`` is what is filtered, and both the change and the noise are multiplied by alpha.
"""

import math

import torch
from torch import Tensor

from nijigen.augment.bands import analysis, half_band, synthesis
from nijigen.augment.draws import BAND_POWER, Cutout

SYM = 2
NOTHING = -1.0


def band_responses(resolution: int, device: torch.device) -> Tensor:
    """``[4, R]``: how much of each cosine each band holds; the sum over the bands is 1.

    The bands are [0, π/8], [π/8, π/4], [π/4, π/2] and [π/2, π], with the slopes of the wavelet sym2.
    """
    angle = torch.arange(resolution, dtype=torch.float64) * (math.pi / resolution)
    octaves = len(BAND_POWER) - 1
    low, bands = torch.ones_like(angle), []
    for octave in range(octaves):
        narrower = low * half_band(angle * 2**octave, SYM)
        bands.append(low - narrower)
        low = narrower
    return torch.stack([low, *reversed(bands)]).to(device)


def filter_pictures(images: Tensor, gains: Tensor) -> Tensor:
    """Multiply the bands of ``[N, C, R, R]`` by gains ``[N, 4]``, along x and along y, on mirrored pictures."""
    resolution, dtype, device = images.shape[-1], images.dtype, images.device
    response = (gains.double() @ band_responses(resolution, device)).to(dtype)  # [N, R]
    basis = synthesis(resolution, resolution, dtype, device) * response[:, None, :]
    matrix = (basis @ analysis(resolution, dtype, device))[:, None]  # [N, 1, R, R]
    if images.shape[1] == 3:
        return matrix @ images @ matrix.mT
    light, alpha = _light(images)
    return _stored(torch.lerp(light, matrix @ light @ matrix.mT, alpha), alpha, images)


def add_noise(images: Tensor, deviation: Tensor, noise: Tensor) -> Tensor:
    """Add normal noise ``[N, 3, R, R]``, times a deviation ``[N]``, to the colours."""
    noise = noise * deviation[:, None, None, None]
    if images.shape[1] == 3:
        return images + noise
    return torch.cat([images[:, :3] + noise * (images[:, 3:] + 1) / 2, images[:, 3:]], dim=1)


def cut_mask(cutout: Cutout, resolution: int) -> Tensor:
    """``[N, 1, R, R]`` bool: what a square of half the side around each centre covers."""
    lowest = ((cutout.centre - 0.25) * resolution).round()  # [N, 2]
    highest = ((cutout.centre + 0.25) * resolution).round()
    steps = torch.arange(resolution, device=lowest.device)
    inside = (steps >= lowest[:, :, None]) & (steps < highest[:, :, None]) & cutout.active[:, None, None]  # [N, 2, R]
    return (inside[:, 1, :, None] & inside[:, 0, None, :])[:, None]


def cut_out(images: Tensor, cutout: Cutout) -> Tensor:
    """Fill each square with mid-grey (the paper's 0), or in four channels with nothing."""
    fill = 0.0 if images.shape[1] == 3 else NOTHING
    return images.masked_fill(cut_mask(cutout, images.shape[-1]), fill)


def _light(images: Tensor) -> tuple[Tensor, Tensor]:
    """``alpha * colour`` ``[N, 3, R, R]`` with colours in [-1, 1], and alpha ``[N, 1, R, R]`` in [0, 1]."""
    alpha = (images[:, 3:] + 1) / 2
    return images[:, :3] + 1 - alpha, alpha


def _stored(light: Tensor, alpha: Tensor, images: Tensor) -> Tensor:
    return torch.cat([light + alpha - 1, images[:, 3:]], dim=1)
