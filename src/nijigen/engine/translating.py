"""Translators that were trained here: a run, a model folder or a file → a network that redraws photos.

translator, card = load_translator("runs/cartoongan-laptop-photos-faces")
drawn = translator(torch.zeros(1, 3, 64, 64))  # [N, 3, H, W], RGB in [-1, 1]
"""

from pathlib import Path

from nijigen.errors import NijigenError
from nijigen.models.package import Card, read_stored
from nijigen.models.painter import Painter
from nijigen.models.translator import Translator
from nijigen.store import GENERATOR_FILE, find_model, remember


def load_translator(name_or_path: str | Path) -> tuple[Translator, Card]:
    """A translator by name, run folder, model folder or file: in evaluation mode, on the CPU; and its card.

    Raises:
        NijigenError: there is none, its file is damaged or from a newer nijigen, or it makes avatars or paints.
    """
    path = find_model(name_or_path)
    stored = read_stored(path / GENERATOR_FILE if path.is_dir() else path)
    if isinstance(stored.network, Painter):
        raise NijigenError(
            f"{path} paints one picture like another ({stored.card['family']}) and translates none by itself: use "
            f"nijigen style CONTENT STYLE OUT --fast {path}"
        )
    if not isinstance(stored.network, Translator):
        raise NijigenError(
            f"{path} makes avatars ({stored.card['family']}) and translates no pictures: use nijigen generate --model "
            f"{path}, or give a translator (see nijigen models)"
        )
    remember(path)
    return stored.network, {**stored.card, "digest": stored.digest}
