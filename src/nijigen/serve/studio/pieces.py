"""Pieces of the page that Gradio has none of: components of its own, drawn by our JavaScript in ``static/``.

Their values are plain JSON, their rows a property that a handler may change: ``gr.update(value=…, rows=…)``. What never
changes is part of their script, and words come to all of them through the header: Gradio forgets the properties of a
component that is changed before it is first drawn, as everything in a tab that nobody opened yet is.

They are plain ``gr.HTML``: of a class of our own Gradio would write a stub file beside its source when it is imported.
"""

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

START = (
    'import(new URL("studio/static/piece.js", document.baseURI).href)'
    '.then((piece) => piece.begin("{module}", element, props, {told}, trigger, watch)); // {events}'
)


def piece(module: str, value: Any = None, events: tuple[str, ...] = (), **props: Any) -> gr.HTML:
    """A component of ``static/MODULE.js``, which exports ``mount(element, props, trigger, watch)``.

    Args:
        module: the file, without ending.
        value: what it shows, JSON.
        events: what it may trigger besides ``input``: ``component.act(handler, …)`` listens to ``act``.
        props: what else it is told, JSON, and what every component of Gradio takes (``elem_id``, ``visible``).
    """
    told = {name: props.pop(name) for name in list(props) if name not in OF_GRADIO}
    component = gr.HTML(
        value,
        html_template='<div class="nj-root"></div>',
        js_on_load="",
        apply_default_css=False,
        elem_classes=[f"nj-piece-{module}", *props.pop("elem_classes", [])],
        **props,
    )
    component.props |= {"module": module, "told": told, "events": ["input", *events]}
    speak(component, ())
    return component


def told_by(event: gr.EventData) -> dict[str, str]:
    """What a piece told with an event, texts alone, whatever a browser sent: ``trigger("act", { action, id })``."""
    told = event._data if isinstance(event._data, dict) else {}
    return {name: value for name, value in told.items() if isinstance(value, str)}


OF_GRADIO = ("visible", "elem_id", "elem_classes", "scale", "min_width", "render", "key")


def is_piece(component: Any) -> bool:
    """Whether a component is one of ours."""
    return isinstance(component, gr.HTML) and "module" in component.props


def speak(component: gr.HTML, parts: Sequence[str]) -> None:
    """Give a piece the words of some parts of the page, in whatever language it is."""
    props = component.props
    told = json.dumps({**props["told"], "parts": list(parts)})
    events = " ".join(f"'{event}'" for event in props["events"])
    script = START.replace("{module}", props["module"]).replace("{told}", told).replace("{events}", events)
    component.js_on_load = component.constructor_args["js_on_load"] = script


def gallery(actions: tuple[str, ...] = ("refine", "favourite", "mix"), **props: Any) -> gr.HTML:
    """A grid of avatars: ``{"items": [item, …], "total": n, "busy": bool}``.

    It triggers ``act`` with ``action`` and ``id``; with ``start`` also ``first``, when it has the page's first avatars.

    Args:
        actions: the first is what a click on the picture does; every tile can be downloaded besides.
    """
    shown = {"items": [], "total": 0, "busy": False}
    return piece("gallery", shown, ("act", "first"), actions=list(actions), kept=[], **props)


def pickers(free: bool = True, **props: Any) -> gr.HTML:
    """Attributes to choose: ``{attribute: value}``; ``free``: each may also be left to chance."""
    return piece("pickers", {}, any=free, rows=[], **props)


def compare(actions: tuple[str, ...] = ("favourite", "mix"), **props: Any) -> gr.HTML:
    """One avatar, large, and what it was before: ``{"now": item, "before": item | None}``; triggers ``act`` too.

    An item may have ``links`` to other files of itself: ``[{"url", "file", "word"}]``.
    """
    return piece("compare", {"now": None, "before": None}, ("act",), actions=list(actions), kept=[], **props)
