"""Whether an exported model makes what the network makes that it was made of: looked at on random inputs."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from nijigen.edit.maps import injections, wearing
from nijigen.export.graphs import packed_maps
from nijigen.export.running import Graphs, TranslationGraph
from nijigen.models.contract import Generator
from nijigen.models.translator import Translator
from nijigen.seeds import derive

INPUTS = 100  # random inputs: half of them in fives, half one by one
TOGETHER = 5
LIMIT = 1e-4  # of the largest difference, in numbers of which a picture has them from -1 to 1
TRUNCATIONS = (1.0, 0.7, 0.0)
STRENGTHS = (1.0, 0.5)


@dataclass(frozen=True)
class Difference:
    """Between pictures of two ways to compute them.

    Attributes:
        inputs: how many were looked at.
        latent: largest difference of a latent's number; 0 where there is none.
        image: largest difference of a number of a picture, as the networks give it.
        grey_max, grey_mean: of what is seen, in grey levels of 255: the largest and the mean difference.
        psnr: peak signal-to-noise ratio of all of them together in dB; None where there is no difference.
    """

    inputs: int
    latent: float
    image: float
    grey_max: float
    grey_mean: float
    psnr: float | None

    @property
    def worst(self) -> float:
        """The largest difference of any number."""
        return max(self.latent, self.image)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, rounded to what it says."""
        return {
            key: value if isinstance(value, int) or value is None else float(f"{value:.3g}")
            for key, value in asdict(self).items()
        }

    def line(self) -> str:
        """For people."""
        psnr = "" if self.psnr is None else f", PSNR {self.psnr:.1f} dB"
        return f"{self.grey_max:.2f} grey levels of 255 at most, {self.grey_mean:.4f} in the mean{psnr}"


class _Sums:
    """What a :class:`Difference` is made of."""

    def __init__(self) -> None:
        self.inputs = self.numbers = 0
        self.latent = self.image = self.grey = self.absolute = self.squared = 0.0

    def add(self, images: Tensor, reference: Tensor) -> None:
        self.inputs += len(images)
        self.image = max(self.image, _largest(images, reference))
        grey = ((images.clamp(-1, 1) - reference.clamp(-1, 1)).double() * 127.5).abs().nan_to_num(nan=255.0)
        self.numbers += grey.numel()
        self.grey = max(self.grey, float(grey.max()))
        self.absolute += float(grey.sum())
        self.squared += float(grey.square().sum())

    def difference(self) -> Difference:
        mean_square = self.squared / self.numbers
        psnr = 10 * math.log10(255**2 / mean_square) if mean_square else None
        return Difference(self.inputs, self.latent, self.image, self.grey, self.absolute / self.numbers, psnr)


@torch.no_grad()
def compare(
    graphs: Graphs, generator: Generator, label_rows: Tensor, step: Callable[[int], object] = lambda made: None
) -> Difference:
    """How far an exported model is from its generator, over 100 random inputs, with and without truncation.

    Args:
        generator: in evaluation mode, on the CPU.
        label_rows: ``[M, label_width]``, labels as they occur together.
        step: is told how many inputs were looked at.
    """
    sums = _Sums()
    known = injections(generator)
    for number, seeds in enumerate(_batches()):
        z = generator.noise(seeds)
        labels = label_rows[[seed % len(label_rows) for seed in seeds]].float()
        truncation = TRUNCATIONS[number % len(TRUNCATIONS)] if generator.has_mean_latent else 1.0
        strength = STRENGTHS[number // 2 % len(STRENGTHS)]
        latent = generator.map(z, labels)
        if truncation != 1:
            latent = generator.truncate(latent, truncation, labels, z)
        maps = packed_maps(generator) if known else None
        if maps is not None and len(seeds) == 1:  # anybody's maps
            maps = torch.randn(maps.shape, generator=torch.Generator().manual_seed(derive(seeds[0], "maps")))
        reference = _pictures(generator, latent, strength, maps)
        made = graphs.latent(z, labels, truncation)
        sums.latent = max(sums.latent, _largest(made, latent))
        sums.add(graphs.images(made, strength, maps), reference)
        step(len(seeds))
    return sums.difference()


@torch.no_grad()
def compare_translation(
    graph: TranslationGraph, translator: Translator, step: Callable[[int], object] = lambda made: None
) -> Difference:
    """The same of a translator, over 100 pictures of noise of three shapes."""
    sums = _Sums()
    side = max(translator.least, 16 * translator.multiple)
    for number, seeds in enumerate(_batches()):
        height, width = (side + translator.multiple * 4 * (number % 3), side + translator.multiple * 2 * (number % 2))
        random = torch.Generator().manual_seed(derive(seeds[0], "picture"))
        picture = torch.rand(len(seeds), 3, height, width, generator=random) * 2 - 1
        sums.add(graph.images(picture), translator.translate(picture))
        step(len(seeds))
    return sums.difference()


def _pictures(generator: Generator, latent: Tensor, strength: float, maps: Tensor | None) -> Tensor:
    """What the network itself makes with such noise; it is left as it was."""
    known = injections(generator)
    before = [injection.scale for injection in known]
    try:
        for injection in known:
            injection.scale = strength
        with wearing(generator, None if maps is None else maps[0]):
            images = generator.synthesize(latent)
    finally:
        for injection, scale in zip(known, before, strict=True):
            injection.scale = scale
    missing = generator.shape.resolution // images.shape[-1]
    return images.repeat_interleave(missing, 2).repeat_interleave(missing, 3)


def _batches() -> Iterator[list[int]]:
    half = INPUTS // 2
    yield from (list(range(start, start + TOGETHER)) for start in range(0, half, TOGETHER))
    yield from ([seed] for seed in range(half, INPUTS))


def _largest(one: Tensor, other: Tensor) -> float:
    """The largest difference; infinite where a number is none."""
    found = (one - other).abs().max()
    return float(found) if bool(found.isfinite()) else math.inf
