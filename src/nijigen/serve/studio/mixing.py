"""The tab *Mix & morph*: two avatars, a slider from one to the other, and the way as a loop."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

import gradio as gr

from nijigen.avatar import Avatar
from nijigen.edit.point import PARTS
from nijigen.engine.editing import Editable
from nijigen.errors import NijigenError
from nijigen.images.sheet import Pixels
from nijigen.serve.api.avatars_in import check_certificate
from nijigen.serve.studio.blending import KINDS, LARGEST_LOOP, LENGTHS, STOPS, Pair, encode_loop
from nijigen.serve.studio.grid import keep
from nijigen.serve.studio.pieces import piece, told_by
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Item, Studio, ToldError

SLOTS = ("one", "other")
AT_ONCE = 7  # stops are shown after so many more: each showing sends all of them
NOBODY: dict[str, Any] = {"one": None, "other": None, "stops": [], "busy": False}
Steps = AsyncGenerator[Any, None]  # what a handler shows, one after the other
NO_LOOP: dict[str, Any] = {"files": [], "shown": None}


def build_mixing(studio: Studio) -> None:
    """The pair and the slider on the left, what to take and the loop on the right; on a phone below."""
    with gr.Row(elem_classes=["nj-layout", "nj-mixing"]):
        with gr.Column(scale=1, elem_classes=["nj-stagehand", "nj-panel"]):
            blend = piece("blend", NOBODY, ("act",), elem_id="nj-blend")
            studio.say(blend, words=("mix", "upload"))
        with gr.Column(scale=0, min_width=340, elem_classes=["nj-side", "nj-panel"]):
            part = gr.Radio(["all"], value="all", visible=False, elem_id="nj-part")
            studio.say(part, label="mix.part", info="mix.part_hint")
            length = gr.Radio(list(LENGTHS), value=LENGTHS[1], elem_id="nj-length")
            studio.say(length, label="mix.length", info="mix.length_hint")
            kind = gr.Radio([(kind.upper() if kind == "gif" else "WebP", kind) for kind in KINDS], value="webp",
                            elem_id="nj-kind")  # fmt: skip
            studio.say(kind, label="mix.kind", info="mix.kind_hint")
            make = gr.Button(variant="primary", elem_id="nj-loop", interactive=False)
            studio.say(make, value="mix.make")
            loop = piece("files", NO_LOOP, elem_id="nj-loops")
            studio.say(loop, words=("mix",))
    _wire(studio, blend, part, length, kind, make, loop)


def _wire(studio: Studio, blend: gr.HTML, part: Any, length: Any, kind: Any, make: Any, loop: gr.HTML) -> None:
    async def fill(language: Any, pair: dict[str, Any], layers: Any, request: gr.Request) -> Steps:
        """The pair as it is now, then its stops as they are made."""
        yield [pair, gr.skip(), gr.update(interactive=False), NO_LOOP]
        if not (pair["one"] and pair["other"]):
            return
        both = await two(studio, language, pair)
        known = layers if layers in both.parts else "all"
        choices = [(word(language, f"mix.{name}"), name) for name in both.parts]
        parts = gr.update(choices=choices, value=known, visible=len(choices) > 1)
        stops: list[Item | None] = [None] * STOPS
        yield [pair | {"stops": stops, "busy": True}, parts, gr.skip(), gr.skip()]
        steps = studio.workshop.stream(studio.client(request), lambda: both.stops(known))
        async with aclosing(steps):
            made = 0
            async for number, avatar in steps:
                stops[number] = studio.item(avatar, language)
                made += 1
                if made % AT_ONCE == 0 and made < STOPS:
                    yield [pair | {"stops": list(stops), "busy": True}, gr.skip(), gr.skip(), gr.skip()]
        yield [pair | {"stops": stops, "busy": False}, gr.skip(), gr.update(interactive=True), gr.skip()]

    async def act(language: Any, shown: Any, layers: Any, event: gr.EventData, request: gr.Request) -> Steps:
        told = told_by(event)
        pair = known_pair(studio, shown)
        slot = SLOTS[1] if told.get("slot") == SLOTS[1] else SLOTS[0]
        if told.get("action") == "swap":
            pair |= {"one": pair["other"], "other": pair["one"]}
        elif told.get("action") == "open":
            pair[slot] = await opened(studio, language, told.get("upload"))
        elif told.get("action") == "random":
            for place in SLOTS if told.get("slot") == "both" else (slot,):
                beside = pair[SLOTS[place == SLOTS[0]]]
                pair[place] = await somebody(studio, language, beside, studio.client(request))
        else:
            yield gr.skip()  # a generator that yields nothing would empty its outputs
            return
        async with aclosing(fill(language, pair, layers, request)) as steps:
            async for step in steps:
                yield step

    async def take(language: Any, shown: Any, event: gr.EventData) -> Any:
        told = told_by(event)
        if told.get("action") == "favourite":
            await keep(studio, language, told.get("id"))
        if told.get("action") != "refine":
            return gr.skip()
        item = studio.item(studio.avatar(told.get("id")), language)
        return [item, gr.Tabs(selected="refine")]

    async def receive(language: Any, item: Any, shown: Any, layers: Any, request: gr.Request) -> Steps:
        if not isinstance(item, dict):
            yield gr.skip()
            return
        pair = known_pair(studio, shown)
        slot = next((name for name in SLOTS if not pair[name]), SLOTS[1])
        avatar = studio.avatar(item.get("id"))
        model_of(studio, language, avatar)
        pair[slot] = studio.item(avatar, language, studio.bytes_of(item["id"]))
        async with aclosing(fill(language, pair, layers, request)) as steps:
            async for step in steps:
                yield step

    async def again(language: Any, shown: Any, layers: Any, request: gr.Request) -> Steps:
        async with aclosing(fill(language, known_pair(studio, shown), layers, request)) as steps:
            async for step in steps:
                yield step

    async def make_loop(language: Any, shown: Any, count: Any, form: Any, request: gr.Request) -> Steps:
        pair = known_pair(studio, shown)
        if not (pair["one"] and pair["other"]):
            raise ToldError(word(language, "mix.nobody"))
        both, frames = await two(studio, language, pair), count if count in LENGTHS else LENGTHS[0]
        chosen = form if form in KINDS else "webp"
        drawn: list[Pixels] = []
        steps = studio.workshop.stream(studio.client(request), lambda: both.frames(frames))
        ready = [gr.update(interactive=True, value=word(language, "mix.make")), gr.skip()]
        yield [gr.update(interactive=False, value=word(language, "mix.making_loop", percent=0)), NO_LOOP]
        try:
            async with aclosing(steps):
                async for frame in steps:
                    drawn.append(frame)
                    if len(drawn) % 8 == 0:
                        percent = round(90 * len(drawn) / (2 * frames))
                        yield [gr.update(value=word(language, "mix.making_loop", percent=percent)), gr.skip()]
            data = await asyncio.to_thread(encode_loop, drawn, chosen)
            yield [gr.skip(), loop_of(studio, data, chosen, drawn[0].shape[0])]
        except Exception:  # not finally: who has left is sent nothing more
            yield ready
            raise
        yield ready

    async def tell(language: Any, shown: Any, layers: Any) -> Any:
        pair = known_pair(studio, shown)
        stops = shown.get("stops") if isinstance(shown, dict) else None
        spoken = [studio.retold(item, language) if isinstance(item, dict) else None for item in stops or []]
        named = {name: studio.retold(pair[name], language) if pair[name] else None for name in SLOTS}
        choices = [(word(language, f"mix.{name}"), name) for name in ("all", *PARTS)]
        if named["one"] and named["other"]:
            both = await two(studio, language, pair)
            choices = [choice for choice in choices if choice[1] in both.parts]
        return [{**NOBODY, **named, "stops": spoken}, gr.update(choices=choices)]

    filled = [blend, part, make, loop]
    studio.on(blend.act, act, [blend, part], filled)
    studio.on(blend.act, take, [blend], [studio.inbox["refine"], studio.tabs])
    studio.on(studio.inbox["mix"].change, receive, [studio.inbox["mix"], blend, part], filled)
    studio.on(part.input, again, [blend, part], filled, trigger_mode="always_last")
    studio.on(make.click, make_loop, [blend, length, kind], [make, loop])
    studio.on_language(tell, [blend, part], [blend, part])


def known_pair(studio: Studio, shown: Any) -> dict[str, Any]:
    """The two of a value that a browser sent, as far as they are still here."""
    pair = dict(NOBODY)
    for name in SLOTS:
        item = shown.get(name) if isinstance(shown, dict) else None
        if isinstance(item, dict):
            with suppress(NijigenError):
                studio.bytes_of(item.get("id"))
                pair[name] = item
    return pair


def model_of(studio: Studio, language: Any, avatar: Avatar) -> str:
    """The name of the model that made an avatar, of those that run here.

    Raises:
        ToldError: it is the illustrator's, or of another model.
    """
    digest = avatar.certificate.get("digest")
    try:
        if avatar.certificate.get("kind") != "model":
            raise NijigenError("the illustrator has no latent space")
        name: str = studio.workshop.shelf.of_digest(digest)
    except NijigenError:
        raise ToldError(word(language, "mix.not_mixable")) from None
    return name


async def two(studio: Studio, language: Any, pair: dict[str, Any]) -> Pair:
    """The pair, with the model of both.

    Raises:
        ToldError: one of them is of no model here, or they are of two models.
        GoneError: one of them is kept no longer.
        NijigenError: one of them would take more work than an avatar may.
    """
    avatars = [studio.avatar(pair[name]["id"]) for name in SLOTS]
    for avatar in avatars:
        check_certificate(avatar.certificate)  # they may come from files that a visitor opened
    models = [await studio.workshop.model(model_of(studio, language, avatar)) for avatar in avatars]
    if models[0].digest != models[1].digest:
        raise ToldError(word(language, "mix.two_models"))
    return Pair(*(Editable(avatar, model) for avatar, model in zip(avatars, models, strict=True)))


async def opened(studio: Studio, language: Any, upload: Any) -> Item:
    """An avatar's own file, from a visitor, as an item.

    Raises:
        ToldError: it is no avatar's file, or of no model here.
    """
    data = studio.bytes_of(upload)
    try:
        avatar = await asyncio.to_thread(Avatar.read, data, "the file", studio.settings.limits.pixels)
    except NijigenError:
        raise ToldError(word(language, "mix.no_avatar")) from None
    model_of(studio, language, avatar)
    return studio.item(avatar, language, data)


async def somebody(studio: Studio, language: Any, beside: Any, client: str) -> Item:
    """Anybody: of the model of who stands on the other side, else of the default."""
    name = model_of(studio, language, studio.avatar(beside["id"])) if beside else None
    made = studio.workshop.generate(client, model=name, count=1, seed=secrets.randbelow(1_000_000))
    async with aclosing(made):
        async for avatar in made:
            return studio.item(avatar, language)
    raise NijigenError("nothing was made: try again")


def loop_of(studio: Studio, data: bytes, kind: str, side: int) -> dict[str, Any]:
    """What the page shows of a loop."""
    name = f"morph.{kind}"
    url = studio.file(data, KINDS[kind], name)
    large = side * max(1, LARGEST_LOOP // side)
    return {"files": [{"url": url, "file": name, "word": f"download_{kind}"}],
            "shown": {"url": url, "word": "loop_alt", "width": large, "height": large}}  # fmt: skip
