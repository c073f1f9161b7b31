"""Avatars as answers: JSON with the files in it, one picture, or a ZIP of them."""

import base64
from collections.abc import Sequence
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.images.zipped import zipped

Format = Literal["json", "png", "webp", "zip"]
MEDIA_TYPES = {"json": "application/json", "png": "image/png", "webp": "image/webp", "zip": "application/zip"}


class MadeAvatar(BaseModel):
    """An avatar: its file, and what its birth certificate says."""

    file: str = Field(description="The file as it is, in base64; its certificate is inside.")
    media_type: str = Field(examples=["image/png"])
    seed: int | None = Field(examples=[7])
    attributes: dict[str, str | float] = Field(examples=[{"hair_color": "pink", "expression": "smile"}])
    certificate: dict[str, Any] = Field(description="What makes the same pixels again: POST it to /recreate.")


class MadeAvatars(BaseModel):
    """Avatars in order."""

    model: str = Field(examples=["chibi"])
    notes: list[str] = Field([], description="What was understood of a text, line by line.")
    avatars: list[MadeAvatar]


def files(*media_types: str, said: str = "The file.") -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the answer is a file of one of these types."""
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": said, "content": {kind: {"schema": schema} for kind in media_types}}}


ANSWERS = files(
    *(media for media in MEDIA_TYPES.values() if media != MEDIA_TYPES["json"]),
    said="JSON, one picture, or a ZIP of pictures, as `format` or the Accept header says.",
)


def chosen_format(request: Request, asked: Format | None, count: int) -> Format:
    """The format that is asked for: by the body, else by the Accept header, else JSON.

    Raises:
        NijigenError: one picture is asked for, and there are several.
    """
    if asked is None:
        accepted = [part.split(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
        wanted: list[Format] = [kind for part in accepted for kind, media in MEDIA_TYPES.items() if media == part]  # type: ignore[misc]
        asked = wanted[0] if wanted else "json"
    if asked in ("png", "webp") and count != 1:
        raise NijigenError(f"{asked} is one picture, and {count} are asked for: use the format zip or json")
    return asked


def encode(avatar: Avatar, kind: str) -> bytes:
    """An avatar's file, ``png`` or ``webp``, certificate included."""
    return avatar.webp() if kind == "webp" else avatar.png()


def answer(avatars: Sequence[Avatar], model: str, kind: Format, picture: str, notes: Sequence[str] = ()) -> Response:
    """Avatars as the format says; blocking, for a thread.

    Args:
        picture: ``png`` or ``webp``, of the files in JSON and ZIP.
    """
    if kind in ("png", "webp"):
        return Response(encode(avatars[0], kind), media_type=MEDIA_TYPES[kind])
    if kind == "zip":
        named = {f"avatar-{index:04d}.{picture}": encode(avatar, picture) for index, avatar in enumerate(avatars)}
        headers = {"Content-Disposition": 'attachment; filename="avatars.zip"'}
        return Response(zipped(named), media_type=MEDIA_TYPES["zip"], headers=headers)
    made = MadeAvatars(model=model, notes=list(notes), avatars=[made_avatar(avatar, picture) for avatar in avatars])
    return Response(made.model_dump_json(), media_type=MEDIA_TYPES["json"])


def made_avatar(avatar: Avatar, picture: str) -> MadeAvatar:
    """An avatar for JSON; blocking."""
    return MadeAvatar(
        file=base64.b64encode(encode(avatar, picture)).decode(),
        media_type=MEDIA_TYPES[picture],
        seed=avatar.seed,
        attributes=avatar.attributes,
        certificate=avatar.certificate,
    )
