"""What grouped convolutions and slope penalties cost on this machine, by paired measurement.

    python benchmarks/slopes.py grouped        # the three products of a grouped 3×3 convolution, four ways to make them
    python benchmarks/slopes.py step           # a discriminator's step with R1 and R2, both ways; --threads 2

``grouped`` gives the share of the matrix peak that the useful arithmetic reaches. ``step`` runs R3GAN's discriminator
one time by automatic differentiation and one time with the signs held (``nijigen/nn/piecewise.py``), in turns, and
gives the median over the pairs of the ratio of their times (above 1: held is faster).
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.machine import place, prepare_machine
from nijigen.models.contract import Shape
from nijigen.models.r3gan import R3GANDiscriminator, R3GANOptions
from nijigen.objectives.penalties import slope_penalty

BATCH = 16
SIZES = [(64, 32), (128, 16), (128, 32), (256, 8), (1536, 8)]  # channels, pixels of a side
STEPS = [(32, 16, 64), (32, 16, 128), (32, 32, 128), (64, 32, 128), (64, 32, 192)]  # pixels, width, widest


def seconds(work: Callable[[], object], tries: int = 5) -> float:
    """The best of a few."""
    work()
    found = []
    for _ in range(tries):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def peak() -> float:
    """Floating point operations a second of a large matrix product."""
    left, right = torch.randn(2, 1024, 1024)
    return 2 * 1024**3 / seconds(lambda: left @ right)


def products(x: Tensor, weight: Tensor, slope: Tensor, groups: int) -> list[Callable[[], object]]:
    """Forward, gradient of the input, gradient of the weight."""

    def backward(*wanted: bool) -> object:
        return torch.ops.aten.convolution_backward(
            slope, x, weight, None, [1, 1], [1, 1], [1, 1], False, [0, 0], groups, wanted
        )

    return [
        lambda: functional.conv2d(x, weight, padding=1, groups=groups),
        lambda: backward(True, False, False),
        lambda: backward(False, True, False),
    ]


def patches(x: Tensor, weight: Tensor, slope: Tensor, groups: int) -> list[Callable[[], object]]:
    """The same three as products of matrices, from contiguous tensors."""
    count, side = x.shape[0], x.shape[2]
    rows, given = weight.contiguous().view(groups, 16, 144), slope.contiguous().view(count, groups, 16, -1)
    x = x.contiguous()

    def unfolded() -> Tensor:
        return functional.unfold(x, 3, padding=1).view(count, groups, 144, -1)

    return [
        lambda: rows @ unfolded(),
        lambda: functional.fold((rows.mT @ given).flatten(1, 2), (side, side), 3, padding=1),
        lambda: (given @ unfolded().mT).sum(0),
    ]


def grouped() -> None:
    """Shares of the peak: two layouts, a full convolution with zeros between the groups, products of patches."""
    rates, best = [], 0.0
    for channels, side in SIZES:
        groups, found = channels // 16, []
        useful = 2 * BATCH * side * side * channels * 16 * 9
        for kind in ("channels_last", "contiguous", "full", "patches"):
            layout = torch.contiguous_format if kind == "contiguous" else torch.channels_last
            x, slope = (torch.randn(BATCH, channels, side, side).contiguous(memory_format=layout) for _ in range(2))
            weight = torch.randn(channels, channels if kind == "full" else 16, 3, 3).contiguous(memory_format=layout)
            make = patches if kind == "patches" else products
            found += [useful / seconds(work) for work in make(x, weight, slope, 1 if kind == "full" else groups)]
            best = max(best, peak())  # the machine may be busy at times: its best moment is the measure
        rates.append(found)
    print("channels  px   channels_last       contiguous          full with zeros     patches (unfold, products)")
    for (channels, side), found in zip(SIZES, rates, strict=True):
        text = [f"{rate / best:5.0%}" for rate in found]
        print(f"{channels:8} {side:3}  " + "    ".join(" ".join(text[i : i + 3]) for i in range(0, 12, 3)))


def discriminator_step(judge: R3GANDiscriminator, pictures: list[Tensor]) -> None:
    """Relativistic loss, R1 and R2, forward and backward."""
    real, fake = (batch.detach().requires_grad_() for batch in pictures)
    nothing = torch.zeros(BATCH, 0)
    logits, made = judge(real, nothing), judge(fake, nothing)
    loss = functional.softplus(made - logits).mean()
    judge.zero_grad()
    (loss + slope_penalty(logits, real) + slope_penalty(made, fake)).backward()  # type: ignore[no-untyped-call]


def step(pairs: int) -> None:
    """Both ways in turns."""
    for resolution, width, widest in STEPS:
        options = R3GANOptions(discriminator_width=width, discriminator_max_width=widest)
        judge = place(R3GANDiscriminator(Shape(resolution, 3, 0), options), torch.device("cpu"))
        shape = (BATCH, 3, resolution, resolution)
        pictures = [torch.randn(shape).contiguous(memory_format=torch.channels_last) for _ in range(2)]
        ratios, held = [], []
        for _ in range(pairs):
            times = []
            for judge.piecewise in (False, True):
                times.append(seconds(partial(discriminator_step, judge, pictures), 3))
            ratios.append(times[0] / times[1])
            held.append(times[1])
        print(
            f"{resolution} px, widths to {widest}: ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}–{max(ratios):.2f}), held {min(held) / BATCH * 1000:.1f} ms an image",
            flush=True,
        )


def main() -> None:
    """One of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["grouped", "step"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    prepare_machine(arguments.threads)
    torch.manual_seed(0)
    grouped() if arguments.what == "grouped" else step(arguments.pairs)


if __name__ == "__main__":
    main()
