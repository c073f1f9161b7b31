"""What is known of the real pictures of a data set, gathered once and kept under ``NIJIGEN_HOME/cache/references``.

A reference is named by a digest of all that it depends on: the data set's digest, the extractor's digest and resizer,
the labeler's digest, and how many pictures were looked at. What is kept is checked by a digest of its own; damaged or
absent, it is gathered again. The newest stay, within two gigabytes.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from nijigen.data import Dataset
from nijigen.evaluate.attributes import Tally
from nijigen.evaluate.diversity import Spreads
from nijigen.evaluate.looking import Looker
from nijigen.evaluate.moments import Moments
from nijigen.evaluate.reading import BATCH, chosen_places, real_pictures
from nijigen.files import write_bytes
from nijigen.schema import AttributeSchema
from nijigen.store import home

FORMAT_VERSION = 1
HELD_BYTES = 2**27  # of feature rows: 131,072 rows of 256 features, 16,384 of 2,048
CACHE_BYTES = 2 * 2**30
DIGEST = "sha256"


@dataclass
class Reference:
    """Real pictures as the metrics see them.

    Attributes:
        digest: names everything it depends on, 64 hexadecimal digits.
        count: pictures looked at.
        places: where the pictures of ``rows`` are in the data set, ``[n]``.
        rows: their features, float32 ``[n, width]``.
        tally: how the labeler reads the real pictures; None without a labeler.
    """

    digest: str
    count: int
    places: Tensor
    rows: Tensor
    moments: Moments
    spreads: Spreads
    tally: Tally | None
    cached: bool = False


def reference_key(dataset: Dataset, looker: Looker, limit: int) -> dict[str, Any]:
    """All that a reference depends on."""
    return {
        "format_version": FORMAT_VERSION,
        "dataset": dataset.digest,
        "extractor": looker.extractor.digest,
        "resizer": looker.extractor.resizer,
        "width": looker.extractor.width,
        "labeler": looker.labeler_digest,
        "pictures": min(dataset.count, limit),
        "batch": BATCH,
        "held": HELD_BYTES,
    }


def find_reference(
    dataset: Dataset, looker: Looker, limit: int, advance: Callable[[int], None] = lambda n: None, cache: bool = True
) -> Reference:
    """The reference of a data set: from the cache, or gathered (and kept).

    Args:
        limit: pictures looked at, at most, spread evenly over the data set.
        advance: told of pictures that are done.
        cache: False neither reads nor writes what is kept.

    Raises:
        NijigenError: a picture of the data set is broken.
    """
    key = reference_key(dataset, looker, limit)
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    path = _path(digest) if cache else None
    schemas = dataset.schema, looker.labeler.schema if looker.labeler is not None else None
    if path is not None and (kept := _read(path, digest, *schemas)) is not None:
        return kept
    reference = _gather(dataset, looker, limit, digest, advance)
    if path is not None:
        with contextlib.suppress(OSError):  # a full disk costs the next evaluation time, not this one its result
            _write(path, reference)
    return reference


def is_kept(dataset: Dataset, looker: Looker, limit: int) -> bool:
    """Whether :func:`find_reference` would find it without looking at a picture, unless it is damaged."""
    key = reference_key(dataset, looker, limit)
    path = _path(hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest())
    return path is not None and path.is_file()


def _gather(dataset: Dataset, looker: Looker, limit: int, digest: str, advance: Callable[[int], None]) -> Reference:
    places = chosen_places(dataset.count, limit)
    width, labeler = looker.extractor.width, looker.labeler
    held = chosen_places(len(places), max(1, HELD_BYTES // (4 * width)))
    is_held = torch.zeros(len(places), dtype=torch.bool)
    is_held[held] = True
    rows = torch.empty(len(held), width)
    moments, spreads = Moments(width), Spreads(width, dataset.schema.width)
    tally = None if labeler is None else Tally(dataset.schema, labeler.schema)
    seen = filled = 0
    for pictures, labels in real_pictures(dataset, places):
        found = looker(pictures)
        moments.add(found.features)
        spreads.add(found.features, labels)
        if tally is not None and found.readings is not None:
            tally.add(labels, found.readings)
        part = found.features[is_held[seen : seen + len(pictures)]]
        rows[filled : filled + len(part)] = part
        seen, filled = seen + len(pictures), filled + len(part)
        advance(len(pictures))
    return Reference(digest, seen, places[held], rows, moments, spreads, tally)


def _path(digest: str) -> Path | None:
    try:
        return home() / "cache" / "references" / f"{digest[:40]}.safetensors"
    except RuntimeError:  # this user has no home folder
        return None


def _write(path: Path, reference: Reference) -> None:
    moments, spreads = reference.moments, reference.spreads
    tensors = {
        "places": reference.places,
        "rows": reference.rows,
        "mean": moments.mean,
        "scatter": moments.scatter,
        **{f"spread.{name}": getattr(spreads, name) for name in ("counts", "sums", "squares", "origin")},
    }
    if reference.tally is not None:
        tensors |= {f"tally.{name}": counts for name, counts in reference.tally.counts.items()}
    facts = json.dumps({"digest": reference.digest, "count": reference.count, DIGEST: _content(tensors)})
    plain = {name: value.contiguous() for name, value in tensors.items()}
    write_bytes(path, save(plain, metadata={"nijigen": facts}))
    _make_room(path)


def _read(path: Path, digest: str, schema: AttributeSchema, read: AttributeSchema | None) -> Reference | None:
    """What is kept; None where nothing is, or it is damaged."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {})["nijigen"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if facts["digest"] != digest or facts[DIGEST] != _content(tensors):
            return None
        moments = Moments.from_tensors(int(facts["count"]), tensors["mean"], tensors["scatter"])
        spreads = Spreads(moments.width, schema.width)
        for name in ("counts", "sums", "squares", "origin"):
            setattr(spreads, name, tensors[f"spread.{name}"])
        tally = None if read is None else Tally(schema, read)
        if tally is not None:
            tally.counts = {name: tensors[f"tally.{name}"] for name in tally.names}
        return Reference(
            digest, moments.count, tensors["places"], tensors["rows"], moments, spreads, tally, cached=True
        )
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError):
        return None


def _content(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        digest.update(f"{name}|{value.dtype}|{tuple(value.shape)}|".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _make_room(newest: Path) -> None:
    """Remove the oldest of what is kept until the rest fits; the newest stays in any case."""
    with contextlib.suppress(OSError):
        stats = {path: path.stat() for path in newest.parent.glob("*.safetensors")}
        total = sum(stat.st_size for stat in stats.values())
        for path in sorted(stats, key=lambda path: stats[path].st_mtime):
            if total <= CACHE_BYTES or path == newest:
                break
            total -= stats[path].st_size
            path.unlink()
