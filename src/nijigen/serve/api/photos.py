"""Photographs that are sent: drawn by a network, or made into somebody who looks like that. None is kept."""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from typing import Annotated, Any, Literal, cast

import fastapi
from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.formparsers import MultiPartParser

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA
from nijigen.schema import AttributeSchema
from nijigen.seeds import SEED_LIMIT, seed_number
from nijigen.serve.api.asking import AskedWorkshop, Client, unless_gone
from nijigen.serve.api.avatars_out import MadeAvatar, made_avatar
from nijigen.serve.api.words import LONGEST_SEED, Attributes
from nijigen.serve.photos import Styles, decode_upload, unless
from nijigen.serve.problems import told
from nijigen.serve.settings import LARGEST_SIDE
from nijigen.serve.workshop import Workshop

router = APIRouter(tags=["photos"])

MOST_AVATARS = 16
Photo = Annotated[UploadFile, File(description="A photograph: JPEG, PNG, WebP and others. It is not kept.")]
DRAWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
}
_WORDS: TypeAdapter[dict[str, Any]] = TypeAdapter(Attributes)

# Starlette would write a photograph of more than 1 MiB to a file; how long a body may be is bounded as it is read.
MultiPartParser.spool_max_size = sys.maxsize


class StyleNames(BaseModel):
    """Networks that draw photographs."""

    styles: list[str] = Field(examples=[["cartoongan-hayao"]])


class Avatarized(BaseModel):
    """Avatars of somebody who looks like a photograph."""

    readings: list[dict[str, Any]] = Field(description="What was read, how surely, and what was not told and why.")
    notes: list[str] = Field(description="The same in words.")
    avatars: list[MadeAvatar]


@router.get("/styles", summary="The networks that draw photographs", response_model=StyleNames)
async def styles(request: fastapi.Request) -> StyleNames:
    return StyleNames(styles=await asyncio.to_thread(_styles(request).names))


@router.post(
    "/stylize",
    summary="Draw a photograph",
    response_class=Response,
    responses=DRAWN | told(400, 413, 415, 422, 429, 503),
)
async def stylize(
    file: Photo,
    request: fastapi.Request,
    workshop: AskedWorkshop,
    client: Client,
    style: Annotated[str | None, Form(max_length=200, description="One of /styles; by default the first.")] = None,
    strength: Annotated[float, Form(ge=0, le=1, allow_inf_nan=False, description="0 is the photo.")] = 1.0,
    face: Annotated[Literal["", "paste", "whole"], Form(description="paste: small faces are drawn larger.")] = "",
    size: Annotated[int, Form(ge=64, le=LARGEST_SIDE, description="Pixels of the longer side.")] = 768,
) -> Response:
    data, stop = await file.read(), threading.Event()

    def drawn() -> bytes:
        from nijigen.images.png import encode_png
        from nijigen.images.source import SourceType

        image = decode_upload(data, workshop.settings.limits.pixels)
        made = _styles(request).open(style, strength, face, size)(image, step=unless(stop))
        return encode_png(made, source=SourceType.EDITED)

    try:
        made = await unless_gone(request, workshop.run(client, drawn))
    finally:
        stop.set()
    return Response(made, media_type="image/png")


@router.post(
    "/avatarize", summary="Avatars of somebody who looks like a photograph", response_model=Avatarized,
    responses=told(400, 404, 413, 415, 422, 429, 503),
)  # fmt: skip
async def avatarize(
    file: Photo,
    request: fastapi.Request,
    workshop: AskedWorkshop,
    client: Client,
    count: Annotated[int, Form(ge=1, le=MOST_AVATARS)] = 4,
    seed: Annotated[str, Form(max_length=LONGEST_SEED, description="A number, or any text.")] = "0",
    model: Annotated[str | None, Form(max_length=200, description="By default the illustrator draws.")] = None,
    size: Annotated[int, Form(ge=8, le=LARGEST_SIDE, description="Of the illustrator's drawings.")] = 256,
    attributes: Annotated[
        str,
        Form(max_length=10_000, description="JSON: words that win over its.", examples=['{"gender":"girl"}']),
    ] = "{}",
) -> Avatarized:
    from nijigen.avatarizing.portrait import open_portrait, read_portrait
    from nijigen.avatarizing.wishes import Wishes, wish

    schema = SCHEMA if model is None else (await workshop.model(model)).schema
    asked, data = _words(attributes, schema), await file.read()

    def read() -> tuple[Wishes, tuple[str, ...]]:
        portrait = open_portrait(decode_upload(data, workshop.settings.limits.pixels))
        return wish(read_portrait(portrait), asked, schema), portrait.notes

    async def work() -> tuple[Wishes, tuple[str, ...], list[Avatar]]:
        wishes, notes = await workshop.run(client, read)
        return wishes, notes, await _made(workshop, client, model, wishes, count, seed, size)

    wishes, notes, avatars = await unless_gone(request, work())
    made = await asyncio.to_thread(lambda: [made_avatar(avatar, "png") for avatar in avatars])
    return Avatarized(readings=wishes.facts["readings"], notes=[*notes, *wishes.lines], avatars=made)


async def _made(
    workshop: Workshop, client: str, model: str | None, wishes: Any, count: int, seed: str, size: int
) -> list[Avatar]:
    asked = {"attributes": wishes.attributes, "avoid": wishes.avoid}
    if model is not None:
        return [
            avatar async for avatar in workshop.generate(client, model=model, count=count, seed=seed, **asked)
        ]  # fmt: skip

    def drawn() -> Iterator[Avatar]:
        from nijigen.illustrator.drawing import draw

        first = seed_number(seed)
        for index in range(count):  # one by one: others have their turns in between
            yield from draw(1, (first + index) % SEED_LIMIT, size, workers=1, **asked)

    return [avatar async for avatar in workshop.stream(client, drawn)]


def _words(text: str, schema: AttributeSchema) -> dict[str, Any]:
    try:
        return schema.normalize(_WORDS.validate_python(json.loads(text)))
    except (ValueError, RecursionError) as error:
        reason = "they do not fit" if isinstance(error, ValidationError) else "they are no JSON"
        raise NijigenError(f'attributes: {reason}; send an object like {{"gender": "girl"}}') from None


def _styles(request: fastapi.Request) -> Styles:
    return cast(Styles, request.app.state.styles)
