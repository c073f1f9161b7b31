"""Pieces of the page that Gradio has none of: components of its own, drawn by our JavaScript in ``static/``.

Their values are plain JSON, their words and rows properties that a handler may change: ``gr.update(value=…, words=…)``.
They are plain ``gr.HTML``: of a class of our own Gradio would write a stub file beside its source when it is imported.
"""

from typing import Any

import gradio as gr

START = (
    'import(new URL("studio/static/{module}.js", document.baseURI).href)'
    ".then((piece) => piece.mount(element, props, trigger, watch)); // {events}"
)

CHANGING = ("value", "words", "rows", "kept")
FIXED = "fixed_props"  # of a piece: those it was made with that nothing changes


def piece(module: str, value: Any = None, events: tuple[str, ...] = (), **props: Any) -> gr.HTML:
    """A component of ``static/MODULE.js``, which exports ``mount(element, props, trigger, watch)``.

    Args:
        module: the file, without ending.
        value: what it shows, JSON.
        events: what it may trigger besides ``input``: ``component.act(handler, …)`` listens to ``act``.
        props: what else it is told, and what every component of Gradio takes (``elem_id``, ``visible``).
    """
    listed = " ".join(f"'{event}'" for event in ("input", *events))
    made = gr.HTML(
        value,
        html_template='<div class="nj-root"></div>',
        js_on_load=START.format(module=module, events=listed),
        apply_default_css=False,
        elem_classes=[f"nj-piece-{module}", *props.pop("elem_classes", [])],
        **props,
    )
    setattr(made, FIXED, {name: told for name, told in made.props.items() if name not in CHANGING})
    return made


def change(component: gr.HTML, **props: Any) -> dict[str, Any]:
    """An update of a piece's properties.

    Of a piece in a tab that nobody opened yet Gradio keeps the last update alone, and forgets what it was made with: so
    what never changes goes along with every update.
    """
    update: dict[str, Any] = gr.update(**{**getattr(component, FIXED, {}), **props})
    return update


def gallery(actions: tuple[str, ...] = ("refine", "favourite", "mix"), **props: Any) -> gr.HTML:
    """A grid of avatars: ``{"items": [item, …], "total": n, "busy": bool}``.

    It triggers ``act`` with ``action`` and ``id``; with ``start`` also ``first``, when it has the page's first avatars.

    Args:
        actions: the first is what a click on the picture does; every tile can be downloaded besides.
    """
    shown = {"items": [], "total": 0, "busy": False}
    return piece("gallery", shown, ("act", "first"), actions=list(actions), kept=[], words={}, **props)


def pickers(free: bool = True, **props: Any) -> gr.HTML:
    """Attributes to choose: ``{attribute: value}``; ``free``: each may also be left to chance."""
    return piece("pickers", {}, any=free, rows=[], words={}, **props)


def compare(**props: Any) -> gr.HTML:
    """One avatar, large, and what it was before: ``{"now": item, "before": item | None}``; triggers ``act`` too."""
    return piece("compare", {"now": None, "before": None}, ("act",), actions=["favourite", "mix"], kept=[], words={},
                 **props)  # fmt: skip
