"""Pictures of any origin → a data set: list, label, decode, square, drop duplicates, write shards.

    from nijigen.data import prepare
    summary = prepare("faces.zip", "datasets/faces", size=64)
    print("\\n".join(summary.lines()))

Work happens in ``OUT.partial`` and becomes ``OUT`` by one rename. The bytes written depend on the arguments alone, not
on the number of workers nor on interruptions: results are taken in the order of the source.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nijigen.cores import usable_cores
from nijigen.crew import in_order
from nijigen.data.chibi import LICENCE, ChibiSource, chibi_schema, parse_chibi
from nijigen.data.dataset import DATASET_FILE, read_info
from nijigen.data.finish import describe, made_with, write_description
from nijigen.data.journal import Ledger, Workspace, check_arguments
from nijigen.data.matching import Labelling, label
from nijigen.data.shards import Sample, ShardWriter
from nijigen.data.sources import Entry, open_source
from nijigen.data.summary import Summary
from nijigen.data.work import Outcome, Work, process
from nijigen.errors import NijigenError
from nijigen.files import replace_folder
from nijigen.images.resize import SHAPES, Shape
from nijigen.progress import track
from nijigen.schema import Labels
from nijigen.seeds import seed_number

SMALLEST, LARGEST = 8, 2048
CHUNK = 16  # pictures a task at 128 px or less; fewer above, so that tasks in flight stay small


def prepare(
    source: str | Path,
    out: str | Path,
    size: int = 64,
    labels: str | Path | None = None,
    channels: int = 3,
    limit: int | None = None,
    shape: Shape = "crop",
    workers: int | None = None,
    quiet: bool = False,
    licence: str | None = None,
    seed: int | str = 0,
    min_size: int | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Summary:
    """Make a data set of the pictures in ``source``.

    Args:
        source: a folder, a zip, or ``chibi:N`` for N drawings of the built-in illustrator.
        out: the folder to make. If it is there already, made with the same arguments, nothing is done.
        size: side of the pictures in pixels, 8 to 2048.
        labels: a CSV, JSON-lines or JSON file of labels by file name or unique stem, on top of those in the source.
        channels: 3 (RGB, see-through parts on white) or 4 (RGBA).
        limit: use this many pictures only, spread evenly over the sorted source.
        shape: ``crop`` to the centred square, or ``pad`` with white (transparent with 4 channels).
        workers: processes; None for all cores. The result is the same for any number.
        quiet: no progress bar.
        licence: what may be done with the pictures; ``unknown`` unless given.
        seed: of the drawings of ``chibi:N``, a number or any text; other sources do not use it.
        attributes: what all drawings of ``chibi:N`` have in common, in words: ``{"art_style": "anime"}``.
        min_size: pictures with a shorter side below this are dropped; ``size // 2`` unless given.

    Raises:
        NijigenError: wrong arguments, a source or label file that cannot be used, or no picture left.
        OSError: the disk is full or failing; run again to go on.
    """
    out = Path(out)
    _check(size, channels, limit, shape, workers, min_size)
    if not out.name or out.name == "..":
        raise NijigenError(f"cannot make a data set at {out}: name a new folder")
    number = seed_number(seed)
    place = parse_chibi(str(source), number, attributes) or open_source(source)
    work = Work(place, size, channels, shape, size // 2 if min_size is None else min_size)
    listing = place.listing()
    own: dict[str, Any] = {}  # arguments that only drawings have
    if isinstance(place, ChibiSource):
        if labels is not None:
            raise NijigenError("--labels does not go with chibi:N: the illustrator labels its drawings")
        schema, version = chibi_schema()
        labelling = Labelling([{}] * place.count, schema, origin="illustrator")
        own = {"seed": number, "illustrator": version, "attributes": place.attributes}
        licence = licence or LICENCE
    elif attributes:
        raise NijigenError("--set goes with chibi:N alone: the labels of other sources are what they are")
    else:
        labelling = label(place, listing, None if labels is None else Path(labels))
    if not listing.pictures:
        raise NijigenError(f"source {source} holds no pictures ({listing.ignored} other files)")
    chosen = _spread(len(listing.pictures), limit)
    entries = [listing.pictures[index] for index in chosen]
    given = [labelling.labels[index] for index in chosen]
    arguments = {
        "source": place.name,
        "source_digest": _source_digest(entries, given),
        "size": size,
        "channels": channels,
        "shape": shape,
        "min_size": work.min_size,
        "limit": limit,
        "labels": None if labels is None else Path(labels).name,
        "licence": licence or "unknown",
        **own,
    }
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        return _reuse(out, arguments)
    workspace = Workspace(out)
    with workspace.locked():
        if not (workspace.folder / DATASET_FILE).exists():
            ledger = workspace.resume(arguments | made_with())
            resumed_at = ledger.next
            tasks = _processes(workers, len(entries) - ledger.next)
            with track(len(entries), f"preparing {place.name}", quiet=quiet, done=ledger.next) as progress:
                _fill(workspace, ledger, work, entries, given, tasks, progress.advance)
            _refuse_nothing(workspace, ledger, place.name)
            before = listing.refused + labelling.missing
            info = describe(ledger, labelling, arguments, before, listing.ignored)
            write_description(workspace.folder, ledger, info, before)
        else:  # killed between the last file and the rename
            resumed_at = len(entries)
            check_arguments(workspace.folder, read_info(workspace.folder)["arguments"], arguments)
        workspace.clear()
        replace_folder(workspace.folder, out)
    return Summary.of(out, read_info(out), resumed_at)


def _check(size: int, channels: int, limit: int | None, shape: str, workers: int | None, min_size: int | None) -> None:
    if not SMALLEST <= size <= LARGEST:
        raise NijigenError(f"--size {size} is out of range: use {SMALLEST} to {LARGEST}")
    if channels not in (3, 4):
        raise NijigenError(f"--channels {channels}: use 3 (RGB) or 4 (RGBA)")
    if shape not in SHAPES:
        raise NijigenError(f"--shape {shape}: use {' or '.join(SHAPES)}")
    for name, value, least in (("limit", limit, 1), ("workers", workers, 1), ("min-size", min_size, 0)):
        if value is not None and value < least:
            raise NijigenError(f"--{name} {value} is too small: use {least} or more")


def _spread(count: int, limit: int | None) -> Sequence[int]:
    """``limit`` of ``count`` positions, evenly apart: a sorted source has its classes one after another."""
    if limit is None or limit >= count:
        return range(count)
    return [index * count // limit for index in range(limit)]


def _source_digest(entries: list[Entry], labels: list[Labels]) -> str:
    """Tells whether the source is still the same: names, sizes, (in a zip) checksums of its files, and all labels."""
    total = hashlib.sha256()
    for entry, row in zip(entries, labels, strict=True):
        line = [entry.name, entry.size, getattr(entry.where, "crc", None), row]
        total.update(json.dumps(line).encode() + b"\n")
    return total.hexdigest()


def _reuse(out: Path, arguments: dict[str, Any]) -> Summary:
    try:
        info = read_info(out)
    except NijigenError:
        raise NijigenError(f"{out} exists and is no data set of nijigen: choose another name") from None
    check_arguments(out, info.get("arguments", {}), arguments)
    return Summary.of(out, info, reused=True)


def _processes(workers: int | None, count: int) -> int:
    """A process more must be worth its start (a quarter of a second)."""
    return workers if workers is not None else max(1, min(usable_cores(), count // (8 * CHUNK)))


def _fill(
    workspace: Workspace,
    ledger: Ledger,
    work: Work,
    entries: list[Entry],
    given: list[Labels],
    workers: int,
    advance: Callable[[int], None],
) -> None:
    """Process every entry that the ledger does not know yet, shard by shard."""
    chunk = max(1, min(CHUNK, CHUNK * 128**2 // work.size**2))
    tasks = ((work, entries[start : start + chunk]) for start in range(ledger.next, len(entries), chunk))
    writer: ShardWriter | None = None
    position = ledger.next
    try:
        for outcomes in in_order(process, tasks, workers):
            for outcome in outcomes:
                labels = given[position] if outcome.labels is None else outcome.labels
                writer = _account(workspace, ledger, writer, entries[position].name, labels, outcome)
                position += 1
                if writer is not None and writer.full:
                    workspace.record(ledger.take_news(position, writer.close()))
                    writer = None
            advance(len(outcomes))
        if position > ledger.next:
            workspace.record(ledger.take_news(position, writer.close() if writer else None))
            writer = None
    finally:
        if writer is not None:
            writer.abandon()


def _account(
    workspace: Workspace, ledger: Ledger, writer: ShardWriter | None, file: str, labels: Labels, outcome: Outcome
) -> ShardWriter | None:
    """Keep or drop one picture; returns the writer of the shard that is open afterwards."""
    if outcome.reason:
        row: dict[str, Any] = {"file": file, "reason": outcome.reason, "detail": outcome.detail}
        ledger.drop(row | {"labels": labels} if labels else row)
        return writer
    twin = ledger.twin(outcome.file_digest, outcome.pixel_digest)
    if twin is not None:
        _drop_duplicate(ledger, twin, file, labels)
        return writer
    number = ledger.keep(file, labels, outcome.file_digest, outcome.pixel_digest)
    if writer is None:
        writer = ShardWriter(workspace.folder / f"shard-{len(ledger.shards):05d}.tar")
    writer.add(Sample(f"{number:08d}", outcome.suffix, outcome.data, labels, file))
    return writer


def _drop_duplicate(ledger: Ledger, twin: int, file: str, labels: Labels) -> None:
    """The first of two equal pictures stays; it takes over labels that only the second has."""
    kept = ledger.labels[twin]
    row: dict[str, Any] = {"file": file, "reason": "exact_duplicate", "of": ledger.files[twin]}
    conflict = {name: [kept[name], value] for name, value in labels.items() if kept.get(name, value) != value}
    if conflict:
        row["labels_conflict"] = conflict
    new = {name: value for name, value in labels.items() if name not in kept}
    if new:
        ledger.merge(twin, kept | new)
    ledger.drop(row)


def _refuse_nothing(workspace: Workspace, ledger: Ledger, name: str) -> None:
    if ledger.files:
        return
    reasons = ", ".join(
        f"{count} {reason}" for reason, count in Counter(row["reason"] for row in ledger.dropped).items()
    )
    first = ledger.dropped[0]
    for path in workspace.folder.iterdir():
        path.unlink()
    workspace.folder.rmdir()
    raise NijigenError(
        f"no picture of {name} can be used: {reasons} (first: {first['file']}, {first.get('detail', '')})"
    )
