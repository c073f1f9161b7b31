"""A brush: pictures to paint avatars like. An avatar keeps its size, its alpha and its birth certificate.

>>> from nijigen.style.brush import open_brush
>>> brush = open_brush(["waves.png"])                                      # doctest: +SKIP
>>> brush.paint(avatar).save("painted.png")                                # doctest: +SKIP

An avatar is small, and below about 100 px a network sees hardly a stroke: so it is painted larger, and what comes out
is made as small again. Its alpha is never touched: what is hidden neither counts nor is painted.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from nijigen.avatar import Avatar, pixel_digest
from nijigen.enlarge.certificate import KEY as ENLARGED
from nijigen.errors import NijigenError
from nijigen.features.vgg import find_vgg, read_vgg
from nijigen.features.vgg_network import Vgg
from nijigen.files import sha256_file
from nijigen.images.sheet import Pixels
from nijigen.machine import choose_device, describe, place
from nijigen.style.painting import paint, total_steps
from nijigen.style.pictures import Opened, open_picture
from nijigen.style.record import KEY, MOST_STYLES, Digested, Record, settings_as_json
from nijigen.style.settings import LARGEST, Settings

LEAST_SIDE = 128  # pixels of the longer side at which an avatar is painted, at least
FOR_AVATARS = Settings(steps=40)
FLAGS = {"steps": "--style-steps", "colours": "--style-colours"}  # as nijigen generate calls them

Step = Callable[[], object]


@dataclass(frozen=True)
class Brush:
    """Style pictures, the network that looks at them, and how to paint.

    Attributes:
        styles: the pictures; several are mixed.
        named: their files, in the same order.
        file: the file of the network.
        notes: what a person should know of the pictures.
    """

    network: Vgg
    styles: list[Image.Image]
    named: tuple[Digested, ...]
    file: Digested
    settings: Settings
    notes: tuple[str, ...] = ()

    def steps(self, side: int) -> int:
        """How many steps an avatar of so many pixels takes at most."""
        return total_steps(Image.new("L", (side, side)), self._sized((side, side)))

    def paint(self, avatar: Avatar, step: Step | None = None) -> Avatar:
        """The avatar, painted.

        Args:
            step: called after every step.

        Raises:
            NijigenError: it was painted before, or was enlarged since it was made.
        """
        for key, fix in ((KEY, "paint it as it was before"), (ENLARGED, "paint it first and enlarge it then")):
            if key in avatar.certificate:
                raise NijigenError(f"an avatar that was {key} already is not painted: {fix} (or use nijigen style)")
        settings = self._sized(avatar.image.size)
        made = paint(self.network, avatar.image, self.styles, settings, watch=lambda number, show: step and step())
        said = {
            "styles": [style.as_dict() for style in self.named],
            "network": self.file.as_dict(),
            "settings": settings_as_json(settings),
            "of": pixel_digest(avatar.pixels),
            "machine": describe(self.network.means.device),
        }
        return Avatar(_as_small(made.image, avatar.pixels), {**avatar.certificate, KEY: said})

    def paint_each(self, avatars: Iterable[Avatar], step: Step | None = None) -> Iterator[Avatar]:
        """:meth:`paint` for avatars as they come."""
        return (self.paint(avatar, step) for avatar in avatars)

    def facts(self) -> dict[str, Any]:
        """For a report."""
        return {
            "styles": [style.as_dict() for style in self.named],
            "network": self.file.as_dict(),
            "settings": settings_as_json(self.settings),
        }

    def _sized(self, size: tuple[int, int]) -> Settings:
        if self.settings.size is not None:
            return self.settings
        return replace(self.settings, size=min(LARGEST, max(LEAST_SIDE, *size)))


def open_brush(
    styles: Sequence[str | Path],
    settings: Settings = FOR_AVATARS,
    device: str | torch.device = "auto",
    tell: Callable[[str], None] | None = None,
) -> Brush:
    """A brush of picture files.

    Args:
        settings: ``size`` is that at which an avatar is painted; None: its own, but 128 px at least.
        tell: called with one line before a download.

    Raises:
        NijigenError: a picture cannot be used, settings do not fit, or the network is not here.
    """
    if not 1 <= len(styles) <= MOST_STYLES:
        raise NijigenError(f"--style-image was given {len(styles)} times: use 1 to {MOST_STYLES} pictures")
    settings.check(len(styles), flags=FLAGS)
    opened = [open_picture(Path(style)) for style in styles]
    named = tuple(Digested(Path(style).name, sha256_file(Path(style))) for style in styles)
    return _brush(opened, named, settings, device, tell)


def brush_again(
    record: Record,
    styles: Sequence[str | Path],
    device: str | torch.device = "auto",
    tell: Callable[[str], None] | None = None,
) -> Brush:
    """The brush that an avatar was painted with, from the same files, in any order and by any name.

    Raises:
        NijigenError: a style is missing, another one is given, or the network is another; the line names it.
    """
    given = {sha256_file(_there(Path(style))): Path(style) for style in styles}
    wanted = {style.sha256: style for style in record.styles}
    for digest, path in given.items():
        if digest not in wanted:
            were = " and ".join(str(style) for style in record.styles)
            raise NijigenError(f"--style-image {path} ({digest[:12]}…) is another picture than {were}: give that one")
    if missing := [style for digest, style in wanted.items() if digest not in given]:
        also = "also " if given else ""
        raise NijigenError(f"it was {also}painted like {missing[0]}: give that picture with --style-image FILE")
    opened = [open_picture(given[style.sha256]) for style in record.styles]
    brush = _brush(opened, record.styles, record.settings, device, tell)
    if brush.file.sha256 != record.network.sha256:
        raise NijigenError(
            f"it was painted with the network {record.network}, and {brush.file} is what is found here: put that one "
            "first among the folders of NIJIGEN_WEIGHTS"
        )
    return brush


def _brush(
    opened: Sequence[Opened],
    named: tuple[Digested, ...],
    settings: Settings,
    device: str | torch.device,
    tell: Callable[[str], None] | None,
) -> Brush:
    file = find_vgg(tell, flag=None)
    chosen = device if isinstance(device, torch.device) else choose_device(device)
    network = place(read_vgg(file), chosen)
    digested = Digested(file.name, sha256_file(file))
    notes = tuple(note for picture in opened for note in picture.notes)
    return Brush(network, [picture.image for picture in opened], named, digested, settings, notes)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise NijigenError(f"--style-image {path} does not exist or is no file")
    return path


def _as_small(image: Image.Image, before: Pixels) -> Pixels:
    """A painted picture at the size of an avatar, with its alpha; what was hidden is as it was, to the bit."""
    height, width = before.shape[:2]
    small = image.convert("RGBa") if image.mode == "RGBA" else image  # hidden colours must not bleed
    if image.size != (width, height):
        small = small.resize((width, height), Image.Resampling.LANCZOS)
    made = np.asarray(small.convert(image.mode))
    if before.shape[2] == 3:
        return made
    stays = (before[..., 3:] == 0) | (made[..., 3:] == 0)
    after: Pixels = before.copy()
    after[..., :3] = np.where(stays, before[..., :3], made[..., :3])
    return after
