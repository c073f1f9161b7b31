"""The tab *Create*: say or choose what avatars look like, and they appear."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NamedTuple

import gradio as gr

from nijigen.serve.studio.grid import retell_grid, wire_gallery
from nijigen.serve.studio.making import (
    COUNT,
    LONGEST,
    MOST,
    Wanted,
    first_avatars,
    make_avatars,
    throw_dice,
    truncates,
)
from nijigen.serve.studio.pieces import gallery, pickers
from nijigen.serve.studio.rows import picker_rows
from nijigen.serve.studio.saying import Said, take_sentence
from nijigen.serve.studio.studio import Maker, Studio, same_words

LONGEST_SENTENCE = 1_000


class Controls(NamedTuple):
    """What the tab is made of."""

    model: Any
    picker: Any
    sentence: Any
    heard: Any
    seed: Any
    count: Any
    variety: Any
    lock: Any
    roll: Any
    grid: Any


def build_create(studio: Studio) -> None:
    """The pickers on the left, the rest on the right; on a phone the pickers come last."""
    say, names = studio.say, studio.workshop.names
    most = min(MOST, studio.settings.limits.count)
    with gr.Row(elem_classes=["nj-layout"]):
        with gr.Column(scale=0, min_width=340, elem_classes=["nj-side", "nj-panel"]):
            model = gr.Dropdown(names, value=names[0], visible=len(names) > 1, elem_id="nj-model")
            say(model, label="create.model", info="create.model_hint")
            picker = say(pickers(elem_id="nj-pickers"), words=("pickers",))
        with gr.Column(scale=1, elem_classes=["nj-stagehand"]):
            with gr.Column(elem_classes=["nj-panel"]):
                sentence = gr.Textbox(max_length=LONGEST_SENTENCE, elem_id="nj-sentence")
                say(sentence, label="create.sentence", info="create.sentence_hint",
                    placeholder="create.sentence_example")  # fmt: skip
                heard = gr.HTML("", elem_classes=["nj-heard"], visible=False)
                with gr.Row(elem_classes=["nj-knobs"]):
                    seed = gr.Textbox("", max_length=LONGEST, elem_id="nj-seed", min_width=150)
                    say(seed, label="create.seed", info="create.seed_hint")
                    count = gr.Slider(min(4, most), most, min(COUNT, most), step=1, min_width=150, elem_id="nj-count")
                    say(count, label="create.count", info="create.count_hint")
                    variety = gr.Slider(0.3, 1, 1, step=0.05, min_width=150, visible=False, elem_id="nj-variety")
                    say(variety, label="create.truncation", info="create.truncation_hint")
                with gr.Row(elem_classes=["nj-actions"]):
                    lock = say(gr.Checkbox(False, elem_id="nj-lock"), label="create.lock", info="create.lock_hint")
                    roll = say(gr.Button(variant="primary", elem_id="nj-roll"), value="create.roll")
            grid = say(gallery(start=True, elem_id="nj-grid"), words=("gallery",))
    studio.grids["create"] = grid
    _wire(studio, Controls(model, picker, sentence, heard, seed, count, variety, lock, roll, grid))
    wire_gallery(studio, grid)
    studio.on_language(retell_grid(studio), [grid], [grid], start=False)


def _wire(studio: Studio, on: Controls) -> None:
    said = gr.State(Said())

    async def make(language: Any, name: Any, chosen: Any, number: Any, many: Any, variety: Any, now: Said,
                   request: gr.Request) -> AsyncGenerator[Any, None]:  # fmt: skip
        wanted = Wanted(name, chosen if isinstance(chosen, dict) else {}, number, many, variety, now)
        async with aclosing(make_avatars(studio, studio.client(request), language, wanted)) as grids:
            async for shown in grids:
                yield shown

    async def first(language: Any, shown: Any, request: gr.Request) -> Any:
        """The avatars that the page fetched before it was built; where that failed, others."""
        if not isinstance(shown, dict) or not shown.get("items"):
            shown = await first_avatars(studio, studio.client(request), language)
            return [shown["seed"], shown]
        return [str(shown.get("seed", "")), gr.skip()]

    async def open_model(language: Any, name: Any, chosen: Any) -> Any:
        opened = await studio.workshop.model(name)
        rows = picker_rows(opened.schema, language)
        shown = same_words(opened.schema, chosen if isinstance(chosen, dict) else {})
        labelled = bool(rows)
        return [gr.update(rows=rows, value=shown, visible=labelled), gr.update(visible=truncates(opened)),
                gr.update(visible=labelled)]  # fmt: skip

    async def listen(language: Any, text: Any, name: Any, chosen: Any, before: Said) -> Any:
        opened = await studio.workshop.model(name)
        sentence = str(text or "")[:LONGEST_SENTENCE]
        now, words, lines = take_sentence(sentence, opened.schema, chosen or {}, before, language)
        if sentence.strip() and not now:
            studio.note(language, "create.nothing_said")
        return [words, now, gr.update(value=lines, visible=bool(lines))]

    async def dice(language: Any, number: Any, locked: Any) -> Any:
        return gr.skip() if locked else throw_dice()

    inputs = [on.model, on.picker, on.seed, on.count, on.variety, said]
    offered = [on.picker, on.variety, on.sentence]
    studio.makers["create"] = Maker({**on._asdict(), "said": said}, make, inputs, [on.grid])
    studio.on(on.grid.first, first, [on.grid], [on.seed, on.grid])
    studio.on_language(open_model, [on.model, on.picker], offered)
    # Not only when a slider is let go, which keys never do: the last of many pulls is the one that counts.
    for event in (on.picker.input, on.seed.submit, on.count.input, on.variety.input):
        studio.on(event, make, inputs, [on.grid], trigger_mode="always_last")
    rolled = studio.on(on.roll.click, dice, [on.seed, on.lock], [on.seed])
    studio.on(rolled.then, make, inputs, [on.grid])
    changed = studio.on(on.model.input, open_model, [on.model, on.picker], offered)
    studio.on(changed.then, make, inputs, [on.grid])
    understood = studio.on(on.sentence.submit, listen, [on.sentence, on.model, on.picker, said],
                           [on.picker, said, on.heard])  # fmt: skip
    studio.on(understood.then, make, inputs, [on.grid])
