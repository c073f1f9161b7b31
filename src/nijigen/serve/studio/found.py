"""What the tab Collection shows of what was found."""

from typing import Any

import gradio as gr

from nijigen.collections.keeping import FAVOURITES
from nijigen.serve.studio.keeping import COLLECTION, Found, items
from nijigen.serve.studio.rows import Row, picker_rows
from nijigen.serve.studio.speech import word


def as_shown(found: Found, language: Any, words: Any = None) -> list[Any]:
    """What the controls show of what was found; ``words``: what the picker shows.

    The picker keeps what it shows where that was looked for: somebody may be choosing in it while the answer comes.
    """
    chosen = found.asked.chosen()
    kept: dict[str, Any] = {} if chosen == (words or {}) else {"value": chosen}
    rows = picker_rows(found.choices, language)
    if len(found.names) > 1:
        rows.insert(0, _which(found.names, language))
    shown = items(found.kept, language)
    if not found.everything:
        line = word(language, "collection.empty")
    elif not found.count:
        line = word(language, "collection.nothing")
    else:
        line = word(language, "collection.found", count=found.count, shown=len(shown))
    if missing := sum(kept.missing for kept in found.kept):
        line += " " + word(language, "collection.missing", count=missing)
    return [
        gr.update(rows=rows, visible=bool(rows), **kept),
        {"items": shown, "total": len(shown), "busy": False},
        line,
        gr.update(visible=found.count > len(shown)),
        {"any": bool(shown)},
    ]


def _which(names: list[tuple[str, int]], language: Any) -> Row:
    """A row to choose the collection by."""
    said = {FAVOURITES: word(language, "collection.favourites")}
    options = [{"value": name, "label": f"{said.get(name, name)} ({count})"} for name, count in names]
    return {"name": COLLECTION, "label": word(language, "collection.which"), "kind": "words", "options": options}
