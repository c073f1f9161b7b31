"""The one exception that nijigen raises on purpose."""


class NijigenError(Exception):
    """A mistake a person can mend: one line that names the file or flag and the fix.

    The command line prints the line and exits with code 2; in Python it is an ordinary exception.
    """
