"""A labeler in use: taught from a data set, asked about anybody's pictures.

for told in label_pictures(load_labeler(), ["faces.zip", "one.png"]):
    print(told.file, told.reading.labels)
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nijigen.data import Dataset
from nijigen.data.opening import open_any
from nijigen.data.sources import is_picture
from nijigen.errors import NijigenError
from nijigen.features.labeler import Labeler, save_labeler
from nijigen.features.learning import Taught, teach
from nijigen.features.reading import BATCH, LEAST, Reading, read_pictures
from nijigen.files import printable, write_text
from nijigen.images.decode import MAX_BYTES, PictureError, decode
from nijigen.images.resize import on_white, square
from nijigen.progress import Progress, track

KEPT = 96  # pixels a side that larger pictures are kept at: above what the labeler sees, so that it learns sharp ones
MOST_MEMORY = 4e9  # bytes of pictures; of a larger data set so many are taken, spread evenly


@dataclass(frozen=True)
class Told:
    """One picture and what is told of it: ``reading``, or the ``problem`` why it cannot be read."""

    file: str
    reading: Reading | None
    problem: str = ""


def teach_from(dataset: Dataset, out: Path, *, seen: int | None = None, seed: int = 0, quiet: bool = False) -> Taught:
    """Train a labeler on a data set and write it to the file ``out``.

    Raises:
        NijigenError: the data set has no labels that can be learned, holds a broken picture, or ``out`` is no
            ``.safetensors``.
    """
    if out.suffix != ".safetensors":
        raise NijigenError(f"--out {out}: the name of a labeler ends in .safetensors")
    if not dataset.schema.width:
        raise NijigenError(f"{dataset.path} has no labels to learn: prepare it with --labels FILE")
    pictures, labels = gather(dataset, quiet)
    taught = teach(pictures, labels, dataset.schema, seen=seen, seed=seed, quiet=quiet)
    facts = {
        "name": out.stem,
        "dataset": dataset.card,
        "licence": dataset.info.get("licence", "unknown"),
        "seed": seed,
        "seen": taught.seen,
        "held_out": [asdict(head) for head in taught.heads],
        "torch": torch.__version__.partition("+")[0],
    }
    save_labeler(out, taught.labeler, facts)
    return taught


def gather(dataset: Dataset, quiet: bool = False) -> tuple[Tensor, Tensor]:
    """The pictures of a data set as a labeler learns them, uint8 ``[N, 3, R, R]`` on white, and labels ``[N, width]``.

    Raises:
        NijigenError: a picture is broken.
    """
    side = min(dataset.resolution, KEPT)
    step = max(1, -(-dataset.count * 3 * side * side // int(MOST_MEMORY)))
    count = -(-dataset.count // step)
    pictures = np.empty((count, 3, side, side), np.uint8)
    labels = np.zeros((count, dataset.schema.width), np.float32)
    with track(dataset.count, "reading", quiet=quiet) as bar:
        for number, sample in enumerate(dataset.samples()):
            bar.advance()
            if number % step:
                continue
            try:
                image = square(decode(sample.data), side)
            except PictureError as error:
                raise NijigenError(
                    f"{dataset.path}: picture {sample.key} is broken ({error}); prepare it again"
                ) from None
            pictures[number // step] = np.asarray(image).transpose(2, 0, 1)
            labels[number // step] = dataset.schema.encode(sample.labels)
    return torch.from_numpy(pictures), torch.from_numpy(labels)


def label_pictures(
    labeler: Labeler, places: Sequence[str | Path], least: float = LEAST, quiet: bool = False
) -> Iterator[Told]:
    """Label pictures one by one as they are read: any number fits in memory.

    Args:
        places: files, and folders, zips or data sets of them; all are looked for before the first is read.
        least: confidence that a label needs, in [0, 1].

    Raises:
        NijigenError: there is nothing at a place, or no picture in it, or ``least`` is no share.
    """
    if not 0 <= least <= 1:
        raise NijigenError(f"--least {least:g}: use a share from 0 to 1, like {LEAST}")
    found = [_listed(Path(place)) for place in places]
    total = sum(count for count, _ in found)
    with track(total, "labelling", quiet=quiet) as bar:
        for _, pictures in found:
            yield from _read(labeler, pictures, least, bar)


def _read(labeler: Labeler, pictures: Iterable[tuple[str, bytes | str]], least: float, bar: Progress) -> Iterator[Told]:
    """Batches on the way, the pictures' order outside."""
    waiting: list[tuple[str, Any]] = []
    for name, data in pictures:
        waiting.append((name, _opened(data, labeler.size)))
        if len(waiting) == BATCH:
            yield from _told(labeler, waiting, least)
            waiting = []
        bar.advance()
    yield from _told(labeler, waiting, least)


def _told(labeler: Labeler, waiting: list[tuple[str, Any]], least: float) -> Iterator[Told]:
    rows = [pixels for _, pixels in waiting if not isinstance(pixels, str)]
    stacked = torch.from_numpy(np.stack(rows)) if rows else torch.empty(0, 3, labeler.size, labeler.size)
    readings = read_pictures(labeler, stacked, least) if rows else iter(())
    for name, pixels in waiting:
        yield Told(name, None, pixels) if isinstance(pixels, str) else Told(name, next(readings))


def _opened(data: bytes | str, size: int) -> Any:
    """A picture as uint8 ``[3, size, size]``, squared as ``prepare`` does it; or the reason why it is none."""
    if isinstance(data, str):
        return data
    try:
        image: Image.Image = square(decode(data, near=size), size)
    except PictureError as error:
        return f"{error.reason}: {error}"
    return np.asarray(on_white(image)).transpose(2, 0, 1)


def _listed(place: Path) -> tuple[int, Iterator[tuple[str, bytes | str]]]:
    """How many pictures there are at a place, and their names and bytes (or what is wrong with them)."""
    if place.is_file() and is_picture(place.name):
        return 1, iter([(printable(place.name), _bytes_of(place))])
    if not place.exists():
        raise NijigenError(f"{place} does not exist: give pictures, folders or zips")
    source = open_any(place)
    listing = source.listing()
    if not listing.pictures:
        raise NijigenError(f"{place} holds no pictures: give pictures, or folders or zips of them")

    def each() -> Iterator[tuple[str, bytes | str]]:
        for entry in listing.pictures:
            try:
                yield entry.name, source.read(entry, MAX_BYTES + 1)
            except (OSError, ValueError) as error:
                yield entry.name, f"unreadable: {error}"

    return len(listing.pictures), each()


def _bytes_of(path: Path) -> bytes | str:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return f"unreadable: {error.strerror}"


def write_csv(path: Path, told: Sequence[Told], names: Sequence[str]) -> None:
    """Labels as a table that ``nijigen prepare --labels`` reads; what is unknown is an empty cell.

    Raises:
        OSError: the file cannot be written.
    """
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file_name", *names])
    for one in told:
        if one.reading is not None:
            rows.writerow([one.file, *(one.reading.labels.get(name, "") for name in names)])
    write_text(path, text.getvalue())
