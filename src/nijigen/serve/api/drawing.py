"""The face of a text: the same for ever, so that a site can show it wherever a user has no picture of their own.

The text is a seed. It is never logged, and no file holds it: a certificate holds the number that it was turned into.
"""

import hashlib
import json
import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import ConfigDict, Field, create_model
from starlette.convertors import Convertor, register_url_convertor

from nijigen.illustrator import ILLUSTRATOR_VERSION, SCHEMA, compose
from nijigen.illustrator.drawing import renderer, to_avatar
from nijigen.illustrator.render import SMALLEST
from nijigen.schema import Attribute, Labels
from nijigen.seeds import seed_number
from nijigen.serve.api.asking import Client, unless_gone
from nijigen.serve.api.avatars_out import MEDIA_TYPES, encode, files
from nijigen.serve.api.models import SchemaFacts, schema_facts
from nijigen.serve.api.words import LONGEST_SEED, LONGEST_WORD
from nijigen.serve.easel import Easel
from nijigen.serve.problems import problem, told
from nijigen.serve.rates import Rates

router = APIRouter(tags=["illustrator"])

Kind = Literal["png", "webp", "svg"]
LARGEST = 1_024
USUAL = 128
DAY = 86_400
KINDS: dict[Kind, str] = {"png": MEDIA_TYPES["png"], "webp": MEDIA_TYPES["webp"], "svg": "image/svg+xml"}
# A drawing runs nothing and loads nothing, also where somebody opens it by itself.
HARMLESS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class AnyText(Convertor[str]):
    """Whatever stands in a path, also slashes and the ends of lines."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anytext", AnyText())


def _word(attribute: Attribute) -> Any:
    if attribute.range is not None:
        low, high = attribute.range
        said, example = f"A number from {low:g} to {high:g}.", f"{(low + high) / 2:g}"
    else:
        said, example = f"One of {', '.join(attribute.values)}; in English, 中文 or 日本語.", attribute.values[0]
    return str | None, Field(None, max_length=LONGEST_WORD, description=said, examples=[example])


if TYPE_CHECKING:
    Asked = Any
else:
    Asked = create_model(
        "AvatarQuery",
        __config__=ConfigDict(extra="forbid"),
        size=(int, Field(USUAL, ge=SMALLEST, le=LARGEST, description="Pixels a side.")),
        transparent=(bool, Field(False, description="Without the background.")),
        v=(str | None, Field(None, max_length=20, description="The version of the faces, so that they never change.")),
        **{attribute.name: _word(attribute) for attribute in SCHEMA.attributes},
    )

ANSWERS = files(*KINDS.values(), said="The picture.") | {
    304: {"description": "The picture that you have is the picture."}
}


@router.get(
    "/illustrator/schema", summary="The words that the illustrator understands", response_model=SchemaFacts,
)  # fmt: skip
async def words() -> SchemaFacts:
    return schema_facts("illustrator", SCHEMA)


@router.get(
    "/avatars/{text:anytext}.{kind}",
    summary="The face of a text",
    description="The same text is the same face for ever, for each version of the faces (`v`). Public.",
    response_class=Response,
    responses=ANSWERS | told(404, 422, 429, 503),
)
async def avatar(
    text: Annotated[str, Path(min_length=1, max_length=LONGEST_SEED, description="Any text.", examples=["alice"])],
    kind: Annotated[Kind, Path(description="png, webp or svg.")],
    asked: Annotated[Asked, Query()],
    request: Request,
    client: Client,
    if_none_match: Annotated[str | None, Header(max_length=1_000)] = None,
) -> Response:
    wait = cast(Rates, request.app.state.rates).wait(client)
    if wait:
        again = {"Retry-After": str(math.ceil(wait)), "Cache-Control": "no-store"}
        return problem(429, "you ask for more avatars than one client may: ask again in a moment", again)
    if asked.v not in (None, ILLUSTRATOR_VERSION):
        return problem(404, f"there are no faces of version {asked.v} here, only of version {ILLUSTRATOR_VERSION}")
    given = asked.model_dump(exclude={"size", "transparent", "v"}, exclude_none=True)
    labels, seed = SCHEMA.normalize(given), seed_number(text)
    tag = _tag(kind, seed, asked.size, asked.transparent, labels)
    keep = "max-age=31536000, immutable" if asked.v else f"max-age={DAY}, stale-while-revalidate={7 * DAY}"
    headers = {"ETag": f'"{tag}"', "Cache-Control": f"public, {keep}"}
    if _has(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    drawing = cast(Easel, request.app.state.easel).get(
        tag, lambda: _drawn(kind, seed, asked.size, asked.transparent, labels)
    )
    file = await unless_gone(request, drawing)
    return Response(file, media_type=KINDS[kind], headers=headers | HARMLESS)


router.add_api_route(
    "/avatars/{text:anytext}.{kind}", avatar, methods=["HEAD"], include_in_schema=False, response_class=Response
)


def _drawn(kind: Kind, seed: int, size: int, transparent: bool, labels: Labels) -> bytes:
    character = compose(seed, labels)
    if kind == "svg":
        return character.svg(size, transparent).encode()
    return encode(to_avatar(character, character.render(size, 4 if transparent else 3)), kind)


def _tag(kind: Kind, seed: int, size: int, transparent: bool, labels: Labels) -> str:
    """What names a file before it is made: all that it depends on."""
    drawer = ILLUSTRATOR_VERSION if kind == "svg" else f"{ILLUSTRATOR_VERSION} {renderer()}"
    facts = json.dumps([drawer, kind, seed, size, transparent, labels], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


def _has(if_none_match: str | None, tag: str) -> bool:
    known = [part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")]
    return "*" in known or f'"{tag}"' in known
