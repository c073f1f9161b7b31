"""Pictures as a PNG has them, with a slope that leads back from what was cut off and never further out.

A plain cut has no slope outside its bounds, so what went too far would stay there; the slope of the uncut picture leads
on where the cut cannot follow, and a search runs away along it. So outside the bounds a slope counts where a step
against it leads back; and where a colour was cut to its alpha and more of it is wanted, the alpha has the slope.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


def as_written(made: Tensor) -> Tensor:
    """Pictures ``[N, 3 or 4, H, W]`` cut as they are written: to [-1, 1], and no colour stronger than its alpha."""
    cut: Tensor = _Between.apply(made)  # type: ignore[no-untyped-call]
    if made.shape[1] < 4:
        return cut
    return torch.cat([_Below.apply(cut[:, :3], cut[:, 3:]), cut[:, 3:]], dim=1)  # type: ignore[no-untyped-call]


class _Between(Function):
    """To [-1, 1]."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        context.save_for_backward(values)
        return values.clamp(-1, 1)

    @staticmethod
    def backward(context: Any, *slopes: Tensor) -> Tensor:
        (values,), (slope,) = context.saved_tensors, slopes
        leads_back = torch.where(values > 1, slope > 0, torch.where(values < -1, slope < 0, True))
        return slope * leads_back


class _Below(Function):
    """Colours to their alpha."""

    @staticmethod
    def forward(context: Any, colours: Tensor, alpha: Tensor) -> Tensor:
        context.save_for_backward(colours, alpha)
        return torch.minimum(colours, alpha)

    @staticmethod
    def backward(context: Any, *slopes: Tensor) -> tuple[Tensor, Tensor]:
        (colours, alpha), (slope,) = context.saved_tensors, slopes
        above, wanted_less = colours > alpha, slope > 0
        return slope * (~above | wanted_less), (slope * (above & ~wanted_less)).sum(dim=1, keepdim=True)
