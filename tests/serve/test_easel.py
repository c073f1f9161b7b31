"""Drawings are made once, kept within bounds, and not made for too many at once."""

import asyncio
import threading

import pytest

from nijigen.serve import easel as module
from nijigen.serve.easel import Easel
from nijigen.serve.turns import BusyError


def test_who_asks_for_the_same_gets_the_same_drawing() -> None:
    drawn = []

    async def visit() -> None:
        easel = Easel()
        made = await asyncio.gather(*(easel.get("a", lambda: drawn.append(1) or b"file") for _ in range(5)))
        assert made == [b"file"] * 5
        assert await easel.get("a", lambda: b"other") == b"file"
        easel.close()

    asyncio.run(visit())
    assert drawn == [1]


def test_what_was_asked_for_last_is_kept() -> None:
    async def visit() -> list[bytes]:
        easel = Easel(room=250)
        for name in "abac":
            await easel.get(name, lambda: b"1" * 100)
        found = [await easel.get(name, lambda: b"again") for name in "ac"]
        found.append(await easel.get("b", lambda: b"again"))
        easel.close()
        return found

    assert asyncio.run(visit()) == [b"1" * 100, b"1" * 100, b"again"]


def test_a_drawing_that_fails_is_tried_again() -> None:
    def fails() -> bytes:
        raise ValueError("no")

    async def visit() -> None:
        easel = Easel()
        with pytest.raises(ValueError, match="no"):
            await easel.get("a", fails)
        assert await easel.get("a", lambda: b"file") == b"file"
        easel.close()

    asyncio.run(visit())


def test_a_crowd_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    event = threading.Event()

    async def visit() -> None:
        easel = Easel()
        waiting = [asyncio.ensure_future(easel.get(name, lambda: event.wait(20) and b"")) for name in "ab"]
        await asyncio.sleep(0.01)
        with pytest.raises(BusyError, match="too many"):
            await easel.get("c", lambda: b"")
        event.set()
        await asyncio.gather(*waiting)
        assert await easel.get("c", lambda: b"c") == b"c"
        easel.close()

    asyncio.run(visit())
