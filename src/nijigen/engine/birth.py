"""What the birth certificate of a model's avatar says: where it stood, and what was done to it since."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nijigen.edit.point import Space
from nijigen.edit.source import noise_of
from nijigen.edit.steps import follow
from nijigen.engine.look import Look
from nijigen.errors import NijigenError
from nijigen.images.convert import to_pixels
from nijigen.images.sheet import Pixels
from nijigen.models.contract import Generator
from nijigen.schema import AttributeSchema, Labels


@dataclass(frozen=True)
class Birth:
    """An avatar as it was made, at place ``index`` of a batch of ``size``, from ``noise`` ``[z_dim]`` and its words."""

    size: int
    index: int
    noise: Tensor
    labels: Labels
    look: Look


def read_birth(certificate: Mapping[str, Any], generator: Generator, schema: AttributeSchema) -> Birth:
    """How an avatar without edits was made.

    Raises:
        NijigenError: the certificate is incomplete or holds values that fit no such model.
    """
    try:
        size, index = int(certificate["batch"]), int(certificate["index"])
        labels = schema.normalize(certificate["attributes"])
        noise, look = noise_of(certificate, generator), Look.from_facts(certificate)
        if not 0 <= index < size <= 4096:
            raise ValueError("batch and index do not fit")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NijigenError(f"the birth certificate is damaged: {error}") from None
    look.check(generator)
    return Birth(size, index, noise, labels, look)


def write_birth(
    facts: Mapping[str, Any], size: int, index: int, seed: int, labels: Labels, noise: Tensor | None, look: Look
) -> dict[str, Any]:
    """The certificate of an avatar without edits, as :func:`read_birth` reads it.

    Args:
        facts: model, digest, and what decides the last digits.
        noise: ``[z_dim]`` where it is no seed's.
    """
    certificate: dict[str, Any] = {
        "kind": "model",
        **facts,
        "batch": size,
        "index": index,
        "seed": seed,
        "attributes": labels,
        **look.facts(),
        "edits": [],
    }
    if noise is not None:
        certificate["z"] = base64.b64encode(noise.contiguous().numpy().tobytes()).decode()
    return certificate


@torch.no_grad()
def draw_edited(certificate: Mapping[str, Any], generator: Generator, schema: AttributeSchema) -> tuple[Pixels, Labels]:
    """Pixels ``[H, W, C]`` and words at the end of a certificate's edits. Each is made alone, not in a batch.

    Raises:
        NijigenError: a damaged certificate, or a step that this model cannot take.
    """
    look = Look.from_facts(certificate)
    look.check(generator)
    space = Space(generator, schema, look.truncation)
    point = follow(certificate, space)
    images = look.synthesize(generator, space.place(point)[None], point.maps)
    pixels: Pixels = to_pixels(images, generator.shape.resolution)[0]
    return pixels, point.labels
