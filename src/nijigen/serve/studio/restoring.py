"""Settings set again: from an avatar's certificate into the controls that make it."""

import secrets
from typing import Any

import gradio as gr

from nijigen.illustrator import SCHEMA
from nijigen.serve.shelf import UnknownModelError
from nijigen.serve.studio.keeping import Settings, settings_of
from nijigen.serve.studio.making import truncates
from nijigen.serve.studio.rows import picker_rows
from nijigen.serve.studio.saying import Said
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Item, Studio, ToldError, same_words

CREATE = ("model", "picker", "variety", "sentence", "heard", "seed", "lock", "said")
ILLUSTRATOR = ("picker", "seed", "size", "transparent", "said")


def wire_restoring(studio: Studio) -> gr.State:
    """A state: whoever puts :func:`wish` of an avatar's item into it has that avatar's settings set.

    Create and Illustrator then make it again; one that no settings make, because it came of others, goes to Refine.
    """
    wanted = gr.State(None)
    moved = {name: gr.State("") for name in ("create", "illustrator") if name in studio.makers}
    create = [studio.makers["create"].controls[name] for name in CREATE]
    drawing = [studio.makers["illustrator"].controls[name] for name in ILLUSTRATOR] if "illustrator" in moved else []
    outputs = [*create, *drawing, *moved.values(), studio.inbox["refine"], studio.tabs]

    async def restore(language: Any, wish: Any) -> Any:
        if not isinstance(wish, dict):
            return gr.skip()
        item: Item = wish["item"]
        certificate = studio.avatar(item.get("id")).certificate
        try:
            settings = settings_of(certificate, studio)
        except UnknownModelError:
            name = str(certificate.get("model") or "?")[:80]
            raise ToldError(word(language, "collection.other_model", model=name)) from None
        if settings is None or (settings.tab in ("create", "illustrator") and settings.tab not in moved):
            raise ToldError(word(language, "collection.unknown"))
        told = "collection.parents" if settings.tab == "refine" else "collection.restored"
        studio.note(language, told)
        made = await _create(studio, settings, language) if settings.tab == "create" else _skips(create)
        drawn = _illustrator(settings) if settings.tab == "illustrator" else _skips(drawing)
        again = [secrets.token_hex(4) if name == settings.tab else gr.skip() for name in moved]
        refined = item if settings.tab == "refine" else gr.skip()
        return [*made, *drawn, *again, refined, gr.Tabs(selected=settings.tab)]

    studio.on(wanted.change, restore, [wanted], outputs)
    for name, state in moved.items():
        maker = studio.makers[name]
        studio.on(state.change, maker.make, maker.inputs, maker.outputs)
    return wanted


def wish(item: Item) -> dict[str, Any]:
    """What to put into the state; different each time, so that the same avatar can be asked for again."""
    return {"item": item, "asked": secrets.token_hex(4)}


def _skips(controls: list[Any]) -> list[Any]:
    return [gr.skip() for _ in controls]


async def _create(studio: Studio, settings: Settings, language: Any) -> list[Any]:
    model = await studio.workshop.model(settings.model)
    rows, words = picker_rows(model.schema, language), same_words(model.schema, dict(settings.attributes))
    found = {
        "model": settings.model,
        "picker": gr.update(rows=rows, value=words, visible=bool(rows)),
        "variety": gr.update(value=settings.truncation, visible=truncates(model)),
        "sentence": gr.update(value="", visible=bool(rows)),
        "heard": gr.update(value="", visible=False),
        "seed": settings.seed,
        "lock": True,  # other avatars of these words would be somebody else
        "said": Said(),
    }
    return [found[name] for name in CREATE]


def _illustrator(settings: Settings) -> list[Any]:
    found = {
        "picker": gr.update(value=same_words(SCHEMA, dict(settings.attributes))),
        "seed": settings.seed,
        "size": settings.size,
        "transparent": settings.transparent,
        "said": Said(),
    }
    return [found[name] for name in ILLUSTRATOR]
