"""Moving pictures: pixel by pixel where that is exact, else through a filter that lets nothing alias.

Beyond its borders a picture goes on as in a mirror that stands on the border (… 1 0 | 0 1 2 …). ADA (2006.06676, B.1)
enlarges a mirrored picture twofold with the wavelet sym6, samples twice as many points as the result has, between
pixels linearly, and shrinks them with the same wavelet. Here the two filters are one, before the sampling: the picture
is enlarged twofold under their joint response (:func:`nijigen.augment.bands.half_band`, order 6), narrowed on each axis
as far as the map shrinks along it, and only the points of the result are sampled. The mirrors at the borders are exact;
what it gives up is that the filter's footprint is a rectangle along the axes of the picture before the move, not after.
At 64 px on one core that takes half the time forward and four tenths of it back. Against drawings moved at 512 px and
then made small, its mean error is the same or less: 0.044 against 0.045 rotated, 0.028 against 0.037 at 0.6 the size.
"""

import math
from typing import Any

import torch
from torch import Tensor

from nijigen.augment.affine import Affine, whole_pixels
from nijigen.augment.bands import analysis, half_band, synthesis
from nijigen.augment.draws import Blit

SYM = 6
BILINEAR, MIRROR = 0, 2  # as torch numbers the modes of its sampler


def blit_places(blit: Blit, resolution: int) -> Tensor:
    """``[N, R * R]`` int64: for each pixel of the result the pixel it shows, rows one after the other."""
    last = resolution - 1
    shift = whole_pixels(blit.shift, resolution)
    steps = torch.arange(resolution, device=shift.device)
    row, column = (_mirror(steps - shift[:, axis, None], resolution) for axis in (1, 0))  # [N, R] each
    # After an odd number of quarter turns the rows of the result run along the columns of the picture.
    odd = (blit.turns % 2 == 1)[:, None]
    flip, turns = blit.flip[:, None], blit.turns[:, None]
    row_backwards = ((turns == 1) | (turns == 2)) ^ (odd & flip)
    column_backwards = (turns >= 2) ^ (~odd & flip)
    row = torch.where(row_backwards, last - row, row) * torch.where(odd, 1, resolution)
    column = torch.where(column_backwards, last - column, column) * torch.where(odd, resolution, 1)
    return (row[:, :, None] + column[:, None, :]).flatten(1)


def _mirror(place: Tensor, resolution: int) -> Tensor:
    place = place % (2 * resolution)
    return torch.minimum(place, 2 * resolution - 1 - place)


def blit_pictures(images: Tensor, blit: Blit) -> Tensor:
    """Flip, turn and shift ``[N, C, R, R]`` by whole pixels: every value of the result is one of the picture's."""
    places = blit_places(blit, images.shape[-1])[:, None].expand(-1, images.shape[1], -1)
    return images.flatten(2).gather(2, places).view(images.shape)


def warp_pictures(images: Tensor, affine: Affine) -> Tensor:
    """Move pictures ``[N, C, R, R]`` along a map, as the module says. Same shape; linear in the pictures."""
    back = affine.inverse()
    return sample(_enlarge(images, back), sampling_grid(back, images.shape[-1]).to(images.dtype))


def _enlarge(images: Tensor, back: Affine) -> Tensor:
    """``[N, C, R, R]`` → ``[N, C, 2R, 2R]`` with no detail that the result of the map ``back`` could not show."""
    (count, channels, _, size), dtype, device = images.shape, images.dtype, images.device
    # How many pixels of the picture a pixel of the result covers along x and along y: more than one must be averaged.
    cover = back.linear.square().sum(dim=2).sqrt().clamp(min=1)  # [N, 2]
    angle = torch.arange(size, device=device) * (math.pi / 2 / size)
    response = half_band((cover[:, :, None] * angle).clamp(max=math.pi), SYM).to(dtype)  # [N, 2, R]
    matrix = synthesis(size, 2 * size, dtype, device) * response[:, :, None, :]
    along_x, along_y = (matrix @ analysis(size, dtype, device)).unbind(1)  # [N, 2R, R] each
    # Rows outside, channels inside: so both products are of large matrices, and nothing is copied between them.
    wide = images.permute(0, 2, 1, 3).reshape(count, size * channels, size) @ along_x.mT  # [N, RC, 2R]
    large = along_y @ wide.view(count, size, channels * 2 * size)  # [N, 2R, C 2R]
    return large.view(count, 2 * size, channels, 2 * size).permute(0, 2, 1, 3)


def sampling_grid(back: Affine, resolution: int) -> Tensor:
    """``[N, R, R, 2]``: where the map back sends the middle of each pixel."""
    steps = (torch.arange(resolution, device=back.shift.device) * 2 + 1) / resolution - 1
    along_x = steps[:, None] * back.linear[:, None, :, 0] + back.shift[:, None, :]  # [N, R, 2]
    along_y = steps[:, None] * back.linear[:, None, :, 1]
    return along_y[:, :, None, :] + along_x[:, None, :, :]


def sample(images: Tensor, grid: Tensor) -> Tensor:
    """Values of pictures ``[N, C, H, W]`` at the places ``[N, h, w, 2]`` in [-1, 1], between pixels linearly.

    Twice differentiable with respect to the pictures (torch's own sampler is so only once): sampling is linear, so that
    its gradient is its transpose, and the gradient of that is the sampling. The places get no gradient.
    """
    sampled: Tensor = _Sample.apply(images, grid)  # type: ignore[no-untyped-call]
    return sampled


class _Sample(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, grid: Tensor) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.size = images.shape[2:]
        return torch.grid_sampler_2d(images, grid, BILINEAR, MIRROR, False)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (grid,) = ctx.saved_tensors
        return _Spread.apply(gradient, grid, *ctx.size), None  # type: ignore[no-untyped-call]


class _Spread(torch.autograd.Function):
    """The transpose of sampling: each value is added to the pixels it came from."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, grid: Tensor, height: int, width: int) -> Tensor:
        ctx.save_for_backward(grid)
        blank = values.new_zeros(()).expand(*values.shape[:2], height, width)  # only its shape is used
        spread: Tensor = torch.ops.aten.grid_sampler_2d_backward(
            values, blank, grid, BILINEAR, MIRROR, False, [True, False]
        )[0]
        return spread

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (grid,) = ctx.saved_tensors
        return _Sample.apply(gradient, grid), None, None, None  # type: ignore[no-untyped-call]
