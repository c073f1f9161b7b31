"""Where a projection is, in a file: ``.safetensors``, with what it is a search for in the header."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from nijigen.edit.projection import Search
from nijigen.errors import NijigenError
from nijigen.files import check_writable
from nijigen.models.package import read_weights, write_weights

FORMAT = "nijigen projection"
FORMAT_VERSION = 1
MOST_BYTES = 1 << 30
PARTS = ("value", "maps", "mean", "square", "trail")
HINT = "give another --state, or delete it to begin anew"
WORDS = {
    "model": "another model",
    "picture": "another picture, or the same one cut out otherwise",
    "given": "a search with other words",
    "words": "a search with other words",
}


def save_search(path: Path, search: Search, facts: Mapping[str, Any]) -> None:
    """Write the state of a search, atomically.

    Args:
        facts: what must be the same for it to go on, in JSON's kinds.

    Raises:
        OSError: it cannot be written.
    """
    card = {"format": FORMAT, "format_version": FORMAT_VERSION, "step": search.step, "facts": dict(facts)}
    tensors = {name: getattr(search, name) for name in PARTS}
    write_weights(path, tensors, {"nijigen": json.dumps(card, ensure_ascii=False)})


def begun(path: Path, facts: Mapping[str, Any]) -> tuple[dict[str, Any], Tensor] | None:
    """All facts of the search in a file, and a value of its space; None where there is no file.

    Args:
        facts: those that are known before a search begins.

    Raises:
        NijigenError: as :func:`open_search`.
    """
    check_name(path)
    if not path.exists():
        return None
    tensors, was, _ = _read(path, facts)
    if "value" not in tensors:
        raise NijigenError(f"--state {path} is damaged: {HINT}")
    return was, tensors["value"]


def open_search(path: Path, start: Search, facts: Mapping[str, Any]) -> Search:
    """The search in a file; where there is no file, ``start``.

    Raises:
        NijigenError: a damaged file, one of something else, of another model or picture, or with other settings.
    """
    check_name(path)
    if not path.exists():
        return start
    tensors, _, step = _read(path, facts)
    whole = step >= 0 and all(name in tensors and bool(tensors[name].isfinite().all()) for name in PARTS)
    shapes = {name: getattr(start, name).shape for name in PARTS[:-1]}
    fits = whole and all(tensors[name].shape == shape for name, shape in shapes.items())
    if not fits or tensors["trail"].shape[1:] != start.value.shape:
        raise NijigenError(f"--state {path} is damaged: {HINT}")
    return Search(step, *(tensors[name].to(start.value) for name in PARTS))


def _read(path: Path, facts: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any], int]:
    """Tensors, facts and step of a file whose facts are these."""
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise NijigenError(f"--state {path} is larger than {MOST_BYTES // 2**20} MB: it is no state of a projection")
    tensors, header = read_weights(path)
    try:
        card = json.loads(header["nijigen"])
        if card["format"] != FORMAT:
            raise ValueError
        version, was, step = int(card["format_version"]), dict(card["facts"]), int(card["step"])
    except (KeyError, ValueError, TypeError, RecursionError):
        raise NijigenError(f"--state {path} is no state of a projection: {HINT}") from None
    if version > FORMAT_VERSION:
        raise NijigenError(f"--state {path} has format {version}, newer than this nijigen knows: update nijigen")
    for name, now in facts.items():
        if was.get(name) != now:
            of = WORDS.get(name, f"a search with {name} {was.get(name)}, not {now}")
            raise NijigenError(f"--state {path} is of {of}: {HINT}")
    return tensors, was, step


def check_name(path: Path) -> None:
    """Raises NijigenError where a state could not be kept under that name."""
    if path.suffix != ".safetensors":
        raise NijigenError(f"--state {path}: the name of a state ends in .safetensors")
    check_writable(path)
