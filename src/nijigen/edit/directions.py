"""Directions in the latent space of one model, by names, in one ``.safetensors`` file with its card in the header.

The card names the model by its digest and says how each direction was found. A file of another model is refused: its
numbers would mean nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nijigen.edit.source import numbers_digest, pack_numbers
from nijigen.edit.steps import Shift
from nijigen.errors import NijigenError, did_you_mean
from nijigen.files import check_writable
from nijigen.models.package import read_weights, write_weights
from nijigen.store import bundled_models, home
from nijigen.vocabulary import fold

FORMAT = "nijigen directions"
FORMAT_VERSION = 1
VECTORS = "vectors"
MOST_BYTES = 64 * 2**20
LONGEST_NAME = 60
NOT_IN_NAMES = frozenset("=,＝，\n\r\t")  # they part names from steps, and names from each other


@dataclass(frozen=True, eq=False)
class Direction:
    """A way through the latent space.

    Attributes:
        name: as ``--move`` says it; capitals, underscores and hyphens count for nothing.
        vector: float32 ``[dim]``; its length is one step, a standard deviation of what the model makes along it.
        layers: where it is meant to be taken: ``all``, or as ``Space.rows`` reads it.
        facts: how it was found.
    """

    name: str
    vector: Tensor
    layers: str = "all"
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not fold(self.name) or len(self.name) > LONGEST_NAME or NOT_IN_NAMES & set(self.name):
            raise NijigenError(
                f"--name {self.name[:80]!r}: use 1 to {LONGEST_NAME} letters without commas and equals signs"
            )

    @property
    def digest(self) -> str:
        """SHA-256 of its numbers, as 64 hexadecimal digits."""
        return numbers_digest(self.vector)

    def step(self, by: float, layers: str | None = None) -> Shift:
        """The edit that goes so many steps along it, complete in itself: the file is not needed to take it again."""
        return Shift(
            name=self.name,
            by=by,
            layers=self.layers if layers is None else layers,
            vector=pack_numbers(self.vector),
            digest=self.digest,
        )


class Directions:
    """Directions of one model, by name, in order."""

    def __init__(self, model: str, directions: Iterable[Direction] = ()) -> None:
        """
        Args:
            model: the digest of the model they are of.
        """
        self.model = model
        self._by_name: dict[str, Direction] = {}
        for direction in directions:
            self.add(direction)

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Direction]:
        return iter(self._by_name.values())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold(name) in self._by_name

    def __getitem__(self, name: str) -> Direction:
        """The direction of that name.

        Raises:
            NijigenError: there is none; the nearest is named.
        """
        if name not in self:
            known = [direction.name for direction in self]
            raise NijigenError(
                f"no direction {name!r}{did_you_mean(name, known)}: this model has"
                f" {', '.join(known) or 'none yet: nijigen directions find'}"
            )
        return self._by_name[fold(name)]

    def add(self, direction: Direction) -> None:
        """Put a direction in, in place of one of the same name."""
        self._by_name[fold(direction.name)] = direction

    def save(self, path: Path) -> Path:
        """Write the file, atomically.

        Raises:
            NijigenError: the name is no ``.safetensors``, or nothing is there to be written.
            OSError: it cannot be written.
        """
        check_file(path)
        if not len(self):
            raise NijigenError(f"{path}: there are no directions to write")
        listed = [{"name": one.name, "layers": one.layers, "digest": one.digest, "found": one.facts} for one in self]
        card = {"format": FORMAT, "format_version": FORMAT_VERSION, "model": self.model, "directions": listed}
        vectors = torch.stack([one.vector.to(torch.float32) for one in self])
        write_weights(path, {VECTORS: vectors}, {"nijigen": json.dumps(card, ensure_ascii=False)})
        return path


def check_file(path: Path) -> None:
    """Raises NijigenError where directions cannot be kept under that name."""
    if path.suffix != ".safetensors":
        raise NijigenError(f"--out {path}: the name of a file of directions ends in .safetensors")
    check_writable(path)


def read_directions(path: Path, model: str) -> Directions:
    """The directions of a file.

    Args:
        model: the digest of the model they are to be used with.

    Raises:
        NijigenError: no such file, a damaged one, one of a newer format, or one of another model.
    """
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise NijigenError(f"{path} is larger than {MOST_BYTES // 2**20} MB: it is no file of directions")
    tensors, header = read_weights(path)
    try:
        card = json.loads(header["nijigen"])
        if card["format"] != FORMAT:
            raise ValueError
        version = int(card["format_version"])
    except (KeyError, ValueError, TypeError, RecursionError):
        raise NijigenError(f"{path} holds no directions: find some with nijigen directions find") from None
    if version > FORMAT_VERSION:
        raise NijigenError(f"{path} has directions format {version}, newer than this nijigen knows: update nijigen")
    if card.get("model") != model:
        raise NijigenError(
            f"{path} is of another model ({str(card.get('model'))[:12]}…) than this one ({model[:12]}…): find"
            " directions of this one with nijigen directions find --out FILE"
        )
    try:
        vectors = tensors[VECTORS]
        rows = zip(card["directions"], vectors, strict=True)
        found = [Direction(str(row["name"]), v, str(row["layers"]), dict(row["found"])) for row, v in rows]
        if vectors.dtype != torch.float32 or vectors.ndim != 2 or not bool(vectors.isfinite().all()):
            raise ValueError("its numbers are none")
        if [one.digest for one in found] != [row["digest"] for row in card["directions"]]:
            raise ValueError("its numbers are not those that its card names")
        return Directions(model, found)
    except (NijigenError, KeyError, ValueError, TypeError) as error:
        raise NijigenError(f"{path} is damaged: {error}") from None


def usual_place(model: Path, digest: str) -> Path:
    """Where directions are kept: beside their model; of one that comes with nijigen in the user's folder."""
    if model.is_dir():
        return model / "directions.safetensors"
    if model.resolve().parent == bundled_models().resolve():
        return home() / "directions" / f"{model.stem}-{digest[:16]}.safetensors"
    return model.with_name(f"{model.stem}.directions.safetensors")
