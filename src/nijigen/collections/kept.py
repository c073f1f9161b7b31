"""One kept avatar, as it is shown."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from nijigen.avatar import Certificate
from nijigen.collections.reading import attributes_of
from nijigen.errors import NijigenError


class NotKeptError(NijigenError):
    """There is no such avatar in any collection, or no such collection."""


@dataclass(frozen=True)
class Kept:
    """An avatar in a collection.

    Attributes:
        ident: of this row: one file in two collections has two.
        digest: SHA-256 of the file's bytes.
        attributes: the words and numbers of its certificate, as many as can be shown.
        model: the name of the model that made it; None: the illustrator drew it.
        seed: the number it came from; None where its noise was given.
        added: when, in UTC.
        bytes: of the file.
        missing: its file is not where it belongs: somebody took it away. Adding it again puts it back.
    """

    ident: str
    digest: str
    collection: str
    note: str
    attributes: dict[str, str | float]
    model: str | None
    seed: int | None
    added: datetime
    media_type: str
    width: int
    height: int
    bytes: int
    certificate: Certificate
    missing: bool

    @classmethod
    def of(cls, row: Any, missing: bool) -> "Kept":
        """What a row of ``kept`` joined with ``pictures`` says."""
        certificate = json.loads(row.certificate)
        seed = certificate.get("seed")
        return cls(
            ident=row.ident,
            digest=row.digest,
            collection=row.collection,
            note=row.note,
            attributes=attributes_of(certificate),
            model=row.model or None,
            seed=seed if type(seed) is int and "z" not in certificate else None,
            added=row.added.replace(tzinfo=UTC),
            media_type=row.media_type,
            width=row.width,
            height=row.height,
            bytes=row.bytes,
            certificate=certificate,
            missing=missing,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"added": self.added.isoformat(timespec="seconds").replace("+00:00", "Z")}
