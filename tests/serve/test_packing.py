"""A pack is made a picture a step: others have their turns in between, and it ends with whoever asked."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed: the extra [serve]")

from nijigen.avatar import Avatar
from nijigen.collections import Collections, packs
from nijigen.illustrator.drawing import draw
from nijigen.serve.packing import packed
from nijigen.serve.settings import Settings
from nijigen.serve.workshop import Workshop

COUNT = 6
Visit = Callable[[Workshop, Collections, list[str]], Awaitable[None]]


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, one after the other; stickers are done at once here."""
    done: list[str] = []

    def quick(_: Avatar, stem: str) -> dict[str, bytes]:
        done.append("sticker")
        return {stem: b""}

    monkeypatch.setattr(packs, "stickers", quick)
    return done


@pytest.fixture
def at_work(tmp_path: Path) -> Callable[[Visit], None]:
    def run(visit: Visit) -> None:
        async def whole() -> None:
            workshop = Workshop(Settings(quiet=True))
            with Collections(f"sqlite:///{tmp_path / 'kept.db'}") as kept:
                idents = [kept.add(avatar.png()).ident for avatar in draw(COUNT, 1, 16, workers=1)]
                try:
                    await visit(workshop, kept, idents)
                finally:
                    await workshop.close()

        asyncio.run(whole())

    return run


@pytest.mark.parametrize("kind", ["zip", "sheet", "stickers"])
def test_every_picture_is_a_step(order: list[str], at_work: Callable[[Visit], None], kind: Any) -> None:
    async def visit(workshop: Workshop, kept: Collections, idents: list[str]) -> None:
        steps = [step async for step in packed(workshop, "a", kept, [*idents, idents[0]], kind)]
        assert steps[:-1] == [None] * COUNT
        made = kept.packed(idents, kind)
        assert steps[-1] == (made.name, made.data)

    at_work(visit)


def test_others_have_their_turns_in_between(order: list[str], at_work: Callable[[Visit], None]) -> None:
    async def visit(workshop: Workshop, kept: Collections, idents: list[str]) -> None:
        async for _ in packed(workshop, "greedy", kept, idents, "stickers"):
            if "other" not in order:
                await workshop.run("modest", lambda: order.append("other"))

    at_work(visit)
    assert order == ["sticker", "other", *["sticker"] * (COUNT - 1)]


def test_it_ends_with_whoever_asked(order: list[str], at_work: Callable[[Visit], None]) -> None:
    async def visit(workshop: Workshop, kept: Collections, idents: list[str]) -> None:
        begun = asyncio.Event()

        async def asks() -> None:
            async for _ in packed(workshop, "a", kept, idents, "stickers"):
                begun.set()

        asking = asyncio.create_task(asks())
        await begun.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await workshop.run("b", lambda: None)
        assert workshop.idle

    at_work(visit)
    assert 1 <= len(order) < COUNT
