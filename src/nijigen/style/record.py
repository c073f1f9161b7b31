"""What a birth certificate says of an avatar that was painted like pictures, before anything else was done to it.

The certificate goes on telling how the avatar below the paint came about. ``painted`` is added: ``styles`` (name and
SHA-256 of each file), ``network`` (likewise), ``settings``, ``of`` (digest of the pixels below the paint) and the
machine. ``pixels`` is the digest of what came out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from nijigen.errors import NijigenError
from nijigen.style.settings import Settings

KEY = "painted"
MOST_STYLES = 16
SHOWN_DIGITS = 12
NAMES = {"style_layers", "content_layers"}


@dataclass(frozen=True)
class Digested:
    """A file by name and SHA-256."""

    name: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:SHOWN_DIGITS]}…)"

    def as_dict(self) -> dict[str, str]:
        """As a certificate keeps it."""
        return {"file": self.name, "sha256": self.sha256}


@dataclass(frozen=True)
class Record:
    """How an avatar was painted, as its certificate says.

    Attributes:
        of: digest of the pixels below the paint.
        machine: what :func:`nijigen.machine.describe` said.
    """

    styles: tuple[Digested, ...]
    network: Digested
    settings: Settings
    of: str
    machine: dict[str, Any]


def is_painted(certificate: Mapping[str, Any]) -> bool:
    """Whether an avatar was painted."""
    return KEY in certificate


def read_record(certificate: Mapping[str, Any]) -> Record:
    """What the certificate of a painted avatar says of it.

    Raises:
        NijigenError: it is damaged, or from a nijigen that knew other settings.
    """
    said = certificate.get(KEY)
    try:
        styles = tuple(_digested(row) for row in said["styles"])  # type: ignore[index]  # else a TypeError
        if not 1 <= len(styles) <= MOST_STYLES:
            raise ValueError(f"{len(styles)} styles")
        record = Record(
            styles,
            _digested(said["network"]),  # type: ignore[index]
            _settings(said["settings"]),  # type: ignore[index]
            str(said["of"]),  # type: ignore[index]
            dict(said["machine"]),  # type: ignore[index]
        )
        record.settings.check(len(styles))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, NijigenError) as error:
        raise NijigenError(f"the birth certificate is damaged: {KEY}: {error}") from None
    return record


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """Settings as they come back from JSON."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in settings.as_dict().items()}


def _digested(row: Any) -> Digested:
    name, digest = row["file"], row["sha256"]
    if not (isinstance(name, str) and isinstance(digest, str)):
        raise TypeError("a file has no name or no digest")
    return Digested(name, digest)


def _settings(row: Mapping[str, Any]) -> Settings:
    """Settings out of JSON, each of the type that it has by default; a file may be a stranger's."""
    values: dict[str, Any] = {}
    plain = Settings()
    for field in fields(Settings):
        value, usual = row[field.name], getattr(plain, field.name)
        if isinstance(usual, tuple):
            kind = str if field.name in NAMES else (int, float)
            if not (isinstance(value, list) and all(isinstance(part, kind) for part in value)):
                raise TypeError(f"{field.name} is no list")
            value = tuple(value)
        elif field.name == "seed":
            if not isinstance(value, int | str):
                raise TypeError("seed is no seed")
        elif isinstance(usual, float):
            value = float(value)
        elif usual is None:
            value = None if value is None else int(value)
        elif not isinstance(value, type(usual)):
            raise TypeError(f"{field.name} is {value!r}")
        values[field.name] = value
    return Settings(**values)
