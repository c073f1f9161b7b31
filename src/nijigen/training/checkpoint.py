"""Checkpoints: a folder each, complete or not there at all, read without pickle.

``checkpoints/000050000/state.safetensors`` holds every tensor, ``state.json`` the counters, what the run was (recipe,
data set, machine) and two digests, of the tensors and of itself, by which damage is known: a flipped bit in a counter
is still valid JSON. The newest ``keep`` ones stay.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.files import replace_folder, sha256_file, write_json
from nijigen.models.package import read_weights, write_weights

FORMAT_VERSION = 1
FACTS_DIGEST = "facts_sha256"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as read: tensors by name, and the plain object saved with them."""

    path: Path
    images: int
    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def save_checkpoint(folder: Path, images: int, tensors: dict[str, Tensor], facts: dict[str, Any], keep: int) -> Path:
    """Write a checkpoint and remove the oldest beyond ``keep``. After a crash it is there whole or not at all.

    Raises:
        OSError: the disk is full, say; earlier checkpoints are untouched.
    """
    final = folder / f"{images:09d}"
    beside = folder / f".{images:09d}.part"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        write_weights(beside / "state.safetensors", tensors, {})
        digest = sha256_file(beside / "state.safetensors")
        whole = {"format_version": FORMAT_VERSION, "sha256": digest, "images": images, **facts}
        write_json(beside / "state.json", {**whole, FACTS_DIGEST: _digest(whole)})
        replace_folder(beside, final)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    # One with more images than this can only be a damaged one that the run went on from behind: it counts for nothing.
    known = list_checkpoints(folder)
    place = known.index(final) + 1
    for old in [*known[: max(0, place - keep)], *known[place:]]:
        shutil.rmtree(old)
    return final


def list_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.isdecimal() and path.is_dir()), key=_images)


def load_newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is whole (None where there is none), and a remark for each damaged one skipped.

    Raises:
        NijigenError: a checkpoint is from a newer nijigen.
    """
    remarks: list[str] = []
    for path in reversed(list_checkpoints(folder)):
        try:
            return _load(path), remarks
        except _DamagedError as error:
            remarks.append(f"checkpoint {path} is damaged ({error}): going on from the one before it")
    return None, remarks


def _images(path: Path) -> int:
    return int(path.name)


def _digest(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class _DamagedError(Exception):
    pass


def _load(path: Path) -> Checkpoint:
    try:
        facts = json.loads((path / "state.json").read_text(encoding="utf-8"))
        version, digest, images = int(facts["format_version"]), str(facts["sha256"]), int(facts["images"])
        own_digest = facts.pop(FACTS_DIGEST, "")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _DamagedError(f"state.json: {error}") from None
    if version > FORMAT_VERSION:
        raise NijigenError(f"checkpoint {path} has format {version}, newer than this nijigen knows: update nijigen")
    if own_digest != _digest(facts):
        raise _DamagedError("state.json is altered")
    weights = path / "state.safetensors"
    if not weights.is_file() or sha256_file(weights) != digest:
        raise _DamagedError("state.safetensors is missing or altered")
    return Checkpoint(path, images, read_weights(weights)[0], facts)
