"""What several requests are made of: seeds, words, numbers, each with bounds."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nijigen.seeds import SEED_LIMIT

LONGEST_SEED = 512
LONGEST_WORD = 100
LONGEST_TEXT = 2_000
MOST_WORDS = 64

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Word = Annotated[str, StringConstraints(max_length=LONGEST_WORD)]
Number = Annotated[float, Field(allow_inf_nan=False)]
SeedNumber = Annotated[int, Field(strict=True, ge=0, lt=SEED_LIMIT)]
SeedText = Annotated[str, StringConstraints(max_length=LONGEST_SEED)]
Seed = Annotated[
    SeedNumber | SeedText,
    Field(description="A number, or any text; a text is neither kept nor logged.", examples=[7, "alice"]),
]
ModelName = Annotated[Name | None, Field(description="By default the first of /models.", examples=["chibi"])]
Attributes = Annotated[
    dict[Word, Word | Number],
    Field(
        max_length=MOST_WORDS,
        description="Word: word, in English, 中文 or 日本語; a number where the attribute is one.",
        examples=[{"hair_color": "pink", "expression": "smile"}],
    ),
]
Avoid = Annotated[
    dict[Word, Annotated[list[Word], Field(max_length=MOST_WORDS)]],
    Field(
        max_length=MOST_WORDS,
        description="Values that must not be drawn for attributes that are not given.",
        examples=[{"accessory": ["glasses"]}],
    ),
]
Sentence = Annotated[
    str | None,
    Field(
        max_length=LONGEST_TEXT,
        description="Says it in words, in English, 中文 or 日本語; attributes win over it.",
        examples=["short pink hair, no glasses, winking"],
    ),
]
Truncation = Annotated[
    float | None,
    Field(
        ge=-2, le=2, allow_inf_nan=False, description="Toward the middle: 1 leaves it. For models with a mean latent."
    ),
]
Picture = Annotated[Literal["png", "webp"], Field(description="What the pictures are written as; both are lossless.")]


class Request(BaseModel):
    """The body of a request: what it does not know is refused rather than overlooked."""

    model_config = ConfigDict(extra="forbid")
