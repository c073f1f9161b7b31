"""TFRecord files of ``tf.train.Example``, one a picture, with the names that TensorFlow's own data sets use.

``image/encoded``, ``image/format``, ``image/height``, ``image/width``, ``image/filename``; each attribute is
``label/NAME``, a word or a float, and missing where it is unknown. Where there is one categorical attribute,
``image/class/text`` and ``image/class/label`` say it once more. ``licence`` and ``source`` stand in every
record whose picture has them.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import IO

from nijigen.data.layouts.records import BYTES, FLOATS, INTS, Values, build_example, frame
from nijigen.data.rights import LICENCE_FILE, NOTED
from nijigen.data.shards import SHARD_BYTES, Sample
from nijigen.data.writers.about import About
from nijigen.data.writers.beside import new_file, new_folder
from nijigen.data.writers.pictures import size_of

SUFFIXES = (".tfrecord", ".tfrecords")
FORMATS = {"jpg": b"jpeg"}


def write(out: Path, samples: Iterable[Sample], about: About) -> None:
    """One file when ``out`` ends in ``.tfrecord`` or ``.tfrecords``, else a folder of files of about 256 MiB.

    Raises:
        NijigenError: the disk is full, or google-crc32c is missing.
    """
    if out.suffix.lower() in SUFFIXES:
        with new_file(out) as path, open(path, "wb") as file:
            for sample in samples:
                file.write(_record(sample, about))
        return
    with new_folder(out) as folder:
        _shards(folder, out.name, samples, about)
        (folder / LICENCE_FILE).write_bytes(about.licence_text())


def _shards(folder: Path, name: str, samples: Iterable[Sample], about: About) -> None:
    count = 0
    file: IO[bytes] | None = None
    try:
        for sample in samples:
            if file is None or file.tell() >= SHARD_BYTES:
                if file is not None:
                    file.close()
                file = open(folder / f"{name}-{count:05d}.tfrecord", "wb")  # noqa: SIM115 - closed when it is full
                count += 1
            file.write(_record(sample, about))
    finally:
        if file is not None:
            file.close()


def _record(sample: Sample, about: About) -> bytes:
    width, height = size_of(sample)
    features: dict[str, tuple[int, Values]] = {
        "image/encoded": (BYTES, [sample.data]),
        "image/format": (BYTES, [FORMATS.get(sample.suffix, sample.suffix.encode())]),
        "image/height": (INTS, [height]),
        "image/width": (INTS, [width]),
        "image/filename": (BYTES, [_text(sample.file)]),
    }
    for name, value in sample.labels.items():
        known = (FLOATS, [value]) if isinstance(value, float) else (BYTES, [_text(str(value))])
        features[f"label/{name}"] = known
    attribute = about.schema.attributes[0] if len(about.schema.attributes) == 1 else None
    if attribute is not None and attribute.name in sample.labels and not attribute.continuous:
        word = str(sample.labels[attribute.name])
        features["image/class/text"] = (BYTES, [_text(word)])
        features["image/class/label"] = (INTS, [attribute.values.index(word)])
    for name in NOTED:
        if name in sample.notes:
            features[name] = (BYTES, [_text(sample.notes[name])])
    return frame(build_example(features))


def _text(word: str) -> bytes:
    return word.encode("utf-8", "backslashreplace")
