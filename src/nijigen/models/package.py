"""A model on disk: a folder, or one ``.safetensors`` file. Never a pickle.

``generator.safetensors`` is complete by itself: the weights of the averaged generator, a sample of the label rows it
was trained on, and the card as JSON in the file's header. A folder has besides it ``card.json``, the same card for
people, and where training is to go on from the model, ``discriminator.safetensors``.

The digest names the pixels a model makes: it covers the weights, the architecture and the schema, but not the rest
of the card, so that a model may gain metrics or a licence and its avatars can still be redrawn.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.files import write_bytes, write_json
from nijigen.models.contract import Discriminator, Generator, Shape
from nijigen.models.painter import Painter
from nijigen.models.registry import find_family
from nijigen.models.translator import Translator
from nijigen.schema import AttributeSchema
from nijigen.store import GENERATOR_FILE

FORMAT_VERSION = 1
DISCRIMINATOR_FILE = "discriminator.safetensors"
CARD_FILE = "card.json"
LABEL_ROWS = "label_rows"  # the tensor beside the weights; 2,048 rows at most
MAX_LABEL_ROWS = 2_048
MAX_RESOLUTION = 2_048

Card = dict[str, Any]


@dataclass
class Package:
    """A model as read: the generator in evaluation mode, its card and its digest."""

    generator: Generator
    schema: AttributeSchema
    label_rows: Tensor  # [M, label_width], labels as they occurred together in training
    card: Card
    digest: str
    path: Path


def make_card(shape: Shape, family: str, options: dict[str, Any], schema: AttributeSchema, **facts: Any) -> Card:
    """The card of a model: what is needed to build it, and ``facts`` (name, licence, data set, metrics, …)."""
    return {
        "format_version": FORMAT_VERSION,
        "family": family,
        "resolution": shape.resolution,
        "channels": shape.channels,
        "network": options,
        "schema": schema.to_json(),
        **facts,
    }


def model_digest(tensors: dict[str, Tensor], card: Card) -> str:
    """SHA-256 over architecture, schema and every weight (name, type, shape, bytes), as 64 hexadecimal digits."""
    keys = ("family", "resolution", "channels", "network", "schema")
    digest = hashlib.sha256(json.dumps({key: card[key] for key in keys}, sort_keys=True).encode())
    for name in sorted(tensors):
        value = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name}|{value.dtype}|{tuple(value.shape)}|".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def spread(rows: Tensor, most: int) -> Tensor:
    """At most so many of some label rows, from all over them: their order may be that of a data set's classes."""
    return rows[:: max(1, -(-len(rows) // most))]


def write_weights(path: Path, tensors: dict[str, Tensor], header: dict[str, str]) -> None:
    """A ``.safetensors`` file, written atomically."""
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_bytes(path, save(plain, metadata=header))


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and header of a ``.safetensors`` file.

    Raises:
        NijigenError: the file is missing, or is damaged.
    """
    if not path.is_file():
        raise NijigenError(f"{path} does not exist")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise NijigenError(f"{path} is damaged or no safetensors file: {error}") from None


def save_model(
    folder: Path,
    generator: torch.nn.Module,
    card: Card,
    label_rows: Tensor,
    discriminator: torch.nn.Module | None = None,
) -> str:
    """Write a model folder; returns its digest. The generator's file comes last: it alone makes the model whole."""
    weights = dict(generator.state_dict())
    digest = model_digest(weights, card)
    card = {**card, "digest": digest}
    header = {"nijigen": json.dumps(card, ensure_ascii=False)}
    if discriminator is not None:
        write_weights(folder / DISCRIMINATOR_FILE, dict(discriminator.state_dict()), {"nijigen": digest})
    write_json(folder / CARD_FILE, card)
    rows = spread(label_rows, MAX_LABEL_ROWS).to(torch.float32)
    write_weights(folder / GENERATOR_FILE, {**weights, LABEL_ROWS: rows}, header)
    return digest


def save_single(file: Path, tensors: dict[str, Tensor], card: Card, label_rows: Tensor) -> str:
    """Write a model as one file, tensors in the precision they are given in; returns its digest."""
    digest = model_digest(tensors, card)
    header = {"nijigen": json.dumps({**card, "digest": digest}, ensure_ascii=False)}
    write_weights(file, {**tensors, LABEL_ROWS: label_rows}, header)
    return digest


@dataclass(frozen=True)
class Stored:
    """A model as it lies in its file: what its card says of it, and its tensors.

    Attributes:
        network: the network that the card describes, with the weights of the file, in evaluation mode.
        label_rows: ``[M, label_width]``, labels as they occurred together in training; None where the file has none.
    """

    network: torch.nn.Module
    schema: AttributeSchema
    label_rows: Tensor | None
    card: Card
    digest: str


def load_package(path: Path) -> Package:
    """Read a model folder or a single ``.safetensors`` file.

    Raises:
        NijigenError: no model there, a damaged file, a newer format, weights that do not fit the card, or a translator
            or painter, which make nothing without a picture.
    """
    file = path / GENERATOR_FILE if path.is_dir() else path
    stored = read_stored(file)
    if isinstance(stored.network, Translator):
        raise NijigenError(
            f"{path} is a translator ({stored.card['family']}): it makes pictures of other pictures; "
            f"use nijigen stylize PICTURES OUT --style {path}"
        )
    if isinstance(stored.network, Painter):
        raise NijigenError(
            f"{path} is a painter ({stored.card['family']}): it paints one picture like another; "
            f"use nijigen style CONTENT STYLE OUT --fast {path}"
        )
    assert isinstance(stored.network, Generator)
    schema, label_rows = stored.schema, stored.label_rows
    label_rows = torch.zeros(1, schema.width) if label_rows is None else label_rows.to(torch.float32)
    if label_rows.ndim != 2 or not len(label_rows) or label_rows.shape[1] != schema.width:
        raise NijigenError(f"{file} is damaged: its label rows do not fit its schema")
    return Package(stored.network, schema, label_rows, stored.card, stored.digest, path)


def read_stored(file: Path) -> Stored:
    """The network in a model's file, of whatever kind it is.

    Raises:
        NijigenError: no such file, a damaged one, a newer format, or weights that do not fit the card.
    """
    tensors, header = read_weights(file)
    try:
        card: Card = json.loads(header["nijigen"])
        version = int(card["format_version"])
    except (KeyError, ValueError, TypeError, RecursionError):
        raise NijigenError(f"{file} is not a nijigen model: it has no card in its header") from None
    if "family" not in card:  # a labeler is a file of the same kind
        raise NijigenError(f"{file} is a {card.get('format', 'file')}, no generator: give a model")
    if version > FORMAT_VERSION:
        raise NijigenError(f"{file} has model format {version}, newer than this nijigen knows: update nijigen")
    label_rows = tensors.pop(LABEL_ROWS, None)
    try:
        schema = AttributeSchema.from_json(card["schema"])
        shape = Shape(int(card["resolution"]), int(card["channels"]), schema.width)
        family = find_family(card["family"])
        options = family.options.model_validate(card["network"])
        if not 4 <= shape.resolution <= MAX_RESOLUTION or shape.channels not in (3, 4):
            raise ValueError(f"{shape.resolution} px, {shape.channels} channels")
        family.check(shape, options)
        with torch.random.fork_rng(devices=[]):  # fresh weights are drawn and thrown away: not at the caller's cost
            network = family.build(shape, options)["generator"]
        network.load_state_dict(tensors)
    except NijigenError as error:
        raise NijigenError(f"{file}: its card is damaged or from a newer nijigen ({error})") from None
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise NijigenError(f"{file}: the weights do not fit the card ({reason})") from None
    digest = model_digest(tensors, card)
    if card.get("digest") not in (None, digest):
        raise NijigenError(f"{file} is damaged: its weights do not have the digest its card names")
    return Stored(network.eval().requires_grad_(False), schema, label_rows, card, digest)


def read_discriminator(package: Package) -> dict[str, Tensor] | None:
    """The tensors of the discriminator beside a model's generator; None where none lies there.

    Raises:
        NijigenError: it is damaged, or belongs to another generator.
    """
    beside = package.path / DISCRIMINATOR_FILE
    if not (package.path.is_dir() and beside.is_file()):
        return None
    tensors, header = read_weights(beside)
    if header.get("nijigen") != package.digest:
        raise NijigenError(f"{beside} does not fit the generator beside it: it was saved with another generator")
    return tensors


def load_discriminator(package: Package) -> Discriminator:
    """The discriminator that was trained against a model's generator, in evaluation mode.

    Raises:
        NijigenError: none lies beside it, it is damaged, or it belongs to another generator.
    """
    tensors = read_discriminator(package)
    beside = package.path / DISCRIMINATOR_FILE
    if tensors is None:
        raise NijigenError(
            f"{package.path} has no discriminator beside its generator ({DISCRIMINATOR_FILE}): give the folder of a run"
        )
    family = find_family(package.card["family"])
    options = family.options.model_validate(package.card["network"])
    with torch.random.fork_rng(devices=[]):
        discriminator = family.build(package.generator.shape, options)["discriminator"]
    assert isinstance(discriminator, Discriminator)
    try:
        discriminator.load_state_dict(tensors)
    except RuntimeError as error:
        raise NijigenError(
            f"{beside}: the weights do not fit the card ({' '.join(str(error).split())[:200]})"
        ) from None
    return discriminator.eval().requires_grad_(False)
