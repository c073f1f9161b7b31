"""The WebDataset layout: tar files of ``KEY.png`` and ``KEY.json``; the labels are words in the JSON."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from nijigen.data.shards import Sample, ShardWriter
from nijigen.data.writers.about import LICENCE_FILE, About
from nijigen.data.writers.beside import new_file, new_folder


def write(out: Path, samples: Iterable[Sample], about: About) -> None:
    """One tar when ``out`` ends in ``.tar``, else a folder of shards of at most 1,000 pictures or about 256 MiB.

    Raises:
        NijigenError: the disk is full, or the place cannot be written.
    """
    told = (_with_rights(sample, about) for sample in samples)
    if out.suffix.lower() == ".tar":
        with new_file(out) as path:
            _fill(ShardWriter(path), told)
        return
    with new_folder(out) as folder:
        (folder / LICENCE_FILE).write_bytes(about.licence_text())
        writer, count = ShardWriter(folder / f"{out.name}-00000.tar"), 1
        try:
            for sample in told:
                if writer.full:
                    writer.close()
                    writer = ShardWriter(folder / f"{out.name}-{count:05d}.tar")
                    count += 1
                writer.add(sample)
            writer.close()
        finally:
            writer.abandon()


def _fill(writer: ShardWriter, samples: Iterable[Sample]) -> None:
    try:
        for sample in samples:
            writer.add(sample)
        writer.close()
    finally:
        writer.abandon()


def _with_rights(sample: Sample, about: About) -> Sample:
    """Licence and source go with each picture: shards are copied one by one."""
    own = {
        name: sample.notes.get(name) or text for name, text in (("licence", about.licence), ("source", about.source))
    }
    return replace(sample, notes={name: text for name, text in own.items() if text})
