"""The zip of StyleGAN2-ADA and StyleGAN3: ``00000/img00000000.png`` … and ``dataset.json``.

Where there is one categorical attribute and every picture has a value, labels are class numbers, in the order of the
values; otherwise they are the vectors of the schema, with zeros for what is unknown. ``nijigen.json`` names them.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from nijigen.data.dataset import DATASET_FILE
from nijigen.data.layouts.columns import COLUMNS_FILE
from nijigen.data.shards import Sample
from nijigen.data.writers.about import About
from nijigen.data.writers.beside import new_file
from nijigen.data.writers.pictures import OneSize, size_of

FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the same pictures make the same zip, whenever it is written


def write(out: Path, samples: Iterable[Sample], about: About) -> None:
    """One zip, nothing packed.

    Raises:
        NijigenError: a picture is not square or not as large as the first, or the disk is full.
    """
    same = OneSize()
    notes: dict[str, dict[str, str]] = {}
    with (
        new_file(out) as path,
        zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file,
        tempfile.TemporaryFile() as rows,
    ):
        rows.write(b'{"labels": ')
        for number, sample in enumerate(samples):
            same.check(sample, size_of(sample))
            name = f"{number // 1000:05d}/img{number:08d}.png"
            file.writestr(_info(name), sample.data)
            if sample.notes:
                notes[name] = sample.notes
            if about.schema.width:
                rows.write((b",\n" if number else b"[\n") + json.dumps([name, _label(sample, about)]).encode())
        rows.write(b"\n]}\n" if about.schema.width else b"null}\n")
        size = rows.tell()
        rows.seek(0)
        described = _info(DATASET_FILE)
        described.file_size = size  # so that it may be larger than 2 GiB
        with file.open(described, "w") as member:
            shutil.copyfileobj(rows, member)
        file.writestr(_info(COLUMNS_FILE), about.columns(notes))


def _label(sample: Sample, about: About) -> int | list[float]:
    if about.classes:
        (attribute,) = about.schema.attributes
        return attribute.values.index(str(sample.labels[attribute.name]))
    return [float(f"{value:.7g}") for value in about.schema.encode(sample.labels)]


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIRST_DAY)
    info.create_system = 3  # as on Unix, on every system
    info.external_attr = 0o644 << 16
    return info
