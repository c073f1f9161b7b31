"""The tab *Create*: say or choose what avatars look like, and they appear."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from nijigen.errors import NijigenError
from nijigen.seeds import seed_number
from nijigen.serve.studio.grid import wire_gallery
from nijigen.serve.studio.pieces import gallery, pickers
from nijigen.serve.studio.rows import picker_rows
from nijigen.serve.studio.saying import Said, take_sentence
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Studio, ToldError, same_words

COUNT, MOST = 12, 48
LONGEST = 200  # characters of a seed
DICE = 1_000_000  # seeds that a person can read out


def build_create(studio: Studio) -> None:
    """The controls on the left, the avatars on the right; on a phone the avatars first."""
    with gr.Row(elem_classes=["nj-layout"]):
        with gr.Column(scale=0, min_width=340, elem_classes=["nj-side", "nj-panel"]):
            model = gr.Dropdown(
                studio.workshop.names, value=studio.workshop.names[0], visible=len(studio.workshop.names) > 1
            )
            studio.say(model, label="create.model", info="create.model_hint")
            picker = pickers()
            studio.say(picker, words=("pickers",))
        with gr.Column(scale=1, elem_classes=["nj-stagehand"]):
            with gr.Column(elem_classes=["nj-panel", "nj-bar"]):
                sentence = gr.Textbox(max_length=1_000, elem_id="nj-sentence")
                studio.say(sentence, label="create.sentence", info="create.sentence_hint",
                           placeholder="create.sentence_example")  # fmt: skip
                heard = gr.HTML("", elem_classes=["nj-heard"], visible=False)
                with gr.Row(elem_classes=["nj-knobs"]):
                    seed = gr.Textbox("", max_length=LONGEST, elem_id="nj-seed", min_width=150)
                    studio.say(seed, label="create.seed", info="create.seed_hint")
                    count = gr.Slider(4, MOST, COUNT, step=4, min_width=150)
                    studio.say(count, label="create.count", info="create.count_hint")
                    truncation = gr.Slider(0.3, 1, 1, step=0.05, min_width=150, visible=False, elem_id="nj-truncation")
                    studio.say(truncation, label="create.truncation", info="create.truncation_hint")
                with gr.Row(elem_classes=["nj-actions"]):
                    lock = gr.Checkbox(False, elem_id="nj-lock")
                    studio.say(lock, label="create.lock", info="create.lock_hint")
                    roll = gr.Button(variant="primary", elem_id="nj-roll")
                    studio.say(roll, value="create.roll")
            grid = gallery(elem_id="nj-grid")
            studio.say(grid, words=("gallery",))
    said = gr.State(Said())
    _wire(studio, model, picker, sentence, heard, seed, count, truncation, lock, roll, grid, said)
    wire_gallery(studio, grid)


def _wire(studio: Studio, model: Any, picker: Any, sentence: Any, heard: Any, seed: Any, count: Any, truncation: Any,
          lock: Any, roll: Any, grid: Any, said: Any) -> None:  # fmt: skip
    async def make(language: Any, name: Any, chosen: Any, number: Any, many: Any, variety: Any, now: Said,
                   request: gr.Request) -> AsyncIterator[Any]:  # fmt: skip
        opened = await studio.workshop.model(name)
        start = checked_seed(language, number)
        wanted = same_words(opened.schema, chosen if isinstance(chosen, dict) else {})
        total = min(max(int(many), 1), MOST)
        strength = float(variety) if truncates(opened) and float(variety) < 1 else None
        avoid = {key: values for key, values in now.avoid.items() if key in opened.schema and key not in wanted}
        items: list[dict[str, Any]] = []
        yield {"items": [], "total": total, "busy": True}
        made = studio.workshop.generate(studio.client(request), model=name, count=total, seed=start, attributes=wanted,
                                        avoid=avoid, truncation=strength)  # fmt: skip
        async with contextlib.aclosing(made):
            async for avatar in made:
                items.append(studio.item(avatar, language))
                yield {"items": list(items), "total": total, "busy": len(items) < total}

    async def first(language: Any, request: gr.Request) -> AsyncIterator[Any]:
        number = _dice()
        async for shown in make(language, None, {}, number, COUNT, 1, Said(), request):
            yield number, shown

    async def open_model(language: Any, name: Any, chosen: Any) -> Any:
        opened = await studio.workshop.model(name)
        rows = picker_rows(opened.schema, language)
        shown = same_words(opened.schema, chosen if isinstance(chosen, dict) else {})
        return [gr.update(rows=rows, value=shown, visible=bool(rows)), gr.update(visible=truncates(opened)),
                gr.update(visible=bool(rows))]  # fmt: skip

    async def listen(language: Any, text: Any, name: Any, chosen: Any, before: Said) -> Any:
        opened = await studio.workshop.model(name)
        now, words, lines = take_sentence(str(text or ""), opened.schema, chosen or {}, before, language)
        if text and not now:
            studio.note(language, "create.nothing_said")
        return [words, now, gr.update(value=lines, visible=bool(lines))]

    async def dice(language: Any, number: Any, locked: Any) -> Any:
        return gr.skip() if locked else _dice()

    inputs = [model, picker, seed, count, truncation, said]
    live: dict[str, Any] = {"trigger_mode": "always_last"}
    studio.on_start(first, [], [seed, grid])
    studio.on_language(open_model, [model, picker], [picker, truncation, sentence])
    studio.on_language(retell(studio), [grid], [grid])
    for event in (picker.input, seed.submit, count.release, truncation.release):
        studio.on(event, make, inputs, [grid], **live)
    rolled = studio.on(roll.click, dice, [seed, lock], [seed])
    studio.on(rolled.then, make, inputs, [grid])
    changed = studio.on(model.input, open_model, [model, picker], [picker, truncation, sentence])
    studio.on(changed.then, make, inputs, [grid])
    understood = studio.on(sentence.submit, listen, [sentence, model, picker, said], [picker, said, heard])
    studio.on(understood.then, make, inputs, [grid])


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


def retell(studio: Studio) -> Any:
    """A handler that says in another language what a grid's avatars are."""

    async def again(language: Any, shown: Any) -> Any:
        if not isinstance(shown, dict) or not shown.get("items"):
            return gr.skip()
        return {**shown, "items": [studio.retold(item, language) for item in shown["items"]]}

    return again


def _dice() -> str:
    return str(secrets.randbelow(DICE))
