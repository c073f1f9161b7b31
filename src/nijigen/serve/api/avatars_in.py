"""Avatars that come with requests: as a file, or as the birth certificate alone. They are strangers', so bounded."""

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from nijigen.avatar import CERTIFICATE_VERSION, Avatar
from nijigen.errors import NijigenError
from nijigen.images.decode import PictureError
from nijigen.serve.api.words import Request
from nijigen.serve.settings import MIB
from nijigen.serve.workshop import Workshop

if TYPE_CHECKING:
    from nijigen.engine.editing import Editable

MOST_CHARACTERS = MIB  # of a certificate
MOST_STEPS = 200  # of its edits and of those of all parents in it
MOST_BATCH = 64  # it was made in: so many rows are made to make one again
DEEPEST = 40  # edits within edits, as JSON nests them
LONGEST_FILE = 12 * MIB  # characters of base64
EXAMPLE: dict[str, Any] = {"certificate": {"kind": "model", "digest": "…", "seed": 7, "attributes": {}}}


class AvatarFile(Request):
    """An avatar as a file."""

    file: Annotated[str, Field(max_length=LONGEST_FILE, description="A PNG or WebP of nijigen, in base64.")]


class AvatarCertificate(Request):
    """An avatar as its birth certificate, which is all that is needed to make it."""

    certificate: Annotated[dict[str, Any], Field(description="As generate returns it, and nijigen show prints it.")]


AvatarIn = Annotated[AvatarFile | AvatarCertificate, Field(description="A file, or a birth certificate.")]


async def read_avatar(given: AvatarFile | AvatarCertificate, pixels: int) -> Avatar:
    """The avatar of a request; of a certificate alone it has no pixels.

    Args:
        pixels: the most that a file may have.

    Raises:
        NijigenError: no avatar of nijigen, damaged, or larger than a request may send.
    """
    if isinstance(given, AvatarCertificate):
        version = given.certificate.get("format_version", CERTIFICATE_VERSION)
        if not isinstance(version, int) or version > CERTIFICATE_VERSION:
            raise NijigenError("the certificate has a format that is unknown to this nijigen")
        avatar = Avatar(np.zeros((0, 0, 3), np.uint8), {})
        avatar.certificate = dict(given.certificate)
    else:
        avatar = await asyncio.to_thread(Avatar.read, decoded(given.file), "file", pixels)
    check_certificate(avatar.certificate)
    return avatar


def decoded(file: str) -> bytes:
    """The bytes of a file that a request holds in base64.

    Raises:
        NijigenError: it is no base64.
    """
    try:
        return base64.b64decode(file, validate=True)
    except ValueError:  # also what is no ASCII
        raise NijigenError("file is no base64") from None


def check_certificate(certificate: Mapping[str, Any]) -> None:
    """Refuse what would take more work than an avatar may.

    Raises:
        NijigenError: it is too long, or of too many steps, or of too large a batch; or its words are none.
    """
    try:
        written = json.dumps(certificate, allow_nan=False, ensure_ascii=False)
        written.encode()
        steps = count_steps(certificate)
    except RecursionError:
        raise NijigenError("the certificate is damaged: it is nested too deeply") from None
    except ValueError:  # no number, or half a character: read from JSON, and not to be written as JSON again
        raise NijigenError("the certificate is damaged: it holds what cannot be written down") from None
    if len(written) > MOST_CHARACTERS:
        raise PictureError("too_large", f"the certificate has more than {MOST_CHARACTERS:,} characters")
    if steps > MOST_STEPS:
        raise PictureError("too_large", f"the certificate has {steps} steps, and {MOST_STEPS} are the most here")
    for key in ("attributes", "born"):
        words = certificate.get(key, {})
        if not isinstance(words, dict) or not all(isinstance(word, str | int | float) for word in words.values()):
            raise NijigenError(f"the birth certificate is damaged: {key} are no words and numbers")
    batch = certificate.get("batch", 1)
    if not isinstance(batch, int) or not 1 <= batch <= MOST_BATCH:
        raise NijigenError(f"the avatar was made in a batch of {str(batch)[:20]}: 1 to {MOST_BATCH} can be made here")


def count_steps(facts: Mapping[str, Any], depth: int = 0) -> int:
    """Edits of an avatar, and of all the avatars that went into them."""
    edits = facts.get("edits")
    if depth > DEEPEST:
        raise RecursionError
    if not isinstance(edits, list):
        return 0
    others = (edit.get("other") for edit in edits if isinstance(edit, dict))
    return len(edits) + sum(count_steps(other, depth + 1) for other in others if isinstance(other, dict))


async def editable(given: AvatarFile | AvatarCertificate, workshop: Workshop) -> "Editable":
    """An avatar of a request with its model, which must be one of those served.

    Raises:
        NijigenError: as :func:`read_avatar`; a drawing; or of a model that is not served.
    """
    avatar = await read_avatar(given, workshop.settings.limits.pixels)
    if avatar.certificate.get("kind") != "model":
        raise NijigenError("the avatar was drawn by the illustrator, not made by a model: draw it with other words")
    model = await workshop.model(workshop.shelf.of_digest(avatar.certificate.get("digest")))
    avatar.certificate = quick(avatar.certificate)
    from nijigen.engine.editing import Editable  # PyTorch is there by now, imported by the thread that works

    return Editable(avatar, model)


def quick(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """A certificate that makes nobody wait for a compiler: what it made differs in last digits from PyTorch's."""
    if str(certificate.get("engine", "")).endswith(" compiled"):
        return {**certificate, "engine": str(certificate["engine"]).removesuffix("compiled") + "eager"}
    return dict(certificate)
