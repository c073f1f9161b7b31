"""Avatars that are there, changed: new avatars, with what was done written down.

>>> from nijigen.engine.editing import edit
>>> edit("avatars/avatar-0003.png", attributes={"expression": "smile"}).save("smiling.png")     # doctest: +SKIP
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.avatar import SHOWN_SIZE, Avatar
from nijigen.edit.source import facts_of
from nijigen.edit.steps import Breed, Mix, Step, Vary
from nijigen.engine.model import Model
from nijigen.engine.stepping import open_moves, steps_of
from nijigen.errors import NijigenError
from nijigen.images.sheet import make_sheet
from nijigen.seeds import derive, seed_number
from nijigen.store import find_digest, find_model
from nijigen.style.record import is_painted

MOST = 1_000


@dataclass(frozen=True)
class Editable:
    """An avatar with the model it is of."""

    avatar: Avatar
    model: Model

    def after(self, *steps: Step) -> Avatar:
        """The avatar after these steps."""
        return self.model.edit(self.avatar.certificate, steps)

    @property
    def facts(self) -> dict[str, Any]:
        """As a parent of another avatar's steps."""
        return facts_of(self.avatar.certificate)


def open_editable(
    file: str | Path | Avatar, model: str | Path | Model | None = None, device: str = "auto", threads: int | None = None
) -> Editable:
    """An avatar and its model, found by its digest unless given.

    Raises:
        NijigenError: no avatar of a model, no such model, or another one than it is of.
    """
    avatar = file if isinstance(file, Avatar) else Avatar.open(file)
    name = file if isinstance(file, str | Path) else "the avatar"
    certificate = avatar.certificate
    if certificate.get("kind") != "model":
        raise NijigenError(
            f"{name} was drawn by the illustrator, not made by a model: draw it again with other words (nijigen draw"
            f" --seed {certificate.get('seed')} --set …)"
        )
    digest = str(certificate.get("digest"))
    if not isinstance(model, Model):
        model = Model(find_digest(digest) if model is None else find_model(model), device, threads)
    if model.digest != digest:
        raise NijigenError(f"{name} is of another model ({digest[:12]}…) than {model.path} ({model.digest[:12]}…)")
    return Editable(avatar, model)


def edit(
    file: str | Path | Avatar,
    *steps: Step,
    model: str | Path | Model | None = None,
    moves: Mapping[str, float] | None = None,
    directions: str | Path | None = None,
    **asked: Any,
) -> Avatar:
    """One avatar, changed.

    Args:
        steps: ready ones; before them come those of the keywords of :func:`steps_of` (``attributes=…``).
        moves: by name, numbers of the model's words or its directions.
        directions: a file of directions; None: the model's own.

    Raises:
        NijigenError: as :func:`open_editable`; a word or number that the model does not know; nothing to change.
    """
    editable = open_editable(file, model)
    wanted = [*steps_of(moves=open_moves(editable.model, moves or {}, directions), **asked), *steps]
    if not wanted:
        raise NijigenError("nothing to change: give words (--set expression=smile) or numbers (--move blush=1)")
    return editable.after(*wanted)


def vary(editable: Editable, count: int, strength: float, seed: int | str = 0) -> Iterator[Avatar]:
    """Neighbours of an avatar, with the same words: 0 is itself, 1 anybody with these words."""
    _check(count, "-n")
    if not 0 <= strength <= 1:
        raise NijigenError(f"--strength {strength:g} is out of range: use 0 (the same) to 1 (anybody)")
    for number in range(count):
        yield editable.after(Vary(seed=derive(seed_number(seed), number), strength=strength))


def breed(one: Editable, other: Editable, count: int, mutation: float, seed: int | str = 0) -> Iterator[Avatar]:
    """Children of two avatars of one model.

    Raises:
        NijigenError: of two models, or numbers out of range.
    """
    _check(count, "-n")
    check_related(one, other)
    if not 0 <= mutation <= 1:
        raise NijigenError(f"--mutation {mutation:g} is out of range: use 0 (none) to 1 (hardly their children)")
    for number in range(count):
        yield one.after(Breed(other=other.facts, seed=derive(seed_number(seed), number), mutation=mutation))


def mix(one: Editable, other: Editable, layers: str = "all", share: float = 0.5) -> Avatar:
    """One avatar with some layers of another, or part of the way to it."""
    check_related(one, other)
    if not -1 <= share <= 2:
        raise NijigenError(f"--share {share:g} is out of range: use 0 (the first) to 1 (the other), or -1 to 2 at most")
    return one.after(Mix(other=other.facts, layers=layers, share=share))


def mixing_table(
    rows: Sequence[Editable], columns: Sequence[Editable], layers: str, share: float = 1.0
) -> list[list[Avatar]]:
    """Each row's avatar with the layers of each column's (the table of 1812.04948, figure 3).

    Raises:
        NijigenError: as :func:`mix`; no row or no column, or more than 1,000 cells.
    """
    if not rows or not columns:
        raise NijigenError("a mixing table needs one row and one column or more")
    if len(rows) * len(columns) > MOST:
        raise NijigenError(f"{len(rows)} rows of {len(columns)} are more than {MOST:,} avatars: give fewer files")
    return [[mix(row, column, layers, share) for column in columns] for row in rows]


def show_table(rows: Sequence[Editable], columns: Sequence[Editable], cells: Sequence[Sequence[Avatar]]) -> Image.Image:
    """A mixing table to look at: the avatars of the columns above, those of the rows on the left."""
    shown = [avatar.pixels for line in cells for avatar in line]
    blank = np.full_like(shown[0], 0 if shown[0].shape[2] == 4 else 255)
    pictures = [blank, *(_own_size(column).pixels for column in columns)]
    for row, line in zip(rows, cells, strict=True):
        pictures += [_own_size(row).pixels, *(avatar.pixels for avatar in line)]
    return make_sheet(pictures, len(columns) + 1, least=SHOWN_SIZE)


def _own_size(editable: Editable) -> Avatar:
    """The avatar as its model made it, also where its file was enlarged or painted since."""
    side = editable.model.generator.shape.resolution
    same = editable.avatar.pixels.shape[0] == side and not is_painted(editable.avatar.certificate)
    return editable.avatar if same else editable.after()


def check_related(one: Editable, other: Editable) -> None:
    """See that two avatars are of one model.

    Raises:
        NijigenError: they are not; both models are named.
    """
    if one.model.digest != other.model.digest:
        raise NijigenError(
            f"two avatars of two models ({one.model.name}, {other.model.name}) have no latent space in common: take"
            " both from one model"
        )


def _check(count: int, flag: str) -> None:
    if not 1 <= count <= MOST:
        raise NijigenError(f"{flag} {count} is out of range: use 1 to {MOST:,}")
