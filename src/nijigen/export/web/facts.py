"""What a page has to know of a model beside its networks: words in three languages, colours, label rows, noise."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from torch import Tensor

from nijigen.edit.maps import injections
from nijigen.illustrator.palette import EYE, HAIR, SKIN
from nijigen.images.source import SourceType
from nijigen.images.xmp import write_xmp
from nijigen.models.contract import Generator
from nijigen.models.package import Package
from nijigen.schema import AttributeSchema
from nijigen.vocabulary import LANGUAGES, display

PALETTES = {"hair_color": HAIR, "eye_color": EYE, "skin_tone": SKIN}


def words_of(schema: AttributeSchema) -> dict[str, Any]:
    """Attribute → ``{en, zh, ja, values: {value: {en, zh, ja}}}``."""

    def each(attribute: str, value: str | None = None) -> dict[str, str]:
        return {language: display(attribute, value, language) for language in LANGUAGES}

    return {
        attribute.name: {
            **each(attribute.name),
            "values": {value: each(attribute.name, value) for value in attribute.values},
        }
        for attribute in schema.attributes
    }


def colours_of(schema: AttributeSchema) -> dict[str, dict[str, str]]:
    """Attribute → value → ``#rrggbb``, for attributes all of whose values are known colours."""
    found = {}
    for attribute in schema.attributes:
        known = {value: ramp.base for value, ramp in PALETTES.get(attribute.name, {}).items()}
        known |= _others().get(attribute.name, {})
        if attribute.values and all(value in known for value in attribute.values):
            found[attribute.name] = {value: known[value] for value in attribute.values}
    return found


def model_facts(package: Package, name: str, precision: str) -> dict[str, Any]:
    """What ``site.json`` says of the model itself."""
    generator, card = package.generator, package.card
    facts = {
        "name": name,
        "digest": package.digest,
        "resolution": generator.shape.resolution,
        "channels": generator.shape.channels,
        "z_dim": generator.z_dim,
        "layers": generator.layers,
        "precision": precision,
        "truncation": generator.has_mean_latent,
        "licence": card.get("licence"),
        "schema": package.schema.to_json(),
        "words": words_of(package.schema),
        "colours": colours_of(package.schema),
        "xmp": write_xmp(SourceType.TRAINED, {"kind": "model", "model": name, "digest": package.digest}).decode(),
    }
    return facts


def row_bytes(package: Package) -> bytes:
    """Label rows, float32 ``[M, width]``, row by row; empty where the model has no labels."""
    return _floats(package.label_rows) if package.schema.width else b""


def map_bytes(generator: Generator) -> bytes:
    """The maps of per-pixel noise as trained, one after the other, float32; empty where there is none."""
    return b"".join(_floats(injection.fixed) for injection in injections(generator))


def _floats(values: Tensor) -> bytes:
    return np.ascontiguousarray(values.detach().cpu().float().numpy(), "<f4").tobytes()


@cache
def _others() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("nijigen.export.web") / "colours.toml").read_text(encoding="utf-8"))
