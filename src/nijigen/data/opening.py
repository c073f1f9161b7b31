"""From a path to a source: other people's layouts first, then plain folders and zips."""

from pathlib import Path

from nijigen.data.layouts import layout_of
from nijigen.data.sources import Source, open_source


def open_any(source: str | Path) -> Source:
    """The source at a path, in whatever layout it has.

    Raises:
        NijigenError: there is nothing at the path, or nothing that can be read.
    """
    return layout_of(Path(source)) or open_source(source)
