"""What filters and colours cost beside the convolutions they stand between, on one core.

    python benchmarks/resample.py              # StyleGAN2's sizes; --batch 16

For every size and every way of writing the filter [1, 3, 3, 1] it gives the time in parts of the 3×3 convolution of
the same features: forward, forward and backward, and as far as the second derivative. ``depthwise`` is PyTorch's own
derivative, ``here`` is ``nijigen/nn/resample.py``. Then the same for the colours of a skip generator, up to the
gradient that the next layer adds. It counts the thread's own time, so that a busy machine changes little.
"""

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.machine import prepare_machine
from nijigen.nn.modulated import mix_channels
from nijigen.nn.resample import lowpass

SIZES = [(16, 64), (32, 64), (64, 32), (128, 16), (512, 8)]  # channels, pixels of a side


def seconds(work: Callable[[], object], tries: int = 9) -> float:
    """The thread's time for the best of a few."""
    work()
    found = []
    for _ in range(tries):
        started = time.thread_time()
        work()
        found.append(time.thread_time() - started)
    return min(found)


def depthwise(x: Tensor) -> Tensor:
    """One 4×4 depthwise convolution."""
    line = torch.tensor([1.0, 3, 3, 1]) / 8
    weight = torch.outer(line, line).expand(x.shape[1], 1, 4, 4).contiguous()
    return functional.conv2d(x, weight, padding=2, groups=x.shape[1])


def slices(x: Tensor) -> Tensor:
    """[1, 1] three times along each axis, by adding shifted pictures."""
    x = functional.pad(x, (2, 2, 2, 2))
    for _ in range(3):
        x = x[:, :, 1:] + x[:, :, :-1]
    for _ in range(3):
        x = x[..., 1:] + x[..., :-1]
    return x / 64


def pools(x: Tensor) -> Tensor:
    """2×2 means three times."""
    x = functional.pad(x, (2, 2, 2, 2))
    for _ in range(3):
        x = functional.avg_pool2d(x, 2, 1)
    return x


def products(x: Tensor) -> Tensor:
    """A banded matrix along each axis."""
    count, channels, side, _ = x.shape
    taps = torch.tensor([1.0, 3, 3, 1]) / 8
    band = torch.stack([functional.pad(taps, (row, side - row)) for row in range(side + 1)])[:, 2:-2].contiguous()
    y = x.permute(0, 2, 3, 1).reshape(count, side, side * channels)
    y = torch.bmm(band.expand(count, -1, -1), y).view(-1, side, channels)
    y = torch.bmm(band.expand(len(y), -1, -1), y)
    return y.view(count, side + 1, side + 1, channels).permute(0, 3, 1, 2)


def scaled(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Colours of one style for all, as a 1×1 convolution of scaled features."""
    return functional.conv2d(x * weight[:, 0, :, None, None], weight[0, :, :, None, None], bias)


def multiplied(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Colours as a product of matrices, with PyTorch's own derivative."""
    return torch.baddbmm(bias[:, None], weight, x.flatten(2)).unflatten(2, x.shape[2:])


def filters(x: Tensor, unit: float) -> None:
    """Prints a line for each way of filtering."""
    assert torch.allclose(slices(x), lowpass(x, 2), atol=1e-5)
    ways = {"here": lambda x: lowpass(x, 2), "depthwise": depthwise, "slices": slices, "pools": pools}
    for name, way in {**ways, "products": products}.items():
        made = way(x)
        slope = torch.randn_like(made).requires_grad_()

        def second(way: Callable[[Tensor], Tensor] = way, slope: Tensor = slope) -> object:
            (first,) = torch.autograd.grad(way(x), x, slope, create_graph=True)
            return torch.autograd.grad(first, slope, x.detach())

        def first(way: Callable[[Tensor], Tensor] = way, slope: Tensor = slope) -> object:
            return torch.autograd.grad(way(x), x, slope.detach())

        with torch.no_grad():
            forward = seconds(lambda way=way: way(x))
        print(f"  {name:10} {forward / unit:6.2f} {seconds(first) / unit:6.2f} {seconds(second) / unit:6.2f}")


def colours(x: Tensor, unit: float) -> None:
    """Prints a line for each way of making colours."""
    weight = torch.randn(x.shape[0], 3, x.shape[1], requires_grad=True)
    bias, other = torch.zeros(3, requires_grad=True), torch.randn_like(x)
    for name, way in {"here": mix_channels, "1x1": scaled, "product": multiplied}.items():
        slope = torch.randn_like(way(x, weight, bias))

        def work(way: Callable[[Tensor, Tensor, Tensor], Tensor] = way, slope: Tensor = slope) -> object:
            return torch.autograd.grad(way(x, weight, bias), (x, weight, bias), slope)[0] + other

        with torch.no_grad():
            forward = seconds(lambda way=way: way(x, weight, bias))
        print(f"  {name:10} {forward / unit:6.2f} {seconds(work) / unit:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=16)
    batch = parser.parse_args().batch
    prepare_machine(1)
    for channels, side in SIZES:
        x = torch.randn(batch, channels, side, side).to(memory_format=torch.channels_last)
        weight = torch.randn(channels, channels, 3, 3).to(memory_format=torch.channels_last)
        unit = seconds(lambda x=x, weight=weight: functional.conv2d(x, weight, padding=1))
        print(f"{channels} channels, {side} px: 3×3 convolution {unit * 1e3:.2f} ms; in parts of it")
        x.requires_grad_()
        print("  filter      once   back   twice")
        filters(x, unit)
        print("  colours     once   back")
        colours(x, unit)


if __name__ == "__main__":
    main()
