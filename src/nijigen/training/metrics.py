"""``metrics.jsonl``: averages every so many images, repeatable to the byte; clocks go to ``timing.jsonl``."""

import json
import os
from pathlib import Path
from typing import Any

from nijigen.files import write_bytes

METRICS_FILE = "metrics.jsonl"
TIMING_FILE = "timing.jsonl"


def append_line(path: Path, row: dict[str, Any]) -> None:
    """Add one object as a line and sync it."""
    with open(path, "ab") as file:
        file.write(json.dumps(row).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of lines, up to the first broken one (a crash may leave half a line at the end)."""
    rows: list[dict[str, Any]] = []
    if not path.is_file():
        return rows
    for line in path.read_bytes().split(b"\n"):
        try:
            row = json.loads(line)
        except ValueError:
            break
        if not isinstance(row, dict):
            break
        rows.append(row)
    return rows


def truncate(path: Path, images: int) -> None:
    """Drop the lines written after the checkpoint at ``images``: they will be written again, the same."""
    if path.is_file():
        rows = [row for row in read_lines(path) if row.get("images", 0) <= images]
        write_bytes(path, b"".join(json.dumps(row).encode() + b"\n" for row in rows))
