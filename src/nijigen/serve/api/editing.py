"""Avatars that are there, changed: edit, vary, breed, mix. What was done stands in the new avatar's certificate."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Annotated

import fastapi
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.serve.api.asking import AskedWorkshop, Client, unless_gone
from nijigen.serve.api.avatars_in import EXAMPLE, AvatarIn, editable
from nijigen.serve.api.avatars_out import ANSWERS, Format, MadeAvatars, answer, chosen_format
from nijigen.serve.api.words import LONGEST_WORD, Attributes, Number, Picture, Request, Seed, Sentence, Truncation, Word
from nijigen.serve.problems import told
from nijigen.serve.settings import MOST_COUNT
from nijigen.serve.workshop import Workshop
from nijigen.understanding import ask

router = APIRouter(tags=["changing"], responses=told(400, 404, 413, 422, 429, 503))
Layers = Annotated[
    str, Field(max_length=LONGEST_WORD, description="coarse, middle, fine, all, or numbers like 0-3,8 (StyleGAN).")
]
Count = Annotated[int, Field(ge=1, le=MOST_COUNT)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Changing(Request):
    """What all of them are asked."""

    avatar: AvatarIn
    picture: Picture = "png"
    format: Format | None = Field(None, description="By default as the Accept header says, else json.")


class Edit(Changing):
    """Other words, numbers moved, directions followed; who it is stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"avatar": EXAMPLE, "attributes": {"expression": "sad"}}]}
    )

    attributes: Attributes = Field({})
    text: Sentence = None
    moves: dict[Word, Number] = Field(
        {}, max_length=32, description="Steps along a number of the model or one of its directions.",
        examples=[{"blush": 1}],
    )  # fmt: skip
    truncation: Truncation = None
    layers: Layers | None = None
    toward: Annotated[str, Field(pattern="^(own|all)$", description="The middle that truncation leads to.")] = "own"


class Vary(Changing):
    """Neighbours with the same words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"avatar": EXAMPLE, "count": 4, "strength": 0.3}]})

    count: Count = 4
    strength: Share = Field(0.4, description="0 is the same avatar, 1 anybody with the same words.")
    seed: Seed = 0


class Breed(Changing):
    """Children of two avatars of one model."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"avatar": EXAMPLE, "other": EXAMPLE, "count": 4}]})

    other: AvatarIn
    count: Count = 4
    mutation: Share = Field(0.1, description="0: all they have is a parent's.")
    seed: Seed = 0


class Mix(Changing):
    """One avatar with some layers of another."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"avatar": EXAMPLE, "other": EXAMPLE, "share": 0.5}]})

    other: AvatarIn
    layers: Layers = "coarse"
    share: float = Field(1.0, ge=-1, le=2, allow_inf_nan=False, description="How far toward the other.")


@router.post("/edit", summary="Change an avatar", response_model=MadeAvatars, responses=ANSWERS)
async def edit(wanted: Edit, request: fastapi.Request, workshop: AskedWorkshop, client: Client) -> Response:
    kind = chosen_format(request, wanted.format, 1)
    one = await editable(wanted.avatar, workshop)
    from nijigen.engine.stepping import open_moves, steps_of

    notes: tuple[str, ...] = ()
    words = one.model.schema.normalize(wanted.attributes)
    if wanted.text is not None:
        asked = await asyncio.to_thread(ask, [], wanted.text, one.model.schema)
        words, notes = {**asked.changes(one.avatar.attributes, one.model.schema), **words}, asked.notes
    steps = steps_of(words, open_moves(one.model, wanted.moves), wanted.truncation, wanted.layers, wanted.toward)
    if not steps:
        raise NijigenError("nothing to change: give attributes, a text, moves or a truncation")
    avatar = await unless_gone(request, workshop.run(client, lambda: one.after(*steps)))
    return await asyncio.to_thread(answer, [avatar], one.model.name, kind, wanted.picture, notes)


@router.post("/vary", summary="Neighbours of an avatar", response_model=MadeAvatars, responses=ANSWERS)
async def vary(wanted: Vary, request: fastapi.Request, workshop: AskedWorkshop, client: Client) -> Response:
    kind = chosen_format(request, wanted.format, wanted.count)
    one = await editable(wanted.avatar, workshop)
    from nijigen.engine.editing import vary as neighbours

    made = _all(workshop, client, lambda: neighbours(one, wanted.count, wanted.strength, wanted.seed))
    return await asyncio.to_thread(answer, await unless_gone(request, made), one.model.name, kind, wanted.picture)


@router.post("/breed", summary="Children of two avatars", response_model=MadeAvatars, responses=ANSWERS)
async def breed(wanted: Breed, request: fastapi.Request, workshop: AskedWorkshop, client: Client) -> Response:
    kind = chosen_format(request, wanted.format, wanted.count)
    one, other = await editable(wanted.avatar, workshop), await editable(wanted.other, workshop)
    from nijigen.engine.editing import breed as children

    made = _all(workshop, client, lambda: children(one, other, wanted.count, wanted.mutation, wanted.seed))
    return await asyncio.to_thread(answer, await unless_gone(request, made), one.model.name, kind, wanted.picture)


@router.post("/mix", summary="An avatar with layers of another", response_model=MadeAvatars, responses=ANSWERS)
async def mix(wanted: Mix, request: fastapi.Request, workshop: AskedWorkshop, client: Client) -> Response:
    kind = chosen_format(request, wanted.format, 1)
    one, other = await editable(wanted.avatar, workshop), await editable(wanted.other, workshop)
    from nijigen.engine.editing import mix as mix_two

    made = workshop.run(client, lambda: mix_two(one, other, wanted.layers, wanted.share))
    return await asyncio.to_thread(answer, [await unless_gone(request, made)], one.model.name, kind, wanted.picture)


async def _all(workshop: Workshop, client: str, make: Callable[[], Iterator[Avatar]]) -> list[Avatar]:
    return [avatar async for avatar in workshop.stream(client, make)]
