"""The tab *Collection*: what was kept, found again, taken along, and made again from its certificate."""

import asyncio
import html
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, NamedTuple

import gradio as gr

from nijigen.avatar import Avatar
from nijigen.collections import Kept
from nijigen.collections.packs import MOST as MOST_PACKED
from nijigen.serve.packing import packed
from nijigen.serve.studio.describing import describe
from nijigen.serve.studio.found import as_shown
from nijigen.serve.studio.grid import retell_grid, send, wire_gallery
from nijigen.serve.studio.keeping import PAGE, Asked, look, on_shelf
from nijigen.serve.studio.newest import Newest
from nijigen.serve.studio.pieces import gallery, pickers, piece, told_by
from nijigen.serve.studio.restoring import wire_restoring, wish
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Studio, ToldError

MOST_UNDONE = 10  # of what was removed can be put back
MOST_PACK = 64 * 2**20  # bytes of a download
EVERY = 0.4  # seconds

Question = tuple[Any, Any, Any]  # a text, words, and how many are shown at most


class Controls(NamedTuple):
    """What the tab is made of."""

    text: Any
    picker: Any
    grid: Any
    found: Any
    more: Any
    packs: Any
    chosen: Any
    note: Any
    undo: Any
    limit: Any
    removed: Any

    @property
    def asked(self) -> list[Any]:
        """What is looked for, and how many are shown of it."""
        return [self.text, self.picker, self.limit]

    @property
    def shows(self) -> list[Any]:
        """What :func:`as_shown` is for."""
        return [self.picker, self.grid, self.found, self.more, self.packs]


def build_collection(studio: Studio) -> None:
    """What to look for on the left, what is found on the right; on a phone what is found first."""
    say = studio.say
    with gr.Row(elem_classes=["nj-layout"]):
        with gr.Column(scale=0, min_width=340, elem_classes=["nj-side", "nj-panel"]):
            text = gr.Textbox(max_length=80, elem_id="nj-kept-text")
            say(text, label="collection.text", info="collection.text_hint")
            picker = say(pickers(elem_id="nj-kept-words"), words=("pickers",))
        with gr.Column(scale=1, elem_classes=["nj-stagehand"]):
            with gr.Column(elem_classes=["nj-panel"]):
                dropped = say(piece("dropped", None, ("opened",), words={}, elem_id="nj-dropped"), words=("dropped",))
                doing = ("restore", "restore", "favourite", "refine", "mix")  # by a click on the picture, and by a sign
                shown = gallery(doing, elem_id="nj-shown", elem_classes=["nj-small"])
                say(shown, words=("gallery", "kept"))
                packs = say(piece("packs", {"any": False}, ("pack",), words={}, elem_id="nj-packs"), words=("packs",))
            with gr.Row(elem_classes=["nj-chosen-bar", "nj-panel"], visible=False) as bar:
                chosen = gr.HTML("", elem_id="nj-kept-chosen")
                note = gr.Textbox(max_length=2_000, elem_id="nj-note", min_width=220)
                say(note, label="collection.note", info="collection.note_hint")
            undo = say(gr.Button(visible=False, elem_id="nj-put-back"), value="collection.undo")
            found = gr.HTML("", elem_id="nj-found", elem_classes=["nj-hint"])
            grid = gallery(("select", "refine", "mix", "restore", "remove"), elem_id="nj-kept")
            say(grid, words=("gallery", "kept"))
            more = say(gr.Button(visible=False, elem_id="nj-more"), value="collection.more")
    on = Controls(text, picker, grid, found, more, packs, gr.State(""), note, undo, gr.State(PAGE), gr.State([]))
    wanted = wire_restoring(studio)
    newest: Newest[Question] = Newest()
    _wire_search(studio, on, newest)
    _wire_kept(studio, on, bar, chosen, wanted)
    _wire_removal(studio, on, bar, newest)
    _wire_drop(studio, dropped, shown, wanted)


def _wire_search(studio: Studio, on: Controls, newest: Newest[Question]) -> None:
    async def search(language: Any, text: Any, words: Any, limit: Any, request: gr.Request) -> Any:
        page, asked = request.session_hash, (text, words, limit)
        mine = newest.ask(page, asked)
        shown = await _searched(studio, language, *asked)
        return shown if newest.still(page, mine) else gr.skip()

    async def anew(language: Any, text: Any, words: Any, request: gr.Request) -> Any:
        return _first(PAGE, await search(language, text, words, PAGE, request))

    async def further(language: Any, text: Any, words: Any, limit: Any, request: gr.Request) -> Any:
        return _first(int(limit) + PAGE, await search(language, text, words, int(limit) + PAGE, request))

    async def pack(language: Any, text: Any, words: Any, event: gr.EventData,
                   request: gr.Request) -> AsyncIterator[Any]:  # fmt: skip
        kind: Any = told_by(event).get("kind")
        if kind not in MOST_PACKED:
            yield gr.skip()
            return
        found = await asyncio.to_thread(look, studio.collections, Asked.of(text, words), MOST_PACKED[kind])
        if sum(kept.bytes for kept in found.kept) > MOST_PACK:
            raise ToldError(word(language, "collection.too_much"))
        idents = [kept.ident for kept in found.kept]
        yield {"any": True, "busy": True}
        name, data, told_at = "", b"", time.monotonic()
        work = packed(studio.workshop, studio.client(request), studio.collections, idents, kind)
        try:
            async with aclosing(work):
                async for made in work:
                    if made is not None:
                        name, data = made
                    elif time.monotonic() - told_at > EVERY:
                        yield gr.skip()  # where nothing is told, nobody notices that who asked has left
                        told_at = time.monotonic()
        except Exception:  # not finally: who has left is sent nothing more
            yield {"any": True}
            raise
        if found.count > len(idents):
            studio.note(language, "collection.only_first", count=len(idents))
        name = name if name.isascii() else f"avatars-{kind}.zip"
        yield {"any": True, "url": studio.file(data, "application/zip", name), "file": name}

    studio.on_language(search, on.asked, on.shows)
    studio.on(studio.opened["collection"].select, search, on.asked, on.shows)
    for event in (on.text.submit, on.picker.input):
        studio.on(event, anew, on.asked[:2], [on.limit, *on.shows], trigger_mode="always_last")
    studio.on(on.more.click, further, on.asked, [on.limit, *on.shows])
    studio.on(on.packs.pack, pack, on.asked[:2], [on.packs])


async def _searched(studio: Studio, language: Any, text: Any, words: Any, limit: Any) -> list[Any]:
    found = await asyncio.to_thread(look, studio.collections, Asked.of(text, words), int(limit))
    return as_shown(found, language, words)


def _first(value: Any, shown: Any) -> Any:
    """One more before what is shown; nothing where nothing is."""
    return [value, *shown] if isinstance(shown, list) else shown


def _wire_kept(studio: Studio, on: Controls, bar: Any, about: Any, wanted: Any) -> None:
    sent = [studio.inbox["refine"], studio.inbox["mix"], studio.tabs, wanted]
    choosing = [on.chosen, bar, about, on.note, on.grid]

    async def act(language: Any, shown: Any, event: gr.EventData) -> Any:
        """A click on one of them: everything but removing it."""
        told = told_by(event)
        action, ident = told.get("action"), told.get("id", "")
        nothing = [gr.skip() for _ in (*choosing, *sent)]
        if action == "select":
            kept = await asyncio.to_thread(studio.collections.get, ident)
            return [*_chosen(kept, language), {**shown, "chosen": kept.ident}, *(gr.skip() for _ in sent)]
        if action not in ("refine", "mix", "restore"):
            return nothing
        item = await asyncio.to_thread(on_shelf, studio, ident, language)
        if action == "restore":
            return [*nothing[:-1], wish(item)]
        there = [item if name == action else gr.skip() for name in ("refine", "mix")]
        return [*(gr.skip() for _ in choosing), *there, gr.Tabs(selected=action), gr.skip()]

    async def annotate(language: Any, ident: Any, note: Any) -> None:
        await asyncio.to_thread(studio.collections.annotate, str(ident), str(note or ""))
        studio.note(language, "collection.noted")

    studio.on(on.grid.act, act, [on.grid], [*choosing, *sent])
    studio.on(on.note.submit, annotate, [on.chosen, on.note], [])


def _wire_removal(studio: Studio, on: Controls, bar: Any, newest: Newest[Question]) -> None:
    async def left(language: Any, page: str | None, asked: Question) -> list[Any]:
        """What the page's last question finds now that something has changed, unless another came since."""
        asked = newest.last(page, asked)
        mine = newest.ask(page, asked)
        shown = await _searched(studio, language, *asked)
        return shown if newest.still(page, mine) else [gr.skip() for _ in on.shows]

    async def remove(language: Any, before: list[Any], text: Any, words: Any, limit: Any,
                     event: gr.EventData, request: gr.Request) -> Any:  # fmt: skip
        told = told_by(event)
        if told.get("action") != "remove":
            return gr.skip()
        newest.ask(request.session_hash, (text, words, limit))
        kept, data = await asyncio.to_thread(_take, studio, told.get("id", ""))
        shows = await left(language, request.session_hash, (text, words, limit))
        studio.note(language, "collection.removed")
        gone = before if data is None else [*before, (data, kept)][-MOST_UNDONE:]
        return [gone, gr.update(visible=bool(gone)), "", gr.update(visible=False), *shows]

    async def put_back(language: Any, before: list[Any], text: Any, words: Any, limit: Any,
                       request: gr.Request) -> Any:  # fmt: skip
        if not before:
            return gr.skip()
        *rest, (data, kept) = before
        newest.ask(request.session_hash, (text, words, limit))
        await asyncio.to_thread(studio.collections.add, data, kept.collection, kept.note, added=kept.added)
        shows = await left(language, request.session_hash, (text, words, limit))
        studio.note(language, "collection.back")
        return [rest, gr.update(visible=bool(rest)), *shows]

    studio.on(on.grid.act, remove, [on.removed, *on.asked], [on.removed, on.undo, on.chosen, bar, *on.shows])
    studio.on(on.undo.click, put_back, [on.removed, *on.asked], [on.removed, on.undo, *on.shows])


def _wire_drop(studio: Studio, dropped: Any, shown: Any, wanted: Any) -> None:
    async def take(language: Any, event: gr.EventData) -> Any:
        """A file that was dropped: what its certificate says, and what can be done with it."""
        told = told_by(event)
        data, name = studio.bytes_of(told.get("id")), told.get("name", "")[:80]
        avatar = await asyncio.to_thread(Avatar.read, data, name, studio.settings.limits.pixels)
        return {"items": [studio.item(avatar, language, data)], "total": 1, "busy": False}

    async def settle(language: Any, showing: Any, event: gr.EventData) -> Any:
        told = told_by(event)
        return wish(send(studio, told.get("id"), showing)) if told.get("action") == "restore" else gr.skip()

    studio.on(dropped.opened, take, [], [shown])
    studio.on(shown.act, settle, [shown], [wanted])
    wire_gallery(studio, shown)
    studio.on_language(retell_grid(studio), [shown], [shown], start=False)


def _take(studio: Studio, ident: str) -> tuple[Kept, bytes | None]:
    """Remove one; returns what puts it back, None where its file was missing already."""
    kept = studio.collections.get(ident)
    data = None if kept.missing else studio.collections.file(kept)
    studio.collections.remove(ident)
    return kept, data


def _chosen(kept: Kept, language: Any) -> list[Any]:
    who, when = describe(kept.certificate, language), kept.added.strftime("%Y-%m-%d")
    line = html.escape(word(language, "collection.chosen", who=who, when=when))
    return [kept.ident, gr.update(visible=True), line, gr.update(value=kept.note)]
