"""A sentence and the pickers together: what is understood is chosen, and can be seen and changed there."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nijigen.schema import AttributeSchema
from nijigen.understanding import understand


@dataclass(frozen=True)
class Said:
    """What the last sentence asked for: values that were chosen for it, and values that must not be drawn."""

    attributes: Mapping[str, Any] = field(default_factory=dict)
    avoid: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.attributes or self.avoid)


def take_sentence(
    text: str, schema: AttributeSchema, chosen: Mapping[str, Any], before: Said, language: str
) -> tuple[Said, dict[str, Any], str]:
    """What a sentence changes of what is chosen.

    What the sentence before it had chosen, and nobody changed since, goes with it.

    Returns:
        What it asked for, all that is chosen now, and what to tell the person as HTML (every word of theirs escaped).
    """
    own = {name: value for name, value in chosen.items() if before.attributes.get(name) != value}
    if not text.strip():
        return Said(), own, ""
    understood = understand(text, schema)
    now = Said(dict(understood.attributes), dict(understood.avoid))
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in understood.lines(language))
    return now, {**own, **understood.attributes}, f"<ul>{lines}</ul>" if lines else ""
