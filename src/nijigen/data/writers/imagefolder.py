"""The ImageFolder layout of Hugging Face: pictures and ``metadata.jsonl``, 1,000 pictures a folder.

Names are numbers, ``00000/00000042.png``: names of strangers may be no names on another system. Every picture has a row
with every attribute, null where it is unknown, so that each column has one type.
"""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from nijigen.data.labelling.metadata import FILE_COLUMN
from nijigen.data.shards import Sample
from nijigen.data.writers.about import LICENCE_FILE, About
from nijigen.data.writers.beside import new_folder

FOLDER = 1000


def write(out: Path, samples: Iterable[Sample], about: About) -> None:
    """A folder of pictures, with ``metadata.jsonl`` where there are attributes.

    Raises:
        NijigenError: the disk is full, or the place cannot be written.
    """
    with new_folder(out) as folder, ExitStack() as stack:
        (folder / LICENCE_FILE).write_bytes(about.licence_text())
        table = stack.enter_context(open(folder / "metadata.jsonl", "wb")) if about.schema.width else None
        for number, sample in enumerate(samples):
            name = f"{number // FOLDER:05d}/{number:08d}.{sample.suffix}"
            if number % FOLDER == 0:
                (folder / name).parent.mkdir()
            (folder / name).write_bytes(sample.data)
            if table is not None:
                row = {FILE_COLUMN: name} | {key: sample.labels.get(key) for key in about.schema.names}
                table.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
