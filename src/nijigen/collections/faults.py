"""What is wrong with the collections themselves, and is no mistake of whoever asks them something."""

from nijigen.errors import NijigenError


class UnavailableError(NijigenError):
    """The database cannot be read or written now: somebody else is writing, the disk is full, it is gone."""


class DamagedError(NijigenError):
    """A kept file is not what was added, or is gone."""
