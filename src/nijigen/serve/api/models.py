"""Which models there are, and which words each understands."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from nijigen.schema import Attribute, AttributeSchema
from nijigen.serve.api.asking import AskedWorkshop
from nijigen.serve.problems import told
from nijigen.vocabulary import display

router = APIRouter(tags=["models"])


class ModelFacts(BaseModel):
    """A model, as its card tells of it."""

    name: str = Field(examples=["chibi"])
    default: bool
    digest: str = Field(description="Names its weights, architecture and words.")
    family: str = Field(examples=["r3gan"])
    resolution: int = Field(description="Pixels a side.", examples=[64])
    transparent: bool = Field(description="Whether its avatars have an alpha channel.")
    attributes: list[str] = Field(examples=[["hair_color", "expression"]])


class Models(BaseModel):
    """All models."""

    models: list[ModelFacts]


class Word(BaseModel):
    """A value in three languages."""

    value: str = Field(examples=["pink"])
    en: str = Field(examples=["pink"])
    zh: str = Field(examples=["粉色"])
    ja: str = Field(examples=["ピンク"])


class AttributeFacts(BaseModel):
    """An attribute: words to choose from, or a number in a range."""

    name: str = Field(examples=["hair_color"])
    en: str = Field(examples=["hair color"])
    zh: str = Field(examples=["发色"])
    ja: str = Field(examples=["髪色"])
    values: list[Word] = Field(description="Empty for a number.")
    range: tuple[float, float] | None = Field(None, description="Of a number: lowest and highest.")


class SchemaFacts(BaseModel):
    """All attributes of a model."""

    model: str = Field(examples=["chibi"])
    attributes: list[AttributeFacts]


@router.get("/models", summary="The models that can be asked for", response_model=Models)
async def models(workshop: AskedWorkshop) -> Models:
    return Models(
        models=[_facts(workshop.shelf.card(name), name, name == workshop.names[0]) for name in workshop.names]
    )


@router.get(
    "/models/{name}/schema", summary="The words that a model understands", response_model=SchemaFacts,
    responses=told(404, 422),
)  # fmt: skip
async def schema(name: str, workshop: AskedWorkshop) -> SchemaFacts:
    found = workshop.shelf.name(name)
    return schema_facts(found, AttributeSchema.from_json(workshop.shelf.card(found)["schema"]))


def schema_facts(name: str, schema: AttributeSchema) -> SchemaFacts:
    """All words of a schema, for JSON."""
    return SchemaFacts(model=name, attributes=[_attribute(attribute) for attribute in schema.attributes])


def _facts(card: dict[str, Any], name: str, default: bool) -> ModelFacts:
    return ModelFacts(
        name=name,
        default=default,
        digest=str(card.get("digest", "")),
        family=str(card.get("family", "")),
        resolution=int(card.get("resolution", 0)),
        transparent=card.get("channels") == 4,
        attributes=list(AttributeSchema.from_json(card["schema"]).names),
    )


def _attribute(attribute: Attribute) -> AttributeFacts:
    words = [
        Word(value=value, **{language: display(attribute.name, value, language) for language in ("en", "zh", "ja")})
        for value in attribute.values
    ]
    names = {language: display(attribute.name, None, language) for language in ("en", "zh", "ja")}
    return AttributeFacts(name=attribute.name, **names, values=words, range=attribute.range)
