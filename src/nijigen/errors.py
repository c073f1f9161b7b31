"""The one exception that nijigen raises on purpose, and the hint that goes with a wrong word."""

import difflib
from collections.abc import Iterable


class NijigenError(Exception):
    """A mistake a person can mend: one line that names the file or flag and the fix.

    The command line prints the line and exits with code 2; in Python it is an ordinary exception.
    """


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` (did you mean X?)`` where a known word is near, else nothing; capitals count for nothing."""
    near = nearest(word, known)
    return "" if near is None else f" (did you mean {near}?)"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is nearest, and near; capitals count for nothing."""
    plain = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), plain, n=1, cutoff=0.6)
    return plain[matches[0]] if matches else None
