"""Where an avatar is in the latent space of its model.

A point is what ``map`` makes of noise and words, and what edits added to it. As long as an edit can be said in words it
changes the words, and the network keeps what is not in them: the noise. What cannot is a shift of the latent, and goes
along when words are changed later.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.models.contract import Generator
from nijigen.schema import AttributeSchema, Labels

PARTS = ("coarse", "middle", "fine")
PART_SIDES = {"coarse": (4, 8), "middle": (16, 32), "fine": (64, 4096)}  # pixels (1812.04948, §3.1)


@dataclass(frozen=True)
class Point:
    """An avatar before it is drawn.

    Attributes:
        noise: ``[z_dim]``.
        labels: its words.
        shift: what was added to the latent of both, ``[dim]`` or ``[layers, dim]``; None: nothing.
        maps: of per-pixel noise that it has for its own (:mod:`nijigen.edit.maps`), ``[numbers]``; None: the model's.
    """

    noise: Tensor
    labels: Labels
    shift: Tensor | None = None
    maps: Tensor | None = None

    def shifted(self, by: Tensor) -> "Point":
        """The point so much further."""
        return replace(self, shift=by if self.shift is None else self.shift + by)


class Space:
    """The latent space of a generator, with words.

    Args:
        truncation: as in ``Look``: latents of noise and words are drawn toward the middle of their words, shifts not.
    """

    def __init__(self, generator: Generator, schema: AttributeSchema, truncation: float | None = None) -> None:
        self.generator, self.schema, self.truncation = generator, schema, truncation

    @property
    def layers(self) -> int:
        """Rows of a latent; 0 where it is one vector."""
        return self.generator.layers

    @torch.no_grad()
    def origin(self, point: Point) -> Tensor:
        """The latent of noise and words alone, ``[dim]`` or ``[layers, dim]``.

        It is made alone: the last digits of a row would depend on how many are made at once.
        """
        device = next(self.generator.parameters()).device
        labels = torch.from_numpy(self.schema.encode(point.labels))[None].to(device)
        noise = point.noise[None].to(device)
        latent = self.generator.map(noise, labels)
        if self.truncation is not None:
            latent = self.generator.truncate(latent, self.truncation, labels, noise)
        return latent[0]

    def place(self, point: Point) -> Tensor:
        """The latent of a point, ``[dim]`` or ``[layers, dim]``."""
        origin = self.origin(point)
        return origin if point.shift is None else origin + point.shift.to(origin)

    def rows(self, words: str) -> Tensor:
        """Which layers ``coarse``, ``middle``, ``fine``, ``all`` or ``4-9`` mean: bool ``[layers, 1]``.

        Layers are counted from 0, coarse ones first, as the two rows of each resolution from 4 px on.

        Raises:
            NijigenError: the latent of this family has no layers, or there are no such ones.
        """
        if not self.layers:
            raise NijigenError(
                "this model's latent has no layers to address: stylegan and stylegan2 have; leave --layers out"
            )
        chosen = torch.zeros(self.layers, 1, dtype=torch.bool)
        for part in words.split(","):
            first, last = self._range(part.strip())
            chosen[first : last + 1] = True
        return chosen

    def _range(self, part: str) -> tuple[int, int]:
        if part == "all":
            return 0, self.layers - 1
        if part in PART_SIDES:
            lowest, highest = PART_SIDES[part]
            sides = [4 << (number // 2) for number in range(self.layers)]
            inside = [number for number, side in enumerate(sides) if lowest <= side <= highest]
            if not inside:
                raise NijigenError(
                    f"--layers {part}: this model has no layers of {lowest} px or more; its last are {sides[-1]} px:"
                    f" use {', '.join(known for known in PARTS if PART_SIDES[known][0] <= sides[-1])}, or numbers"
                )
            return inside[0], inside[-1]
        first, dash, last = part.partition("-")
        if first.isdigit() and (last.isdigit() or not dash):
            low, high = int(first), int(last or first)
            if low <= high < self.layers:
                return low, high
        known = f"{', '.join(PARTS)}, all, or numbers from 0 to {self.layers - 1} like 0-3"
        raise NijigenError(f"--layers {part[:40]!r}: use {known}")
