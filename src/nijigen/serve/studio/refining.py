"""One avatar changed: by words and directions, by chance, with another one. What runs in the workshop's thread."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from nijigen.avatar import Avatar
from nijigen.edit.directions import Direction
from nijigen.engine.directions import open_directions
from nijigen.engine.editing import Editable, breed, vary
from nijigen.engine.model import Model
from nijigen.engine.stepping import steps_of
from nijigen.errors import NijigenError
from nijigen.serve.api.avatars_in import check_certificate
from nijigen.serve.studio.history import History, Moment, Tweaks
from nijigen.serve.studio.rows import Row, capitalised, slider_row
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Item, Studio, ToldError

CANDIDATES = 8
REACH = 4.0  # steps of a direction either way; further on pictures fall apart


@dataclass(frozen=True)
class Changes:
    """What the pickers and the sliders of an avatar say now."""

    words: Mapping[str, Any] = field(default_factory=dict)
    moves: Mapping[str, float] = field(default_factory=dict)


async def open_avatar(studio: Studio, language: Any, ident: Any) -> Editable:
    """An avatar of the page with its model.

    Raises:
        ToldError: it is of no model that runs here.
        GoneError: it is kept no longer.
        NijigenError: it would take more work than an avatar may.
    """
    avatar = studio.avatar(ident)
    check_certificate(avatar.certificate)  # it may come from a file that a visitor dropped
    if avatar.certificate.get("kind") != "model":
        raise ToldError(word(language, "refine.not_editable"))
    try:
        name = studio.workshop.shelf.of_digest(avatar.certificate.get("digest"))
    except NijigenError:
        raise ToldError(word(language, "refine.not_editable")) from None
    return Editable(avatar, await studio.workshop.model(name))


def tweaks_of(now: Moment, attributes: Mapping[str, Any], asked: Changes) -> tuple[Tweaks, str]:
    """What is changed of where the moment's tweaks start, and which slider was pulled, if only one was.

    Args:
        attributes: of the avatar as it is now.
    """
    words = {name: value for name, value in asked.words.items() if attributes.get(name) != value}
    moves = {name: by for name, by in asked.moves.items() if by}
    before = dict(now.tweaks.moves)
    pulled = [name for name in {*moves, *before} if moves.get(name) != before.get(name)]
    pulled += [name for name, value in words.items() if isinstance(value, float | int)]
    alone = pulled[0] if len(pulled) == 1 and len(words) <= 1 else ""
    return Tweaks({**now.tweaks.words, **words}, moves), alone


async def tweak(studio: Studio, client: str, language: Any, history: History, asked: Changes) -> History:
    """The history after words and sliders were changed; the same where nothing was.

    Raises:
        NijigenError: a word or number that cannot be.
    """
    now = history.now
    if now is None:
        return history
    editable = await open_avatar(studio, language, now.item["id"])
    tweaks, pulled = tweaks_of(now, editable.avatar.attributes, asked)
    if tweaks == now.tweaks:
        return history
    base = await open_avatar(studio, language, now.start["id"])

    def work() -> Avatar:
        steps = steps_of(attributes=tweaks.words, moves=_along(base.model, tweaks.moves))
        return base.after(*steps) if steps else base.avatar

    made = await studio.workshop.run(client, work)
    return history.tweaked(Moment(studio.item(made, language), now.start, tweaks, pulled))


def direction_rows(model: Model, language: Any) -> list[Row]:
    """A slider for each direction that was found for the model; none where none was."""
    return [slider_row(way.name, capitalised(way.name), REACH, language) for way in open_directions(model)]


async def neighbours(
    studio: Studio, client: str, language: Any, item: Item, strength: float
) -> AsyncGenerator[dict[str, Any], None]:
    """Values of a grid with avatars near by, as they come."""
    editable = await open_avatar(studio, language, item["id"])
    seed = secrets.randbelow(2**32)
    made = _each(studio, client, language, lambda: vary(editable, CANDIDATES, strength, seed))
    async with aclosing(made) as grids:
        async for shown in grids:
            yield shown


async def children(
    studio: Studio, client: str, language: Any, item: Item, partner: Any, mutation: float
) -> AsyncGenerator[dict[str, Any], None]:
    """Values of a grid with children of two avatars, as they come.

    Raises:
        NijigenError: they are of two models.
    """
    one = await open_avatar(studio, language, item["id"])
    other = await open_avatar(studio, language, partner)
    seed = secrets.randbelow(2**32)
    made = _each(studio, client, language, lambda: breed(one, other, CANDIDATES, mutation, seed))
    async with aclosing(made) as grids:
        async for shown in grids:
            yield shown


async def rows_of(model: Model, language: Any) -> list[Row]:
    """:func:`direction_rows`, read beside the event loop."""
    return await asyncio.to_thread(direction_rows, model, language)


async def _each(studio: Studio, client: str, language: Any, work: Any) -> AsyncGenerator[dict[str, Any], None]:
    items: list[Item] = []
    yield {"items": [], "total": CANDIDATES, "busy": True}
    async with aclosing(studio.workshop.stream(client, work)) as steps:
        async for avatar in steps:
            items.append(studio.item(avatar, language))
            yield {"items": list(items), "total": CANDIDATES, "busy": len(items) < CANDIDATES}


def _along(model: Model, moves: Mapping[str, float]) -> dict[str | Direction, float]:
    if not moves:
        return {}
    known = open_directions(model)
    return {known[name]: min(max(float(by), -REACH), REACH) for name, by in moves.items()}
