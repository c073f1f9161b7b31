"""The last step of ``prepare``: merged labels into their shards, then ``dropped.jsonl`` and ``dataset.json``."""

import json
import zlib
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, cast

import PIL

import nijigen
from nijigen.data.dataset import DATASET_FILE, DROPPED_FILE, FORMAT, FORMAT_VERSION, content_digest
from nijigen.data.journal import Ledger
from nijigen.data.labelling.labels import count_values
from nijigen.data.labelling.matching import Labelling
from nijigen.data.labelling.rare import fold_rare
from nijigen.data.rights import Rights, settled
from nijigen.data.shards import rewrite_labels
from nijigen.files import write_json, write_text

SHOWN = 8  # rare values named in a remark


def describe(
    ledger: Ledger,
    labelling: Labelling,
    arguments: dict[str, Any],
    before: list[dict[str, Any]],
    ignored: int,
    rights: Rights,
) -> dict[str, Any]:
    """The contents of ``dataset.json``; shards whose labels were merged are rewritten by the caller.

    Args:
        rights: of the pictures that are kept.
    """
    schema = labelling.schema.restrict(ledger.labels)
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "count": len(ledger.files),
        "resolution": arguments["size"],
        "channels": arguments["channels"],
        "schema": schema.to_json(),
        "labels": {
            "origin": labelling.origin,
            "labelled": sum(1 for row in ledger.labels if row),
            "rows": labelling.rows,
            "rows_without_picture": len(labelling.missing),
            "ignored_columns": labelling.ignored_columns,
            "remarks": labelling.remarks,
            "counts": count_values(ledger.labels, schema),
            "all": labelling.schema.to_json(),
        },
        "dropped": count_reasons(before + ledger.dropped),
        "ignored_files": ignored,
        "source": arguments["source"],
        **settled(arguments, rights),
        "filter": arguments.get("filter"),
        "arguments": arguments,
        "made_with": made_with(),
    }


def shared_tags(ledger: Ledger, tagged: Collection[str]) -> list[str]:
    """A remark on files that gave several faces and whose free tags, therefore, label none of them.

    Args:
        tagged: names of the files that tags label.
    """
    parts = [*ledger.files, *(str(row["file"]) for row in ledger.dropped)]
    faces = Counter(whole for whole, mark, _ in (part.rpartition("#") for part in parts) if mark and whole in tagged)
    several = sum(1 for count in faces.values() if count > 1)
    if not several:
        return []
    return [
        f"tags: {several:,} pictures show several faces; their tags label none, for they speak of the whole picture"
    ]


def fold_kept(ledger: Ledger, labelling: Labelling, min_count: int) -> None:
    """Values that fewer than ``min_count`` of the kept pictures carry become unknown; their shards follow later.

    What the journal says stays as it was, so a run that is killed after this does the same again.
    """
    if min_count <= 1:
        return
    folded, rare = fold_rare(ledger.labels, labelling.schema, min_count)
    for number, (old, new) in enumerate(zip(ledger.labels, folded, strict=True)):
        if new is not old:
            ledger.labels[number] = ledger.merged[number] = new
    labelling.schema = labelling.schema.restrict(ledger.labels)
    if rare:
        words = ", ".join(f"{one.attribute}={one.value} ({one.count})" for one in rare[:SHOWN])
        more = f" and {len(rare) - SHOWN} more" if len(rare) > SHOWN else ""
        labelling.remarks.append(f"too rare, folded into unknown: {words}{more}")


def made_with() -> dict[str, str]:
    """Versions that decide over the bytes written; an unfinished data set is not continued with others."""
    return {"nijigen": nijigen.__version__, "pillow": PIL.__version__, "zlib": zlib.ZLIB_RUNTIME_VERSION}


def write_description(folder: Path, ledger: Ledger, info: dict[str, Any], before: list[dict[str, Any]]) -> None:
    shards = _merge_labels(folder, ledger)
    info["digest"] = content_digest(info, shards)
    info["shards"], info["attic"], info["kept"] = shards, ledger.attic, {"files": [], "reasons": []}
    write_dropped(folder, before + ledger.dropped)
    write_json(folder / DATASET_FILE, info)


def write_dropped(folder: Path, rows: Iterable[dict[str, Any]]) -> None:
    """``dropped.jsonl``: a line for each picture that was left out."""
    write_text(folder / DROPPED_FILE, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def count_reasons(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Pictures left out by reason; those taken back do not count."""
    return dict(sorted(Counter(row["reason"] for row in rows if not row.get("taken_back")).items()))


def _merge_labels(folder: Path, ledger: Ledger) -> list[dict[str, Any]]:
    """Rewrite the shards whose labels changed: taken over from a later duplicate, or too rare after all."""
    shards, first = [], 0
    for shard in ledger.shards:
        following = first + cast(int, shard["count"])
        changed = {f"{n:08d}": labels for n, labels in ledger.merged.items() if first <= n < following}
        shards.append(rewrite_labels(folder / shard["file"], changed) if changed else shard)
        first = following
    return shards
