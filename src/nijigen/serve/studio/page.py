"""The page: its frame, its tabs, and how it learns the language of who reads it."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from nijigen.serve.studio.collection import build_collection
from nijigen.serve.studio.create import build_create
from nijigen.serve.studio.illustrating import build_illustrating
from nijigen.serve.studio.mixing import build_mixing
from nijigen.serve.studio.photo import build_photo
from nijigen.serve.studio.pieces import piece
from nijigen.serve.studio.refine import build_refine
from nijigen.serve.studio.speech import PLAIN, everything, known_language, preferred
from nijigen.serve.studio.studio import INBOXES, Studio
from nijigen.vocabulary import LANGUAGES

Builder = Callable[[Studio], None]
# One line a tab, in the order of the page: its name in words/page.toml, and who builds it.
TABS: tuple[tuple[str, Builder], ...] = (
    ("create", build_create),
    ("refine", build_refine),
    ("mix", build_mixing),
    ("photo", build_photo),
    ("illustrator", build_illustrating),
    ("collection", build_collection),
)

REMEMBERED = "() => { try { return localStorage.getItem('nijigen-language') } catch { return null } }"


def build_page(studio: Studio) -> gr.Blocks:
    """The whole page. Every event is the page's own: nothing of it is offered as an API, which is at ``/api/v1``."""
    page: gr.Blocks
    with gr.Blocks(title="nijigen", analytics_enabled=False, fill_width=True, elem_id="nj-page") as page:
        studio.language = piece("header", PLAIN, spoken=everything(PLAIN), elem_id="nj-header")
        studio.inbox = {name: gr.State(None) for name in INBOXES}
        with gr.Tabs(elem_id="nj-main") as studio.tabs:
            for name, build in TABS:
                with gr.Tab("", id=name, elem_id=f"nj-{name}") as tab:
                    studio.say(tab, label=f"tab.{name}")
                    studio.tab_names.append(name)
                    studio.opened[name] = tab
                    build(studio)
        foot = gr.HTML("", elem_classes=["nj-foot"])
        studio.say(foot, value="page.private")
        _speak(studio, page)
    return page


def _speak(studio: Studio, page: gr.Blocks) -> None:
    """One event changes every word; nothing that was chosen or made is touched."""
    spoken = [studio.language, *studio.speech.components]

    def greet(remembered: Any, request: gr.Request) -> list[Any]:
        known = remembered if remembered in LANGUAGES else preferred(request.headers.get("accept-language"))
        return [gr.update(value=known, spoken=everything(known)), *studio.speech.updates(known)]

    def speak(language: Any) -> list[Any]:
        known = known_language(language)
        return [gr.update(spoken=everything(known)), *studio.speech.updates(known)]

    at_once: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    greeted = page.load(greet, studio.language, spoken, js=REMEMBERED, **at_once)
    heard = studio.language.input(speak, studio.language, spoken, **at_once)
    for handler, inputs, outputs in studio.listeners:
        studio.on(heard.then, handler, inputs, outputs)
    for handler, inputs, outputs in studio.starters:
        studio.on(greeted.then, handler, inputs, outputs)


# The first avatars are asked for before Gradio is there to ask for them.
HEAD = (
    '<script type="module" src="studio/static/first.js"></script>'
    + "".join(
        f'<link rel="modulepreload" href="studio/static/{name}.js">'
        for name in ("dom", "words", "piece", "header", "gallery")
    )
    + '<link rel="icon" href="studio/static/icon.svg" type="image/svg+xml">'
)
