"""Sliced Wasserstein distance of picture patches, level by level of a Laplacian pyramid (1710.10196, §5).

It needs no network and sees what features do not: grain in the finest level, shape and colour in the coarsest.
"""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, pad

from nijigen.seeds import derive

COARSEST = 16  # px: the published pyramid ends here
PATCH = 7
PATCHES = 32  # a picture and level; published: 128 of 16,384 pictures
PICTURES = 2_048  # of a set at most, so that patches of two sets fit in 150 MB at 64 px
DIRECTIONS = 512
BLUR = (1.0, 4.0, 6.0, 4.0, 1.0)  # Burt and Adelson 1983
SCALE = 1_000.0  # as published: distances are given times a thousand


def levels(resolution: int) -> list[int]:
    """Resolutions of the pyramid, finest first: 64 → [64, 32, 16]; small pictures have one level."""
    found = [resolution]
    while found[-1] >= 2 * COARSEST and found[-1] % 2 == 0:
        found.append(found[-1] // 2)
    return found


def pyramid(pictures: Tensor) -> list[Tensor]:
    """Laplacian pyramid of pictures ``[N, 3, R, R]``: what each level adds to the next coarser one, which ends it."""
    found = []
    current = pictures.float()
    for _ in levels(pictures.shape[-1])[1:]:
        coarse = _blur(current)[..., ::2, ::2]
        found.append(current - _blur(_spread(coarse)) * 4)
        current = coarse
    return [*found, current]


class Patches:
    """Patches of many pictures at every level, as they come; a picture's places depend on its number alone."""

    def __init__(self, resolution: int, seed: int = 0) -> None:
        self.levels = levels(resolution)
        self.count = 0
        self._seed = seed
        self._held: list[list[Tensor]] = [[] for _ in self.levels]

    def add(self, pictures: Tensor) -> None:
        """Take patches of pictures uint8 ``[N, 3, R, R]``; those beyond ``PICTURES`` are passed over."""
        pictures = pictures[: max(0, PICTURES - self.count)]
        if not len(pictures):
            return
        for held, level in zip(self._held, pyramid(pictures), strict=True):
            side = level.shape[-1]
            span = max(1, side - PATCH + 1)
            size = min(PATCH, side)
            windows = level.unfold(2, size, 1).unfold(3, size, 1)  # [N, 3, span, span, size, size], a view
            for offset in range(len(level)):
                random = torch.Generator().manual_seed(derive(self._seed, "patches", side, self.count + offset))
                places = torch.randint(span, (2, PATCHES), generator=random)
                held.append(windows[offset, :, places[0], places[1]].permute(1, 0, 2, 3).clone())
        self.count += len(pictures)

    def rows(self, level: int) -> Tensor:
        """The patches of a level, each colour channel brought to mean 0 and deviation 1: ``[n, 3 · 49]``."""
        patches = torch.cat(self._held[level])
        centred = patches - patches.mean(dim=(0, 2, 3), keepdim=True)
        deviation = centred.square().mean(dim=(0, 2, 3), keepdim=True).sqrt().clamp(min=1e-8)
        return (centred / deviation).flatten(1)


def patch_distances(one: Patches, other: Patches, seed: int = 0) -> dict[int, float]:
    """Sliced Wasserstein distance of the patches of two sets for each level, by its resolution, times 1,000."""
    return {
        side: SCALE * sliced_wasserstein(one.rows(place), other.rows(place), seed)
        for place, side in enumerate(one.levels)
    }


def sliced_wasserstein(one: Tensor, other: Tensor, seed: int = 0, directions: int = DIRECTIONS) -> float:
    """Mean over random directions of the Wasserstein-1 distance of rows ``[N, width]`` and ``[M, width]``.

    Raises:
        ValueError: the widths differ, or a set is empty.
    """
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"rows of width {one.shape[1]} and {other.shape[1]} cannot be compared")
    count = min(len(one), len(other))
    if not count:
        raise ValueError("a sliced Wasserstein distance needs rows on both sides")
    random = torch.Generator().manual_seed(derive(seed, "directions"))
    total = 0.0
    for part in torch.split(torch.randn(directions, one.shape[1], generator=random, dtype=torch.float64), 64):
        axes = torch.nn.functional.normalize(part, dim=1).to(one.dtype)
        sorted_one, sorted_other = ((axes @ rows[:count].T).sort(dim=1).values for rows in (one, other))
        total += float((sorted_one - sorted_other).abs().double().mean(dim=1).sum())
    return total / directions


def _blur(pictures: Tensor) -> Tensor:
    """The binomial filter with mirrored rims."""
    taps = torch.tensor(BLUR, dtype=pictures.dtype) / sum(BLUR)
    channels = pictures.shape[1]
    kernel = torch.outer(taps, taps).expand(channels, 1, 5, 5)
    return conv2d(pad(pictures, (2, 2, 2, 2), mode="reflect"), kernel, groups=channels)


def _spread(pictures: Tensor) -> Tensor:
    """Twice the size, with zeros between."""
    wide = interpolate(pictures, scale_factor=2, mode="nearest")
    wide[..., 1::2] = 0
    wide[..., 1::2, :] = 0
    return wide
