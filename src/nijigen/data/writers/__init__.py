"""Layouts that other programs read, written from a stream of samples: one room a layout.

    >>> from nijigen.data.writers import TARGETS, writer_of
    >>> writer_of("nvidia")(Path("faces.zip"), dataset.samples(), About(dataset.schema))

Every room has ``write(out, samples, about)``. It holds one picture at a time, writes beside ``out`` and renames when
everything is on the disk.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from nijigen.data.shards import Sample
from nijigen.data.writers.about import About

Write = Callable[[Path, Iterable[Sample], About], None]


@dataclass(frozen=True, slots=True)
class Target:
    """What a layout takes.

    Attributes:
        room: the module that writes it.
        suffixes: endings of a single file; without one of them it is a folder.
        folder: whether it may be a folder.
        keeps: picture formats that are passed on byte for byte; others become PNG.
        flat: whether pictures must be RGB.
    """

    room: str
    suffixes: tuple[str, ...]
    folder: bool
    keeps: frozenset[str]
    flat: bool = False


TARGETS = {
    "nvidia": Target("nvidia", (".zip",), False, frozenset({"PNG"}), flat=True),
    "tfrecord": Target("tfrecord", (".tfrecord", ".tfrecords"), True, frozenset({"JPEG", "PNG"})),
    "stylegan-tfrecord": Target("pyramid", (), True, frozenset({"JPEG", "PNG"}), flat=True),
    "webdataset": Target("webdataset", (".tar",), True, frozenset({"JPEG", "PNG", "WEBP"})),
    "imagefolder": Target("imagefolder", (), True, frozenset({"JPEG", "PNG", "WEBP"})),
}


def writer_of(target: str) -> Write:
    """The function that writes a layout."""
    return cast(Write, import_module(f"{__name__}.{TARGETS[target].room}").write)
