"""Who leaves gives the turn back there and then: nothing that was begun is left suspended."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("gradio", reason="Gradio is not installed: the extra [serve]")

import gradio as gr

from nijigen.serve.settings import Settings
from nijigen.serve.studio.history import History, Moment
from nijigen.serve.studio.page import build_page
from nijigen.serve.studio.saying import Said
from nijigen.serve.studio.studio import Studio
from nijigen.serve.workshop import Workshop

ASKING = SimpleNamespace(client=SimpleNamespace(host="127.0.0.1"))
Pair = dict[str, Any]

# What each handler is asked, after the language: two avatars are there.
ASKED: dict[str, Callable[[Pair], list[Any]]] = {
    "make": lambda pair: [None, {}, "1", 12, 1.0, Said()],
    "near": lambda pair: [History().then(Moment(pair["one"])), 0.3],
    "born": lambda pair: [History().then(Moment(pair["one"])), {"chosen": pair["other"]["id"]}, 0.1],
    "act": lambda pair: [pair, "all", gr.EventData(None, {"action": "swap"})],
    "receive": lambda pair: [pair["one"], pair, "all"],
    "again": lambda pair: [pair, "all"],
    "make_loop": lambda pair: [pair, 12, "webp"],
}


def watched(work: Callable[..., AsyncGenerator[Any, None]], running: list[str]) -> Callable[..., Any]:
    """A way into the workshop that tells how long somebody is in it."""

    async def inside(client: str, *given: Any, **more: Any) -> AsyncGenerator[Any, None]:
        running.append(client)
        try:
            async with aclosing(work(client, *given, **more)) as steps:
                async for step in steps:
                    yield step
        finally:
            running.remove(client)

    return inside


@pytest.mark.parametrize("name", ASKED)
def test_a_turn_is_given_back_by_who_leaves(name: str) -> None:
    async def visit() -> None:
        settings, running = Settings(models=("chibi-tiny",), threads=1, quiet=True), list[str]()
        workshop: Any = Workshop(settings)
        studio = Studio(workshop, None, settings)
        handler, *_ = [one.fn for one in build_page(studio).fns.values()
                       if one.name == name and inspect.isasyncgenfunction(one.fn)]  # fmt: skip
        one, other = (await workshop.model()).generate(2, seed=1)
        pair = {"one": studio.item(one, "en"), "other": studio.item(other, "en")}
        workshop.stream, workshop.generate = (watched(work, running) for work in (workshop.stream, workshop.generate))
        steps = handler("en", *ASKED[name](pair), ASKING)
        while not running:  # what is told before the first of it is there
            await anext(steps)
        await steps.aclose()
        assert running == []  # nobody has tidied up meanwhile: the event loop had no turn
        assert workshop.waiting == 0
        await workshop.close()

    asyncio.run(visit())
