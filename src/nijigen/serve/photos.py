"""Uploaded photographs: decoded within bounds, drawn by networks that are here, and never kept."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from nijigen.errors import NijigenError, did_you_mean

if TYPE_CHECKING:
    from PIL import Image

    from nijigen.translate.stylizer import Stylizer


class MissingError(NijigenError):
    """Something that would do it is not installed here."""


class GivenUpError(NijigenError):
    """Whoever asked for it is gone."""


class Styles:
    """The networks that redraw photographs: published ones whose weights are here, translators that were trained here.

    They are opened when first asked for, in the working thread, and never fetched from anywhere.

    Args:
        device: see :func:`nijigen.machine.choose_device`.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._open: dict[tuple[str, str], Stylizer] = {}

    def names(self) -> list[str]:
        """All that can be asked for now, the published ones first."""
        from nijigen.translate.styles import styles_here

        return styles_here()

    def open(self, name: str | None, strength: float, face: str, size: int) -> "Stylizer":
        """A network with its settings (in the working thread).

        Raises:
            MissingError: no network is here, or what finds faces is not.
            NijigenError: there is none of that name.
        """
        from dataclasses import replace

        from nijigen.translate.stylizer import Settings, open_stylizer

        known = self.names()
        if not known:
            raise MissingError(
                "no network for photographs is here: whoever runs the server gets one with nijigen weights or trains it"
            )
        name = known[0] if name is None else name
        if name not in known:
            raise NijigenError(f"no style {name[:100]!r}{did_you_mean(name, known)}: there is {', '.join(known)}")
        if (name, face) not in self._open:
            try:
                self._open[name, face] = open_stylizer(name, Settings(1.0, face), self._device)
            except NijigenError as error:
                raise MissingError(f"the style {name} cannot be used here: {error}") from None
        return replace(self._open[name, face], settings=Settings(strength, face, size))


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
