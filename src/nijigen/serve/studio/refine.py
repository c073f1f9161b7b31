"""The tab *Refine*: one avatar, changed step by step, and every step can be taken back."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NamedTuple

import gradio as gr

from nijigen.serve.studio.grid import items_of, keep, kept_now, retell_grid, send, wire_gallery
from nijigen.serve.studio.history import History, Moment
from nijigen.serve.studio.pieces import compare, gallery, pickers, told_by
from nijigen.serve.studio.refining import Changes, children, neighbours, open_avatar, rows_of, tweak
from nijigen.serve.studio.rows import picker_rows
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Studio, ToldError

NONE_YET = {"items": [], "total": 0, "busy": False}


class Controls(NamedTuple):
    """What the tab is made of."""

    history: Any
    stage: Any
    undo: Any
    redo: Any
    restart: Any
    tools: Any
    picker: Any
    ways: Any
    directions: Any
    strength: Any
    vary: Any
    near: Any
    partners: Any
    mutation: Any
    breed: Any
    born: Any


def build_refine(studio: Studio) -> None:
    """The avatar on the left, what can be done with it on the right; nothing to do while there is none."""
    say = studio.say
    with gr.Row(elem_classes=["nj-layout", "nj-refine"]):
        with gr.Column(scale=0, min_width=340, elem_classes=["nj-portraits", "nj-panel"]):
            stage = say(compare(elem_id="nj-stage"), words=("compare", "gallery"))
            with gr.Row(elem_classes=["nj-steps"]):
                undo = say(gr.Button(interactive=False, elem_id="nj-undo", min_width=80), value="refine.undo")
                redo = say(gr.Button(interactive=False, elem_id="nj-redo", min_width=80), value="refine.redo")
                restart = say(gr.Button(interactive=False, elem_id="nj-restart", min_width=120), value="refine.start")
        with gr.Column(scale=1, visible=False, elem_classes=["nj-stagehand", "nj-panel"]) as tools, gr.Tabs():
            with gr.Tab("", id="change") as tab:
                say(tab, label="refine.change")
                _hint(studio, "refine.change_hint")
                picker = say(pickers(free=False, elem_id="nj-own-pickers"), words=("pickers",))
            with gr.Tab("", id="vary") as tab:
                say(tab, label="refine.vary")
                _hint(studio, "refine.vary_hint")
                strength = gr.Slider(0.05, 1, 0.35, step=0.05, elem_id="nj-strength")
                say(strength, label="refine.strength", info="refine.strength_hint")
                vary = say(gr.Button(variant="primary", elem_id="nj-vary"), value="refine.vary_go")
                near = say(gallery(("take", "favourite", "mix"), elem_id="nj-near"), words=("gallery",))
            with gr.Tab("", id="breed") as tab:
                say(tab, label="refine.breed")
                _hint(studio, "refine.breed_hint")
                partners = gallery(("choose",), plain=True, elem_id="nj-partners", elem_classes=["nj-small"])
                say(partners, words=("gallery",))
                mutation = gr.Slider(0, 1, 0.1, step=0.05, elem_id="nj-mutation")
                say(mutation, label="refine.mutation", info="refine.mutation_hint")
                breed = say(gr.Button(variant="primary", elem_id="nj-breed"), value="refine.breed_go")
                born = say(gallery(("take", "favourite", "mix"), elem_id="nj-born"), words=("gallery",))
            with gr.Tab("", id="directions", visible=False) as ways:
                say(ways, label="refine.directions")
                _hint(studio, "refine.directions_hint")
                directions = say(pickers(free=False, elem_id="nj-directions"), words=("pickers",))
    _wire(studio, Controls(gr.State(History()), stage, undo, redo, restart, tools, picker, ways, directions, strength,
                           vary, near, partners, mutation, breed, born))  # fmt: skip


def _hint(studio: Studio, key: str) -> None:
    studio.say(gr.HTML("", elem_classes=["nj-hint"]), value=key)


def _wire(studio: Studio, on: Controls) -> None:
    shown = [on.history, on.stage, on.undo, on.redo, on.restart, on.tools, on.picker, on.ways, on.directions]

    async def show(language: Any, history: History) -> list[Any]:
        """Everything that follows from a history."""
        now = history.now
        if now is None:
            return [history, *(gr.skip() for _ in shown[1:])]
        opened = await open_avatar(studio, language, now.item["id"])
        rows = picker_rows(opened.model.schema, language)
        ways = await rows_of(opened.model, language)
        before = None if history.before is None else dict(history.before.item)
        words = {row["name"]: opened.avatar.attributes[row["name"]] for row in rows
                 if row["name"] in opened.avatar.attributes}  # fmt: skip
        value = {"now": dict(now.item), "before": before}
        return [
            history,
            gr.update(value=value, kept=[now.item["id"]] if studio.shelf.marked(now.item["id"]) else []),
            gr.update(interactive=history.can_undo),
            gr.update(interactive=history.can_redo),
            gr.update(interactive=history.at > 0),
            gr.update(visible=True),
            gr.update(value=words, rows=rows),
            gr.update(visible=bool(ways)),
            gr.update(value=dict(now.tweaks.moves), rows=ways),
        ]

    async def arrive(language: Any, item: Any, created: Any) -> Any:
        if not isinstance(item, dict):
            return gr.skip()
        partners = [other for other in items_of(created) if other.get("id") != item.get("id")]
        offered = {"items": partners, "total": len(partners), "busy": False}
        return [*await show(language, History().then(Moment(item))), offered, NONE_YET, NONE_YET]

    async def change(language: Any, history: History, words: Any, moves: Any, request: gr.Request) -> Any:
        asked = Changes(words if isinstance(words, dict) else {}, moves if isinstance(moves, dict) else {})
        return await show(language, await tweak(studio, studio.client(request), language, history, asked))

    async def near(language: Any, history: History, strength: Any, request: gr.Request) -> AsyncGenerator[Any, None]:
        if history.now is None:
            return
        item, client = dict(history.now.item), studio.client(request)
        async with aclosing(neighbours(studio, client, language, item, float(strength))) as steps:
            async for value in steps:
                yield value

    async def born(language: Any, history: History, partners: Any, mutation: Any,
                   request: gr.Request) -> AsyncGenerator[Any, None]:  # fmt: skip
        other = partners.get("chosen") if isinstance(partners, dict) else None
        if other is None:
            raise ToldError(word(language, "refine.no_partner"))
        if history.now is None:
            return
        item, client = dict(history.now.item), studio.client(request)
        async with aclosing(children(studio, client, language, item, other, float(mutation))) as steps:
            async for value in steps:
                yield value

    async def back(language: Any, history: History) -> Any:
        return await show(language, history.undone())

    async def forth(language: Any, history: History) -> Any:
        return await show(language, history.redone())

    async def again(language: Any, history: History) -> Any:
        return await show(language, history.restarted())

    studio.on(studio.inbox["refine"].change, arrive, [studio.inbox["refine"], studio.grids["create"]],
              [*shown, on.partners, on.near, on.born])  # fmt: skip
    for event in (on.picker.input, on.directions.input):
        studio.on(event, change, [on.history, on.picker, on.directions], shown, trigger_mode="always_last")
    for button, handler in ((on.undo, back), (on.redo, forth), (on.restart, again)):
        studio.on(button.click, handler, [on.history], shown)
    studio.on(on.vary.click, near, [on.history, on.strength], [on.near])
    studio.on(on.breed.click, born, [on.history, on.partners, on.mutation], [on.born])
    _wire_choices(studio, on, show, shown)
    studio.on_language(show, [on.history], shown, start=False)
    for grid in (on.near, on.born, on.partners):
        studio.on_language(retell_grid(studio), [grid], [grid], start=False)


def _wire_choices(studio: Studio, on: Controls, show: Any, shown: list[Any]) -> None:
    """Taking a candidate, choosing a partner, and what can be done with the avatar itself."""

    async def take(language: Any, history: History, grid: Any, event: gr.EventData) -> Any:
        told = told_by(event)
        if told.get("action") != "take":
            return gr.skip()
        return await show(language, history.then(Moment(send(studio, told.get("id"), grid))))

    async def choose(language: Any, grid: Any, event: gr.EventData) -> Any:
        told = told_by(event)
        return {**grid, "chosen": told.get("id")} if isinstance(grid, dict) else gr.skip()

    async def act(language: Any, value: Any, event: gr.EventData) -> Any:
        told = told_by(event)
        items = {"items": [value["now"]]} if isinstance(value, dict) and value.get("now") else {}
        if told.get("action") == "favourite":
            await keep(studio, language, told.get("id"))
            return [gr.skip(), gr.skip(), kept_now(studio, items)]
        return [send(studio, told.get("id"), items), gr.Tabs(selected="mix"), gr.skip()]

    for grid in (on.near, on.born):
        wire_gallery(studio, grid)
        studio.on(grid.act, take, [on.history, grid], shown)
    studio.on(on.partners.act, choose, [on.partners], [on.partners])
    studio.on(on.stage.act, act, [on.stage], [studio.inbox["mix"], studio.tabs, on.stage])
