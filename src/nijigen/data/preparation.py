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
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nijigen.cores import usable_cores
from nijigen.data.card import describe_folder
from nijigen.data.chibi import LICENCE, MAKER, ChibiSource
from nijigen.data.choices import Choices
from nijigen.data.dataset import DATASET_FILE, Dataset, read_info
from nijigen.data.filling import CHUNK, Filler
from nijigen.data.findings import find_out
from nijigen.data.finish import describe, fold_kept, made_with, shared_tags, write_description
from nijigen.data.journal import LOCK, Ledger, Workspace, check_arguments
from nijigen.data.near import NearIndex
from nijigen.data.opening import label_place, open_place
from nijigen.data.report import REPORT_FILE, write_report
from nijigen.data.restate import restate, unheard
from nijigen.data.restore import asked, check_names, take_back, without_hits
from nijigen.data.rights import rights_of
from nijigen.data.sources import Entry, Listing
from nijigen.data.summary import Summary
from nijigen.data.twins import add_twins
from nijigen.data.work import work_of
from nijigen.errors import NijigenError
from nijigen.files import locked, replace_folder
from nijigen.progress import track
from nijigen.schema import Labels


def prepare(
    source: str | Path,
    out: str | Path,
    size: int = 64,
    labels: str | Path | None = None,
    *,
    workers: int | None = None,
    quiet: bool = False,
    keep: Collection[str] = (),
    keep_reason: Collection[str] = (),
    smooth_edges: bool = False,
    **chosen: Any,
) -> Summary:
    """Make a data set of the pictures in ``source``.

    Args:
        source: a folder, a zip, a data set in a layout of others (see ``docs/datasets.md``), or ``chibi:N`` for N
            drawings of the built-in illustrator.
        out: the folder to make. If it is there already, made with the same arguments, nothing is done.
        workers: processes; None for all cores. The result is the same for any number.
        quiet: no progress bar.
        keep: names of pictures to keep though they were judged and left out (see ``dropped.jsonl``); also of a data set
            that is there already.
        keep_reason: reasons that are none: ``blurred``.
        smooth_edges: also make a twin of each picture whose edges are blurred, for translators to tell drawings from;
            also for a data set that is there already.
        size, labels, chosen: see :class:`nijigen.data.choices.Choices`.

    Raises:
        NijigenError: wrong arguments, a source or label file that cannot be used, or no picture left.
        OSError: the disk is full or failing; run again to go on.
    """
    out = Path(out)
    choices = Choices(size=size, labels=labels, **chosen)
    if workers is not None and workers < 1:
        raise NijigenError(f"--workers {workers} is too small: use 1 or more")
    if not out.name or out.name == "..":
        raise NijigenError(f"cannot make a data set at {out}: name a new folder")
    if smooth_edges and choices.channels != 3:
        raise NijigenError("--smooth-edges is for translators of photos, which have no transparency: use --channels 3")
    back = asked(keep, keep_reason)
    place = open_place(source, choices)
    work = work_of(place, choices)
    listing = place.listing()
    labelling = label_place(place, listing, choices)
    if not listing.pictures:
        raise NijigenError(f"source {source} holds no pictures ({_nothing(listing)})")
    picked = _spread(len(listing.pictures), choices.limit)
    entries = [listing.pictures[index] for index in picked]
    check_names(back["files"], place.name, (entry.name for entry in entries))
    given = [labelling.labels[index] for index in picked]
    by_tags = [labelling.by_tags[index] for index in picked] if labelling.by_tags else []
    arguments = {"source": place.name, "source_digest": _source_digest(entries, given, listing), **choices.arguments()}
    if isinstance(place, ChibiSource):
        drawn = {"seed": choices.number, "illustrator": place.version, "attributes": place.attributes}
        arguments |= {**drawn, "licence": choices.licence or LICENCE, "provenance": choices.provenance or MAKER}
        arguments["junk"] = False
    elif work.content is not None:
        arguments["filter"] = work.content.noted()
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        return _reuse(out, arguments, back, choices.said, smooth_edges, quiet)
    workspace = Workspace(out)
    with workspace.locked():
        if not (workspace.folder / DATASET_FILE).exists():
            ledger = workspace.resume(arguments | made_with(), NearIndex() if work.thresholds else None)
            arguments = workspace.agree(arguments, choices.said)
            resumed_at = ledger.next
            tasks = _processes(workers, len(entries) - ledger.next)
            with track(len(entries), f"preparing {place.name}", quiet=quiet, done=ledger.next) as progress:
                Filler(workspace, ledger).fill(work, entries, listing.facts, given, by_tags, tasks, progress.advance)
            _refuse_nothing(workspace, ledger, place.name)
            before = listing.refused + labelling.missing
            tagged = {entry.name for entry, names in zip(entries, by_tags, strict=False) if names}
            labelling.remarks += shared_tags(ledger, tagged)
            fold_kept(ledger, labelling, choices.min_count)
            rights = rights_of(ledger.files, listing.facts)
            info = describe(ledger, labelling, arguments, before, listing.ignored, rights)
            write_description(workspace.folder, ledger, info, before)
        else:  # killed between the last file and the rename
            resumed_at = len(entries)
            had = read_info(workspace.folder)["arguments"]
            check_arguments(workspace.folder, had, arguments, finished=False)
        take_back(workspace.folder, back)
        restate(workspace.folder, choices.said)
        write_report(workspace.folder / REPORT_FILE, find_out(Dataset.open(workspace.folder)))
        describe_folder(workspace.folder)
        workspace.clear()
        replace_folder(workspace.folder, out)
    news = [*_twinned(out, smooth_edges, quiet), *describe_folder(out)]
    info = read_info(out)
    summary = Summary.of(out, info, resumed_at)
    return replace(summary, remarks=[*news, *summary.remarks, *without_hits(out, info)])


def _twinned(out: Path, wanted: bool, quiet: bool) -> list[str]:
    """Make the twins that a data set lacks, where they are wanted; what to say of it."""
    if not wanted:
        return []
    with _held(out):
        made = add_twins(out, quiet)
    return [f"edge-smoothed twins: {made:,} made"] if made else []


def _nothing(listing: Listing) -> str:
    """What a source holds that has no picture to take."""
    reasons = Counter(row["reason"] for row in listing.refused)
    refused = ", ".join(f"{count:,} refused as {reason}" for reason, count in reasons.items())
    return f"{listing.ignored} other files" + (f", {refused}" if refused else "")


def _spread(count: int, limit: int | None) -> Sequence[int]:
    """``limit`` of ``count`` positions, evenly apart: a sorted source has its classes one after another."""
    if limit is None or limit >= count:
        return range(count)
    return [index * count // limit for index in range(limit)]


def _source_digest(entries: list[Entry], labels: list[Labels], listing: Listing) -> str:
    """Tells whether the source is still the same: names, sizes, (in a zip) checksums of its files, labels and facts."""
    total = hashlib.sha256()
    for entry, row in zip(entries, labels, strict=True):
        line = [entry.name, entry.size, getattr(entry.where, "crc", None), row]
        if entry.name in listing.facts:
            facts = listing.facts[entry.name]
            line += [facts.boxes, facts.licence, facts.source]
        total.update(json.dumps(line).encode() + b"\n")
    return total.hexdigest()


def _reuse(
    out: Path,
    arguments: dict[str, Any],
    back: dict[str, list[str]],
    said: dict[str, str],
    smooth_edges: bool,
    quiet: bool,
) -> Summary:
    try:
        info = read_info(out)
    except NijigenError:
        raise NijigenError(f"{out} exists and is no data set of nijigen: choose another name") from None
    check_arguments(out, info.get("arguments", {}), arguments)
    killed = (out / LOCK).exists()  # one that is still at work holds it, and is not disturbed
    if killed or info.get("kept", back) != back:
        with _held(out):
            info = take_back(out, back, anew=killed)
            write_report(out / REPORT_FILE, find_out(Dataset.open(out)))
    news: list[str] = []
    if unheard(info, said):
        with _held(out):
            news, info = restate(out, said), read_info(out)
    news += [*_twinned(out, smooth_edges, quiet), *describe_folder(out)]
    summary = Summary.of(out, info, reused=True)
    return replace(summary, remarks=[*news, *summary.remarks, *without_hits(out, info)])


@contextmanager
def _held(out: Path) -> Iterator[None]:
    """Hold a finished data set for a change. Whoever is killed within leaves the lock, and the next one repairs it."""
    done = False
    try:
        with locked(out, LOCK):
            try:
                yield
            except NijigenError:
                done = True  # refused before anything was written
                raise
            done = True
    finally:
        if done:
            (out / LOCK).unlink(missing_ok=True)


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
