"""New avatars of a model."""

import asyncio
from typing import Any

import fastapi
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from nijigen.avatar import Avatar
from nijigen.serve.api.asking import AskedWorkshop, Client, unless_gone
from nijigen.serve.api.avatars_out import ANSWERS, Format, MadeAvatars, answer, chosen_format
from nijigen.serve.api.words import Attributes, Avoid, ModelName, Picture, Request, Seed, Sentence, Truncation
from nijigen.serve.problems import told
from nijigen.serve.settings import MOST_COUNT
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
    asked = ask([], wanted.text, model.schema) if wanted.text is not None else None
    attributes: dict[str, Any] = wanted.attributes
    avoid: dict[str, Any] = wanted.avoid
    if asked is not None:
        attributes = {**asked.attributes, **model.schema.normalize(attributes)}
        avoid = {**asked.avoid, **avoid}

    async def made() -> list[Avatar]:
        return [
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

    avatars = await unless_gone(request, made())
    return await asyncio.to_thread(
        answer, avatars, model.name, kind, wanted.picture, asked.notes if asked is not None else ()
    )
