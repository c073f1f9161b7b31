"""What a click on an avatar of a grid does: refine it, mix it, keep it."""

import asyncio
import secrets
from typing import Any

import gradio as gr

from nijigen.collections.keeping import FAVOURITES
from nijigen.serve.studio.pieces import told_by
from nijigen.serve.studio.studio import Item, Studio


def wire_gallery(studio: Studio, grid: gr.HTML) -> None:
    """Have the grid's buttons send avatars to the other tabs and into the collection."""
    targets = list(studio.inbox)
    outputs = [*(studio.inbox[name] for name in targets), studio.tabs, grid]

    async def act(language: Any, shown: Any, event: gr.EventData) -> Any:
        told = told_by(event)
        action, ident = told.get("action"), told.get("id", "")
        if action == "favourite":
            await keep(studio, language, ident)
            return [*(gr.skip() for _ in targets), gr.skip(), kept_now(studio, shown)]
        if action not in targets:
            return gr.skip()
        item = send(studio, ident, shown) | {"asked": secrets.token_hex(4)}  # also of one that is there already
        return [*(item if name == action else gr.skip() for name in targets), gr.Tabs(selected=action), gr.skip()]

    studio.on(grid.act, act, [grid], outputs)


def items_of(shown: Any) -> list[Item]:
    """What a grid shows, of a value that a browser sent."""
    return list(shown.get("items") or ()) if isinstance(shown, dict) else []


def send(studio: Studio, ident: Any, shown: Any) -> dict[str, Any]:
    """The item of a grid's value that has this name.

    Raises:
        GoneError: the avatar is kept no longer.
    """
    studio.bytes_of(ident)
    return next((dict(item) for item in items_of(shown) if item.get("id") == ident), {"id": ident})


async def keep(studio: Studio, language: Any, ident: Any) -> None:
    """Put an avatar's file, as it is, among the favourites.

    Raises:
        GoneError: it is kept no longer.
        NijigenError: the collection cannot take it.
    """
    data = studio.bytes_of(ident)
    await asyncio.to_thread(studio.collections.add, data, FAVOURITES)
    studio.shelf.mark(str(ident))
    studio.note(language, "page.kept")


def kept_now(studio: Studio, shown: Any) -> dict[str, Any]:
    """Which avatars of a grid are favourites."""
    kept = [item["id"] for item in items_of(shown) if studio.shelf.marked(str(item.get("id")))]
    update: dict[str, Any] = gr.update(kept=kept)
    return update


def retell_grid(studio: Studio) -> Any:
    """A handler that says in another language what a grid's avatars are."""

    async def again(language: Any, shown: Any) -> Any:
        items = items_of(shown)
        return {**shown, "items": [studio.retold(item, language) for item in items]} if items else gr.skip()

    return again
