"""Drops taken back: pictures of the attic join the data set, without the source and without doing the rest again.

A data set is its own shards and, where drops were taken back, one shard more. Taking back other ones writes that shard
anew, so that what is kept depends on what is asked for alone, not on what was asked for before.
"""

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from nijigen.data.audit.judge import REASONS
from nijigen.data.dataset import DATASET_FILE, DROPPED_FILE, content_digest, read_info
from nijigen.data.finish import count_reasons, write_dropped
from nijigen.data.labelling.labels import count_values
from nijigen.data.labelling.rare import within
from nijigen.data.rights import Rights, settled
from nijigen.data.shards import Sample, ShardWriter, read_shard
from nijigen.errors import NijigenError, did_you_mean
from nijigen.files import remove_unfinished, write_json
from nijigen.schema import AttributeSchema

RESTORED = "restored-"
JUDGED = ("filtered", *REASONS, "near_duplicate")  # reasons whose pictures lie in the attic


def asked(files: Collection[str], reasons: Collection[str]) -> dict[str, list[str]]:
    """What to take back, as ``dataset.json`` notes it: names of pictures, and reasons that do not count.

    Raises:
        NijigenError: a reason that nothing is judged by.
    """
    for reason in reasons:
        if reason not in JUDGED:
            what = f"nothing is left out as {reason} that can be taken back"
            raise NijigenError(f"--keep-reason {reason}: {what}{did_you_mean(reason, JUDGED)}; use {', '.join(JUDGED)}")
    return {"files": sorted(set(files)), "reasons": sorted(set(reasons))}


def check_names(files: Collection[str], source: str, names: Iterable[str]) -> None:
    """See that what is to be kept by name is in the source, before the work is done that may leave it out.

    Args:
        names: of the files in the source; their faces are called by these and a number, ``group.jpg#2``.

    Raises:
        NijigenError: one is not.
    """
    known = set(names) if files else set()
    for file in files:
        if file not in known and file.rpartition("#")[0] not in known:
            like = f"; names are like {min(known)}" if known else ""
            raise NijigenError(f"--keep {file}: no picture of {source} has that name{like}")


def take_back(folder: Path, wanted: dict[str, list[str]], anew: bool = False) -> dict[str, Any]:
    """Make a finished data set one that has the wanted drops back, and no others; returns its new description.

    Args:
        anew: also where its description says that it is one: a killed process may have left the rest as it was.

    Raises:
        NijigenError: a name that nothing was left out by, or that cannot be taken back; nothing is changed then.
    """
    info = read_info(folder)
    if info.get("kept") == wanted and not anew:
        return info
    rows = [json.loads(line) for line in (folder / DROPPED_FILE).read_text("utf-8").splitlines()]
    judged = {sample.file: sample.notes["reason"] for sample in attic(folder, info)}
    _check(folder, wanted["files"], rows, judged)
    back = {file for file, why in judged.items() if file in wanted["files"] or why in wanted["reasons"]}
    own = [shard for shard in info["shards"] if not shard["file"].startswith(RESTORED)]
    count = sum(shard["count"] for shard in own)
    shards = [*own, *_write(folder, info, back, count)]
    told = [(sample.labels, sample.notes) for shard in shards for sample in read_shard(folder / shard["file"])]
    labels = [row for row, _ in told]
    schema = AttributeSchema.from_json(info["labels"]["all"]).restrict(labels)
    for row in rows:
        row.pop("taken_back", None)
        if row["file"] in back and row["reason"] == judged[row["file"]]:
            row["taken_back"] = True
    info |= {"count": len(labels), "schema": schema.to_json(), "shards": shards, "dropped": count_reasons(rows)}
    info["labels"] |= {"labelled": sum(1 for row in labels if row), "counts": count_values(labels, schema)}
    info |= {"kept": wanted, "digest": content_digest(info, shards)}
    info |= settled(info.get("arguments", {}), Rights.of(notes for _, notes in told))
    write_dropped(folder, rows)
    write_json(folder / DATASET_FILE, info)
    named = {shard["file"] for shard in shards}
    for path in folder.glob(f"{RESTORED}*"):
        if path.name not in named:
            path.unlink()
    remove_unfinished(folder)
    return info


def without_hits(folder: Path, info: dict[str, Any]) -> list[str]:
    """A remark for each reason that was asked back and that no picture was left out by."""
    reasons = info.get("kept", {}).get("reasons", [])
    if not reasons:
        return []
    rows = map(json.loads, (folder / DROPPED_FILE).read_text("utf-8").splitlines())
    hit = {row["reason"] for row in rows if row.get("taken_back")}
    return [f"--keep-reason {reason}: no picture was left out so" for reason in reasons if reason not in hit]


def attic(folder: Path, info: dict[str, Any]) -> Iterator[Sample]:
    """The finished pictures that were judged and left out, whether taken back or not."""
    for part in info.get("attic", []):
        yield from read_shard(folder / part["file"])


def _write(folder: Path, info: dict[str, Any], back: set[str], first: int) -> list[dict[str, Any]]:
    """The shard of what is taken back, named by its contents: a description never speaks of half of it."""
    if not back:
        return []
    beside = folder / f"{RESTORED}tar.part"
    writer = ShardWriter(beside)
    known = AttributeSchema.from_json(info["labels"]["all"])  # without what --min-count made unknown
    for sample in attic(folder, info):
        if sample.file in back:
            notes = {name: value for name, value in sample.notes.items() if name != "reason"}
            labels = within(sample.labels, known)
            writer.add(replace(sample, key=f"{first + writer.count:08d}", labels=labels, notes=notes))
    row = writer.close()
    row["file"] = f"{RESTORED}{hashlib.sha256(row['sha256'].encode()).hexdigest()[:12]}.tar"
    os.replace(beside, folder / row["file"])
    return [row]


def _check(folder: Path, files: list[str], rows: list[dict[str, Any]], judged: dict[str, str]) -> None:
    dropped = {row["file"]: row["reason"] for row in rows}
    for file in files:
        if file not in judged and file in dropped:
            raise NijigenError(f"--keep {file}: it was left out as {dropped[file]}, which cannot be taken back")
        if file not in judged:
            raise NijigenError(f"--keep {file}: no picture of that name was left out of {folder}; see {DROPPED_FILE}")
