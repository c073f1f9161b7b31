"""What a convolution and its resampling cost in one step and in two, forward and backward, by paired measurement.

    python benchmarks/fused.py --threads 1

The figure is the median over the pairs of the ratio of their times (above 1: one step is faster).
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.machine import choose_device, prepare_machine
from nijigen.nn.fused import conv_pool, upsample_conv

BATCH, ROUNDS = 16, 15
SIZES = [(32, 16), (64, 16), (64, 32), (128, 32), (256, 16), (64, 64)]  # channels, pixels of the larger side


def main() -> None:
    """A row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    prepare_machine(parser.parse_args().threads, choose_device("cpu"))
    print("| channels | pixels | upsample and convolve | convolve and pool |\n|---|---|---|---|")
    for channels, side in SIZES:
        weight = torch.randn(channels, channels, 3, 3, requires_grad=True)
        lie = torch.channels_last
        small, large = (torch.randn(BATCH, channels, s, s).to(memory_format=lie) for s in (side // 2, side))
        up = ratio(
            lambda x=small, w=weight: functional.conv2d(functional.interpolate(x, scale_factor=2.0), w, padding=1),
            lambda x=small, w=weight: upsample_conv(x, w),
        )
        down = ratio(
            lambda x=large, w=weight: functional.avg_pool2d(functional.conv2d(x, w, padding=1), 2),
            lambda x=large, w=weight: conv_pool(x, w),
        )
        print(f"| {channels} | {side} | {up:.2f} | {down:.2f} |", flush=True)


def ratio(plain: Callable[[], Tensor], fused: Callable[[], Tensor]) -> float:
    """How many times as fast the second is."""
    for work in (plain, fused):
        seconds(work)
    return statistics.median(seconds(plain) / seconds(fused) for _ in range(ROUNDS))


def seconds(work: Callable[[], Tensor]) -> float:
    """Of one pass there and back."""
    started = time.perf_counter()
    work().sum().backward()  # type: ignore[no-untyped-call]
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
