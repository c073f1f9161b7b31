"""New avatars of a model."""

import asyncio
from typing import Any

import fastapi
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.serve.api.asking import AskedWorkshop, Client, unless_gone
from nijigen.serve.api.avatars_out import ANSWERS, Format, MadeAvatars, answer, chosen_format
from nijigen.serve.api.words import Attributes, Avoid, ModelName, Picture, Request, Seed, Sentence, Truncation
from nijigen.serve.larger import Larger, scale_of
from nijigen.serve.problems import told
from nijigen.serve.settings import LARGEST_SIDE, MOST_COUNT, MOST_PIXELS
from nijigen.understanding import ask

router = APIRouter(tags=["avatars"])


class Generate(Request):
    """What to make."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"count": 4, "seed": "alice", "attributes": {"hair_color": "pink"}}]}
    )

    model: ModelName = None
    count: int = Field(1, ge=1, le=MOST_COUNT, description="Avatar number i has the seed seed + i.")
    seed: Seed = 0
    attributes: Attributes = Field({})
    avoid: Avoid = Field({})
    text: Sentence = None
    truncation: Truncation = None
    size: int | None = Field(
        None, ge=4, le=LARGEST_SIDE, description="Pixels a side: the model's own, or twice or four times as many."
    )
    picture: Picture = "png"
    format: Format | None = Field(None, description="By default as the Accept header says, else json.")


@router.post(
    "/generate",
    summary="Make avatars",
    response_model=MadeAvatars,
    responses=ANSWERS | told(400, 404, 413, 422, 429, 503),
)
async def generate(wanted: Generate, request: fastapi.Request, workshop: AskedWorkshop, client: Client) -> Response:
    kind = chosen_format(request, wanted.format, wanted.count)
    model = await workshop.model(wanted.model)
    asked = None if wanted.text is None else await asyncio.to_thread(ask, [], wanted.text, model.schema)
    attributes: dict[str, Any] = wanted.attributes
    avoid: dict[str, Any] = wanted.avoid
    if asked is not None:
        attributes = {**asked.attributes, **model.schema.normalize(attributes)}
        avoid = {**asked.avoid, **avoid}

    side = model.generator.shape.resolution
    scale = 1 if wanted.size is None else scale_of(wanted.size, side, workshop.settings.limits.side)
    if wanted.count * (side * scale) ** 2 > MOST_PIXELS:
        raise NijigenError(
            f"count {wanted.count} of {side * scale} pixels a side is too many: up to {MOST_PIXELS:,} pixels in all are"
            f" made at once, which is a count of {MOST_PIXELS // (side * scale) ** 2}"
        )
    larger: Larger = request.app.state.larger

    async def made() -> list[Avatar]:
        small = [
            avatar
            async for avatar in workshop.generate(
                client,
                model=wanted.model,
                count=wanted.count,
                seed=wanted.seed,
                attributes=attributes,
                avoid=avoid,
                truncation=wanted.truncation,
            )
        ]
        if scale == 1:
            return small
        return [avatar async for avatar in workshop.stream(client, lambda: (larger(avatar, scale) for avatar in small))]

    avatars = await unless_gone(request, made())
    return await asyncio.to_thread(
        answer, avatars, model.name, kind, wanted.picture, asked.notes if asked is not None else ()
    )
