"""What a verb is made from stays where it is."""

from pathlib import Path

from nijigen.errors import NijigenError


def keep_sources(out: Path, *files: Path) -> None:
    """See that what is written does not take the place of what it is made from.

    Raises:
        NijigenError: ``out`` is one of the files, or the folder of one, where files of the same names would be written.
    """
    for file in files:
        if out.resolve() in (file.resolve(), file.resolve().parent):
            raise NijigenError(f"--out {out}: {file} or others beside it would be written over; choose another name")
