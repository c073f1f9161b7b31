"""Slope penalties of piecewise linear networks, for the price of four passes instead of six.

A network of convolutions, LeakyReLU, means and sums is linear wherever no activation changes its sign. With the signs
held, call it F: then for a picture x and its slope g = ∇ logit(x) every gradient that a loss of logits and slopes has
by the weights is the gradient of F at one input, ``u = s·x + v`` with its biases times s, where s is the loss's
derivative by the logit and v its derivative by the slope. So training on a loss with R1 or R2 (1801.04406) takes

1. forward, the signs kept,  2. backward to the picture: the slopes of every layer, and g,
3. forward with u,           4. for each layer the product of u there with the slope there: all weights' gradients,

where automatic differentiation repeats 2 for the loss and 4 for the penalty, and goes through slow second derivatives
of convolutions. The numbers are the same. :func:`logits_of` hides this behind an ordinary tensor with an ordinary
graph; ``benchmarks/slopes.py`` measures what it saves: the step took about half the time.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional

SLOPE = 0.2
"""Of every LeakyReLU here below 0."""

Gradients = list[Tensor | None]


class Link(ABC):
    """A layer, and what it remembers of one batch between the passes. All three passes run without gradients."""

    @abstractmethod
    def parameters(self) -> list[Tensor]:
        """Its weights, in the order in which :meth:`push` appends their gradients."""

    @abstractmethod
    def record(self, x: Tensor) -> Tensor:
        """Pass 1: ``[N, C, H, W]`` → the layer's output."""

    @abstractmethod
    def pull(self, slope: Tensor) -> Tensor:
        """Pass 2: the slope of the logits by the output → by the input."""

    @abstractmethod
    def push(self, u: Tensor, scale: Tensor, gradients: Gradients) -> Tensor:
        """Passes 3 and 4: ``u`` through the layer with its signs held and its bias times ``scale`` ``[N, 1, 1, 1]``.

        Appends a gradient for each of its parameters, None where it is frozen.
        """


class Convolution(Link):
    """A convolution of stride 1, then LeakyReLU where it is asked for."""

    def __init__(self, conv: nn.Conv2d, leaky: bool = False) -> None:
        self.conv, self.leaky = conv, leaky

    def parameters(self) -> list[Tensor]:
        """Weight and, where there is one, bias."""
        return [self.conv.weight] if self.conv.bias is None else [self.conv.weight, self.conv.bias]

    def record(self, x: Tensor) -> Tensor:
        """As the layer itself; keeps its output, whose signs are the activation's."""
        self.inputs = x.shape
        y: Tensor = self.conv(x)
        if self.leaky:
            self.signs = functional.leaky_relu_(y, SLOPE)
        return y

    def pull(self, slope: Tensor) -> Tensor:
        """The transposed convolution of the slope, which is kept."""
        self.slope = self._held(slope)
        # Only the shape of the input is read, never what is in it.
        shape = torch.empty(self.inputs, dtype=slope.dtype, device=slope.device, memory_format=torch.channels_last)
        return self._backward(shape, 0)

    def push(self, u: Tensor, scale: Tensor, gradients: Gradients) -> Tensor:
        """The convolution of ``u``; the weight's gradient is the product of ``u`` and the slope."""
        conv = self.conv
        gradients.append(self._backward(u, 1) if conv.weight.requires_grad else None)
        y = functional.conv2d(u, conv.weight, None, 1, conv.padding, 1, conv.groups)
        if conv.bias is not None:
            summed = self.slope.sum((2, 3))  # [N, C]
            gradients.append(scale.flatten() @ summed if conv.bias.requires_grad else None)
            y.addcmul_(scale, conv.bias[:, None, None])
        return self._held(y)

    def _held(self, x: Tensor) -> Tensor:
        if not self.leaky:
            return x
        held: Tensor = torch.ops.aten.leaky_relu_backward(x, self.signs, SLOPE, True)
        return held

    def _backward(self, x: Tensor, which: int) -> Tensor:
        """The slope's product with the weights (0) or with ``x`` (1)."""
        conv, wanted = self.conv, [which == 0, which == 1, False]
        found = torch.ops.aten.convolution_backward(
            self.slope, x, conv.weight, None, [1, 1], [*conv.padding], [1, 1], False, [0, 0], conv.groups, wanted
        )
        made: Tensor = found[which]
        return made


class Residual(Link):
    """What enters, plus what a chain of links makes of it; the chain's last link has no activation."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = links

    def parameters(self) -> list[Tensor]:
        """Those of the chain."""
        return [parameter for link in self.links for parameter in link.parameters()]

    def record(self, x: Tensor) -> Tensor:
        """``x + chain(x)``."""
        y = x
        for link in self.links:
            y = link.record(y)
        return y.add_(x)

    def pull(self, slope: Tensor) -> Tensor:
        """The slope, plus what the chain makes of it; the slope itself is kept by the chain's last link."""
        y = slope
        for link in reversed(self.links):
            y = link.pull(y)
        return y.add_(slope)

    def push(self, u: Tensor, scale: Tensor, gradients: Gradients) -> Tensor:
        """``u + chain(u)``."""
        y = u
        for link in self.links:
            y = link.push(y, scale, gradients)
        return y.add_(u)


class Halving(Link):
    """The mean of each 2×2."""

    def parameters(self) -> list[Tensor]:
        """None."""
        return []

    def record(self, x: Tensor) -> Tensor:
        """``[N, C, 2H, 2W]`` → ``[N, C, H, W]``."""
        return functional.avg_pool2d(x, 2)

    def pull(self, slope: Tensor) -> Tensor:
        """A quarter of the slope to each of four."""
        return functional.interpolate(slope * 0.25, scale_factor=2.0)

    def push(self, u: Tensor, scale: Tensor, gradients: Gradients) -> Tensor:
        """It has no bias and no activation: as it records."""
        return self.record(u)


def logits_of(links: Sequence[Link], pictures: Tensor, direction: Tensor) -> Tensor:
    """The logits ``[N]`` of a chain of links: its features times ``direction``, summed.

    They are differentiable by the pictures, by the direction and by the weights, and so is their gradient by the
    pictures (``create_graph=True``) — once. With ``create_graph=True`` pictures are all that can be asked for.

    Args:
        links: fresh ones for each batch, from the pictures on.
        pictures: ``[N, C, H, W]``.
        direction: ``[N, D]``, D the number of features of a picture.
    """
    parameters = [parameter for link in links for parameter in link.parameters()]
    logits: Tensor = _Logits.apply(_Tape(links), pictures, direction, *parameters)  # type: ignore[no-untyped-call]
    return logits


class _Tape:
    """One batch on its way through the links."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = links
        self.slope: Tensor | None = None
        self.pending: list[Tensor] = []

    def record(self, pictures: Tensor) -> Tensor:
        x = pictures
        for link in self.links:
            x = link.record(x)
        self.features = x.shape
        return x.flatten(1)

    def pulled(self, direction: Tensor) -> Tensor:
        """The slope of the logits by the pictures; the links keep theirs."""
        if self.slope is None:
            slope = direction.view(self.features).contiguous(memory_format=torch.channels_last)
            for link in reversed(self.links):
                slope = link.pull(slope)
            self.slope = slope
        return self.slope

    def push(self, u: Tensor, scale: Tensor) -> tuple[Tensor, Gradients]:
        """(gradient of the direction, gradients of the parameters)."""
        gradients: Gradients = []
        for link in self.links:
            u = link.push(u, scale, gradients)
        return u.flatten(1), gradients


class _Logits(torch.autograd.Function):
    """Pictures → logits. The slope's share of the weights' gradients arrives through the tape, and joins the loss's."""

    @staticmethod
    def forward(ctx: FunctionCtx, tape: _Tape, pictures: Tensor, direction: Tensor, *parameters: Tensor) -> Tensor:
        logits = (tape.record(pictures) * direction).sum(1)
        ctx.tape = tape  # type: ignore[attr-defined]
        ctx.save_for_backward(logits, pictures, direction, *parameters)
        return logits

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        logits, pictures, direction, *parameters = ctx.saved_tensors
        tape: _Tape = ctx.tape
        nothing = [None] * len(parameters)
        if torch.is_grad_enabled():  # create_graph: somebody wants the slope
            return None, _Slope.apply(tape, scale, logits, direction), None, *nothing  # type: ignore[no-untyped-call]
        slope = tape.pulled(direction)
        factor = scale[:, None, None, None]
        by_pictures = slope * factor if ctx.needs_input_grad[1] else None
        if not any(ctx.needs_input_grad[2:]):
            return None, by_pictures, None, *nothing
        u = pictures * factor
        for tangent in tape.pending:
            u += tangent
        tape.pending = []
        by_direction, gradients = tape.push(u, factor)
        return None, by_pictures, by_direction, *gradients


class _Slope(torch.autograd.Function):
    """The derivative of the logits by the pictures, itself differentiable by whatever the logits depend on."""

    @staticmethod
    def forward(ctx: FunctionCtx, tape: _Tape, scale: Tensor, logits: Tensor, direction: Tensor) -> Tensor:
        slope = tape.pulled(direction)
        ctx.tape, ctx.slope = tape, slope  # type: ignore[attr-defined]
        ctx.save_for_backward(scale)
        return slope * scale[:, None, None, None]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, tangent: Tensor) -> tuple[Tensor | None, ...]:
        (scale,) = ctx.saved_tensors
        ctx.tape.pending.append(tangent * scale[:, None, None, None])
        by_scale = (tangent * ctx.slope).sum((1, 2, 3)) if ctx.needs_input_grad[1] else None
        # Zeros to the logits: they make the engine run _Logits.backward, and after this, where the tangent waits.
        return None, by_scale, torch.zeros_like(scale), None
