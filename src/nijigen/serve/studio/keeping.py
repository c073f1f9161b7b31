"""What the tab Collection asks of the collections: what fits, what can be chosen, what a certificate would set."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, HTTPException, Response

from nijigen.avatar import Avatar
from nijigen.collections import Collections, Kept
from nijigen.collections.packs import stems
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA
from nijigen.schema import Attribute, AttributeSchema, SchemaError
from nijigen.serve.studio.describing import describe
from nijigen.serve.studio.studio import Item, Studio

PAGE, MOST = 60, 960  # avatars that are shown at first, and at most
MOST_VALUES = 40  # of an attribute, to choose from
COLLECTION = "@collection"  # among what is chosen: no attribute's name


@dataclass(frozen=True)
class Asked:
    """What is looked for.

    Attributes:
        collection: a name; ``""``: all of them.
        words: attribute → value.
    """

    text: str = ""
    collection: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: Any, chosen: Any) -> "Asked":
        """What the controls say, whatever a browser sent."""
        given = chosen.items() if isinstance(chosen, dict) else ()
        known = {name: value for name, value in given if isinstance(value, str)}
        return cls(str(text or "")[:80].strip(), known.pop(COLLECTION, ""), known)

    def chosen(self) -> dict[str, str]:
        """What the controls say of it."""
        return {**({COLLECTION: self.collection} if self.collection else {}), **self.words}


@dataclass(frozen=True)
class Found:
    """What fits.

    Attributes:
        kept: the newest first, so many as are shown.
        count: how many fit.
        everything: how many there are at all.
        names: the collections.
        choices: attributes that tell them apart.
        asked: what was looked for, without what there is not any more.
    """

    kept: list[Kept]
    count: int
    everything: int
    names: list[tuple[str, int]]
    choices: AttributeSchema
    asked: Asked


def look(collections: Collections, asked: Asked, limit: int = PAGE) -> Found:
    """Everything that the tab shows, in one go; blocking, for a thread."""
    names = collections.names()
    name = asked.collection if asked.collection in dict(names) else ""
    there = collections.choices(name or None)
    words = {attribute: value for attribute, value in asked.words.items() if value in there.get(attribute, {})}
    now = Asked(asked.text, name, words)
    wanted: dict[str, Any] = {"collection": name or None, "attributes": words, "text": asked.text or None}
    return Found(
        collections.find(limit=max(1, min(limit, MOST)), **wanted),
        collections.count(**wanted),
        sum(number for _, number in names),
        names,
        as_schema(there),
        now,
    )


def as_schema(choices: Mapping[str, Mapping[str, int]]) -> AttributeSchema:
    """What can be chosen, in the order in which the illustrator's words stand; others after them."""
    order = {name: place for place, name in enumerate(SCHEMA.names)}
    attributes = []
    for name in sorted(choices, key=lambda name: (order.get(name, len(order)), name)):
        listed = SCHEMA[name].values if name in SCHEMA else ()
        values = sorted(choices[name], key=lambda value: (listed.index(value) if value in listed else 99, value))
        if len(values) > 1:
            with suppress(SchemaError):  # kept by an earlier version, with words that are none
                attributes.append(Attribute(name, tuple(values[:MOST_VALUES])))
    return AttributeSchema(attributes)


def items(kept: list[Kept], language: object) -> list[Item]:
    """What a grid shows of kept avatars: their own files, under their own names."""
    endings = {"image/png": "png", "image/webp": "webp"}
    return [
        {
            "id": row.ident,
            "url": f"studio/kept/{row.ident}",
            "file": f"{stem}.{endings[row.media_type]}",
            "alt": f"{describe(row.certificate, language)}{f' ({row.note})' if row.note else ''}",
            "width": row.width,
            "height": row.height,
        }
        for row, stem in zip(kept, stems(kept), strict=True)
    ]


def on_shelf(studio: Studio, ident: object, language: object) -> Item:
    """A kept avatar's item for the other tabs.

    Raises:
        NijigenError: it is kept no longer, or its file is missing.
    """
    kept = studio.collections.get(str(ident))
    data = studio.collections.file(kept)
    item: Item = studio.item(Avatar.read(data, "the file"), language, data)
    return item


def kept_routes(collections: Collections) -> APIRouter:
    """``GET /studio/kept/IDENT``: a kept avatar's file, byte for byte."""
    router = APIRouter(prefix="/studio", include_in_schema=False)

    @router.get("/kept/{ident}")
    def file(ident: str) -> Response:
        try:
            kept = collections.get(ident)
            data = collections.file(kept)
        except NijigenError as error:  # there is none, or its file is missing
            raise HTTPException(404, str(error)) from None
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(data, media_type=kept.media_type, headers=headers)

    return router
