"""Growing networks: the resolution a network works at, and how far its newest layers have faded in.

Source: Karras et al. 2018, *Progressive Growing of GANs* (1710.10196), §2 and figure 2. A growing network has the
layers of every resolution from the start, so its weights, its optimiser and its checkpoints keep one shape; growing
only chooses which of them work.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

from nijigen.errors import NijigenError

SMALLEST = 4  # px: the paper begins at 4×4


def block_name(resolution: int) -> str:
    """The name of a resolution's layers: the same in every model, so that weights of a smaller one fit a larger."""
    return f"b{resolution}"


def resolutions(smallest: int, largest: int) -> list[int]:
    """Doublings from the smallest resolution to the largest, both included: (4, 32) → [4, 8, 16, 32]."""
    return [2**n for n in range(smallest.bit_length() - 1, largest.bit_length())]


class Growing(nn.Module):
    """A network that can work at less than its full resolution.

    Attributes:
        growth: (working resolution in pixels, fade in (0, 1]). At fade 1 the layers of the working resolution stand
            alone; below, their output is mixed with that of the network of half the resolution. At the smallest
            resolution there is nothing to mix with, and fade means nothing.
        growth_state: the same as a buffer, so that weights and growth are saved and loaded together.
    """

    growth: tuple[int, float]
    growth_state: Tensor

    def start_grown(self, resolution: int) -> None:
        """Set up growth, at full resolution and fade 1. To be called once, from the constructor."""
        self._full = resolution
        self.growth = (resolution, 1.0)
        self.register_buffer("growth_state", torch.tensor([float(resolution), 1.0]))
        self.register_load_state_dict_post_hook(_restore_growth)  # type: ignore[no-untyped-call]

    def grow(self, resolution: int, fade: float) -> None:
        """Work at ``resolution`` from now on, with its layers faded in by ``fade``.

        ``fade`` is rounded to float32, as it is saved, so that a resumed network is the same to the last bit.

        Raises:
            NijigenError: the resolution is not a doubling of 4 px up to the full one, or fade is not in (0, 1].
        """
        if resolution not in resolutions(SMALLEST, self._full):
            known = ", ".join(map(str, resolutions(SMALLEST, self._full)))
            raise NijigenError(f"a network of {self._full} px cannot work at {resolution} px: use one of {known}")
        rounded = torch.tensor([resolution, fade], dtype=torch.float32, device="cpu")
        fade = float(rounded[1])
        if not 0 < fade <= 1:
            raise NijigenError(f"fade must be above 0 and at most 1, not {fade:g}")
        self.growth = (resolution, fade)
        with torch.no_grad():
            self.growth_state.copy_(rounded)


def blend(coarse: Tensor, fine: Tensor, fade: float) -> Tensor:
    """``(1 - fade) · coarse + fade · fine``, the coarse one at fade 0 and the fine one at fade 1 to the last bit."""
    return torch.lerp(coarse, fine, fade)


def _restore_growth(network: nn.Module, _: Any) -> None:
    """After weights were loaded: work as the buffer says."""
    assert isinstance(network, Growing)
    if network.growth_state.is_meta:  # shapes without values
        return
    resolution, fade = network.growth_state.tolist()
    if not math.isfinite(resolution):
        raise NijigenError(f"the growth state is damaged: a working resolution of {resolution}")
    network.grow(int(resolution), fade)
