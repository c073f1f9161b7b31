"""The ImageFolder layout of Hugging Face: pictures and ``metadata.jsonl``, 1,000 pictures a folder.

Names are numbers, ``00000/00000042.png``: names of strangers may be no names on another system. Every picture has a row
with every attribute, and with its licence and source where some picture has one, null where it is unknown, so that each
column has one type.
"""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from nijigen.data.labelling.metadata import FILE_COLUMN
from nijigen.data.rights import LICENCE_FILE
from nijigen.data.shards import Sample
from nijigen.data.writers.about import About
from nijigen.data.writers.beside import new_folder

FOLDER = 1000


def write(out: Path, samples: Iterable[Sample], about: About) -> None:
    """A folder of pictures, with ``metadata.jsonl`` where there is something to say of them.

    Raises:
        NijigenError: the disk is full, or the place cannot be written.
    """
    told = about.schema.width or about.noted
    with new_folder(out) as folder, ExitStack() as stack:
        table = stack.enter_context(open(folder / "metadata.jsonl", "wb")) if told else None
        for number, sample in enumerate(samples):
            name = f"{number // FOLDER:05d}/{number:08d}.{sample.suffix}"
            if number % FOLDER == 0:
                (folder / name).parent.mkdir()
            (folder / name).write_bytes(sample.data)
            if table is not None:
                row = {FILE_COLUMN: name} | {key: sample.labels.get(key) for key in about.schema.names}
                row |= {key: sample.notes.get(key) for key in about.noted}
                table.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        (folder / LICENCE_FILE).write_bytes(about.licence_text())
