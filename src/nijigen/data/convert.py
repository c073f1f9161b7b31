"""A set of pictures in one layout → the same pictures in another.

    from nijigen.data.convert import convert
    summary = convert("datasets/faces", "faces.zip")        # for StyleGAN2-ADA and StyleGAN3
    print("\\n".join(summary.lines()))

Pictures are neither resized nor cropped; that is what ``prepare`` is for.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nijigen.cores import usable_cores
from nijigen.crew import in_order
from nijigen.data.chibi import CALM, PREFIX
from nijigen.data.convert_summary import ConvertSummary, detail
from nijigen.data.dataset import Dataset
from nijigen.data.facts import NOTHING
from nijigen.data.labelling.matching import label
from nijigen.data.layouts import layout_name
from nijigen.data.opening import open_any
from nijigen.data.passing import Passed, Passing, pass_on
from nijigen.data.rights import NOTED, notes_of
from nijigen.data.shards import Sample
from nijigen.data.sources import Entry, Listing, Source
from nijigen.data.writers import TARGETS, writer_of
from nijigen.data.writers.about import About
from nijigen.data.writers.pictures import see_through
from nijigen.errors import NijigenError, did_you_mean
from nijigen.progress import track
from nijigen.schema import AttributeSchema, Labels

ENDING = re.compile(r"\.[a-z][a-z0-9]{0,9}")  # of a file; what follows the dot of "faces-v1.2" is none
CHUNK, CHUNK_BYTES = 16, 4 * 2**20  # of a task
WORTH_A_PROCESS = 512  # pictures


def convert(source: str | Path, out: str | Path, to: str | None = None, quiet: bool = False) -> ConvertSummary:
    """Write the pictures of ``source`` in another layout.

    Args:
        source: a data set of nijigen, or a folder, zip or file in any layout that can be read.
        out: the file or folder to make; nothing may be there yet.
        to: ``nvidia``, ``tfrecord``, ``stylegan-tfrecord``, ``webdataset`` or ``imagefolder``. None: by the ending of
            ``out``: ``.zip``, ``.tfrecord(s)``, ``.tar``; without an ending it is an imagefolder.
        quiet: no progress bar.

    Raises:
        NijigenError: the source cannot be used, the target does not fit or exists, the disk is full, or pictures do not
            have the size that the target needs.
    """
    out = Path(out)
    to = target_of(out, to)
    target = TARGETS[to]
    if str(source).startswith((PREFIX, CALM)):
        raise NijigenError(f"{source} is not drawn yet: run `nijigen prepare {source} OUT` and convert OUT")
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise NijigenError(f"{out} is there already: choose another name")
    path = Path(source)
    layout = layout_name(path)
    place = _pages(path) if layout == "manga109" else open_any(path)
    listing = place.listing()
    if not listing.pictures:
        raise NijigenError(f"source {source} holds no pictures ({listing.ignored} other files)")
    labels, schema = _labels(path, layout, place, listing, target.flat)
    about = _about(listing, labels, schema)
    summary = ConvertSummary(
        source=place.name,
        out=str(out),
        layout=layout or ("folder" if path.is_dir() else "zip"),
        to=to,
        attributes=schema.names,
        ignored=listing.ignored,
        skipped=list(listing.refused),
    )
    passing = Passing(place, target.keeps, target.flat, trusted=layout == "nijigen")
    with track(len(listing.pictures), f"converting {place.name}", quiet=quiet) as progress:
        samples = _samples(passing, listing, labels, summary, about, progress.advance)
        writer_of(to)(out, samples, about)
    summary.licence, summary.provenance = about.licence, about.source
    _remark(summary, listing)
    return summary


def target_of(out: Path, to: str | None) -> str:
    """The name of the layout to write, checked against the ending of ``out``.

    Raises:
        NijigenError: an unknown name, or an ending that does not go with it.
    """
    if not out.name or out.name == "..":
        raise NijigenError(f"cannot write {out}: name a new file or folder")
    suffix = out.suffix.lower()
    if to is None:
        by_ending = {ending: name for name, target in TARGETS.items() for ending in target.suffixes}
        if ENDING.fullmatch(suffix) and suffix not in by_ending:
            known = ", ".join(f"{ending} ({name})" for ending, name in by_ending.items())
            raise NijigenError(f"{out.name}: {suffix} is no known ending; use {known}, none (imagefolder), or --to")
        return by_ending.get(suffix, "imagefolder")
    if to == "nijigen":
        raise NijigenError("--to nijigen: a data set of nijigen is made with `nijigen prepare SOURCE OUT`")
    if to not in TARGETS:
        raise NijigenError(f"--to {to} is unknown{did_you_mean(to, TARGETS)}; there are {', '.join(TARGETS)}")
    others = {ending: name for name, target in TARGETS.items() for ending in target.suffixes}
    if suffix not in TARGETS[to].suffixes and (suffix in others or not TARGETS[to].folder):
        fits = " or ".join(TARGETS[to].suffixes) or "no ending: it is a folder"
        raise NijigenError(f"--to {to} does not go with {out.name}: use {fits}")
    return to


def _pages(path: Path) -> Source:
    """Manga109 by pages: as a source for ``prepare`` it gives a page once for each face, which is then cut out."""
    from nijigen.data.layouts.manga109 import Manga109Source

    return Manga109Source(path, faces=False)


def _labels(
    path: Path, layout: str | None, place: Source, listing: Listing, flat: bool
) -> tuple[Sequence[Labels], AttributeSchema]:
    """Labels of every picture, and what they can be. A data set of nijigen has said both before."""
    if layout != "nijigen":
        found = label(place, listing, None)
        return found.labels, found.schema
    dataset = Dataset.open(path)
    if flat and dataset.channels != 3:
        raise NijigenError(f"{path} has four channels, and the target takes three: prepare with --channels 3 first")
    schema = dataset.schema
    return [schema.normalize(listing.facts[entry.name].labels) for entry in listing.pictures], schema


def _about(listing: Listing, labels: Sequence[Labels], schema: AttributeSchema) -> About:
    said = {name for row in listing.pictures for name in _rights(listing, row)}
    complete = all(len(row) == len(schema.attributes) for row in labels)
    return About(schema, complete, noted=tuple(name for name in NOTED if name in said))


def _samples(
    passing: Passing,
    listing: Listing,
    labels: Sequence[Labels],
    summary: ConvertSummary,
    about: About,
    advance: Callable[[int], None],
) -> Iterator[Sample]:
    """Every picture that goes on, in the order of the source; counts go into ``summary`` and ``about.rights``."""
    entries = listing.pictures
    workers = max(1, min(usable_cores(), len(entries) // WORTH_A_PROCESS))
    position = 0
    for rows in in_order(pass_on, _tasks(passing, entries), workers):
        for passed in rows:
            entry, row = entries[position], labels[position]
            position += 1
            if passed.reason:
                summary.skipped.append(_skipped(entry, passed))
                continue
            sample = Sample(
                key=f"{summary.written:08d}",
                suffix=passed.suffix,
                data=passed.data,
                labels=row,
                file=entry.name,
                notes=_rights(listing, entry),
            )
            summary.written += 1
            summary.kept += passed.kept
            summary.labelled += bool(row)
            about.rights.add(sample.notes)
            yield sample
        advance(len(rows))
    if not summary.written:
        first = summary.skipped[-1]
        raise NijigenError(
            f"no picture of {summary.source} can be used (the last: {first['file']}, {first['reason']}{detail(first)})"
        )


def _tasks(passing: Passing, entries: Sequence[Entry]) -> Iterator[tuple[Passing, list[Entry]]]:
    """A few pictures at a time, and fewer where they are large: several tasks are in flight."""
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        chunk.append(entry)
        size += entry.size
        if len(chunk) == CHUNK or size > CHUNK_BYTES:
            yield passing, chunk
            chunk, size = [], 0
    if chunk:
        yield passing, chunk


def _skipped(entry: Entry, passed: Passed) -> dict[str, Any]:
    if passed.reason == "transparent":
        raise see_through(entry.name)
    return {"file": entry.name, "reason": passed.reason, "detail": passed.detail}


def _rights(listing: Listing, entry: Entry) -> dict[str, str]:
    return notes_of(listing.facts.get(entry.name, NOTHING))


def _remark(summary: ConvertSummary, listing: Listing) -> None:
    if any(facts.tags for facts in listing.facts.values()):
        summary.notes.append("tags are left behind; `nijigen prepare` turns them into labels")
    if any(facts.boxes for facts in listing.facts.values()):
        summary.notes.append("boxes of faces are left behind; `nijigen prepare` cuts them out")
