"""Which network draws: a published one, or one that was trained here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from nijigen.engine.translating import load_translator
from nijigen.errors import NijigenError, did_you_mean
from nijigen.machine import choose_device, give_freed_memory_back
from nijigen.models.package import Card
from nijigen.models.registry import families
from nijigen.models.translator import Translator
from nijigen.nn.winograd import with_winograd
from nijigen.store import named_models, read_card
from nijigen.translate.published import holds_published, read_published
from nijigen.weights import find_weights, known_weights, list_weights

PUBLISHED = ("cartoongan-hayao",)
DEFAULT = PUBLISHED[0]


@dataclass(frozen=True)
class Style:
    """A network that draws.

    Attributes:
        name: as it was asked for.
        digest: SHA-256 of the weights where the registry knows them; else what tells them apart by sizes and times.
    """

    name: str
    digest: str
    network: Translator


def styles_here() -> list[str]:
    """Names for :func:`open_style` of what is on this machine and whole: published ones, then translators trained here.

    Nothing is downloaded, and no weights of translators are read.
    """
    whole = {row.weights.name for row in list_weights(PUBLISHED) if row.path and not row.problem}
    translators = families("translator")
    trained = [name for name, path in named_models() if _family(path) in translators]
    return [*(name for name in PUBLISHED if name in whole), *trained]


def open_style(name: str = DEFAULT, device: str = "auto", tell: Callable[[str], None] | None = None) -> Style:
    """The network of that name, on a device.

    Args:
        name: ``cartoongan-hayao``; a folder with the arrays of another published CartoonGAN; or a translator that was
            trained here: its name, run, folder or file.
        device: see :func:`nijigen.machine.choose_device`.
        tell: called with one line before a download.

    Raises:
        NijigenError: no such style; its weights are missing or damaged; or what is there is no translator.
    """
    chosen = choose_device(device)
    if name in PUBLISHED:
        return Style(name, known_weights(name).sha256, _placed(read_published(find_weights(name, tell)), chosen))
    path = Path(name)
    if holds_published(path):
        return Style(name, _told_apart(path), _placed(read_published(path), chosen))
    network, card = _trained(name)
    return Style(name, str(card["digest"]), _placed(network, chosen))


def _trained(name: str) -> tuple[Translator, Card]:
    try:
        return load_translator(name)
    except NijigenError as error:
        near = did_you_mean(name, PUBLISHED)
        raise NijigenError(
            f"--style {name}{near} is no translator ({error}): use {', '.join(PUBLISHED)}, a translator trained here,"
            " or a folder with the arrays of a published CartoonGAN"
        ) from None


def _family(path: Path) -> str:
    """Of the card in a model's file; a damaged one has none."""
    try:
        return str(read_card(path).get("family"))
    except NijigenError:
        return ""


def _placed(network: Translator, device: torch.device) -> Translator:
    if device.type == "cpu":
        with_winograd(network)
        give_freed_memory_back()
    return network.to(device)  # in the plain layout: see nn/spatial_norm


def _told_apart(folder: Path) -> str:
    stats = [(path.name, path.stat()) for path in sorted(folder.glob("*.npy"))]
    return " ".join(f"{name}:{stat.st_size}:{stat.st_mtime_ns}" for name, stat in stats)
