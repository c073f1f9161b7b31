"""Drops taken back: pictures of the attic join the data set, without the source and without doing the rest again.

A data set is its own shards and, where drops were taken back, one shard more. Taking back other ones writes that shard
anew, so that what is kept depends on what is asked for alone, not on what was asked for before.
"""

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from nijigen.data.dataset import DATASET_FILE, DROPPED_FILE, content_digest, read_info
from nijigen.data.finish import count_reasons, write_dropped
from nijigen.data.labelling.labels import count_values
from nijigen.data.shards import Sample, ShardWriter, read_shard
from nijigen.errors import NijigenError, did_you_mean
from nijigen.files import write_json
from nijigen.schema import AttributeSchema

RESTORED = "restored-"


def asked(files: Collection[str], reasons: Collection[str]) -> dict[str, list[str]]:
    """What to take back, as ``dataset.json`` notes it: names of pictures, and reasons that do not count."""
    return {"files": sorted(set(files)), "reasons": sorted(set(reasons))}


def take_back(folder: Path, wanted: dict[str, list[str]]) -> dict[str, Any]:
    """Make a finished data set one that has the wanted drops back, and no others; returns its new description.

    Raises:
        NijigenError: a name or reason that nothing was left out by, or one that cannot be taken back.
    """
    info = read_info(folder)
    if info.get("kept") == wanted:
        return info
    rows = [json.loads(line) for line in (folder / DROPPED_FILE).read_text("utf-8").splitlines()]
    judged = {sample.file: sample.notes["reason"] for sample in attic(folder, info)}
    _check(folder, wanted, rows, judged)
    back = {file for file, why in judged.items() if file in wanted["files"] or why in wanted["reasons"]}
    own = [shard for shard in info["shards"] if not shard["file"].startswith(RESTORED)]
    count = sum(shard["count"] for shard in own)
    shards = [*own, *_write(folder, info, back, count)]
    labels = [sample.labels for shard in shards for sample in read_shard(folder / shard["file"])]
    schema = AttributeSchema.from_json(info["labels"]["all"]).restrict(labels)
    for row in rows:
        row.pop("taken_back", None)
        if row["file"] in back and row["reason"] == judged[row["file"]]:
            row["taken_back"] = True
    info |= {"count": len(labels), "schema": schema.to_json(), "shards": shards, "dropped": count_reasons(rows)}
    info["labels"] |= {"labelled": sum(1 for row in labels if row), "counts": count_values(labels, schema)}
    info |= {"kept": wanted, "digest": content_digest(info, shards)}
    write_dropped(folder, rows)
    write_json(folder / DATASET_FILE, info)
    named = {shard["file"] for shard in shards}
    for path in folder.glob(f"{RESTORED}*"):
        if path.name not in named:
            path.unlink()
    return info


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
    for sample in attic(folder, info):
        if sample.file in back:
            notes = {name: value for name, value in sample.notes.items() if name != "reason"}
            writer.add(replace(sample, key=f"{first + writer.count:08d}", notes=notes))
    row = writer.close()
    row["file"] = f"{RESTORED}{hashlib.sha256(row['sha256'].encode()).hexdigest()[:12]}.tar"
    os.replace(beside, folder / row["file"])
    return [row]


def _check(folder: Path, wanted: dict[str, list[str]], rows: list[dict[str, Any]], judged: dict[str, str]) -> None:
    dropped = {row["file"]: row["reason"] for row in rows}
    for file in wanted["files"]:
        if file not in judged and file in dropped:
            raise NijigenError(f"--keep {file}: it was left out as {dropped[file]}, which cannot be taken back")
        if file not in judged:
            raise NijigenError(f"--keep {file}: no picture of that name was left out of {folder}; see {DROPPED_FILE}")
    known = sorted(set(judged.values()))
    for reason in wanted["reasons"]:
        if reason not in known:
            what = f"nothing was left out as {reason} that can be taken back"
            choice = f"use one of {', '.join(known)}" if known else "leave it out"
            raise NijigenError(f"--keep-reason {reason}: {what}{did_you_mean(reason, known)}; {choice}")
