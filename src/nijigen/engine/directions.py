"""Directions of a model: found, kept, and shown.

>>> from nijigen.engine.directions import find_boundaries, find_sefa, keep_directions
>>> model = nijigen.load()                                                                  # doctest: +SKIP
>>> found = find_boundaries(Samples(model), ["expression=smile"], keep=["hair_color"])      # doctest: +SKIP
>>> keep_directions(model, found)                                                           # doctest: +SKIP
>>> edit(model.generate(1)[0], moves={"expression smile": 2}, model=model)                  # doctest: +SKIP
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from nijigen.avatar import SHOWN_SIZE
from nijigen.edit.boundary import basis, without
from nijigen.edit.directions import Direction, Directions, read_directions, usual_place
from nijigen.edit.factorise import factorise
from nijigen.edit.point import Space
from nijigen.engine.model import Model
from nijigen.engine.sampling import LEAST, Samples
from nijigen.errors import NijigenError
from nijigen.images.sheet import make_sheet
from nijigen.vocabulary import fold, synonyms

LITTLE = 0.05  # length that a unit normal must keep when others' share is taken out
MOST_PICTURES = 400


def find_sefa(
    samples: Samples, count: int = 8, layers: str = "all", keep: Sequence[str] = (), name: str | None = None
) -> list[Direction]:
    """Directions from the weights alone (2007.06600), called ``sefa 1`` and so on, or ``sefa coarse 1``.

    Args:
        samples: they only say how long a step is, and where the boundaries of ``keep`` are.
        layers: whose weights are taken apart, and where the directions are meant to be taken (``Space.rows``).
        keep: attributes that are to stay, as ``hair_color`` or ``expression=sad``.
        name: instead of ``sefa``.

    Raises:
        NijigenError: a family whose weights are not known, no such layers, or more directions than there are.
    """
    model = samples.model
    entrances = model.generator.entrances()
    if layers != "all":
        chosen = Space(model.generator, model.schema).rows(layers)
        entrances = [entrance for entrance in entrances if chosen[entrance.layer]]
    kept, what = _kept(samples, keep)  # a word that nobody knows is said before the work
    width, dim = entrances[0].weight.shape[1], samples.latents.shape[1]
    inside = None if kept is None else basis(kept[:, :width])  # of a latent with its label beside it, the noise
    vectors, shares = factorise([entrance.weight for entrance in entrances], count, inside)
    stem = name or ("sefa" if layers == "all" else f"sefa {layers.replace(',', ' ')}")
    found = []
    for number, (vector, share) in enumerate(zip(vectors, shares.tolist(), strict=True), 1):
        whole = torch.cat([vector, vector.new_zeros(dim - width)])
        facts = {"method": "sefa", "share": share, **_source(samples, what)}
        found.append(Direction(f"{stem} {number}", _one_step(whole, samples), layers, facts))
    return found


def find_boundaries(
    samples: Samples, attributes: Sequence[str], layers: str = "all", keep: Sequence[str] = (), name: str | None = None
) -> list[Direction]:
    """Directions from boundaries between latents (2005.09635), called by what they give: ``expression smile``.

    Args:
        attributes: ``expression=smile``, ``expression`` for all its values, or the name of a number.
        layers: where the directions are meant to be taken.
        keep: attributes that are to stay: their share is taken out.
        name: instead of what it gives, where there is one.

    Raises:
        NijigenError: an attribute that nobody knows, too few samples on a side, or nothing left beside what is kept.
    """
    targets = [target for text in attributes for target in samples.targets(text)]
    if not targets:
        raise NijigenError("--method boundary needs --attribute, like --attribute expression=smile")
    if name is not None and len(targets) > 1:
        raise NijigenError(f"--name {name} is one name for {len(targets)} directions: leave it out")
    if layers != "all":
        Space(samples.model.generator, samples.model.schema).rows(layers)
    kept, what = _kept(samples, keep)
    several = len(targets) > 1
    found = []
    for target in targets:
        few = min(samples.counts(target))
        if few < LEAST:
            if several:  # of all values of an attribute some may never be drawn
                continue
            raise NijigenError(
                f"only {few} of {samples.count:,} samples are on one side of {target.label} by {target.by}:"
                " raise --samples, or choose another attribute"
            )
        normal = samples.normal(target) if kept is None else without(samples.normal(target), kept)
        left = float(normal.norm())
        if left < LITTLE:
            raise NijigenError(f"nothing is left of {target.label} beside what --keep names: keep less")
        facts: dict[str, Any] = {"method": "boundary", "attribute": target.attribute, "value": target.value}
        facts |= {
            "by": target.by,
            "with": samples.counts(target)[0],
            "accuracy": samples.accuracy(target),
            "left": left,
        }
        vector = _one_step(normal / left, samples)
        found.append(Direction(name or target.label, vector, layers, {**facts, **_source(samples, what)}))
    if not found:
        raise NijigenError(f"no value of {', '.join(attributes)} is on {LEAST} samples or more: raise --samples")
    return found


def place_of(model: Model, file: str | Path | None = None) -> Path:
    """Where the directions of a model are kept: the file that is named, or the usual place."""
    return usual_place(model.path, model.digest) if file is None else Path(file)


def open_directions(model: Model, file: str | Path | None = None) -> Directions:
    """The directions of a model; none where there is no file in the usual place.

    Raises:
        NijigenError: the file that is named is not there, is damaged, or is of another model.
    """
    place = place_of(model, file)
    if file is None and not place.is_file():
        return Directions(model.digest)
    return read_directions(place, model.digest)


def keep_directions(model: Model, found: Sequence[Direction], file: str | Path | None = None) -> Path:
    """Write directions to a file, beside those that are in it; one of the same name is replaced.

    Raises:
        NijigenError: the file is of another model, or a name is that of a number of the model.
    """
    place = place_of(model, file)
    for direction in found:
        if is_number(model, direction.name):
            raise NijigenError(f"--name {direction.name}: this model has a number of that name; choose another")
    whole = read_directions(place, model.digest) if place.exists() else Directions(model.digest)
    for direction in found:
        whole.add(direction)
    return whole.save(place)


def is_number(model: Model, name: str) -> bool:
    """Whether ``--move`` means a number of the model's own words by this name."""
    numbers = [attribute.name for attribute in model.schema.attributes if attribute.continuous]
    return any(fold(name) in {number, *synonyms(number)} for number in numbers)


def draw_strip(
    model: Model,
    directions: Sequence[Direction],
    seeds: Sequence[int],
    reach: float = 3.0,
    steps: int = 7,
    layers: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Image.Image:
    """A row for each direction and avatar, from ``-reach`` to ``+reach`` steps along it.

    Args:
        seeds: of the avatars.
        steps: pictures a row, an odd number: the avatar itself is in the middle.
        layers: where, if not where the direction is meant to be.

    Raises:
        NijigenError: numbers out of range.
    """
    if not 3 <= steps <= 99 or not steps % 2:
        raise NijigenError(f"--steps {steps}: use an odd number from 3 to 99")
    if not 0 < reach <= 100:
        raise NijigenError(f"--reach {reach:g}: use a number above 0, up to 100")
    if not seeds or not directions:
        raise NijigenError(f"a strip has 1 to {MOST_PICTURES} pictures: name a direction, and use -n 1 or more")
    if len(seeds) * len(directions) * steps > MOST_PICTURES:
        raise NijigenError(f"a strip has 1 to {MOST_PICTURES} pictures: ask for fewer names, avatars or steps")
    middle = steps // 2
    pictures = []
    for direction in directions:
        for seed in seeds:
            avatar = model.generate(1, seed=seed, attributes=attributes)[0]
            for number in range(steps):
                by = reach * (number - middle) / middle
                pictures.append(model.edit(avatar.certificate, [direction.step(by, layers)]).pixels)
    return make_sheet(pictures, columns=steps, least=SHOWN_SIZE)


def _one_step(vector: Tensor, samples: Samples) -> Tensor:
    """A unit vector as long as a standard deviation of the samples along it."""
    return (vector * (samples.latents @ vector).std()).to(torch.float32)


def _source(samples: Samples, kept: list[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {"keep": kept, "samples": samples.count, "seed": samples.seed}
    if "reader" in vars(samples):
        facts["labeler"] = samples.reader[1]
    return facts


def _kept(samples: Samples, keep: Sequence[str]) -> tuple[Tensor | None, list[str]]:
    """Orthonormal rows of the normals of what is to stay, and what they are of; what no sample shows is left out."""
    normals, what = [], []
    for target in [target for text in keep for target in samples.targets(text, "--keep")]:
        if min(samples.counts(target)) >= LEAST:
            normals.append(samples.normal(target))
            what.append(target.label)
    return (basis(torch.stack(normals)) if normals else None), what
