"""What ``--move`` says: numbers of a model or directions, and how far to go."""

from nijigen.errors import NijigenError


def read_moves(texts: list[str] | None) -> dict[str, float]:
    """``["blush=1"]`` → ``{"blush": 1.0}``.

    Raises:
        NijigenError: a part without ``=``, or what is no number.
    """
    found: dict[str, float] = {}
    for part in ",".join(texts or []).replace("＝", "=").replace("，", ",").split(","):
        word, equals, value = part.rpartition("=")
        if not part.strip():
            continue
        try:
            if not equals or not word.strip():
                raise ValueError
            found[word.strip()] = float(value)
        except ValueError:
            raise NijigenError(
                f'--move {part.strip()!r} is not KEY=STEPS, like blush=1 or "fringe length=-1"'
            ) from None
    return found
