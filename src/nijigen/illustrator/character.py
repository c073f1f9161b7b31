"""A character: every attribute decided, everything else decided by the seed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nijigen.illustrator.chances import CALM_VERSION, calm
from nijigen.illustrator.expressions import CLOSED, EXPRESSIONS
from nijigen.illustrator.figure import draw_figure
from nijigen.illustrator.hair_back import HATS
from nijigen.illustrator.render import FINE_FROM, check_size, pixels, png
from nijigen.illustrator.schema import NEUTRAL, SCHEMA, weights
from nijigen.illustrator.subject import Subject
from nijigen.illustrator.traits import Traits
from nijigen.remaining import remaining
from nijigen.schema import Labels
from nijigen.seeds import seed_number

if TYPE_CHECKING:
    import numpy as np

ILLUSTRATOR_VERSION = "1"

# short styles look alike where a hat covers the crown
FLAT_UNDER_HATS = frozenset({"short", "spiky", "swept", "undercut"})


@dataclass(frozen=True)
class Character:
    """One person. Equal characters are equal drawings, on every machine.

    Attributes:
        seed: the number that decides all that the attributes leave open.
        attributes: a word or number for every attribute of ``SCHEMA``.
        blink: both eyes are closed for a moment, whatever the expression is.
        calm: small things that chance decides are the same for everybody (:func:`nijigen.illustrator.chances.calm`),
            and what a small picture cannot show is drawn plainly or left out.
    """

    seed: int
    attributes: Labels
    blink: bool = False
    calm: bool = False

    @cached_property
    def visible(self) -> Labels:
        """The attributes that can be seen in the picture; train on these."""
        seen = dict(self.attributes)
        if self.blink or all(kind in CLOSED for kind in EXPRESSIONS[str(seen["expression"])].eyes):
            del seen["eye_color"]
        if seen["accessory"] in HATS and seen["hair_style"] in FLAT_UNDER_HATS:
            del seen["hair_style"]
        return seen

    def with_(self, **attributes: object) -> "Character":
        """The same person with some attributes changed (words in any language).

        Raises:
            SchemaError: a word that no attribute has, or a number out of range.
        """
        return replace(self, attributes={**self.attributes, **SCHEMA.normalize(attributes)})

    def blinking(self) -> "Character":
        """The same with closed eyes."""
        return replace(self, blink=True)

    def calmed(self) -> "Character":
        """The same with small things that are the same for everybody, and few marks around the head."""
        return replace(self, calm=True)

    def svg(self, size: int = 256, transparent: bool = False) -> str:
        """The drawing as SVG text, ``size`` pixels square; ``transparent`` leaves the background out.

        Raises:
            NijigenError: the size is out of range.
        """
        check_size(size)
        traits = Traits(self.seed, calm() if self.calm else {})
        subject = Subject(self.attributes, traits, fine=size >= FINE_FROM, blink=self.blink)
        return draw_figure(subject, transparent).svg(size)

    def png(self, size: int = 256, transparent: bool = False) -> bytes:
        """The drawing as PNG bytes, straight from the renderer (RGBA; opaque unless ``transparent``)."""
        return png(self.svg(size, transparent))

    def render(self, size: int = 256, channels: int = 3) -> "np.ndarray[Any, np.dtype[np.uint8]]":
        """Pixels, uint8 ``[size, size, channels]``.

        3 channels are RGB over the background; 4 are RGBA with straight (not premultiplied) alpha and no background.

        Raises:
            NijigenError: the size is out of range, or channels is neither 3 nor 4.
        """
        return pixels(self.png(size, transparent=channels == 4), channels)


def illustrator_version(calm: bool = False) -> str:
    """The version of the drawings; calm ones have one of their own beside it."""
    return f"{ILLUSTRATOR_VERSION}, calm {CALM_VERSION}" if calm else ILLUSTRATOR_VERSION


def compose(
    seed: int | str,
    attributes: Mapping[str, Any] | None = None,
    avoid: Mapping[str, Any] | None = None,
    **words: Any,
) -> Character:
    """A character from a seed (an integer or any text) and any attributes; chance decides the others.

    Words are accepted in English, 中文 and 日本語. Each attribute is drawn from its own stream, so asking for one
    leaves the others as they would have been (what is usual for girls and for boys may shift them). Chance leaves out
    the values in ``avoid``: where it would have chosen one, it chooses again from a stream for that alone.

    Raises:
        SchemaError: a word that no attribute has, or a number out of range.
        NijigenError: the seed is out of range.
    """
    number = seed_number(seed)
    asked = SCHEMA.normalize({**(attributes or {}), **words})
    left = remaining(SCHEMA, avoid or {}, asked)
    traits = Traits(number)
    chosen: Labels = {}
    for attribute in SCHEMA.attributes:
        name = attribute.name
        if name in asked:
            chosen[name] = asked[name]
        elif attribute.range is not None:
            middle, spread = NEUTRAL[name]
            low, high = attribute.range
            chosen[name] = round(min(high, max(low, traits.around(f"attribute/{name}", middle, spread))), 3)
        else:
            usual = weights(name, str(chosen.get("gender")))
            value = "bust" if name == "framing" else traits.pick(f"attribute/{name}", attribute.values, usual)
            if value not in left.get(name, attribute.values):
                value = traits.pick(f"attribute/{name}/instead", left[name], usual)
            chosen[name] = value
    return Character(number, chosen)
