"""What a model makes at random, to learn directions from: latents, their words, and what is read in the pictures."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nijigen.edit.boundary import held_out_accuracy, part
from nijigen.engine.model import DEFAULT_BATCH, Model
from nijigen.errors import NijigenError
from nijigen.features.labeler import Labeler, read_labeler
from nijigen.features.showing import on_white
from nijigen.progress import track
from nijigen.schema import AttributeSchema, SchemaError
from nijigen.seeds import derive, seed_number

MOST = 1_000_000
LEAST = 8  # samples on each side of a boundary
SURE = 0.75  # of a reading, for a sample to be on a side at all


@dataclass(frozen=True)
class Target:
    """A value of an attribute, or more of a number (``value`` is None); known from ``words`` or by the ``labeler``."""

    attribute: str
    value: str | None
    by: str

    @property
    def label(self) -> str:
        """As a person says it."""
        plain = self.attribute.replace("_", " ")
        return f"more {plain}" if self.value is None else f"{plain} {self.value.replace('_', ' ')}"


class Samples:
    """Random latents of a model, each made once; pictures are made when a labeler is asked about them.

    Args:
        count: how many.
        by: ``words``: what each was asked to show; ``labeler``: what is seen in it; ``auto``: words where the model
            knows the attribute, else the labeler.
        labeler: a labeler of one's own; None is the one that comes with nijigen.

    Raises:
        NijigenError: a count out of range, or no such way.
    """

    def __init__(
        self,
        model: Model,
        count: int = 2_000,
        seed: int | str = 0,
        by: str = "auto",
        labeler: str | Path | None = None,
        quiet: bool = True,
    ) -> None:
        if not 10 * LEAST <= count <= MOST:
            raise NijigenError(f"--samples {count}: use {10 * LEAST} to {MOST:,}")
        if by not in ("auto", "words", "labeler"):
            raise NijigenError(f"--by {by}: use words, labeler or auto")
        self.model, self.count, self.seed, self.by, self.quiet = model, count, seed_number(seed), by, quiet
        self._normals: dict[Target, Tensor] = {}
        self._labeler = None if labeler is None else Path(labeler)

    @cached_property
    def labels(self) -> Tensor:
        """What each was asked to show, float32 ``[N, label_width]``, as it occurred in training."""
        model = self.model
        rows = [model.schema.encode(model.draw_labels(seed, {})) for seed in self._seeds]
        return torch.from_numpy(np.stack(rows))

    @cached_property
    def latents(self) -> Tensor:
        """Float64 ``[N, dim]``; where a latent has layers, all of them are the same."""
        latents = torch.cat([part.cpu() for part in self._mapped()]).double()
        return latents[:, 0] if latents.ndim == 3 else latents

    @cached_property
    def reader(self) -> tuple[AttributeSchema, str]:
        """What the labeler knows, and its digest."""
        return self._read[0].schema, self._read[2]

    @cached_property
    def readings(self) -> dict[str, Tensor]:
        """How likely each value is seen in each picture, float32 ``[N, values]``, by attribute."""
        generator, labeler, found = self.model.generator, self._read[0], []
        with torch.no_grad(), track(self.count, "samples", quiet=self.quiet) as bar:
            for part in self._mapped():
                found.append(labeler.probabilities(on_white(generator.synthesize(part)).cpu()))
                bar.advance(len(part))
        return {name: torch.cat([rows[name] for rows in found]) for name in found[0]}

    def targets(self, text: str, flag: str = "--attribute") -> list[Target]:
        """``expression=smile`` → that value; ``expression`` → all its values; a number's name → more of it.

        Raises:
            NijigenError: neither the model nor the labeler knows it.
        """
        word, equals, value = text.replace("＝", "=").partition("=")
        schema, by = self._schema_of(word.strip(), flag)
        attribute = schema[word.strip()]
        if attribute.continuous:
            if equals:
                raise NijigenError(f"{flag} {text}: {attribute.name} is a number; give its name alone")
            return [Target(attribute.name, None, by)]
        if not equals:
            return [Target(attribute.name, one, by) for one in attribute.values]
        normal = attribute.normalize(value.strip())
        if normal is None:
            raise NijigenError(f"{flag} {text}: use one of {', '.join(attribute.values)}")
        return [Target(attribute.name, str(normal), by)]

    def sides(self, target: Target) -> tuple[Tensor, Tensor]:
        """Which samples are on a side at all, and which of all have it: bool ``[N]`` each.

        Of a number the upper third and the lower one; of a reading what is sure.
        """
        if target.by == "labeler":
            values = self.reader[0][target.attribute].values
            seen = self.readings[target.attribute][:, values.index(str(target.value))]
            return (seen >= SURE) | (seen <= 1 - SURE), seen >= SURE
        block = self.labels[:, self.model.schema.block(target.attribute)]
        known = block.any(dim=1)
        if target.value is not None:
            return known, block[:, self.model.schema[target.attribute].values.index(target.value)] > 0.5
        share = block[:, 1]
        if not known.any():
            return known, known
        low, high = share[known].quantile(1 / 3), share[known].quantile(2 / 3)
        return known & ((share <= low) | (share >= high)), share >= high

    def counts(self, target: Target) -> tuple[int, int]:
        """How many samples are on the side with it, and on the side without."""
        inside, positive = self.sides(target)
        return int((inside & positive).sum()), int((inside & ~positive).sum())

    def normal(self, target: Target) -> Tensor:
        """The unit normal of a target's boundary, float64 ``[dim]``, found once."""
        if target not in self._normals:
            inside, positive = self.sides(target)
            self._normals[target] = part(self.latents[inside], positive[inside])[0]
        return self._normals[target]

    def accuracy(self, target: Target) -> float:
        """How well a target's boundary parts samples that it was not found with."""
        inside, positive = self.sides(target)
        return held_out_accuracy(self.latents[inside], positive[inside])

    def _schema_of(self, word: str, flag: str) -> tuple[AttributeSchema, str]:
        problems: list[str] = []
        for by in ("words", "labeler") if self.by == "auto" else (self.by,):
            schema = self.model.schema if by == "words" else self.reader[0]
            try:
                schema.attribute_name(word)
            except SchemaError as error:
                problems.append(str(error))
            else:
                return schema, by
        raise NijigenError(f"{flag} {word}: {problems[0]}")

    def _mapped(self) -> list[Tensor]:
        generator = self.model.generator
        noise = generator.noise(self._seeds)
        with torch.no_grad():
            pairs = zip(torch.split(noise, DEFAULT_BATCH), torch.split(self.labels, DEFAULT_BATCH), strict=True)
            return [generator.map(z.to(self.model.device), words.to(self.model.device)) for z, words in pairs]

    @cached_property
    def _seeds(self) -> list[int]:
        return [derive(self.seed, "directions", number) for number in range(self.count)]

    @cached_property
    def _read(self) -> tuple[Labeler, dict[str, Any], str]:
        return read_labeler(self._labeler)
