"""An avatar: a picture together with its birth certificate, from which the same pixels can be made again."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.files import check_writable, write_bytes
from nijigen.images.certified import SUFFIXES, Certified, read_certified, read_file
from nijigen.images.decode import MAX_PIXELS
from nijigen.images.png import encode_png, write_png
from nijigen.images.sheet import Pixels, make_sheet
from nijigen.images.source import source_of_all
from nijigen.images.webp import encode_webp
from nijigen.progress import track

CERTIFICATE_VERSION = 1
SHOWN_SIZE = 96  # pixels a side, on a sheet for people
MAX_SHEET = 1_024  # a sheet of more is no picture any more

Certificate = dict[str, Any]


def pixel_digest(pixels: Pixels) -> str:
    """SHA-256 over size, channels and pixels, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()


class Avatar:
    """Pixels ``[H, W, 3|4]`` (uint8, straight alpha) and a birth certificate.

    The certificate says how the pixels came about: ``format_version``, ``kind`` (``model`` or ``illustration``), what
    made it (a model's digest, engine, device, threads, batch and place in it; or the illustrator's version), ``seed``,
    ``attributes``, ``truncation``, ``edits`` and the digest of the ``pixels``.
    """

    def __init__(self, pixels: Pixels, certificate: Certificate) -> None:
        self.pixels = pixels
        self.certificate = {"format_version": CERTIFICATE_VERSION, **certificate, "pixels": pixel_digest(pixels)}

    def __repr__(self) -> str:
        words = ", ".join(f"{name}={value}" for name, value in self.attributes.items() if isinstance(value, str))
        return f"Avatar({self.pixels.shape[1]} px, seed {self.seed}, {words})"

    @property
    def image(self) -> Image.Image:
        """The picture for Pillow."""
        return Image.fromarray(self.pixels)

    @property
    def attributes(self) -> dict[str, Any]:
        """What was asked for or drawn, in words; nothing where a stranger's certificate says something else."""
        words = self.certificate.get("attributes")
        return dict(words) if isinstance(words, dict) else {}

    @property
    def seed(self) -> int | None:
        """The number it came from; None where the noise itself was given."""
        seed = self.certificate.get("seed")
        return None if not isinstance(seed, int) or "z" in self.certificate else seed

    def png(self) -> bytes:
        """The PNG file, certificate included."""
        return encode_png(self.image, self.certificate)

    def webp(self) -> bytes:
        """The lossless WebP file, certificate included."""
        return encode_webp(self.image, self.certificate)

    def save(self, path: str | Path, durable: bool = True) -> Path:
        """Write the PNG or WebP with its certificate, atomically (``durable``: see :func:`nijigen.files.write_bytes`).

        Raises:
            NijigenError: another ending than ``.png`` or ``.webp``.
        """
        _check_ending(path)
        return write_bytes(path, self.webp() if Path(path).suffix.lower() == ".webp" else self.png(), durable)

    @classmethod
    def open(cls, path: str | Path) -> "Avatar":
        """Read an avatar's file, PNG or WebP; its bytes: see :meth:`read`.

        Raises:
            NijigenError: no such file, no certificate in it, or a certificate from a newer nijigen.
        """
        return cls.read(read_file(path), path)

    @classmethod
    def read(cls, data: bytes, name: str | Path, max_pixels: int = MAX_PIXELS) -> "Avatar":
        """Read an avatar from the bytes of its file, which may be a stranger's: nothing is believed.

        Args:
            name: what the file is called in messages.
            max_pixels: largest width × height, read from the header before a pixel is decoded.

        Raises:
            NijigenError: neither PNG nor WebP, too large, no certificate, or one from a newer nijigen.
        """
        return certified_avatar(read_certified(data, name, max_pixels=max_pixels), name)

    def _repr_png_(self) -> bytes:
        return self.png()


class Avatars(Sequence[Avatar]):
    """Avatars in order; shows and saves them together."""

    def __init__(self, avatars: Sequence[Avatar]) -> None:
        self._avatars = list(avatars)

    def __len__(self) -> int:
        return len(self._avatars)

    def __getitem__(self, index: Any) -> Any:
        return Avatars(self._avatars[index]) if isinstance(index, slice) else self._avatars[index]

    def __iter__(self) -> Iterator[Avatar]:
        return iter(self._avatars)

    def sheet(self, columns: int | None = None) -> Image.Image:
        """All of them in a grid, small ones enlarged to be seen (see :func:`nijigen.images.sheet.make_sheet`)."""
        return make_sheet([avatar.pixels for avatar in self._avatars], columns, least=SHOWN_SIZE)

    def save(self, folder: str | Path, kind: str = "png") -> list[Path]:
        """Write ``avatar-0000.png`` and so on into a folder (``kind``: png or webp); returns the paths."""
        return save_each(self, len(self), folder, quiet=True, kind=kind)

    def _repr_png_(self) -> bytes:
        return encode_png(self.sheet())


def save_each(
    avatars: Iterable[Avatar],
    count: int,
    folder: str | Path,
    *,
    stems: Callable[[int, Avatar], str] | None = None,
    sheet: bool = False,
    quiet: bool = False,
    kind: str = "png",
) -> list[Path]:
    """Write avatars as they come, with a progress bar; returns the paths, that of ``sheet.png`` last.

    Args:
        count: how many will come.
        stems: (index, avatar) → file name without ending; by default ``avatar-0000`` and so on.
        kind: png or webp.

    Raises:
        NijigenError: a sheet of more than 1,024 is no picture any more, ``kind`` is neither, or ``folder`` is a
            file or cannot be written.
    """
    check_kind(kind)
    check_writable(folder, folder=True)
    if sheet and count > MAX_SHEET:
        raise NijigenError(f"--sheet of {count:,} avatars would be no picture: use at most {MAX_SHEET:,}")
    folder, paths, shown = Path(folder), [], []
    with track(count, "avatars", unit="avatars", quiet=quiet) as bar:
        for index, avatar in enumerate(avatars):
            stem = stems(index, avatar) if stems else f"avatar-{index:04d}"
            paths.append(avatar.save(folder / f"{stem}.{kind}", durable=False))
            if sheet:
                shown.append(avatar)
            bar.advance()
    if sheet:
        source = source_of_all(avatar.certificate for avatar in shown)
        paths.append(write_png(folder / "sheet.png", Avatars(shown).sheet(), source=source))
    return paths


def check_name(path: str | Path) -> None:
    """See that an avatar can be written under a name, before the work is done that makes it.

    Raises:
        NijigenError: it ends in neither ``.png`` nor ``.webp``, in which a certificate is kept, or cannot be written.
    """
    _check_ending(path)
    check_writable(path)


def _check_ending(path: str | Path) -> None:
    if Path(path).suffix.lower() not in SUFFIXES:
        raise NijigenError(f"{path}: an avatar is written as {' or '.join(SUFFIXES)}; give such a name")


def check_kind(kind: str) -> None:
    """See that avatars can be written as png or webp.

    Raises:
        NijigenError: another word.
    """
    if f".{kind}" not in SUFFIXES:
        raise NijigenError(f"--format {kind}: use png or webp")


def certified_avatar(found: Certified, name: str | Path) -> Avatar:
    """The avatar of a file whose picture and certificate were read already.

    Raises:
        NijigenError: it has no certificate, or one from a newer nijigen.
    """
    certificate = found.facts
    if certificate is None:
        reason = "it is no avatar of nijigen (sheets have none), or was saved again"
        raise NijigenError(f"{name} carries no birth certificate: {reason}")
    version = certificate.get("format_version")
    if not isinstance(version, int) or version > CERTIFICATE_VERSION:
        raise NijigenError(f"{name} has certificate format {version}, unknown to this nijigen: update nijigen")
    avatar = Avatar(as_made(found.picture, certificate), {})
    avatar.certificate = certificate  # as it stands in the file, whether it is true of these pixels or not
    return avatar


def as_made(picture: Image.Image, certificate: Certificate) -> Pixels:
    """The pixels of a file, with the channels that its certificate is of.

    A WebP, or a PNG that a program made smaller, has no alpha channel where it would hide nothing; or has one for a
    picture that never had any. If the certificate names the pixels with or without it, that is what they are.
    """
    pixels: Pixels = np.asarray(picture)
    steps = certificate.get("enlarged")
    last = steps[-1] if isinstance(steps, list) and steps else certificate
    named = last.get("pixels") if isinstance(last, dict) else None
    if pixel_digest(pixels) == named:
        return pixels
    if pixels.shape[2] == 3:
        other: Pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    else:
        other = np.ascontiguousarray(pixels[..., :3])
    # That alpha hides nothing is in the digest itself: other colours or an alpha of its own have another one.
    return other if pixel_digest(other) == named and (pixels.shape[2] == 3 or pixels[..., 3].min() == 255) else pixels
