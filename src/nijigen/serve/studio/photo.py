"""The tab *Photo*: a photograph becomes a drawing, or avatars of somebody who looks like that, as far as words go."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Literal

import gradio as gr

from nijigen.avatarizing.wishes import NEVER
from nijigen.images.decode import PictureError
from nijigen.serve.photos import unless
from nijigen.serve.studio.grid import wire_gallery
from nijigen.serve.studio.making import throw_dice
from nijigen.serve.studio.photographs import NoFaceError, as_png, avatars_of, draw_photo, open_photo, preview, ways
from nijigen.serve.studio.pieces import compare, gallery, piece, told_by
from nijigen.serve.studio.readings import Read, readings_html
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Item, Studio, ToldError
from nijigen.style.pictures import fitted
from nijigen.translate.styles import styles_here
from nijigen.translate.stylizer import Settings
from nijigen.translate.tiling import steps

ILLUSTRATOR = "illustrator"
SIZES = (256, 384, 512, 768, 1024)
USUAL_SIZE = 512
MOST = 12
EVERY = 0.4  # seconds from one word on how far it is to the next
NO_PHOTO: dict[str, Any] = {"photo": None}
NO_DRAWING: dict[str, Any] = {"now": None, "before": None}
NO_GRID: dict[str, Any] = {"items": [], "total": 0, "busy": False}
WEBP = "image/webp"
# On a phone what came of it is below everything else.
TO_RESULT = (
    "() => { if (innerWidth < 900) document.querySelector('.nj-photographing .nj-stagehand')"
    "?.scrollIntoView({ behavior: 'smooth' }) }"
)
HIDDEN: Literal["hidden"] = "hidden"  # but there: Gradio forgets what it told a piece that is not


def build_photo(studio: Studio) -> None:
    """The photograph and what to do with it on the left, what came of it on the right."""
    known = ways()
    with gr.Row(elem_classes=["nj-layout", "nj-photographing"]):
        with gr.Column(scale=0, min_width=340, elem_classes=["nj-side", "nj-panel"]):
            photo = piece("photo", NO_PHOTO, ("act",), elem_id="nj-photo-file", visible=bool(known))
            studio.say(photo, words=("photo", "upload"))
            if "drawing" not in known:
                studio.say(gr.HTML("", elem_classes=["nj-note"]), value="photo.no_style")
            if "avatar" not in known:
                studio.say(gr.HTML("", elem_classes=["nj-note"]), value="photo.no_faces")
            way = gr.Radio([(name, name) for name in known], value=known[0] if known else None,
                           visible=len(known) > 1, elem_id="nj-way")  # fmt: skip
            studio.say(way, label="photo.way", info="photo.way_hint")
            with gr.Column(visible=known[:1] == ("avatar",), elem_classes=["nj-choices"]) as reading:
                artist, gender, count = _avatar_controls(studio)
            with gr.Column(visible=known[:1] == ("drawing",), elem_classes=["nj-choices"]) as drawing:
                style, size, strength, faces = _drawing_controls(studio, "avatar" in known)
            make = gr.Button(variant="primary", visible=bool(known), interactive=False, elem_id="nj-photo-make")
            studio.say(make, value="photo.make")
        with gr.Column(scale=1, elem_classes=["nj-stagehand"]):
            hint = gr.HTML("", elem_classes=["nj-hollow"], visible=bool(known))
            studio.say(hint, value="photo.empty")
            read = gr.HTML("", elem_classes=["nj-panel", "nj-read"], visible=False)
            grid = gallery(visible=HIDDEN, elem_id="nj-photo-grid")
            studio.say(grid, words=("gallery",))
            with gr.Column(elem_classes=["nj-panel", "nj-result"]):
                drawn = compare((), elem_id="nj-photo-drawn")
                studio.say(drawn, words=("compare", "gallery"))
    told = gr.State(None)
    settings = [way, artist, gender, count, style, size, strength, faces]
    _wire(studio, photo, settings, make, (reading, drawing), [hint, read, grid, drawn, told])
    wire_gallery(studio, grid)


def _avatar_controls(studio: Studio) -> tuple[Any, Any, Any]:
    names = [*studio.workshop.names]
    artist = gr.Dropdown([(ILLUSTRATOR, ILLUSTRATOR), *((name, name) for name in names)], value=ILLUSTRATOR,
                         elem_id="nj-photo-artist")  # fmt: skip
    studio.say(artist, label="photo.artist", info="photo.artist_hint")
    gender = gr.Radio([("", "")], value="", elem_id="nj-photo-gender")
    studio.say(gender, label="photo.gender", info="photo.gender_hint")
    count = gr.Slider(1, MOST, 6, step=1, elem_id="nj-photo-count")
    studio.say(count, label="create.count", info="create.count_hint")
    return artist, gender, count


def _drawing_controls(studio: Studio, finds: bool) -> tuple[Any, Any, Any, Any]:
    styles = styles_here()
    style = gr.Dropdown(styles, value=styles[0] if styles else None, visible=len(styles) > 1, elem_id="nj-photo-style")
    studio.say(style, label="photo.style", info="photo.style_hint")
    sizes = [side for side in SIZES if side <= studio.settings.limits.side]
    size = gr.Dropdown(sizes, value=min(USUAL_SIZE, sizes[-1]), elem_id="nj-photo-size")
    studio.say(size, label="photo.size", info="photo.size_hint")
    strength = gr.Slider(0.1, 1, 1, step=0.05, elem_id="nj-photo-strength")
    studio.say(strength, label="photo.strength", info="photo.strength_hint")
    faces = gr.Checkbox(finds, visible=finds, elem_id="nj-photo-faces")
    studio.say(faces, label="photo.faces", info="photo.faces_hint")
    return style, size, strength, faces


def _wire(studio: Studio, photo: gr.HTML, settings: list[Any], make: Any, groups: tuple[Any, Any],
          outputs: list[Any]) -> None:  # fmt: skip
    way, artist, gender = settings[:3]
    told = outputs[-1]
    nothing = [gr.update(visible=True), gr.update(visible=False, value=""), gr.update(visible=HIDDEN, value=NO_GRID),
               NO_DRAWING, None]  # fmt: skip

    async def take(language: Any, before: Any, read: Read | None, event: gr.EventData) -> Any:
        heard = told_by(event)
        if heard.get("action") != "open":
            forget(studio, before, read)
            return [NO_PHOTO, gr.update(interactive=False), *nothing]
        data = studio.bytes_of(heard.get("upload"))
        try:
            image = await asyncio.to_thread(open_photo, data, studio.settings.limits.pixels)
        except PictureError as error:
            raise ToldError(word(language, f"photo.{error.reason}")) from None
        shown = await asyncio.to_thread(preview, image)
        scale = fitted(image.size, min(max(image.size), 768))
        item = {"id": heard["upload"], "url": studio.file(shown, WEBP, "photo.webp"), "width": scale[0],
                "height": scale[1]}  # fmt: skip
        return [{"photo": item}, gr.update(interactive=True), *nothing]

    async def work(language: Any, value: Any, chosen: Any, by: Any, whom: Any, count: Any, style: Any, size: Any,
                   strength: Any, faces: Any, request: gr.Request) -> AsyncIterator[Any]:  # fmt: skip
        now = value.get("photo") if isinstance(value, dict) else None
        if not isinstance(now, dict):
            raise ToldError(word(language, "photo.none"))
        image = await asyncio.to_thread(open_photo, studio.bytes_of(now.get("id")), studio.settings.limits.pixels)
        do, asked = (_draw, (style, size, strength, faces)) if chosen == "drawing" else (_read, (by, whom, count))
        ready = [gr.update(interactive=True, value=word(language, "photo.make")), *[gr.skip()] * len(outputs)]
        try:
            async with aclosing(do(studio, language, image, now, asked, studio.client(request))) as steps_done:
                async for step in steps_done:
                    yield step
        except Exception as error:  # not finally: who has left is sent nothing more
            yield ready
            raise (ToldError(word(language, "photo.no_face")) if isinstance(error, NoFaceError) else error) from None
        yield ready

    async def choose(language: Any, chosen: Any) -> Any:
        return [gr.update(visible=chosen == "avatar"), gr.update(visible=chosen == "drawing")]

    async def rename(language: Any, chosen: Any, by: Any, whom: Any, before: Any) -> Any:
        schema = None if by == ILLUSTRATOR else (await studio.workshop.model(by)).schema
        known = schema is None or NEVER in schema
        ways_here = [(word(language, f"photo.{name}"), name) for name in ways()]
        artists = [
            (word(language, "photo.illustrator"), ILLUSTRATOR),
            *((name, name) for name in studio.workshop.names),
        ]
        choices = [(word(language, f"photo.gender_{name or 'open'}"), name) for name in ("", "girl", "boy")]
        lines = gr.skip() if before is None else readings_html(before, language)
        return [gr.update(choices=ways_here), gr.update(choices=artists),
                gr.update(choices=choices, visible=known), lines]  # fmt: skip

    worked = [make, *outputs]
    studio.on(photo.act, take, [photo, told], [photo, make, *outputs])
    studio.on(way.input, choose, [way], list(groups))
    finished = studio.on(make.click, work, [photo, *settings], worked)
    finished.then(None, None, None, js=TO_RESULT, show_progress="hidden", api_visibility="private")
    studio.on_language(rename, [way, artist, gender, told], [way, artist, gender, outputs[1]])
    studio.on(artist.input, rename, [way, artist, gender, told], [way, artist, gender, outputs[1]])


def forget(studio: Studio, value: Any, read: Read | None) -> None:
    """Take the photograph that a page shows, its small copy and the face in it out of the server's memory."""
    photo = value.get("photo") if isinstance(value, dict) else None
    known = [photo.get("id"), photo.get("url")] if isinstance(photo, dict) else []
    for name in [*known, *([] if read is None else [read.face])]:
        studio.shelf.drop(str(name).rpartition("/")[2])


async def _read(studio: Studio, language: Any, image: Any, now: Item, asked: tuple[Any, ...],
                client: str) -> AsyncGenerator[Any, None]:  # fmt: skip
    """Avatars, and what was read of the face."""
    by, whom, count = asked
    model = None if by == ILLUSTRATOR else await studio.workshop.model(by)
    wanted = {NEVER: whom} if whom and (model is None or NEVER in model.schema) else {}
    number, many = throw_dice(), min(max(int(count), 1), MOST)
    yield [gr.update(interactive=False, value=word(language, "photo.reading")), *[gr.skip()] * 5]
    work = studio.workshop.stream(client, lambda: avatars_of(image, model, wanted, many, number))
    async with aclosing(work):
        async for step in work:
            told = step
            yield [gr.skip()] * 6  # where nothing is told, nobody notices that who asked has left
    face = studio.file(await asyncio.to_thread(preview, told.face), WEBP, "face.webp")
    known: dict[str, Any] = {"actions": ["illustrator", "favourite"]} if model is None else {}
    items = [studio.item(avatar, language) | known for avatar in told.avatars]
    read = Read(told.readings, face, bool(told.notes), bool(wanted))
    yield [gr.skip(), gr.update(visible=False), gr.update(visible=True, value=readings_html(read, language)),
           gr.update(visible=True, value={"items": items, "total": many, "busy": False}), NO_DRAWING, read]  # fmt: skip


async def _draw(studio: Studio, language: Any, image: Any, now: Item, asked: tuple[Any, ...],
                client: str) -> AsyncGenerator[Any, None]:  # fmt: skip
    """The photograph drawn, beside itself."""
    style, size, strength, faces = asked
    longest = min(max(image.size), size if size in SIZES and size <= studio.settings.limits.side else USUAL_SIZE)
    wanted = Settings(float(strength), "paste" if faces else "whole", longest)
    total, done, stop = steps(fitted(image.size, longest)), [0], threading.Event()
    unless_left = unless(stop)

    def step() -> None:
        unless_left()
        done[0] += 1

    task = asyncio.ensure_future(studio.workshop.run(
        client, lambda: draw_photo(image, str(style), wanted, studio.settings.device, step)))  # fmt: skip
    try:
        while not (await asyncio.wait({task}, timeout=EVERY))[0]:
            said = word(language, "photo.drawing_now", percent=round(95 * min(done[0] / total, 1)))
            yield [gr.update(interactive=False, value=said), *[gr.skip()] * 5]
    finally:
        stop.set()
        task.cancel()
    made = task.result()
    data = await asyncio.to_thread(as_png, made)
    url = studio.file(data, "image/png", "drawn.png")
    item = {"url": url, "file": "drawn.png", "alt": word(language, "photo.drawn"), "width": made.width,
            "height": made.height}  # fmt: skip
    before = {**now, "alt": word(language, "photo.yours"), "file": ""}
    yield [gr.skip(), gr.update(visible=False), gr.update(visible=False), gr.update(visible=HIDDEN),
           {"now": item, "before": before}, None]  # fmt: skip
