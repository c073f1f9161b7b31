"""The WebDataset layout: tar files of ``KEY.png`` and ``KEY.json``; the labels are words in the JSON.

Licence and source stand beside the labels of each picture that has them: shards are copied one by one.
"""

from collections.abc import Iterable
from pathlib import Path

from nijigen.data.rights import LICENCE_FILE
from nijigen.data.shards import Sample, ShardWriter
from nijigen.data.writers.about import About
from nijigen.data.writers.beside import new_file, new_folder


def write(out: Path, samples: Iterable[Sample], about: About) -> None:
    """One tar when ``out`` ends in ``.tar``, else a folder of shards of at most 1,000 pictures or about 256 MiB.

    Raises:
        NijigenError: the disk is full, or the place cannot be written.
    """
    if out.suffix.lower() == ".tar":
        with new_file(out) as path:
            _fill(ShardWriter(path), samples)
        return
    with new_folder(out) as folder:
        writer, count = ShardWriter(folder / f"{out.name}-00000.tar"), 1
        try:
            for sample in samples:
                if writer.full:
                    writer.close()
                    writer = ShardWriter(folder / f"{out.name}-{count:05d}.tar")
                    count += 1
                writer.add(sample)
            writer.close()
        finally:
            writer.abandon()
        (folder / LICENCE_FILE).write_bytes(about.licence_text())


def _fill(writer: ShardWriter, samples: Iterable[Sample]) -> None:
    try:
        for sample in samples:
            writer.add(sample)
        writer.close()
    finally:
        writer.abandon()
