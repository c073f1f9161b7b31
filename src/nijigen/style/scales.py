"""Which sizes a picture is painted at, with how many steps each, and whether there is room for the largest."""

import psutil
import torch

from nijigen.errors import NijigenError
from nijigen.features.vgg_network import Vgg, block_of

SMALLEST = 128  # pixels of the longer side at which painting begins: strokes of a network that looks 20 to 40 px far
SHARE = 0.8  # of what is free, at most
COPIES = 3.3  # of all that the layers see: itself, its slopes, what a convolution lays beside (benchmarks/styling.py)
LONG_HISTORY = 2 * 20 + 8  # pictures that L-BFGS keeps, three channels each


def plan(longest: int, scales: int | None, steps: int) -> list[tuple[int, int]]:
    """(longer side, steps) from the smallest scale to the last, each twice as large with half as many steps.

    A step costs four times as much at twice the size, so a scale costs twice as much as the one before. Structure is
    laid at small sizes, where a network's view reaches far; the larger ones refine it.

    Args:
        longest: pixels of the longer side of what is to come out.
        scales: how many; None: as many as keep the first one at 128 px or above.
    """
    if scales is None:
        scales = 1
        while longest >> scales >= SMALLEST:
            scales += 1
    sides = [max(1, round(longest / 2**back)) for back in reversed(range(scales))]
    return [(side, max(1, steps >> index)) for index, side in enumerate(sides)]


def needed_bytes(network: Vgg, deepest: str, pixels: int) -> int:
    """About how many bytes a step takes at so many pixels."""
    values = 3 * LONG_HISTORY
    for layer in network.layers[: network.layers.index(deepest) + 1]:
        values += int(COPIES * network.widths[layer] / 4 ** block_of(layer))
    return 4 * values * pixels


def check_room(network: Vgg, deepest: str, size: tuple[int, int], device: torch.device, flag: str = "--size") -> None:
    """Refuse a picture that does not fit into memory.

    Args:
        size: (width, height).
        flag: what its size was asked for by.

    Raises:
        NijigenError: it names a size that fits.
    """
    needed, free = needed_bytes(network, deepest, size[0] * size[1]), free_bytes(device)
    if needed <= SHARE * free:
        return
    fits = int(max(size) * (SHARE * free / needed) ** 0.5) // 16 * 16
    after = ", and enlarge the result (nijigen enlarge)" if flag == "--size" else ""
    raise NijigenError(
        f"{size[0]}x{size[1]} pixels need about {needed / 2**30:.1f} GiB and {free / 2**30:.1f} GiB are free: "
        f"use {flag} {max(16, fits)}{after}"
    )


def free_bytes(device: torch.device) -> int:
    """Memory that is free where the network is."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)
