"""Edge-smoothed twins of a data set's pictures: what translators are taught not to take for drawings.

Twins lie beside the shards, one shard of twins for each of pictures, in the same order. A twin is a function of its
picture, and its shard is named by what it was made from: a data set that changed (a drop taken back) has shards without
twins, which is noticed, and an interrupted work goes on where it was. What training sees of the pictures themselves,
and so the data set's digest, stays.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.data.dataset import DATASET_FILE, Dataset, read_info
from nijigen.data.shards import Sample, ShardWriter, read_shard
from nijigen.errors import NijigenError
from nijigen.files import remove_unfinished, sha256_file, write_json
from nijigen.images.edges import smooth_edges
from nijigen.images.swift_png import encode_swiftly
from nijigen.progress import track

PREFIX, KEY, VERSION = "smoothed-", "smoothed", 1  # another way to smooth is another version
AT_ONCE = 2**22  # pixels


def add_twins(folder: Path, quiet: bool = False) -> int:
    """Give a finished data set the twins that it lacks; returns how many were made.

    Raises:
        NijigenError: its pictures have an alpha channel, or a shard is broken.
        OSError: the disk is full, say; run it again to go on.
    """
    info = read_info(folder)
    if info["channels"] != 3:
        raise NijigenError(f"--smooth-edges is for translators of photos, and {folder} has {info['channels']} channels:"
                           " prepare it with --channels 3")  # fmt: skip
    if _whole(info) and all((folder / row["file"]).is_file() for row in info[KEY]["shards"]):
        return 0
    remove_unfinished(folder)
    rows, made = [], 0
    with track(info["count"], "smoothing edges", quiet=quiet) as progress:
        for shard in info["shards"]:
            file = folder / f"{PREFIX}{_name(shard['sha256'])}.tar"
            if not file.is_file():
                _write(folder, shard, file, info["resolution"])
                made += shard["count"]
            rows.append({"file": file.name, "count": shard["count"], "bytes": file.stat().st_size,
                         "sha256": sha256_file(file), "of": shard["sha256"]})  # fmt: skip
            progress.advance(shard["count"])
    write_json(folder / DATASET_FILE, info | {KEY: {"version": VERSION, "shards": rows}})
    named = {row["file"] for row in rows}
    for path in folder.glob(f"{PREFIX}*.tar"):
        if path.name not in named:
            path.unlink()
    return made


def has_twins(dataset: Dataset) -> bool:
    """Whether every picture has its twin, made as this nijigen makes them."""
    return _whole(dataset.info)


class Twins(Dataset):
    """The twins of a data set as a data set of their own: the same number, order and labels.

    Raises:
        NijigenError: the data set has none, or a shard of them is missing or truncated.
    """

    def __init__(self, dataset: Dataset) -> None:
        if not has_twins(dataset):
            raise NijigenError(f"data set {dataset.store.name} has no edge-smoothed twins: prepare it with "
                               "--smooth-edges")  # fmt: skip
        super().__init__(dataset.path, {**dataset.info, "shards": dataset.info[KEY]["shards"]}, dataset.store)
        self.check_whole()


def _whole(info: dict[str, Any]) -> bool:
    twins = info.get(KEY)
    if not isinstance(twins, dict) or twins.get("version") != VERSION:
        return False
    return [row["of"] for row in twins["shards"]] == [shard["sha256"] for shard in info["shards"]]


def _name(digest: str) -> str:
    return hashlib.sha256(f"{VERSION} {digest}".encode()).hexdigest()[:12]


def _write(folder: Path, shard: dict[str, Any], file: Path, resolution: int) -> None:
    beside = file.with_suffix(".part")
    writer = ShardWriter(beside)
    samples = read_shard(folder / shard["file"])
    for chunk in _chunks(samples, max(1, AT_ONCE // resolution**2)):
        for sample, twin in zip(chunk, smooth_edges(np.stack([_pixels(folder, one) for one in chunk])), strict=True):
            data = encode_swiftly(Image.fromarray(twin))
            writer.add(replace(sample, suffix="png", data=data, notes={}))
    writer.close()
    os.replace(beside, file)


def _chunks(samples: Iterator[Sample], size: int) -> Iterator[list[Sample]]:
    while chunk := list(islice(samples, size)):
        yield chunk


def _pixels(folder: Path, sample: Sample) -> "np.ndarray[Any, Any]":
    try:
        with Image.open(io.BytesIO(sample.data), formats=("PNG", "JPEG")) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise NijigenError(f"{folder}: picture {sample.key} is broken ({error}); prepare it again") from None
