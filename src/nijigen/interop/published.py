"""Weights by the names that their authors gave them, and what they become here."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from nijigen.interop.inert import RefusedError, Value
from nijigen.interop.tensors import MOST_NUMBERS, Find, is_tensor, read_tensor, shape_of

NAMED = 5  # of several things that are wrong, so many are named
TAPS = (1.0, 3.0, 3.0, 1.0)  # the low-pass filter of StyleGAN2


@dataclass
class Foreign:
    """A generator of another project, in the terms of a family of nijigen.

    Attributes:
        layout: whose names its weights had.
        family, options: the family that computes the same, and the options of its network.
        resolution, channels: of its pictures.
        classes: how many labels it knows; 0: none.
        tensors: its weights by the family's names, float32.
        notes: what differs or was supplied, a sentence each; they go into the card.
    """

    layout: str
    family: str
    options: dict[str, Any]
    resolution: int
    channels: int
    classes: int
    tensors: dict[str, Tensor]
    notes: list[str] = field(default_factory=list)


class Published:
    """Tensors by the names in a checkpoint: each is read when it is asked for, checked, and counted.

    Args:
        records: what the checkpoint holds by name; what is no tensor is left out.
        find: what finds the numbers of a record.
    """

    def __init__(self, records: Mapping[Any, Value], find: Find) -> None:
        self._records = {name: value for name, value in records.items() if isinstance(name, str) and is_tensor(value)}
        self._find = find
        self._taken: set[str] = set()
        self._numbers = 0

    def __contains__(self, name: str) -> bool:
        return name in self._records

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor; nothing is read.

        Raises:
            RefusedError: it is missing.
        """
        if name not in self._records:
            raise RefusedError(f"its network has no {name}")
        return shape_of(self._records[name])

    def side(self, name: str, dimension: int, dimensions: int) -> int:
        """One side of the shape of a tensor, which has so many dimensions."""
        found = self.shape(name)
        if len(found) != dimensions or not found[dimension]:
            raise RefusedError(f"its {name} has the shape {found}, with another number of dimensions than {dimensions}")
        return found[dimension]

    def take(self, name: str, *shape: int) -> Tensor:
        """A tensor of this shape, float32.

        Raises:
            RefusedError: it is missing, has another shape, or holds what are no finite numbers.
        """
        if (found := self.shape(name)) != shape:
            raise RefusedError(f"its {name} has the shape {found}, expected {shape}")
        self._numbers += math.prod(shape)
        if self._numbers > MOST_NUMBERS:
            raise RefusedError(f"its network has more than {MOST_NUMBERS:,} weights")
        self._taken.add(name)
        value = read_tensor(self._records[name], self._find).to(torch.float32)
        if not bool(value.isfinite().all()):
            raise RefusedError(f"its {name} holds what are no finite numbers")
        return value

    def check_filter(self, name: str, gain: float) -> None:
        """See that a filter is [1, 3, 3, 1] along both axes with this gain; a file without it is taken to have that.

        Raises:
            RefusedError: it is another filter.
        """
        if name not in self._records:
            return
        line = torch.tensor(TAPS) / sum(TAPS)
        expected = torch.outer(line, line) * gain
        if not torch.allclose(self.take(name, *expected.shape), expected, atol=1e-6):
            raise RefusedError(f"its {name} is another filter than [1, 3, 3, 1], which nijigen does not have")

    def check_rest(self, ignored: str) -> None:
        """See that nothing is left that the layout does not know: the pictures would be others.

        Args:
            ignored: a pattern of names that say nothing of pictures.

        Raises:
            RefusedError: something is left; some of it is named.
        """
        rest = [name for name in self._records if name not in self._taken and not re.fullmatch(ignored, name)]
        if rest:
            more = f" and {len(rest) - NAMED} more" if len(rest) > NAMED else ""
            raise RefusedError(f"its network has parts that StyleGAN2 does not have: {listed(rest)}{more}")


def listed(words: Iterable[object]) -> str:
    """The first few of some words, short enough for a line."""
    return ", ".join(str(word)[:60] for word in list(words)[:NAMED])


def fit_widths(features: Mapping[int, int]) -> tuple[int, int]:
    """Features by resolution → ``channel_base`` and ``max_width``: ``min(base / resolution, most)`` makes them.

    Raises:
        RefusedError: no two numbers do.
    """
    most = max(features.values())
    narrowed = {side: count for side, count in features.items() if count < most}
    base = max((side * count for side, count in narrowed.items()), default=most * max(features))
    if {side: max(min(base // side, most), 1) for side in features} != dict(features):
        shown = ", ".join(f"{count} at {side} px" for side, count in features.items())
        raise RefusedError(f"its features, {shown}, are not as a StyleGAN2's: base / resolution and at most so many")
    return base, most


def at_least_three(weight: Tensor) -> Tensor:
    """Weights or offsets of colours, ``[C, …]``; grey becomes three equal colours, which the sum of them stays."""
    return weight.expand(3, *weight.shape[1:]).clone() if weight.shape[0] == 1 else weight


def colours(channels: int) -> int:
    """Channels of pictures here for those in a file.

    Raises:
        RefusedError: neither grey nor colours.
    """
    if channels not in (1, 3):
        raise RefusedError(f"its pictures have {channels} channels: nijigen imports grey ones and colours (1 or 3)")
    return 3
