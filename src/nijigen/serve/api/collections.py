"""Kept avatars: listed, searched, added, given back byte for byte, annotated, removed, taken along."""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import quote

import fastapi
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from nijigen.collections import Collections, Kept
from nijigen.collections.keeping import FAVOURITES
from nijigen.collections.kept import NotKeptError
from nijigen.collections.naming import LONGEST_NAME, LONGEST_NOTE
from nijigen.collections.packs import MOST, Kind
from nijigen.collections.reading import SUFFIXES
from nijigen.collections.searching import parse_words
from nijigen.serve.api.asking import AskedWorkshop, Client, unless_gone
from nijigen.serve.api.avatars_in import LONGEST_FILE, decoded
from nijigen.serve.api.avatars_out import MEDIA_TYPES, files
from nijigen.serve.api.words import LONGEST_WORD, MOST_WORDS, Request
from nijigen.serve.packing import packed
from nijigen.serve.problems import told

router = APIRouter(tags=["collections"], responses=told(400, 401, 503))

MOST_LISTED = 200
IDENT, HEX = "736bbeee95dbb350", "^[0-9a-f]{16}$"
ZIP = MEDIA_TYPES["zip"]
T = TypeVar("T")


def _collections(request: fastapi.Request) -> Collections:
    return cast(Collections, request.app.state.collections)


AskedCollections = Annotated[Collections, Depends(_collections)]
Ident = Annotated[str, Path(pattern=HEX, description="As a listing names it.", examples=[IDENT])]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, examples=[FAVOURITES])]
Note = Annotated[str, Field(max_length=LONGEST_NOTE, examples=["for the forum"])]


class CollectionFacts(BaseModel):
    """A collection."""

    name: str = Field(examples=[FAVOURITES])
    count: int = Field(examples=[12])


class CollectionsFacts(BaseModel):
    """All collections."""

    collections: list[CollectionFacts]


class KeptFacts(BaseModel):
    """An avatar in a collection."""

    ident: str = Field(description="Of this avatar in this collection.", examples=[IDENT])
    digest: str = Field(description="SHA-256 of its file.")
    collection: str = Field(examples=[FAVOURITES])
    note: str = Field(examples=["for the forum"])
    attributes: dict[str, str | float] = Field(examples=[{"hair_color": "pink", "expression": "smile"}])
    model: str | None = Field(description="Its name; null: the illustrator drew it.", examples=["chibi"])
    seed: int | None = Field(examples=[7])
    added: str = Field(description="When, in UTC.", examples=["2026-11-22T10:38:00Z"])
    media_type: str = Field(examples=["image/png"])
    width: int = Field(examples=[64])
    height: int = Field(examples=[64])
    bytes: int = Field(description="Of its file.", examples=[9093])
    missing: bool = Field(description="Its file is not where it belongs: add it again.")


class KeptWhole(KeptFacts):
    """An avatar in a collection, its birth certificate included."""

    certificate: dict[str, Any] = Field(description="What makes the same pixels again.")


class KeptPage(BaseModel):
    """What was found."""

    count: int = Field(description="On all pages.", examples=[12])
    kept: list[KeptFacts] = Field(description="The newest first.")


class Add(Request):
    """What to keep."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"file": "iVBORw0KGgo…", "collection": FAVOURITES}]})

    file: str = Field(max_length=LONGEST_FILE, description="A PNG or WebP of nijigen, in base64; kept byte for byte.")
    collection: Name = FAVOURITES
    note: Note = ""


class Annotate(Request):
    """Another note."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "for the forum"}]})

    note: Note


class Pack(Request):
    """What to take along, and as what."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"idents": [IDENT], "kind": "sheet"}]})

    idents: list[Annotated[str, Field(pattern=HEX)]] = Field(min_length=1, max_length=max(MOST.values()))
    kind: Kind = Field(
        "zip", description="The original files; a sprite sheet with its JSON atlas; stickers of 512 and 128 px."
    )


class Wanted(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid")

    collection: str | None = Field(None, max_length=LONGEST_NAME, description="By default all of them.")
    set: list[Annotated[str, Field(max_length=2 * LONGEST_WORD)]] = Field(
        [], max_length=MOST_WORDS, examples=[["hair_color=pink", "tilt=3..8"]],
        description="key=value, in English, 中文 or 日本語; low..high of a number.",
    )  # fmt: skip
    text: str | None = Field(None, max_length=LONGEST_WORD, description="What the note holds.", examples=["forum"])
    model: str | None = Field(
        None, max_length=200, description="What made it: a name, the beginning of a digest, or illustrator."
    )
    limit: int = Field(60, ge=1, le=MOST_LISTED)
    offset: int = Field(0, ge=0, lt=2**31)


@router.get("/collections", summary="The collections, and how many avatars each holds", response_model=CollectionsFacts)
async def collections(kept: AskedCollections) -> CollectionsFacts:
    rows = await asyncio.to_thread(kept.names)
    return CollectionsFacts(collections=[CollectionFacts(name=name, count=count) for name, count in rows])


@router.get("/kept", summary="List and search kept avatars", response_model=KeptPage, responses=told(422))
async def search(wanted: Annotated[Wanted, Query()], kept: AskedCollections) -> KeptPage:
    asked: dict[str, Any] = {
        "collection": wanted.collection or None,
        "attributes": parse_words(wanted.set),
        "text": wanted.text,
        "model": wanted.model,
    }

    def look() -> KeptPage:
        found = kept.find(limit=wanted.limit, offset=wanted.offset, **asked)
        return KeptPage(count=kept.count(**asked), kept=[KeptFacts(**row.as_dict()) for row in found])

    return await asyncio.to_thread(look)


@router.post(
    "/kept", summary="Keep an avatar", status_code=201, response_model=KeptWhole, responses=told(413, 422),
    description="A file that the collection has already is not kept twice; its note is replaced where one is given.",
)  # fmt: skip
async def add(wanted: Add, request: fastapi.Request, kept: AskedCollections) -> KeptWhole:
    data = decoded(wanted.file)
    async with request.app.state.adding:  # each holds a whole picture, of up to 40 million pixels
        return _whole(await asyncio.to_thread(kept.add, data, wanted.collection, wanted.note))


@router.get("/kept/{ident}", summary="A kept avatar", response_model=KeptWhole, responses=told(404, 422))
async def get(ident: Ident, kept: AskedCollections) -> KeptWhole:
    return _whole(await _there(kept.get, ident))


@router.get(
    "/kept/{ident}/file",
    summary="The file of a kept avatar, byte for byte",
    response_class=Response,
    responses=files(*SUFFIXES) | told(404, 422),
)  # fmt: skip
async def file(ident: Ident, kept: AskedCollections) -> Response:
    row = await _there(kept.get, ident)
    if row.missing:
        raise HTTPException(404, "the file of this avatar is missing: add it again")
    data = await asyncio.to_thread(kept.file, row)
    headers = {"ETag": f'"{row.digest[:32]}"', "Cache-Control": "private, max-age=31536000, immutable"}
    return Response(data, media_type=row.media_type, headers=headers)


@router.patch("/kept/{ident}", summary="Give a kept avatar another note", response_model=KeptWhole,
              responses=told(404, 422))  # fmt: skip
async def annotate(ident: Ident, wanted: Annotate, kept: AskedCollections) -> KeptWhole:
    return _whole(await _there(lambda ident: kept.annotate(ident, wanted.note), ident))


@router.delete("/kept/{ident}", summary="Take an avatar out of its collection", status_code=204,
               responses=told(404, 422))  # fmt: skip
async def remove(ident: Ident, kept: AskedCollections) -> None:
    await _there(kept.remove, ident)


@router.post(
    "/kept/pack",
    summary="Several kept avatars as one ZIP: originals, a sprite sheet, or stickers",
    response_class=Response,
    responses=files(ZIP) | told(404, 413, 422, 429, 503),
)
async def pack(
    wanted: Pack, request: fastapi.Request, kept: AskedCollections, workshop: AskedWorkshop, client: Client
) -> Response:
    async def last() -> tuple[str, bytes]:
        *_, made = [step async for step in packed(workshop, client, kept, wanted.idents, wanted.kind)]
        assert made is not None
        return made

    try:
        name, data = await unless_gone(request, last())
    except NotKeptError as error:
        raise HTTPException(404, str(error)) from None
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=ZIP, headers=headers)


async def _there(work: Callable[[str], T], ident: str) -> T:
    """What is asked of one of them; 404 where there is none."""
    try:
        return await asyncio.to_thread(work, ident)
    except NotKeptError as error:
        raise HTTPException(404, str(error)) from None


def _whole(kept: Kept) -> KeptWhole:
    # A stranger's certificate may hold half characters, which JSON can name and UTF-8 cannot hold.
    certificate = json.loads(json.dumps(kept.certificate, ensure_ascii=False).encode("utf-8", "replace"))
    return KeptWhole(**{**kept.as_dict(), "certificate": certificate})
