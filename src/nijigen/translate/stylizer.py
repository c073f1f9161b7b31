"""One picture in another look.

>>> import nijigen
>>> nijigen.stylize(image, face="whole").save("drawn.png")          # doctest: +SKIP
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError, did_you_mean
from nijigen.images.decode import plain
from nijigen.images.faces.detector import FaceDetector
from nijigen.images.faces.face import Face
from nijigen.images.sheet import Pixels
from nijigen.style.pictures import fit, planes_of
from nijigen.translate.faces import KINDS, open_faces, paste_faces
from nijigen.translate.styles import DEFAULT, Style, open_style
from nijigen.translate.tiling import translated

LARGEST = 16_384  # pixels a side
KEEP = "keep"


@dataclass(frozen=True)
class Settings:
    """What is asked for.

    Attributes:
        strength: 0 leaves the picture as it is, 1 takes the network's.
        face: ``paste``, ``whole``, or empty: paste where faces can be found.
        size: longer side in pixels at which the picture is drawn and written; None: its own.
    """

    strength: float = 1.0
    face: str = ""
    size: int | None = None

    def check(self) -> None:
        """Refuse what cannot be.

        Raises:
            NijigenError: it names the flag.
        """
        if not 0 <= self.strength <= 1:
            raise NijigenError(f"--strength {self.strength:g}: use 0 (the photo) to 1 (the drawing)")
        if self.face not in ("", *KINDS):
            raise NijigenError(f"--face {self.face}{did_you_mean(self.face, KINDS)}: use {' or '.join(KINDS)}")
        if self.size is not None and not 1 <= self.size <= LARGEST:
            raise NijigenError(f"--size {self.size}: use 1 to {LARGEST:,} pixels, or {KEEP}")


def read_size(text: str) -> int | None:
    """``keep`` is None, anything else a number.

    Raises:
        NijigenError: it is neither.
    """
    if text == KEEP:
        return None
    try:
        return int(text)
    except ValueError:
        raise NijigenError(f"--size {text}: use a number of pixels, or {KEEP}") from None


@dataclass(frozen=True)
class Stylizer:
    """A network and what is asked of it; ``detector`` is None where faces are left to the whole picture."""

    style: Style
    settings: Settings
    detector: FaceDetector | None

    def faces(self, image: Image.Image) -> list[Face]:
        """The faces of a picture that is as large as it will be drawn."""
        return self.detector.find(image) if self.detector else []

    def fitted(self, image: Image.Image) -> Image.Image:
        """The picture as large as it will be drawn."""
        return image if self.settings.size is None else fit(image, self.settings.size)

    def __call__(
        self, image: Image.Image, faces: Sequence[Face] | None = None, step: Callable[[], object] | None = None
    ) -> Image.Image:
        """The picture in the network's look; alpha stays, and what is below alpha 0.

        Args:
            image: RGB or RGBA.
            faces: in the picture as large as it will be drawn; None: they are looked for.
            step: called as :func:`nijigen.translate.tiling.translated` does.
        """
        image = self.fitted(image)
        photo = _opaque(image)
        drawn = translated(self.style.network, photo, step=step)
        found = self.faces(image) if faces is None else faces
        drawn = paste_faces(self.style.network, photo, drawn, found)
        mixed = _mixed(photo, drawn, self.settings.strength)
        if image.mode != "RGBA":
            return Image.fromarray(mixed)
        pixels = np.array(image)
        pixels[..., :3] = np.where(pixels[..., 3:] > 0, mixed, pixels[..., :3])
        return Image.fromarray(pixels)


def open_stylizer(
    style: str = DEFAULT,
    settings: Settings | None = None,
    device: str = "auto",
    tell: Callable[[str], None] | None = None,
) -> Stylizer:
    """A network that draws, as it is asked for.

    Args:
        style, device: see :func:`nijigen.translate.styles.open_style`.
        tell: called with one line before a download, and where faces cannot be found though nobody said ``whole``.

    Raises:
        NijigenError: wrong settings, no such style, or ``paste`` without what finds faces.
    """
    settings = settings or Settings()
    settings.check()
    detector = detector_for(settings, tell)
    return Stylizer(open_style(style, device, tell), settings, detector)


def detector_for(settings: Settings, tell: Callable[[str], None] | None = None) -> FaceDetector | None:
    """What finds the faces that are drawn larger; None where they are left to the whole picture.

    Args:
        tell: called with one line where faces cannot be found though nobody said ``whole``.

    Raises:
        NijigenError: ``paste`` without what finds faces.
    """
    if settings.face == "whole":
        return None
    try:
        return open_faces()
    except NijigenError as error:
        if settings.face == "paste":
            raise
        if tell:
            tell(f"small faces may lose their eyes: {error}")
        return None


def stylize(
    image: Image.Image,
    style: str = DEFAULT,
    *,
    strength: float = 1.0,
    face: str = "",
    size: int | None = None,
    device: str = "auto",
) -> Image.Image:
    """A photo as a drawing.

    For many pictures open one :func:`open_stylizer` and call it: this reads the network every time.

    Args:
        image: a PIL image of any mode.
        style: ``cartoongan-hayao``, a translator that was trained here, or a folder of another published CartoonGAN.
        strength: 0 leaves the picture as it is, 1 takes the network's.
        face: ``paste`` draws small faces larger and puts them back, so that eyes and mouths stay; ``whole`` is the
            plain network; empty: paste where OpenCV is installed.
        size: longer side in pixels at which it is drawn; None: its own.
        device: auto, cpu, cuda or mps.

    Returns:
        RGB, or RGBA where something of the picture is transparent.

    Raises:
        NijigenError: wrong settings, no such style, or ``paste`` without what finds faces.
    """
    stylizer = open_stylizer(style, Settings(strength, face, size), device)
    return stylizer(plain(image))


def _opaque(image: Image.Image) -> Pixels:
    """RGB with colours spread below what is hidden, so that the network draws no edge around nothing."""
    if image.mode == "RGB":
        return np.asarray(image)
    colours = planes_of(image).colours[0].permute(1, 2, 0)
    levels: Pixels = colours.mul(255).round_().byte().numpy()
    return levels


def _mixed(photo: Pixels, drawn: Pixels, strength: float) -> Pixels:
    if strength == 1:
        return drawn
    return np.asarray(Image.blend(Image.fromarray(photo), Image.fromarray(drawn), strength))
