"""Layouts that other people's data sets have. Each room tells its own by sight and lists and reads it as a source.

    >>> from nijigen.data.layouts import layout_of
    >>> source = layout_of(Path("ffhq.zip"))      # None: a folder or zip of pictures, or nothing that is known
    >>> listing = source.listing()

A room has ``detect(path) -> bool``, which looks at names and first bytes only and never raises, and a class that is
made of a path. Nothing of a room is imported before it is asked.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import cast

from nijigen.data.sources import Source

# In the order they are asked: a data set of our own holds tar files too, and an NVIDIA folder looks like any folder.
LAYOUTS: dict[str, tuple[str, str]] = {
    "nijigen": ("own", "OwnSource"),
    "nvidia": ("nvidia", "NvidiaSource"),
    "tfrecord": ("tfrecord", "TFRecordSource"),
    "webdataset": ("webdataset", "WebDatasetSource"),
    "lmdb": ("lmdb", "LmdbSource"),
    "danbooru": ("danbooru", "DanbooruSource"),
    "manga109": ("manga109", "Manga109Source"),
}


def layout_name(path: Path) -> str | None:
    """The name of the first layout that knows ``path`` as its own, or None."""
    if not os.path.exists(path):  # also False, and no exception, for loops of links and impossible names
        return None
    for name, (room, _) in LAYOUTS.items():
        if import_module(f"{__name__}.{room}").detect(path):
            return name
    return None


def layout_of(path: Path) -> Source | None:
    """The source in the layout that ``path`` has, or None for a plain folder or zip, or nothing that is known."""
    name = layout_name(path)
    if name is None:
        return None
    room, kind = LAYOUTS[name]
    return cast(Source, getattr(import_module(f"{__name__}.{room}"), kind)(path))
