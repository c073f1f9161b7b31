"""The point that a birth certificate describes, and the certificate's facts of a point."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nijigen.edit.point import Point, Space
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator


def pack_numbers(values: Tensor) -> dict[str, Any]:
    """Float32 numbers of any shape for a certificate."""
    plain = values.detach().cpu().to(torch.float32).contiguous()
    return {"shape": list(plain.shape), "float32": base64.b64encode(plain.numpy().tobytes()).decode()}


def unpack_numbers(packed: Any) -> Tensor:
    """What :func:`pack_numbers` packed.

    Raises:
        NijigenError: it is damaged, or holds what is no number.
    """
    try:
        flat = np.frombuffer(base64.b64decode(packed["float32"], validate=True), np.float32).copy()
        values = torch.from_numpy(flat).reshape([int(side) for side in packed["shape"]])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise NijigenError(f"numbers of an edit are damaged: {error}") from None
    if not bool(values.isfinite().all()):
        raise NijigenError("numbers of an edit are damaged: they are not finite")
    return values


def numbers_digest(values: Tensor) -> str:
    """SHA-256 of float32 numbers, as 64 hexadecimal digits."""
    return hashlib.sha256(values.detach().cpu().to(torch.float32).contiguous().numpy().tobytes()).hexdigest()


def facts_of(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """What of a certificate says where its avatar is: enough to be a parent of another one."""
    keys = ("seed", "z", "attributes", "born", "edits")
    return {key: certificate[key] for key in keys if key in certificate}


def origin_of(facts: Mapping[str, Any], space: Space) -> Point:
    """The point of seed (or noise) and words, before any edit.

    Raises:
        NijigenError: the facts are incomplete or fit no such model.
    """
    try:
        # An edited avatar's attributes are those it has now; what it was born with is kept beside them.
        labels = space.schema.normalize(facts["born"] if facts.get("edits") else facts["attributes"])
        noise = noise_of(facts, space.generator)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NijigenError(f"the birth certificate is damaged: {error}") from None
    return Point(noise, labels)


def noise_of(facts: Mapping[str, Any], generator: Generator) -> Tensor:
    """The noise ``[z_dim]`` that a certificate holds, or that its seed gives.

    Raises:
        KeyError, TypeError, ValueError, OverflowError: there is neither, or it fits no such model.
    """
    if "z" in facts:
        noise = torch.from_numpy(np.frombuffer(base64.b64decode(facts["z"]), np.float32).copy())
    else:
        noise = generator.noise([int(facts["seed"])])[0]
    if noise.shape != (generator.z_dim,):
        raise ValueError("the noise does not fit the model")
    return noise
