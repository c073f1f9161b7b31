"""One picture on its way from one layout to another: byte for byte where the target takes its format, else as PNG.

Imports no torch, so that a worker process starts in a moment.
"""

from dataclasses import dataclass

from nijigen.data.layouts.pixels import encode
from nijigen.data.sources import Entry, Source
from nijigen.errors import NijigenError
from nijigen.images.decode import MAX_BYTES, PictureError, decode

STARTS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"RIFF": "WEBP"}
SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


@dataclass(frozen=True, slots=True)
class Passing:
    """What is done to every picture.

    Attributes:
        keeps: formats that are passed on byte for byte.
        flat: pictures must be RGB; see-through ones have the reason ``transparent``, others are written anew.
        trusted: the pictures were decoded when their data set was made, and are not decoded once more.
    """

    source: Source
    keeps: frozenset[str]
    flat: bool
    trusted: bool


@dataclass(frozen=True, slots=True)
class Passed:
    """A picture that goes on (``kept``: as the same bytes), or the reason why not (``reason`` not empty)."""

    suffix: str = ""
    data: bytes = b""
    kept: bool = False
    reason: str = ""
    detail: str = ""


def pass_on(task: tuple[Passing, list[Entry]]) -> list[Passed]:
    """A few pictures in a row; the unit that is sent to a worker.

    Raises:
        NijigenError: the disk fails, which must not turn into thousands of skipped pictures.
    """
    passing, entries = task
    return [_pass_one(passing, entry) for entry in entries]


def _pass_one(passing: Passing, entry: Entry) -> Passed:
    if entry.size > MAX_BYTES:
        return Passed(reason="too_large", detail=f"the file has more than {MAX_BYTES >> 20} MiB")
    try:
        data = passing.source.read(entry, MAX_BYTES + 1)
    except (PermissionError, FileNotFoundError) as error:
        return Passed(reason="unreadable", detail=error.strerror or "")
    except ValueError as error:
        return Passed(reason="corrupt", detail=str(error))
    except OSError as error:
        raise NijigenError(f"cannot read {entry.name}: {error.strerror or error}") from None
    kind = kind_of(data)
    if passing.trusted and kind in passing.keeps:
        return Passed(SUFFIXES[kind], data, True)
    try:
        image = decode(data)
    except PictureError as error:
        return Passed(reason=error.reason, detail=str(error))
    if passing.flat and image.mode != "RGB":
        return Passed(reason="transparent")
    # With a format of its own the image is what the codec gave: upright, RGB or RGBA, no colour profile.
    if kind in passing.keeps and not (passing.flat and image.format != kind):
        return Passed(SUFFIXES[kind], data, True)
    return Passed("png", encode(image))


def kind_of(data: bytes) -> str:
    """``JPEG``, ``PNG`` or ``WEBP`` by the first bytes, or ""."""
    kind = next((kind for start, kind in STARTS.items() if data.startswith(start)), "")
    return "" if kind == "WEBP" and data[8:12] != b"WEBP" else kind
