"""Another style from 10 to 100 pictures, by a model that is kept beside the one that learns (``[adapt]`` of a recipe).

The model as it was is the measure: distances between pictures are to stay as they were (``objectives/correspondence``).
Where the judge looks with the labeler's eyes, pictures of the new style need no labels: words are those of the model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Networks
from nijigen.objectives.correspondence import correspondence, watched
from nijigen.schema import AttributeSchema
from nijigen.seeds import derive
from nijigen.store import find_digest
from nijigen.training.checkpoint import load_newest
from nijigen.training.phases import Batch, Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import Moment
from nijigen.training.streams import Source, Stream
from nijigen.training.transfer import Origin, read_origin

ANCHORED = 5  # every so manieth batch is of anchors; lazy penalties, every 16th, meet both kinds


@dataclass(frozen=True)
class Guide:
    """A model as it was before it learned another style.

    Attributes:
        source: its generator, frozen, in evaluation mode.
        rows: ``[M, label_width]``, labels as they occurred together when it learned.
        noise: ``[K, z_dim]``, the anchors: small regions around them are judged as whole pictures; none: all are.
        labels: ``[K, label_width]`` of the anchors.
    """

    source: Generator
    rows: Tensor
    noise: Tensor
    labels: Tensor

    def unlike(self, generator: Generator, turn: Turn, recipe: Recipe) -> Tensor:
        """How far likenesses among pictures of a generator are from those of the source, for noise of the turn.

        Both work as in use: what layers remember of a training must not make a difference.
        """
        count = recipe.adapt.batch
        noise = turn.normal(count, generator.z_dim)
        labels = self.rows[turn.uniform(count).mul(len(self.rows)).long()]
        with torch.random.fork_rng([noise.device] if noise.is_cuda else []), torch.no_grad():
            theirs = _layers(self.source, noise, labels)  # and the same fine noise for both
        training = generator.training
        generator.eval()
        try:
            return correspondence(_layers(generator, noise, labels), theirs)
        finally:
            generator.train(training)

    def anchored(self, turn: Turn) -> bool:
        """Whether a batch is of anchors."""
        return len(self.noise) > 0 and turn.moment.step % ANCHORED == ANCHORED - 1

    def around_anchors(self, turn: Turn, count: int, spread: float) -> tuple[Tensor, Tensor]:
        """Noise ``[N, z_dim]`` near anchors, and their labels ``[N, label_width]``."""
        which = turn.uniform(count).mul(len(self.noise)).long()
        return self.noise[which] + spread * turn.normal(count, self.noise.shape[1]), self.labels[which]


def _layers(generator: Generator, noise: Tensor, labels: Tensor) -> list[Tensor]:
    with watched(generator, generator.shape.channels + 1) as seen:
        generator(noise, labels)
    return seen


def guide_of(recipe: Recipe, source: Generator, rows: Tensor, device: torch.device) -> Guide:
    """A guide whose anchors the recipe's seed decides."""
    random = torch.Generator().manual_seed(derive(recipe.seed, "anchors"))
    count = recipe.adapt.anchors
    noise = torch.randn(count, source.z_dim, generator=random)
    labels = rows[torch.randint(len(rows), (count,), generator=random)]
    kept = source.eval().requires_grad_(False)
    return Guide(kept, rows.to(device), noise.to(device), labels.to(device))


def stand_in(recipe: Recipe, networks: Networks, label_width: int) -> Guide | None:
    """For counting and timing: the networks' own generator in the place of a model; None where none is adapted."""
    if not needs_model(recipe):
        return None
    generator = networks["generator"]
    assert isinstance(generator, Generator)
    rows = torch.zeros(1, label_width, device=next(generator.parameters()).device)
    return Guide(generator, rows, rows.new_zeros(0, generator.z_dim), rows[:0])


class WordedStream(Stream):
    """Pictures of a data set, with labels of a model: as they occurred together when it learned, not those pictures'.

    Args:
        schema: of the model.
        rows: ``[M, label_width]``.
    """

    def __init__(
        self, dataset: Source, recipe: Recipe, device: torch.device, schema: AttributeSchema, rows: Tensor
    ) -> None:
        super().__init__(dataset, recipe, device)
        self.schema, self.label_width = schema, schema.width
        self.blocks = [attribute.width for attribute in schema.attributes]
        self.labels = rows.to(device)

    def look(self, count: int, size: int, moment: Moment, held_out: bool = False) -> Iterator[Batch]:
        """Pictures to measure by, in batches of ``size``, with labels of the model."""
        for place, batch in enumerate(super().look(count, size, moment, held_out)):
            rows = (place * size + torch.arange(size)) % len(self.labels)
            yield Batch(batch.images, self.labels[rows.to(self.device)], batch.weights)

    def _words(self, indices: Tensor, phase: Phase, start: int) -> Tensor:
        random = torch.Generator().manual_seed(derive(self._recipe.seed, "words", phase.name, start))
        return self.labels[torch.randint(len(self.labels), (len(indices),), generator=random).to(self.device)]


def needs_model(recipe: Recipe) -> bool:
    """Whether a recipe keeps a model beside the one that learns."""
    return recipe.adapt.consistency > 0 or recipe.adapt.judge == "labeler"


def find_source(recipe: Recipe, origin: Origin | None, folder: Path) -> Origin | None:
    """The model that a run is or was begun from, where its recipe needs it to go on; else what is given.

    Raises:
        NijigenError: it needs one and none is given, or another one, or it is nowhere to be found.
    """
    if not needs_model(recipe):
        return origin
    if origin is not None and origin.path.resolve().is_relative_to(folder.resolve()):
        origin = None  # its own model: the run goes on
    found, _ = load_newest(folder / "checkpoints")
    if found is None:
        if origin is None:
            raise NijigenError(f"recipe {recipe.name} adapts a model: say which with --from, --from chibi for example")
        return origin
    begun = found.facts.get("origin") or {}
    name, digest = begun.get("name"), str(begun.get("digest"))
    if origin is None:
        try:
            return read_origin(find_digest(digest))
        except NijigenError:
            raise NijigenError(
                f"{folder} adapts model {name} ({digest[:12]}…), which is not where it was: say where with --from"
            ) from None
    if origin.digest != digest:
        raise NijigenError(
            f"{folder} adapts model {name} ({digest[:12]}…), and {origin.path} is another: use another --out, or that "
            "model with --from"
        )
    return origin


def check_alike(origin: Origin, generator: Generator, stream: Stream) -> None:
    """See that a run's generator can be compared with the model's.

    Raises:
        NijigenError: they make other pictures, or have other labels.
    """
    theirs, shape = origin.generator.shape, generator.shape
    if (shape.resolution, shape.channels) != (theirs.resolution, theirs.channels):
        raise NijigenError(
            f"{origin.path} makes pictures of {theirs.resolution} px with {theirs.channels} channels, and a run that "
            "adapts it does too: leave resolution and channels out"
        )
    schema = stream.schema if stream.label_width else AttributeSchema()
    if schema.to_json() != origin.schema.to_json():
        raise NijigenError(
            f"{origin.path} has other labels than the pictures, and adapt.judge=own learns theirs: set "
            "adapt.judge=labeler, which keeps the model's"
        )
