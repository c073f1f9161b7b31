"""A labeler on disk: one ``.safetensors`` file with its card in the header, like a model's. Never a pickle.

Weights of convolutions and layers are stored as float16, which halves the file and changes no answer that was not a
toss-up; what is small, and what the strangeness of pictures hinges on, stays float32.

labeler = load_labeler()
labeler.probabilities(pictures)["hair_color"]  # uint8 [N, 3, H, W] -> [N, values], rows sum to 1
"""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.features.labeler_network import FEATURES, SIZE, WIDTHS
from nijigen.features.labeler_network import Labeler as Labeler
from nijigen.files import write_bytes
from nijigen.schema import AttributeSchema

FORMAT = "nijigen labeler"
FORMAT_VERSION = 1
BUNDLED = "labeler.safetensors"
SMALL = 4_096  # numbers: tensors up to this size stay float32
MOST_BYTES = 64 * 2**20  # a labeler is small: a larger file is something else
NETWORK = {"size": SIZE, "widths": list(WIDTHS), "features": FEATURES}


def bundled_labeler() -> Path:
    """The labeler that comes with nijigen."""
    return Path(str(files("nijigen") / "pretrained" / BUNDLED))


def load_labeler(path: str | Path | None = None) -> Labeler:
    """A labeler in evaluation mode.

    Args:
        path: a file written by :func:`save_labeler`; None is the one that comes with nijigen.

    Raises:
        NijigenError: no such file, a damaged one, one that is no labeler, or one of a newer format.
    """
    return read_labeler(path)[0]


def read_labeler(path: str | Path | None = None) -> tuple[Labeler, dict[str, Any], str]:
    """The labeler of a file, its card, and the SHA-256 of the file as 64 hexadecimal digits.

    Raises:
        NijigenError: as :func:`load_labeler`.
    """
    file = bundled_labeler() if path is None else Path(path)
    tensors, header = _read(file)
    try:
        card = json.loads(header["nijigen"])
        if card["format"] != FORMAT:
            raise ValueError(f"it is a {card['format']}")
        version = int(card["format_version"])
    except (KeyError, ValueError, TypeError, RecursionError):
        raise NijigenError(f"{file} is no labeler: make one with nijigen train-labeler DATASET") from None
    if version > FORMAT_VERSION:
        raise NijigenError(f"{file} has labeler format {version}, newer than this nijigen knows: update nijigen")
    try:
        if card["network"] != NETWORK:
            raise ValueError(f"the network is {card['network']}")
        schema = AttributeSchema.from_json(card["schema"])
        if not schema.names or any(attribute.continuous for attribute in schema.attributes):
            raise ValueError("its schema does not fit a labeler")
        with torch.random.fork_rng(devices=[]):  # fresh weights are drawn and thrown away: not at the caller's cost
            labeler = Labeler(schema)
        labeler.load_state_dict({name: _as_used(value) for name, value in tensors.items()})
        if not all(bool(value.isfinite().all()) for value in labeler.state_dict().values()):
            raise ValueError("it holds numbers that are none")
    except (NijigenError, KeyError, ValueError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise NijigenError(f"{file} is damaged: its weights do not fit its card ({reason})") from None
    with open(file, "rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    placed: Labeler = labeler.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return placed.eval().requires_grad_(False), card, digest


def save_labeler(path: str | Path, labeler: Labeler, facts: dict[str, Any]) -> str:
    """Write a labeler, atomically; returns the SHA-256 of the file. ``facts`` go into its card.

    Raises:
        OSError: the file cannot be written.
    """
    card = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "network": NETWORK,
        "schema": labeler.schema.to_json(),
        **facts,
    }
    tensors = {name: _as_stored(name, value) for name, value in labeler.state_dict().items()}
    data = save(tensors, metadata={"nijigen": json.dumps(card, ensure_ascii=False)})
    write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    if not file.is_file():
        raise NijigenError(f"{file} is not there: give a labeler (.safetensors) made by nijigen train-labeler")
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES / 2**20:.0f} MB")
        with safe_open(file, framework="pt") as opened:
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            return tensors, dict(opened.metadata() or {})
    except (SafetensorError, OSError, ValueError) as error:
        raise NijigenError(f"{file} is damaged or no labeler: {' '.join(str(error).split())[:200]}") from None


def _as_stored(name: str, value: Tensor) -> Tensor:
    value = value.detach().cpu().contiguous()
    return value.half() if value.is_floating_point() and value.numel() > SMALL and name != "spread" else value


def _as_used(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value
