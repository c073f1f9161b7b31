"""What every handler of the studio has: it ends with the person who asked."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("gradio", reason="Gradio is not installed: the extra [serve]")

import gradio as gr
from PIL import Image

from nijigen.serve.photos import GivenUpError
from nijigen.serve.settings import Settings
from nijigen.serve.studio import photo as page
from nijigen.serve.studio.pieces import told_by
from nijigen.serve.studio.studio import Studio
from nijigen.serve.workshop import Workshop


def test_what_was_begun_ends_with_who_leaves() -> None:
    ended: list[bool] = []

    async def begins(language: Any) -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            ended.append(True)

    async def visit() -> None:
        steps = Studio(None, None, Settings()).friendly(begins)("en")
        assert await anext(steps) == 1
        await steps.aclose()
        assert ended  # now, and not when somebody tidies up

    asyncio.run(visit())


def test_a_drawing_ends_with_who_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[BaseException] = []

    def draws(*given: Any) -> Image.Image:
        try:
            for _ in range(2_000):
                time.sleep(0.005)
                given[-1]()
        except GivenUpError as error:
            ended.append(error)
            raise
        return Image.new("RGB", (8, 8))

    async def visit() -> None:
        settings = Settings(quiet=True)
        workshop = Workshop(settings)
        asked = ("any", 256, 1.0, False)
        image = Image.new("RGB", (64, 64))
        drawing = page._draw(Studio(workshop, None, settings), "en", image, {}, asked, "a")
        await anext(drawing)
        await drawing.aclose()
        await asyncio.wait_for(workshop.run("b", lambda: None), 5)  # the thread is free again
        await workshop.close()

    monkeypatch.setattr(page, "draw_photo", draws)
    monkeypatch.setattr(page, "EVERY", 0.02)
    asyncio.run(visit())
    assert len(ended) == 1


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"action": "take", "id": "abc"}, {"action": "take", "id": "abc"}),
        ({"action": "take", "id": ["abc"], "name": None}, {"action": "take"}),
        (None, {}),
        ([{"action": "take"}], {}),
    ],
)
def test_what_a_piece_told_is_texts_whatever_a_browser_sent(sent: Any, told: dict[str, str]) -> None:
    assert told_by(gr.EventData(None, sent)) == told
