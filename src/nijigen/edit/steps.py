"""The steps of an edit, as a certificate keeps them: each takes a point to another.

>>> from nijigen.edit.steps import parse_step
>>> parse_step({"kind": "set", "attributes": {"expression": "smile"}})
SetWords(kind='set', attributes={'expression': 'smile'})
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, get_args

import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from torch import Tensor

from nijigen.edit.maps import parted
from nijigen.edit.point import Point, Space
from nijigen.edit.source import numbers_digest, origin_of, unpack_numbers
from nijigen.errors import NijigenError
from nijigen.seeds import derive

DEEPEST = 16  # generations of parents that a certificate may hold
UNIFORM_DEVIATION = 1 / math.sqrt(12)  # of a number that is anywhere in its range


class Step(BaseModel, ABC):
    """A change that can be taken again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def take(self, point: Point, space: Space, depth: int) -> Point:
        """The point after it."""


class SetWords(Step):
    """Other words, the same noise: who it is stays as far as the network keeps it."""

    kind: Literal["set"] = "set"
    attributes: dict[str, str | float]

    def take(self, point: Point, space: Space, depth: int) -> Point:
        return replace(
            point, labels=space.schema.normalize({**point.labels, **space.schema.normalize(self.attributes)})
        )


class Move(Step):
    """A number further in its range, by so many standard deviations of one drawn at random; it stops at the ends."""

    kind: Literal["move"] = "move"
    attribute: str
    by: float = Field(ge=-100, le=100)

    def take(self, point: Point, space: Space, depth: int) -> Point:
        name = space.schema.attribute_name(self.attribute)
        limits = space.schema[name].range
        if limits is None:
            raise NijigenError(f"--move {name}: it is a word, no number; use --set {name}=…")
        low, high = limits
        before = float(point.labels.get(name, (low + high) / 2))
        after = before + self.by * UNIFORM_DEVIATION * (high - low)
        return replace(point, labels=space.schema.normalize({**point.labels, name: min(max(after, low), high)}))


class Vary(Step):
    """Other noise near by: 0 is the same avatar, 1 another one with the same words."""

    kind: Literal["vary"] = "vary"
    seed: int
    strength: float = Field(ge=0, le=1)

    def take(self, point: Point, space: Space, depth: int) -> Point:
        other = space.generator.noise([derive(self.seed, "vary")])[0]
        # On the sphere that noise lies on: sums of independent normal numbers keep their variance this way.
        mixed = point.noise * math.sqrt(1 - self.strength**2) + other * self.strength
        return replace(point, noise=mixed)


class Breed(Step):
    """A child with another avatar: of every number of the noise and every word one parent's, and mutations.

    Taking each number from one of two keeps noise as it was drawn; where a model learned by lessons, its numbers are
    traits, and a child has each of them from one of its parents.
    """

    kind: Literal["breed"] = "breed"
    other: dict[str, Any]
    seed: int
    mutation: float = Field(0.1, ge=0, le=1)

    def take(self, point: Point, space: Space, depth: int) -> Point:
        other = follow(self.other, space, depth + 1)
        random = torch.Generator().manual_seed(derive(self.seed, "breed"))
        mine = torch.rand(len(point.noise), generator=random) < 0.5
        noise = torch.where(mine, point.noise, other.noise)
        labels = {}
        for attribute in space.schema.attributes:
            parents = [parent.labels.get(attribute.name) for parent in (point, other)]
            chosen, chance = parents[int(torch.rand((), generator=random) < 0.5)], torch.rand(2, generator=random)
            if chance[0] < self.mutation / 2 and attribute.values:
                chosen = attribute.values[int(chance[1] * len(attribute.values))]
            if chosen is not None:
                labels[attribute.name] = chosen
        shifts = [parent.shift for parent in (point, other) if parent.shift is not None]
        child = Point(noise, space.schema.normalize(labels), torch.stack(shifts).sum(dim=0) / 2 if shifts else None)
        return Vary(seed=derive(self.seed, "mutation"), strength=self.mutation).take(child, space, depth)


class Mix(Step):
    """The latent of another avatar, in some layers, by a share (style mixing: 1812.04948, §3.1)."""

    kind: Literal["mix"] = "mix"
    other: dict[str, Any]
    layers: str = "all"
    share: float = Field(1.0, ge=-1, le=2)

    def take(self, point: Point, space: Space, depth: int) -> Point:
        other = space.place(follow(self.other, space, depth + 1))
        way = (other - space.place(point)) * self.share
        return point.shifted(_only(way, self.layers, space))


class Shift(Step):
    """Along a direction of the latent space, by so many of its lengths."""

    kind: Literal["shift"] = "shift"
    name: str
    by: float = Field(ge=-100, le=100)
    layers: str = "all"
    vector: dict[str, Any]
    digest: str = ""  # of the vector, which names it in words; none where nobody gave it

    def take(self, point: Point, space: Space, depth: int) -> Point:
        origin, vector = space.origin(point), unpack_numbers(self.vector)
        if self.digest and numbers_digest(vector) != self.digest:
            raise NijigenError(
                f"the birth certificate is damaged: the direction {self.name} has other numbers than named"
            )
        if vector.shape[-1:] != origin.shape[-1:] or vector.ndim > origin.ndim:
            raise NijigenError(f"the direction {self.name} is of a model with another latent than this one")
        way = vector.to(origin).expand_as(origin) * self.by
        return point.shifted(_only(way, self.layers, space))


Middle = Literal["own", "all"]
MIDDLES: tuple[str, ...] = get_args(Middle)


class Truncate(Step):
    """Some layers drawn toward the middle: of all avatars, or of those with the same words."""

    kind: Literal["truncate"] = "truncate"
    strength: float = Field(ge=-2, le=2)
    layers: str = "all"
    toward: Middle = "own"

    def take(self, point: Point, space: Space, depth: int) -> Point:
        here = space.place(point)
        if self.toward == "all":
            middle = space.generator.mean_latent().to(here).expand_as(here)
            there = middle.lerp(here, self.strength)
        else:
            labels = torch.from_numpy(space.schema.encode(point.labels))[None].to(here)
            there = space.generator.truncate(here[None], self.strength, labels, point.noise[None])[0]
        return point.shifted(_only(there - here, self.layers, space))


class Place(Step):
    """A latent that was found, by projection say: whatever noise and words would give; and its per-pixel noise."""

    kind: Literal["place"] = "place"
    latent: dict[str, Any]
    maps: dict[str, Any] | None = None

    def take(self, point: Point, space: Space, depth: int) -> Point:
        origin, latent = space.origin(point), unpack_numbers(self.latent)
        if latent.shape != origin.shape:
            raise NijigenError(f"a latent of {tuple(latent.shape)} does not fit this model's {tuple(origin.shape)}")
        maps = None if self.maps is None else unpack_numbers(self.maps).to(origin)
        try:
            parted(space.generator, maps) if maps is not None else None
        except ValueError as error:
            raise NijigenError(f"the birth certificate is damaged: {error} do not fit this model") from None
        return replace(point, shift=latent.to(origin) - origin, maps=maps)


AnyStep = Annotated[SetWords | Move | Vary | Breed | Mix | Shift | Truncate | Place, Field(discriminator="kind")]
_STEPS: TypeAdapter[Any] = TypeAdapter(AnyStep)


def parse_step(value: Any) -> Step:
    """A step of a certificate.

    Raises:
        NijigenError: an unknown kind, or values that cannot be.
    """
    try:
        step: Step = _STEPS.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "edit"
        raise NijigenError(
            f"an edit of the birth certificate is damaged or of a newer nijigen ({where}: {first['msg']})"
        ) from None
    return step


def follow(facts: Mapping[str, Any], space: Space, depth: int = 0) -> Point:
    """The point that a certificate's facts lead to: from seed and words, through its edits.

    Raises:
        NijigenError: damaged facts, or steps that this model cannot take.
    """
    if depth > DEEPEST:
        raise NijigenError(f"the birth certificate has more than {DEEPEST} generations of parents in it")
    edits = edits_of(facts)
    point = origin_of(facts, space)
    for edit in edits:
        point = parse_step(edit).take(point, space, depth)
    return point


def edits_of(facts: Mapping[str, Any]) -> Sequence[Any]:
    """The edits in a certificate's facts.

    Raises:
        NijigenError: they are no list.
    """
    edits = facts.get("edits") or []
    if not isinstance(edits, Sequence) or isinstance(edits, str):
        raise NijigenError("the birth certificate is damaged: its edits are no list")
    return edits


def _only(way: Tensor, layers: str, space: Space) -> Tensor:
    """A way in some layers alone."""
    if layers == "all":
        return way
    return way * space.rows(layers).to(way)
