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
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from nijigen.cores import usable_cores
from nijigen.data.chibi import LICENCE, ChibiSource, chibi_schema, parse_chibi
from nijigen.data.dataset import DATASET_FILE, Dataset, read_info
from nijigen.data.filling import CHUNK, Filler
from nijigen.data.findings import find_out
from nijigen.data.finish import describe, made_with, write_description
from nijigen.data.journal import LOCK, Ledger, Workspace, check_arguments
from nijigen.data.matching import Labelling, label
from nijigen.data.opening import open_any
from nijigen.data.report import REPORT_FILE, write_report
from nijigen.data.restore import asked, take_back
from nijigen.data.sources import Entry
from nijigen.data.summary import Summary
from nijigen.data.work import Work
from nijigen.errors import NijigenError
from nijigen.files import locked, replace_folder
from nijigen.images.resize import SHAPES, Shape
from nijigen.progress import track
from nijigen.schema import Labels
from nijigen.seeds import seed_number

SMALLEST, LARGEST = 8, 2048


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
    keep: Collection[str] = (),
    keep_reason: Collection[str] = (),
    provenance: str | None = None,
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
        keep: names of pictures to keep though they were judged and left out (see ``dropped.jsonl``); also of a data set
            that is there already.
        keep_reason: reasons that are none: ``blurred``.
        provenance: where the pictures are from, in words or as an address; ``unknown`` unless given.
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
    place = parse_chibi(str(source), number, attributes) or open_any(source)
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
        "provenance": provenance or "unknown",
        **own,
    }
    back = asked(keep, keep_reason)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        return _reuse(out, arguments, back)
    workspace = Workspace(out)
    with workspace.locked():
        if not (workspace.folder / DATASET_FILE).exists():
            ledger = workspace.resume(arguments | made_with())
            resumed_at = ledger.next
            tasks = _processes(workers, len(entries) - ledger.next)
            with track(len(entries), f"preparing {place.name}", quiet=quiet, done=ledger.next) as progress:
                Filler(workspace, ledger).fill(work, entries, listing.facts, given, tasks, progress.advance)
            _refuse_nothing(workspace, ledger, place.name)
            before = listing.refused + labelling.missing
            info = describe(ledger, labelling, arguments, before, listing.ignored)
            write_description(workspace.folder, ledger, info, before)
        else:  # killed between the last file and the rename
            resumed_at = len(entries)
            check_arguments(workspace.folder, read_info(workspace.folder)["arguments"], arguments)
        take_back(workspace.folder, back)
        write_report(workspace.folder / REPORT_FILE, find_out(Dataset.open(workspace.folder)))
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


def _reuse(out: Path, arguments: dict[str, Any], back: dict[str, list[str]]) -> Summary:
    try:
        info = read_info(out)
    except NijigenError:
        raise NijigenError(f"{out} exists and is no data set of nijigen: choose another name") from None
    check_arguments(out, info.get("arguments", {}), arguments)
    if info.get("kept", back) != back:
        with locked(out, LOCK):
            info = take_back(out, back)
            write_report(out / REPORT_FILE, find_out(Dataset.open(out)))
        (out / LOCK).unlink(missing_ok=True)
    return Summary.of(out, info, reused=True)


def _processes(workers: int | None, count: int) -> int:
    """A process more must be worth its start (a quarter of a second)."""
    return workers if workers is not None else max(1, min(usable_cores(), count // (8 * CHUNK)))


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
