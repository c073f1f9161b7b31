"""What one file states, and whether its own pixels agree: pure functions of its bytes."""

from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from nijigen.avatar import Avatar, Certificate, certified_avatar
from nijigen.enlarge.certificate import enlargements, untouched
from nijigen.errors import NijigenError
from nijigen.images.certified import FORMATS, Certified, read_certified
from nijigen.images.decode import MAX_PIXELS, PictureError, decode
from nijigen.images.gif_xmp import xmp_of
from nijigen.images.source import meaning, source_of
from nijigen.images.xmp import read_xmp

# What became of the pixels since the certificate was written.
UNCHANGED, ENLARGED, CHANGED = "unchanged", "enlarged", "changed"
MOST_SHOWN = 80  # characters of one value, in words


@dataclass(frozen=True)
class Statement:
    """What a file says, and what was found of it.

    Attributes:
        avatar: the avatar that it is; None where it carries no certificate that can be read.
        pixels: ``unchanged``, ``enlarged`` (and nothing else) or ``changed`` since its certificate was written; None
            without a certificate.
        source: the digital source type that its XMP states, as it is written.
        tool: the program that its XMP names.
        problem: why it cannot be read, or why its certificate cannot.
        differences: what is not as the file states it, in words.
    """

    avatar: Avatar | None = None
    pixels: str | None = None
    source: str | None = None
    tool: str | None = None
    problem: str | None = None
    differences: list[str] = field(default_factory=list)

    @property
    def certificate(self) -> Certificate:
        """The birth certificate; empty where there is none."""
        return self.avatar.certificate if self.avatar else {}

    @property
    def stands(self) -> bool:
        """Whether nothing was found that is not as the file states it."""
        return not self.differences and self.problem is None

    def also(self, *differences: str) -> "Statement":
        """The same with further differences."""
        return replace(self, differences=[*self.differences, *differences])


def read_statement(data: bytes, name: str | Path, max_pixels: int = MAX_PIXELS) -> Statement:
    """What the bytes of a file state; never raises, whatever they are.

    Args:
        name: what the file is called in messages.
        max_pixels: largest width × height that is decoded.
    """
    try:
        found = read_certified(data, name, max_pixels=max_pixels)
    except NijigenError as error:
        return _other(data, max_pixels) or Statement(problem=_reason(error, name))
    said = Statement(source=found.xmp.source, tool=found.xmp.tool)
    if found.xmp.damaged:
        said = said.also("its XMP is damaged")
    if found.facts is None:
        return said
    try:
        avatar = certified_avatar(found, name)
    except NijigenError as error:
        return replace(said, problem=_reason(error, name))
    return _compared(replace(said, avatar=avatar), found)


def _compared(said: Statement, found: Certified) -> Statement:
    """Pixels, frames and source beside what the certificate says."""
    assert said.avatar is not None
    certificate = said.certificate
    whole = untouched(certificate, said.avatar.pixels)
    said = replace(said, pixels=(ENLARGED if enlargements(certificate) else UNCHANGED) if whole else CHANGED)
    if not whole:
        said = said.also("its pixels are others than its certificate names")
    if found.frames > 1:
        said = said.also(f"it moves ({found.frames} frames), and its certificate is of one picture")
    true = source_of(certificate)
    if said.source is not None and true is not None and _term(said.source) != true.uri:
        said = said.also(f"it states the digital source type {_shown(said.source)}, its certificate is of {true}")
    return said


def source_words(source: str | None) -> str:
    """A digital source type for people."""
    if source is None:
        return "states no digital source type"
    words = meaning(source)
    return (
        f"states: {words} [{_shown(source)}]"
        if words
        else f"states a digital source type unknown here: {short(source)}"
    )


def _other(data: bytes, max_pixels: int) -> Statement | None:
    """What a picture of a format without certificates states; None where it is none, or damaged."""
    try:
        decode(data, max_pixels=max_pixels)
        with Image.open(BytesIO(data)) as image:
            if image.format in FORMATS:
                return None
            packet: Any = image.info.get("xmp")
        xmp = read_xmp(packet if isinstance(packet, bytes) else xmp_of(data))
    except (PictureError, OSError, ValueError, SyntaxError):
        return None
    said = Statement(source=xmp.source, tool=xmp.tool)
    return said.also("its XMP is damaged") if xmp.damaged else said


def printed(text: str) -> str:
    """A text in one line, without what could upset a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def short(value: object) -> str:
    """A value of a stranger's file, no longer than a line needs, and without what could upset a terminal."""
    text = printed(str(value)[: MOST_SHOWN + 1])
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _reason(error: NijigenError, name: str | Path) -> str:
    """A mistake without the name of the file, which is told beside it."""
    return str(error).removeprefix(str(name)).lstrip(": ").removeprefix("is ")


def _term(source: str) -> str:
    return source.strip().replace("https://", "http://", 1)


def _shown(source: str) -> str:
    return short(source.strip().rpartition("/")[2])
