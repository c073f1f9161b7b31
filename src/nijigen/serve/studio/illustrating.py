"""The tab *Illustrator*: every attribute, drawn again at every change; no model is needed."""

import asyncio
import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from nijigen.avatar import Avatar
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA, Character, compose
from nijigen.illustrator.drawing import read_character, to_avatar
from nijigen.schema import AttributeSchema
from nijigen.seeds import seed_number
from nijigen.serve.studio.grid import keep
from nijigen.serve.studio.making import LONGEST, checked_seed, throw_dice
from nijigen.serve.studio.pieces import compare, pickers, told_by
from nijigen.serve.studio.rows import picker_rows
from nijigen.serve.studio.saying import Said, take_sentence
from nijigen.serve.studio.shelf import file_name
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Studio, ToldError, same_words
from nijigen.vocabulary import display

SIZES = (128, 256, 512, 1024, 2048)
USUAL_SIZE = 512
SVG = "image/svg+xml"
AT_ONCE = 40  # milliseconds that a slider rests before what it says is drawn


@dataclass(frozen=True)
class Drawn:
    """A drawing in both forms.

    Attributes:
        avatar: with its certificate, from which it is drawn again.
        png, svg: its files.
        by_chance: what the seed decided, because nobody chose it.
    """

    avatar: Avatar
    png: bytes
    svg: bytes
    by_chance: Mapping[str, Any]


def draw_one(chosen: Mapping[str, Any], avoid: Mapping[str, Any], seed: str, size: int, transparent: bool) -> Drawn:
    """The drawing that the controls ask for.

    Raises:
        NijigenError: a wrong word, seed or size.
    """
    wanted = SCHEMA.normalize(chosen)
    left = {name: values for name, values in avoid.items() if name not in wanted}
    character = compose(seed_number(seed), wanted, left)
    avatar = to_avatar(character, character.render(size, 4 if transparent else 3))
    by_chance = {name: value for name, value in character.attributes.items() if name not in wanted}
    return Drawn(avatar, avatar.png(), character.svg(size, transparent).encode(), by_chance)


def build_illustrating(studio: Studio) -> None:
    """The words on the left, the drawing on the right; on a phone the drawing first."""
    sizes = [size for size in SIZES if size <= studio.settings.limits.side]
    with gr.Row(elem_classes=["nj-layout", "nj-illustrating"]):
        with gr.Column(scale=0, min_width=340, elem_classes=["nj-side", "nj-panel"]):
            sentence = gr.Textbox(max_length=1_000, elem_id="nj-illustrator-sentence")
            studio.say(sentence, label="create.sentence", info="create.sentence_hint",
                       placeholder="create.sentence_example")  # fmt: skip
            heard = gr.HTML("", elem_classes=["nj-heard"], visible=False)
            picker = pickers(elem_id="nj-illustrator-words", later=AT_ONCE)
            studio.say(picker, words=("pickers",))
        with gr.Column(scale=1, elem_classes=["nj-stagehand"]):
            with gr.Column(elem_classes=["nj-panel", "nj-easel"]):
                stage = compare(("favourite",), elem_id="nj-drawing")
                studio.say(stage, words=("compare", "gallery", "illustrator"))
                roll = gr.Button(variant="primary", elem_id="nj-illustrator-roll")
                studio.say(roll, value="illustrator.roll")
            with gr.Column(elem_classes=["nj-panel", "nj-easel-more"]):
                chance = gr.HTML("", elem_classes=["nj-chance"])
                with gr.Row(elem_classes=["nj-knobs"]):
                    seed = gr.Textbox(throw_dice(), max_length=LONGEST, min_width=150,
                                      elem_id="nj-illustrator-seed")  # fmt: skip
                    studio.say(seed, label="create.seed", info="illustrator.seed_hint")
                    size = gr.Dropdown(sizes, value=min(USUAL_SIZE, sizes[-1]), min_width=150,
                                       elem_id="nj-illustrator-size")  # fmt: skip
                    studio.say(size, label="illustrator.size", info="illustrator.size_hint")
                with gr.Row(elem_classes=["nj-knobs"]):
                    lock = gr.Checkbox(False, elem_id="nj-illustrator-lock")
                    studio.say(lock, label="create.lock", info="create.lock_hint")
                    transparent = gr.Checkbox(False, elem_id="nj-illustrator-transparent")
                    studio.say(transparent, label="illustrator.transparent", info="illustrator.transparent_hint")
    said = gr.State(Said())
    controls = [picker, said, seed, size, transparent]
    _wire(studio, controls, sentence, heard, roll, lock, [stage, chance])


def _wire(studio: Studio, controls: list[Any], sentence: Any, heard: Any, roll: Any, lock: Any,
          drawn: list[Any]) -> None:  # fmt: skip
    picker, said, seed, size, transparent = controls

    async def draw(language: Any, chosen: Any, before: Said, number: Any, side: Any, bare: Any) -> Any:
        wanted = same_words(SCHEMA, chosen if isinstance(chosen, dict) else {})
        known = side if side in SIZES and side <= studio.settings.limits.side else USUAL_SIZE
        made = await asyncio.to_thread(
            draw_one, wanted, before.avoid, checked_seed(language, number), known, bool(bare)
        )
        item = studio.item(made.avatar, language, made.png)
        name = file_name(made.avatar, SVG)
        links = [{"url": studio.file(made.svg, SVG, name), "file": name, "word": "svg"}]
        return [{"now": item | {"links": links}, "before": None}, chance_words(made.by_chance, language)]

    async def rows(language: Any, chosen: Any) -> Any:
        value = chosen if isinstance(chosen, dict) else {}
        return gr.update(rows=picker_rows(SCHEMA, language), value=value)

    async def listen(language: Any, text: Any, chosen: Any, before: Said) -> Any:
        now, words, lines = take_sentence(str(text or ""), SCHEMA, chosen or {}, before, language)
        if text and not now:
            studio.note(language, "create.nothing_said")
        return [words, now, gr.update(value=lines, visible=bool(lines))]

    async def dice(language: Any, chosen: Any, number: Any, locked: Any) -> Any:
        if not locked:
            return [gr.skip(), throw_dice()]
        return [surprise(SCHEMA, chosen if isinstance(chosen, dict) else {}), gr.skip()]

    async def hold(language: Any, event: gr.EventData) -> Any:
        ident = told_by(event).get("id", "")
        await keep(studio, language, ident)
        return gr.update(kept=[ident])

    async def receive(language: Any, item: Any) -> Any:
        """A drawing from elsewhere, back on the easel: what it was drawn with is chosen."""
        if not isinstance(item, dict):
            return gr.skip()
        certificate = studio.avatar(item.get("id")).certificate
        person = read_drawing(language, certificate)
        known = certificate.get("size") if certificate.get("size") in SIZES else gr.skip()
        return [person.attributes, Said(), str(person.seed), known, certificate.get("channels") == 4]

    live: dict[str, Any] = {"trigger_mode": "always_last", "queue": False}  # one request, no line to stand in
    studio.on_language(rows, [picker], [picker])
    studio.on_language(draw, controls, drawn)
    studio.on(picker.input, draw, controls, drawn, **live)
    for event in (seed.submit, size.input, transparent.input):
        studio.on(event, draw, controls, drawn, trigger_mode="always_last")
    rolled = studio.on(roll.click, dice, [picker, seed, lock], [picker, seed])
    studio.on(rolled.then, draw, controls, drawn)
    understood = studio.on(sentence.submit, listen, [sentence, picker, said], [picker, said, heard])
    studio.on(understood.then, draw, controls, drawn)
    studio.on(drawn[0].act, hold, [], [drawn[0]])
    came = studio.on(studio.inbox["illustrator"].change, receive, [studio.inbox["illustrator"]], controls)
    studio.on(came.then, draw, controls, drawn)


def read_drawing(language: Any, certificate: Mapping[str, Any]) -> Character:
    """The person of a drawing.

    Raises:
        ToldError: the certificate is of no drawing of this illustrator.
    """
    try:
        if certificate.get("kind") != "illustration":
            raise NijigenError("not a drawing")
        return read_character(dict(certificate))
    except NijigenError:
        raise ToldError(word(language, "illustrator.no_drawing")) from None


def surprise(schema: AttributeSchema, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Other words for the same seed: those that were chosen are chosen anew, or three where none was."""
    names = [name for name in schema.names if schema[name].values]
    picked = [name for name in names if name in chosen] or sorted(names, key=lambda _: secrets.randbits(32))[:3]
    return {**chosen, **{name: secrets.choice(schema[name].values) for name in picked}}


def chance_words(by_chance: Mapping[str, Any], language: str) -> str:
    """What the seed decided, as HTML."""
    told = [display(name, str(value), language) for name, value in by_chance.items()
            if isinstance(value, str) and value not in ("none", "bust")]  # fmt: skip
    if not told:
        return f"<p>{html.escape(word(language, 'illustrator.all_chosen'))}</p>"
    marks = "".join(f"<li>{html.escape(one)}</li>" for one in told)
    return f"<p>{html.escape(word(language, 'illustrator.by_chance'))}</p><ul>{marks}</ul>"
