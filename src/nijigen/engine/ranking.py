"""Several candidates for each avatar, of which the discriminator keeps the one it finds most real.

What it was trained to tell from real pictures it sorts out: smears, half-drawn faces. What it costs is time and
variety, and ``docs/evaluation.md`` shows both (discriminator rejection sampling, 1810.06758, in its simplest form).
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nijigen.avatar import Avatar
from nijigen.engine.engines import Engine
from nijigen.engine.look import Look
from nijigen.engine.model import AS_TRAINED, DEFAULT_BATCH, Model
from nijigen.engine.rows import Row
from nijigen.errors import NijigenError
from nijigen.images.convert import to_pixels
from nijigen.machine import place
from nijigen.models.contract import Discriminator
from nijigen.models.package import load_discriminator, load_package
from nijigen.remaining import Remaining, remaining
from nijigen.schema import Labels
from nijigen.seeds import SEED_LIMIT, derive, seed_number

MOST = 256


def candidate_seed(seed: int, candidate: int) -> int:
    """The seed of a candidate for the avatar of a seed; the first is that avatar itself."""
    return seed if candidate == 0 else derive(seed, "candidate", candidate)


def generate_best(
    model: Model,
    count: int,
    seed: int | str = 0,
    best_of: int = 1,
    *,
    batch: int = DEFAULT_BATCH,
    attributes: Mapping[str, Any] | None = None,
    avoid: Mapping[str, Any] | None = None,
    look: Look = AS_TRAINED,
) -> Iterator[Avatar]:
    """The avatars of :meth:`nijigen.engine.model.Model.generate_each`, each the best of ``best_of`` candidates.

    All candidates of an avatar have its attributes. Its certificate names the seed of the one that was kept, so that
    it is redrawn as any other, and how many there were.

    Raises:
        NijigenError: as for generating; ``best_of`` is out of range, or no discriminator lies beside the generator.
    """
    if not 1 <= best_of <= MOST:
        raise NijigenError(f"--best-of {best_of}: use 1 (no choosing) to {MOST}")
    asked: dict[str, Any] = {"attributes": attributes, "avoid": avoid}
    plain = model.generate_each(count, seed, batch=batch, look=look, **asked)  # checks what was asked for
    if best_of == 1:
        return plain
    try:
        discriminator = place(load_discriminator(load_package(model.path)), model.device)
    except NijigenError as error:
        raise NijigenError(f"--best-of {best_of}: {error}, or leave it out") from None
    wanted = model.schema.normalize(attributes or {})
    left = remaining(model.schema, avoid or {}, wanted)
    first = seed_number(seed)
    engine = model.engines.pick(count * best_of, batch)
    chunks = (
        _chunk(model, discriminator, first + start, min(batch, count - start), best_of, wanted, left, look, engine)
        for start in range(0, count, batch)
    )
    return itertools.chain.from_iterable(chunks)


@torch.no_grad()
def _chunk(
    model: Model,
    discriminator: Discriminator,
    first: int,
    size: int,
    best_of: int,
    wanted: Labels,
    left: Remaining,
    look: Look,
    engine: Engine,
) -> list[Avatar]:
    """The best avatars for ``size`` seeds from ``first`` on; each round makes one candidate for each of them."""
    seeds = [(first + index) % SEED_LIMIT for index in range(size)]
    labels = [model.draw_labels(number, wanted, left) for number in seeds]
    rows = torch.from_numpy(np.stack([model.schema.encode(row) for row in labels])).to(model.device)
    best_scores = torch.full((size,), -torch.inf)
    kept: dict[int, tuple[int, Tensor]] = {}
    for candidate in range(best_of):
        tried = [candidate_seed(number, candidate) for number in seeds]
        images = look.apply(engine.generator, model.generator.noise(tried).to(model.device), rows)
        scores = discriminator(images.clamp(-1, 1), rows).float().cpu()
        for index in torch.nonzero(scores > best_scores).flatten().tolist():
            kept[index] = tried[index], images[index].clone()
        best_scores = torch.maximum(best_scores, scores)
    avatars = []
    for index, (number, image) in sorted(kept.items()):
        pixels = to_pixels(image[None], model.generator.shape.resolution)[0]
        certificate = model.certificate(size, index, Row(number, labels[index]), look, engine)
        avatars.append(Avatar(pixels, {**certificate, "best_of": best_of, "candidate_of": seeds[index]}))
    return avatars
