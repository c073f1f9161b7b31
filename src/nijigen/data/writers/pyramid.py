"""The TFRecords of PGGAN and StyleGAN: every picture at every power of two from 4 px to its own size.

``NAME-r02.tfrecords`` (4 px) … ``NAME-rNN.tfrecords``: records of ``shape`` ``[C, H, W]`` and ``data``, raw bytes. Each
level is the mean of 2×2 pixels of the one above, in float, rounded when it is written (Karras et al. 2018, "Progressive
Growing of GANs"). ``NAME-rxx.labels`` is a NumPy array, float32 ``[N, width]``; ``nijigen.json`` names its columns.
"""

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from nijigen.data.layouts.columns import COLUMNS_FILE
from nijigen.data.layouts.records import BYTES, INTS, build_example, frame
from nijigen.data.shards import Sample
from nijigen.data.writers.about import About
from nijigen.data.writers.beside import new_folder
from nijigen.data.writers.pictures import OneSize, rgb
from nijigen.errors import NijigenError

SMALLEST_LEVEL = 2


def write(out: Path, samples: Iterable[Sample], about: About) -> None:
    """A folder with one file a level.

    Raises:
        NijigenError: pictures are not square, not of one size, see-through, or their side is no power of two.
    """
    import numpy as np

    same, count = OneSize(), 0
    notes: dict[str, dict[str, str]] = {}
    with new_folder(out) as folder, ExitStack() as stack, tempfile.TemporaryFile() as labels:
        files: list[IO[bytes]] = []
        for sample in samples:
            pixels = rgb(sample)
            side = same.check(sample, (pixels.shape[1], pixels.shape[0]))
            if not files:
                top = _level(side, sample.file)
                names = [f"{out.name}-r{level:02d}.tfrecords" for level in range(top, SMALLEST_LEVEL - 1, -1)]
                files = [stack.enter_context(open(folder / name, "wb")) for name in names]
            _write_levels(files, pixels.transpose(2, 0, 1).astype(np.float32))
            labels.write(about.schema.encode(sample.labels).astype("<f4").tobytes())
            if sample.notes:
                notes[str(count)] = sample.notes
            count += 1
        if about.schema.width:
            _write_labels(folder / f"{out.name}-rxx.labels", labels, count, about.schema.width)
        (folder / COLUMNS_FILE).write_bytes(about.columns(notes))


def _level(side: int, file: str) -> int:
    level = side.bit_length() - 1
    if side != 2**level or level < SMALLEST_LEVEL:
        raise NijigenError(
            f"{file} is {side}x{side}, but StyleGAN's TFRecords need a power of two (4, 8, 16 …):"
            " make them so with `nijigen prepare --size N` first"
        )
    return level


def _write_levels(files: list[IO[bytes]], planes: Any) -> None:
    """``planes``: float ``[C, H, W]``, values 0 to 255."""
    import numpy as np

    for file in files:
        pixels = np.rint(planes).clip(0, 255).astype(np.uint8)
        file.write(frame(build_example({"shape": (INTS, list(pixels.shape)), "data": (BYTES, [pixels.tobytes()])})))
        channels, height, width = planes.shape
        planes = planes.reshape(channels, height // 2, 2, width // 2, 2).mean((2, 4))


def _write_labels(path: Path, labels: IO[bytes], count: int, width: int) -> None:
    import numpy as np

    labels.seek(0)
    with open(path, "wb") as file:
        shape = {"descr": "<f4", "fortran_order": False, "shape": (count, width)}
        np.lib.format.write_array_header_1_0(file, shape)
        shutil.copyfileobj(labels, file)
