"""An avatar: a picture together with its birth certificate, from which the same pixels can be made again."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.png import encode_png, read_png, write_png
from nijigen.images.sheet import Pixels, make_sheet
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
        """What was asked for or drawn, in words."""
        return dict(self.certificate.get("attributes", {}))

    @property
    def seed(self) -> int | None:
        """The number it came from; None where the noise itself was given."""
        seed = self.certificate.get("seed")
        return None if seed is None or "z" in self.certificate else int(seed)

    def png(self) -> bytes:
        """The PNG file, certificate included."""
        return encode_png(self.image, self.certificate)

    def save(self, path: str | Path, durable: bool = True) -> Path:
        """Write the PNG with its certificate, atomically (``durable``: see :func:`nijigen.files.write_bytes`)."""
        return write_png(path, self.image, self.certificate, durable)

    @classmethod
    def open(cls, path: str | Path) -> "Avatar":
        """Read an avatar's PNG.

        Raises:
            NijigenError: no PNG, no certificate in it, or a certificate from a newer nijigen.
        """
        picture, certificate = read_png(path)
        if certificate is None:
            reason = "it is no avatar of nijigen (sheets have none), or was saved again"
            raise NijigenError(f"{path} carries no birth certificate: {reason}")
        version = certificate.get("format_version")
        if not isinstance(version, int) or version > CERTIFICATE_VERSION:
            raise NijigenError(f"{path} has certificate format {version}, unknown to this nijigen: update nijigen")
        avatar = cls(np.asarray(picture), {})
        avatar.certificate = certificate
        return avatar

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

    def save(self, folder: str | Path) -> list[Path]:
        """Write ``avatar-0000.png`` and so on into a folder; returns the paths."""
        return save_each(self, len(self), folder, quiet=True)

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
) -> list[Path]:
    """Write avatars as they come, with a progress bar; returns the paths, that of ``sheet.png`` last.

    Args:
        count: how many will come.
        stems: (index, avatar) → file name without ending; by default ``avatar-0000`` and so on.

    Raises:
        NijigenError: a sheet of more than 1,024 is no picture any more.
    """
    if sheet and count > MAX_SHEET:
        raise NijigenError(f"--sheet of {count:,} avatars would be no picture: use at most {MAX_SHEET:,}")
    folder, paths, shown = Path(folder), [], []
    with track(count, "avatars", unit="avatars", quiet=quiet) as bar:
        for index, avatar in enumerate(avatars):
            stem = stems(index, avatar) if stems else f"avatar-{index:04d}"
            paths.append(avatar.save(folder / f"{stem}.png", durable=False))
            if sheet:
                shown.append(avatar)
            bar.advance()
    if sheet:
        paths.append(write_png(folder / "sheet.png", Avatars(shown).sheet()))
    return paths
