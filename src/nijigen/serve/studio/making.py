"""Avatars of what was chosen, said and seeded; for the tab Create and for the page's first look."""

import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from nijigen.errors import NijigenError
from nijigen.seeds import seed_number
from nijigen.serve.studio.saying import Said
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Studio, ToldError, same_words

COUNT, MOST = 12, 48
LONGEST = 200  # characters of a seed
DICE = 1_000_000  # seeds that a person can read out

Shown = dict[str, Any]  # the value of a grid


@dataclass(frozen=True)
class Wanted:
    """What the controls of Create say."""

    model: str | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)
    seed: Any = "0"
    count: Any = COUNT
    variety: Any = 1.0
    said: Said = field(default_factory=Said)


async def make_avatars(studio: Studio, client: str, language: Any, wanted: Wanted) -> AsyncGenerator[Shown, None]:
    """A grid's value, again with every avatar that came.

    Raises:
        ToldError, NijigenError: what was wanted cannot be.
    """
    model = await studio.workshop.model(wanted.model)
    seed = checked_seed(language, wanted.seed)
    words = same_words(model.schema, dict(wanted.chosen or {}))
    avoid = {name: values for name, values in wanted.said.avoid.items() if name in model.schema and name not in words}
    total = max(1, min(int(wanted.count), MOST, studio.settings.limits.count))
    strength = float(wanted.variety) if truncates(model) and float(wanted.variety) < 1 else None
    items: list[dict[str, Any]] = []
    yield {"items": [], "total": total, "busy": True}
    made = studio.workshop.generate(client, model=wanted.model, count=total, seed=seed, attributes=words, avoid=avoid,
                                    truncation=strength)  # fmt: skip
    async with aclosing(made):
        async for avatar in made:
            items.append(studio.item(avatar, language))
            yield {"items": list(items), "total": total, "busy": len(items) < total}


async def first_avatars(studio: Studio, client: str, language: Any) -> Shown:
    """What the page opens with: avatars of a seed that nobody chose, and that seed.

    Raises:
        NijigenError: the model cannot be opened, or there is no room in the queue.
    """
    seed = throw_dice()
    steps = [step async for step in make_avatars(studio, client, language, Wanted(seed=seed))]
    return {**steps[-1], "seed": seed}


def throw_dice() -> str:
    """A seed of chance."""
    return str(secrets.randbelow(DICE))


def truncates(model: Any) -> bool:
    """Whether a model's avatars can be drawn toward a mean."""
    return bool(model.generator.has_mean_latent)


def checked_seed(language: Any, text: Any) -> str:
    """A seed as it was typed; nothing typed is 0.

    Raises:
        ToldError: it is no seed.
    """
    seed = str(text if text is not None else "").strip()[:LONGEST] or "0"
    try:
        seed_number(seed)
    except NijigenError:
        raise ToldError(word(language, "create.bad_seed")) from None
    return seed
