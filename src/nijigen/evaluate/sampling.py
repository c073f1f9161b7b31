"""Pictures of a model to be judged: sample ``i`` has the seed ``seed + i``, and a label row of the data set."""

from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.data import Sampler
from nijigen.errors import NijigenError
from nijigen.features.showing import on_white
from nijigen.models.contract import Generator
from nijigen.schema import AttributeSchema
from nijigen.seeds import SEED_LIMIT, derive


@dataclass(frozen=True)
class Subject:
    """A generator, and how it is asked.

    Attributes:
        truncation: 1 or None leaves latents as they are, toward 0 they come nearer the mean.
    """

    generator: Generator
    device: torch.device
    seed: int = 0
    truncation: float | None = None

    def noise(self, start: int, count: int) -> Tensor:
        """``[count, z_dim]``: the noise of samples ``start`` and on, the same that ``generate`` draws from a seed."""
        return self.generator.noise((self.seed + start + index) % SEED_LIMIT for index in range(count))

    @torch.no_grad()
    def pictures(self, start: int, labels: Tensor) -> Tensor:
        """Samples ``start`` and on, for label rows ``[N, label_width]``: uint8 RGB ``[N, 3, R, R]``, on white."""
        latents = self.latents(self.noise(start, len(labels)), labels)
        return self.shown(latents)

    @torch.no_grad()
    def latents(self, noise: Tensor, labels: Tensor) -> Tensor:
        """What ``map`` makes of noise and labels, truncated as asked."""
        noise, labels = noise.to(self.device), labels.to(self.device)
        latents = self.generator.map(noise, labels)
        return latents if self.truncation is None else self.generator.truncate(latents, self.truncation, labels, noise)

    @torch.no_grad()
    def shown(self, latents: Tensor) -> Tensor:
        """Latents → uint8 RGB ``[N, 3, R, R]``; of a network that has not grown up yet pixels are repeated."""
        pictures = on_white(self.generator.synthesize(latents)).cpu()
        factor = self.generator.shape.resolution // pictures.shape[-1]
        if factor > 1:
            pictures = pictures.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
        return pictures


@dataclass(frozen=True)
class Asked:
    """What samples are asked for.

    Attributes:
        rows: float32 ``[count, width]`` in the model's schema.
        groups: the same in the data set's schema, as far as it has it, so that samples can be set against the real
            pictures of a word; zeros for what the model does not know.
        remarks: what does not go together, in words.
    """

    rows: Tensor
    groups: Tensor
    remarks: list[str]


def ask(rows: Tensor, there: AttributeSchema, own: Tensor, here: AttributeSchema, count: int, seed: int) -> Asked:
    """Labels to ask a model for: they follow the rows of the data set, in random order, each as often as the others.

    Words are matched by their names, never by place. Where the data set lacks an attribute altogether, its part comes
    from the model's own rows.

    Args:
        rows: ``[N, there.width]`` of the data set; ``there`` is its schema.
        own: ``[M, here.width]``, as they occurred together in the model's training; ``here`` is the model's schema.
    """
    groups = torch.zeros(count, there.width)
    if not here.width:
        remarks = ["the model takes no labels: samples have none"] if there.width else []
        return Asked(torch.zeros(count, 0), groups, remarks)
    drawn = rows[Sampler(len(rows), derive(seed, "asked")).indices(0, count)]
    asked = own[Sampler(len(own), derive(seed, "own")).indices(0, count)].clone().float()
    missing, remarks = [], []
    for attribute in here.attributes:
        block = here.block(attribute.name)
        if attribute.name not in there or there[attribute.name].continuous != attribute.continuous:
            missing.append(attribute.name)
            continue
        place, theirs = there.block(attribute.name), there[attribute.name]
        if attribute.continuous:
            asked[:, block] = _rescaled(drawn[:, place], theirs.range, attribute.range)
            continue
        asked[:, block] = 0
        for column, value in enumerate(attribute.values, block.start):
            if value in theirs.values:
                source = place.start + theirs.values.index(value)
                asked[:, column] = groups[:, source] = drawn[:, source]
        if unknown := [value for value in theirs.values if value not in attribute.values]:
            remarks.append(f"the model knows no {attribute.name}={', '.join(unknown)}: asked for as unknown")
    if missing:
        remarks.append(f"the data set has no {', '.join(missing)}: asked for as in the model's own training")
    if strange := [attribute.name for attribute in there.attributes if attribute.name not in here]:
        remarks.append(f"the model knows no {', '.join(strange)}: not asked for")
    return Asked(asked, groups, remarks)


def _rescaled(block: Tensor, there: tuple[float, float] | None, here: tuple[float, float] | None) -> Tensor:
    """The two weights of a number in one range as those of another, cut to it; unknown stays zeros."""
    if there == here or there is None or here is None:
        return block
    known = block.any(dim=1, keepdim=True)
    share = block[:, 1:] / block.sum(dim=1, keepdim=True).clamp(min=1e-12)
    value = there[0] + (there[1] - there[0]) * share
    share = ((value - here[0]) / (here[1] - here[0])).clamp(0, 1)
    return torch.cat([1 - share, share], dim=1) * known


def check_sizes(resolution: int, generator: Generator, model: str, dataset: str) -> None:
    """See that pictures of a data set and of a model can be compared.

    Raises:
        NijigenError: their sizes differ; both are named, and the fix.
    """
    own = generator.shape.resolution
    if own != resolution:
        fix = f"prepare the pictures again with --size {own}"
        raise NijigenError(f"{model} makes pictures of {own} px, {dataset} has {resolution} px: {fix}")


def ground_remark(channels: int, generator: Generator, model: str, dataset: str) -> str | None:
    """What to say where only one of the two is transparent: both are looked at on white, which one of them is not."""
    own = generator.shape.channels
    if own == channels:
        return None
    clear, other = (model, dataset) if own == 4 else (dataset, model)
    return (
        f"pictures of {clear} are transparent and laid on white, those of {other} have grounds of their own, and"
        f" distances hold that too: prepare pictures with --channels {own} to compare like with like"
    )
