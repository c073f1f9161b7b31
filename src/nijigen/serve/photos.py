"""Uploaded photographs: decoded within bounds, read and drawn by what is here, and never kept."""

import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from nijigen.errors import NijigenError, did_you_mean

if TYPE_CHECKING:
    from PIL import Image

    from nijigen.avatarizing.portrait import Portrait
    from nijigen.translate.styles import Style
    from nijigen.translate.stylizer import Settings, Stylizer

MOST_OPEN = 4  # networks at a time
DETECT = "whoever runs the server installs nijigen[detect]; its log says more"


class MissingError(NijigenError):
    """Something that would do it is not installed here. Clients are told so: no path is in it."""


class GivenUpError(NijigenError):
    """Whoever asked for it is gone."""


def open_stylizer(name: str | None, settings: "Settings", device: str) -> "Stylizer":
    """A network of those that are here, as it is asked to draw (in the working thread); nothing is downloaded.

    Args:
        name: one of :func:`nijigen.translate.styles.styles_here`; None: the first. A client's word never becomes a
            path.
        device: see :func:`nijigen.machine.choose_device`.

    Raises:
        MissingError: no network is here, it cannot be opened, or what finds faces is missing.
        NijigenError: there is none of that name, or settings that cannot be.
    """
    from nijigen.translate.styles import styles_here
    from nijigen.translate.stylizer import Stylizer, detector_for

    settings.check()
    known = styles_here()
    if not known:
        raise MissingError(
            "a network for photographs is not here: whoever runs the server gets one with nijigen weights or trains it"
        )
    name = known[0] if name is None else name
    if name not in known:
        raise NijigenError(f"the style {name[:100]!r} is not here{did_you_mean(name, known)}: use {', '.join(known)}")
    try:
        detector = detector_for(settings)
    except NijigenError as error:
        raise _missing("faces cannot be found here", DETECT, error) from None
    try:
        network = _network(name, device)
    except NijigenError as error:
        mend = "whoever runs the server puts another in its place; its log says why"
        raise _missing(f"the style {name} cannot be opened here", mend, error) from None
    return Stylizer(network, settings, detector)


@lru_cache(MOST_OPEN)
def _network(name: str, device: str) -> "Style":
    from nijigen.translate.styles import open_style

    return open_style(name, device)


def open_face(image: "Image.Image") -> "Portrait":
    """The face of a photograph (in the working thread).

    Raises:
        MissingError: what finds faces is missing.
        NijigenError: no face is found, or the picture is too small for one.
    """
    from nijigen.avatarizing.portrait import LEAST_FACE, open_portrait
    from nijigen.images.faces.finder import FaceFinder

    try:
        FaceFinder("photo", least=LEAST_FACE).check()
    except NijigenError as error:
        raise _missing("faces cannot be found here", DETECT, error) from None
    return open_portrait(image)


def decode_upload(data: bytes, pixels: int) -> "Image.Image":
    """A picture that somebody sent.

    Raises:
        PictureError: it is none, damaged, or has more than ``pixels`` pixels.
    """
    from nijigen.images.decode import decode

    return decode(data, max_pixels=pixels)


def unless(stop: threading.Event) -> Callable[[], None]:
    """What a long work calls step by step, to end where nobody waits for it any more."""

    def step() -> None:
        if stop.is_set():
            raise GivenUpError("nobody waits for it any more")

    return step


def _missing(what: str, mend: str, error: NijigenError) -> MissingError:
    """For clients what is missing and who mends it how; for the log why, with paths that are nobody else's business."""
    print(f"{what}: {error}", file=sys.stderr)
    return MissingError(f"{what}: {mend}")
