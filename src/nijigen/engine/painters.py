"""Painters that were trained here: a run, a model folder or a file → a network that paints, and the eyes it needs.

opened = open_painter("runs/adaattn-laptop-photos-faces", torch.device("cpu"))
seen = opened.seer.see(pictures, opened.painter.layers)  # [N, 3, H, W] in [-1, 1]
painted = opened.painter(seen, opened.seer.see(styles, opened.painter.layers))
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from nijigen.errors import NijigenError
from nijigen.features.seeing import Seer, open_seer
from nijigen.models.package import Card, read_stored
from nijigen.models.painter import Painter
from nijigen.models.translator import Translator
from nijigen.store import GENERATOR_FILE, find_model, remember


@dataclass(frozen=True)
class OpenedPainter:
    """A painter in evaluation mode, on a device, with the VGG19 that it learned with."""

    painter: Painter
    seer: Seer
    card: Card
    path: Path


def open_painter(
    name_or_path: str | Path, device: torch.device, tell: Callable[[str], None] | None = None
) -> OpenedPainter:
    """A painter by name, run folder, model folder or file.

    Args:
        tell: called with one line before a download.

    Raises:
        NijigenError: there is none, its file is damaged or from a newer nijigen, it is a model of another kind (the
            line names the verb for that), or its VGG19 is not here.
    """
    path = find_model(name_or_path)
    stored = read_stored(path / GENERATOR_FILE if path.is_dir() else path)
    painter = stored.network
    if not isinstance(painter, Painter):
        family = stored.card["family"]
        if isinstance(painter, Translator):
            what, use = "translates photos", f"nijigen stylize CONTENT OUT --style {path}"
        else:
            what, use = "makes avatars", f"nijigen generate --model {path}"
        raise NijigenError(f"--fast {name_or_path} {what} ({family}) and paints none like another: use {use}")
    said = stored.card.get("vgg19")
    digest = said.get("sha256") if isinstance(said, dict) else None
    seer = open_seer(painter.layers, device, digest, tell)
    remember(path)
    return OpenedPainter(painter.to(device), seer, {**stored.card, "digest": stored.digest}, path)
