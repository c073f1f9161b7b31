"""Settings set again: from an avatar's certificate into the controls that make it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from nijigen.avatar import Certificate
from nijigen.serve.shelf import Shelf, UnknownModelError
from nijigen.serve.studio.making import truncates
from nijigen.serve.studio.rows import picker_rows
from nijigen.serve.studio.saying import Said
from nijigen.serve.studio.speech import word
from nijigen.serve.studio.studio import Item, Studio, ToldError, same_words

CREATE = ("model", "picker", "variety", "sentence", "heard", "seed", "lock", "said")


@dataclass(frozen=True)
class Settings:
    """Where an avatar can be made again, and what Create has to be set to.

    Attributes:
        tab: ``create``; ``illustrator``, which sets itself; ``refine`` for one that no settings make.
        truncation: 1 is none.
        changed: steps of editing came after, which no settings have.
    """

    tab: str
    model: str = ""
    seed: str = "0"
    attributes: Mapping[str, Any] | None = None
    truncation: float = 1.0
    changed: bool = False


def settings_of(certificate: Certificate, served: Shelf) -> Settings | None:
    """What a certificate says of how its avatar was made; None: it is of a kind that no tab makes.

    Raises:
        UnknownModelError: its model is not served here.
    """
    if certificate.get("kind") == "illustration":
        return Settings("illustrator")
    if certificate.get("kind") != "model":
        return None
    name, seed = served.of_digest(certificate.get("digest")), certificate.get("seed")
    if type(seed) is not int or "z" in certificate:  # bred, projected: noise of its own
        return Settings("refine")
    words = certificate.get("attributes")
    share = certificate.get("truncation")
    truncation = float(share) if isinstance(share, int | float) else 1.0
    given = words if isinstance(words, dict) else {}
    return Settings("create", name, str(seed), given, truncation, bool(certificate.get("edits")))


def wire_restoring(studio: Studio) -> gr.State:
    """A state: whoever puts :func:`wish` of an avatar's item into it has that avatar's settings set, and it is made."""
    wanted, moved = gr.State(None), gr.State("")
    maker = studio.makers["create"]
    controls = [maker.controls[name] for name in CREATE]
    outputs = [*controls, moved, studio.inbox["illustrator"], studio.inbox["refine"], studio.tabs]

    async def restore(language: Any, wished: Any) -> Any:
        if not isinstance(wished, dict):
            return gr.skip()
        certificate = studio.avatar(wished.get("id")).certificate
        try:
            settings = settings_of(certificate, studio.workshop.shelf)
        except UnknownModelError:
            name = str(certificate.get("model") or "?")[:80]
            raise ToldError(word(language, "collection.other_model", model=name)) from None
        if settings is None:
            raise ToldError(word(language, "collection.unknown"))
        told = "parents" if settings.tab == "refine" else "changed" if settings.changed else "restored"
        studio.note(language, f"collection.{told}")
        create: list[Any] = [gr.skip() for _ in (*controls, moved)]
        if settings.tab == "create":
            create = [*await _controls(studio, settings, language), secrets.token_hex(4)]
        sent = [wished if settings.tab == name else gr.skip() for name in ("illustrator", "refine")]
        return [*create, *sent, gr.Tabs(selected=settings.tab)]

    studio.on(wanted.change, restore, [wanted], outputs)
    studio.on(moved.change, maker.make, maker.inputs, maker.outputs)
    return wanted


def wish(item: Item) -> Item:
    """What to put into the state; different each time, so that the same avatar can be asked for again."""
    return {**item, "asked": secrets.token_hex(4)}


async def _controls(studio: Studio, settings: Settings, language: Any) -> list[Any]:
    model = await studio.workshop.model(settings.model)
    rows, words = picker_rows(model.schema, language), same_words(model.schema, dict(settings.attributes or {}))
    found = {
        "model": settings.model,
        "picker": gr.update(rows=rows, value=words, visible=bool(rows)),
        "variety": gr.update(value=settings.truncation, visible=truncates(model)),
        "sentence": gr.update(value="", visible=bool(rows)),
        "heard": gr.update(value="", visible=False),
        "seed": settings.seed,
        "lock": True,  # with another seed it would be somebody else
        "said": Said(),
    }
    return [found[name] for name in CREATE]
