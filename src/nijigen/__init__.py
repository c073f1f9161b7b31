"""nijigen (二次元): anime avatars, drawn, learned from pictures, steered and redone.

The public face. Everything is imported on first use, so ``import nijigen`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nijigen.avatar import Avatar, Avatars
    from nijigen.avatarizing.making import avatarize
    from nijigen.data import Dataset, prepare
    from nijigen.engine.model import Model, load
    from nijigen.engine.recreate import recreate
    from nijigen.errors import NijigenError
    from nijigen.illustrator.drawing import draw
    from nijigen.provenance.verifying import verify
    from nijigen.schema import Attribute, AttributeSchema
    from nijigen.style.brush import open_brush
    from nijigen.training.start import train
    from nijigen.translate.stylizer import stylize
    from nijigen.understanding import understand

__version__ = "0.1.0"

_HOMES = {
    "Attribute": "nijigen.schema",
    "AttributeSchema": "nijigen.schema",
    "Avatar": "nijigen.avatar",
    "Avatars": "nijigen.avatar",
    "Dataset": "nijigen.data",
    "Model": "nijigen.engine.model",
    "NijigenError": "nijigen.errors",
    "avatarize": "nijigen.avatarizing.making",
    "draw": "nijigen.illustrator.drawing",
    "load": "nijigen.engine.model",
    "open_brush": "nijigen.style.brush",
    "prepare": "nijigen.data",
    "recreate": "nijigen.engine.recreate",
    "stylize": "nijigen.translate.stylizer",
    "train": "nijigen.training.start",
    "understand": "nijigen.understanding",
    "verify": "nijigen.provenance.verifying",
}

__all__ = [
    "Attribute",
    "AttributeSchema",
    "Avatar",
    "Avatars",
    "Dataset",
    "Model",
    "NijigenError",
    "avatarize",
    "draw",
    "load",
    "open_brush",
    "prepare",
    "recreate",
    "stylize",
    "train",
    "understand",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nijigen' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
