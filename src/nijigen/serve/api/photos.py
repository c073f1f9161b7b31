"""Photographs that are sent: drawn by a network, or made into somebody who looks like that. None is kept."""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import fastapi
from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.formparsers import MultiPartParser

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema
from nijigen.seeds import SEED_LIMIT, seed_number
from nijigen.serve.api.asking import AskedWorkshop, Client, unless_gone
from nijigen.serve.api.avatars_out import MEDIA_TYPES, MadeAvatar, files, made_avatar
from nijigen.serve.api.words import LONGEST_SEED, Attributes
from nijigen.serve.photos import decode_upload, open_face, open_stylizer, unless
from nijigen.serve.problems import told
from nijigen.serve.settings import LARGEST_SIDE
from nijigen.serve.workshop import Workshop

if TYPE_CHECKING:
    from nijigen.avatarizing.making import Artist
    from nijigen.avatarizing.wishes import Wishes
    from nijigen.engine.model import Model

router = APIRouter(tags=["photos"])

MOST_AVATARS = 16
PNG = MEDIA_TYPES["png"]
Photo = Annotated[UploadFile, File(description="A photograph: JPEG, PNG, WebP and others. It is not kept.")]
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
async def styles() -> StyleNames:
    def here() -> list[str]:
        from nijigen.translate.styles import styles_here

        return styles_here()

    return StyleNames(styles=await asyncio.to_thread(here))


@router.post(
    "/stylize",
    summary="Draw a photograph",
    response_class=Response,
    responses=files(PNG) | told(400, 413, 415, 422, 429, 503),
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
        from nijigen.translate.stylizer import Settings

        image = decode_upload(data, workshop.settings.limits.pixels)
        stylizer = open_stylizer(style, Settings(strength, face, size), workshop.settings.device)
        return encode_png(stylizer(image, step=unless(stop)), source=SourceType.EDITED)

    try:
        made = await unless_gone(request, workshop.run(client, drawn))
    finally:
        stop.set()
    return Response(made, media_type=PNG)


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
    opened = None if model is None else await workshop.model(model)
    artist = await asyncio.to_thread(_artist, opened, size)
    asked, data = _words(attributes, artist.schema), await file.read()

    def read() -> "tuple[Wishes, tuple[str, ...]]":
        from nijigen.avatarizing.portrait import read_portrait
        from nijigen.avatarizing.wishes import wish

        portrait = open_face(decode_upload(data, workshop.settings.limits.pixels))
        return wish(read_portrait(portrait), asked, artist.schema), portrait.notes

    async def work() -> "tuple[Wishes, tuple[str, ...], list[Avatar]]":
        wishes, notes = await workshop.run(client, read)
        if model is None:
            return wishes, notes, await _drawn(workshop, client, artist, wishes, count, seed)
        made = workshop.generate(  # in forwards that are shared with others
            client, model=model, count=count, seed=seed, attributes=wishes.attributes, avoid=wishes.avoid
        )
        return wishes, notes, [avatar async for avatar in made]

    wishes, notes, avatars = await unless_gone(request, work())
    made = await asyncio.to_thread(lambda: [made_avatar(avatar, "png") for avatar in avatars])
    return Avatarized(readings=wishes.facts["readings"], notes=[*notes, *wishes.lines], avatars=made)


def _artist(model: "Model | None", size: int) -> "Artist":
    """Who draws; in a thread, as PyTorch may still have to be imported for it."""
    from nijigen.avatarizing.making import Artist

    return Artist(model, size)


async def _drawn(
    workshop: Workshop, client: str, artist: "Artist", wishes: "Wishes", count: int, seed: str
) -> list[Avatar]:
    first = seed_number(seed)

    def one_by_one() -> Iterator[Avatar]:  # others have their turns in between
        for index in range(count):
            yield from artist.make(wishes, 1, (first + index) % SEED_LIMIT)

    return [avatar async for avatar in workshop.stream(client, one_by_one)]


def _words(text: str, schema: AttributeSchema) -> dict[str, Any]:
    try:
        return schema.normalize(_WORDS.validate_python(json.loads(text)))
    except (ValueError, RecursionError) as error:
        reason = "they do not fit" if isinstance(error, ValidationError) else "they are no JSON"
        raise NijigenError(f'attributes: {reason}; send an object like {{"gender": "girl"}}') from None
