"""Rows of a batch: what each avatar is made of, and all of them made in one forward, whoever asked for each.

What stands in the other rows does not reach one, only how many they are; so a certificate says the size of the batch
and the place in it, and each avatar is made again alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nijigen.avatar import Avatar
from nijigen.engine.birth import Birth, write_birth
from nijigen.engine.engines import Engine
from nijigen.engine.look import Look
from nijigen.images.convert import to_pixels
from nijigen.images.sheet import Pixels
from nijigen.models.contract import Generator
from nijigen.schema import AttributeSchema, Labels


@dataclass(frozen=True)
class Row:
    """One avatar to make.

    Attributes:
        seed: decides the noise, where none is given.
        labels: canonical words, all that are known.
        noise: ``[z_dim]`` on the CPU instead of the seed's.
    """

    seed: int
    labels: Labels
    noise: Tensor | None = None


class Rows:
    """Makes rows of one model.

    Args:
        generator: the network itself, on its device.
        who: ``model`` and ``digest``, as a birth certificate names them.
    """

    def __init__(
        self, generator: Generator, schema: AttributeSchema, device: torch.device, who: Mapping[str, str]
    ) -> None:
        self._generator, self._schema, self._device, self._who = generator, schema, device, who

    def make(self, rows: Sequence[Row], look: Look, engine: Engine) -> list[Avatar]:
        """The avatars of the rows, in order, made at once and with birth certificates."""
        seeds = iter(self._generator.noise([row.seed for row in rows if row.noise is None]))
        noise = torch.stack([next(seeds) if row.noise is None else row.noise for row in rows])
        pixels = self.pixels(noise, [row.labels for row in rows], look, engine)
        return [
            Avatar(pixels[index], self.certificate(len(rows), index, row, look, engine))
            for index, row in enumerate(rows)
        ]

    def certificate(self, size: int, index: int, row: Row, look: Look, engine: Engine) -> dict[str, Any]:
        """What redraws the avatar of a row at place ``index`` of a batch of ``size``."""
        return write_birth(
            {**self._who, **engine.facts(self._device)}, size, index, row.seed, row.labels, row.noise, look
        )

    def again(self, born: Birth, engine: Engine) -> Pixels:
        """Pixels ``[H, W, C]`` of one avatar, made at the same place of a batch of the same size."""
        whole = torch.zeros(born.size, self._generator.z_dim)
        whole[born.index] = born.noise
        filled: list[Labels] = [{} for _ in range(born.size)]
        filled[born.index] = born.labels
        pixels: Pixels = self.pixels(whole, filled, born.look, engine)[born.index]
        return pixels

    @torch.no_grad()
    def pixels(self, noise: Tensor, labels: Sequence[Labels], look: Look, engine: Engine) -> Pixels:
        """Pixels ``[N, H, W, C]`` for noise ``[N, z_dim]`` and as many words."""
        encoded = torch.from_numpy(np.stack([self._schema.encode(row) for row in labels]))
        images = look.apply(engine.generator, noise.to(self._device), encoded.to(self._device))
        return to_pixels(images, self._generator.shape.resolution)
