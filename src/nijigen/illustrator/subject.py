"""Everything a drawing function may look at: the attributes, the traits, and the colours mixed from them."""

from dataclasses import dataclass
from functools import cached_property

from nijigen.illustrator.expressions import EXPRESSIONS, Expression, blinking
from nijigen.illustrator.palette import BLUSH, EYE, HAIR, SCHEMES, SKIN, TINTS, Ramp, Scheme, blend, distance
from nijigen.illustrator.styles import INK, STYLES, Style
from nijigen.illustrator.traits import Traits
from nijigen.schema import Labels


@dataclass
class Subject:
    """One person at one level of detail."""

    attributes: Labels
    traits: Traits
    fine: bool
    blink: bool = False

    def word(self, name: str) -> str:
        """The value of a categorical attribute."""
        return str(self.attributes[name])

    def amount(self, name: str) -> float:
        """The value of a continuous attribute."""
        return float(self.attributes[name])

    @cached_property
    def style(self) -> Style:
        return STYLES[self.word("art_style")]

    @cached_property
    def girl(self) -> bool:
        return self.word("gender") == "girl"

    @cached_property
    def eye_size(self) -> float:
        """As asked for; behind the glasses of calm drawings less, from 0.8 to 0.92: lenses have no room for more."""
        size = self.amount("eye_size")
        return 0.8 + 0.3 * (size - 0.8) if self.traits.calm and self.word("accessory") == "glasses" else size

    @cached_property
    def skin_edge(self) -> str:
        """The colour of the line around skin."""
        if self.traits.calm and not self.style.line:
            return blend(self.skin.shade, self.skin.line, 0.35)
        return self.ink(self.skin.line)

    @cached_property
    def full(self) -> bool:
        return self.word("framing") == "full"

    @cached_property
    def steady(self) -> bool:
        """Whether what floats has one place in all pictures: a network smears what goes with the head."""
        return self.traits.calm and not self.full

    @cached_property
    def hair(self) -> Ramp:
        ramp = HAIR[self.word("hair_color")]
        if self.style.name != "retro":
            return ramp
        # cel paint: fuller colours and deeper shadows
        return Ramp(ramp.light, blend(ramp.base, ramp.shade, 0.3), blend(ramp.shade, ramp.line, 0.16), ramp.line)

    @cached_property
    def skin(self) -> Ramp:
        return SKIN[self.word("skin_tone")]

    @cached_property
    def eye(self) -> Ramp:
        return EYE[self.word("eye_color")]

    @cached_property
    def blush(self) -> str:
        return BLUSH[self.word("skin_tone")]

    @cached_property
    def expression(self) -> Expression:
        usual = EXPRESSIONS[self.word("expression")]
        return blinking(usual) if self.blink else usual

    @cached_property
    def scheme(self) -> Scheme:
        """Clothes that do not vanish against hair or skin."""
        avoid = (self.skin.base, self.hair.base)
        return self.traits.first("scheme", SCHEMES, lambda one: min(distance(one.main, tone) for tone in avoid) > 90)

    @cached_property
    def tint(self) -> str:
        """A background colour that sets off the hair."""
        hair, skin = self.hair.base, self.skin.base
        return self.traits.first(
            "tint", list(TINTS), lambda one: distance(one, hair) > 130 and distance(one, skin) > 45
        )

    @cached_property
    def dark_skin(self) -> bool:
        return self.word("skin_tone") in ("brown", "dark")

    def line(self, width: float) -> float:
        """A line width in this style."""
        return width * self.style.line

    def skin_line(self, width: float) -> float:
        """A line width around skin: pale skin without one is lost on a white page, so calm drawings always have it."""
        return self.line(width) or (1.4 if self.traits.calm else 0.0)

    def ink(self, tint: str) -> str:
        """The line colour around something whose line is ``tint``."""
        return blend(tint, INK, self.style.ink) if self.style.ink else tint

    def ramp(self, colour: str) -> Ramp:
        """Light, shadow and line for any colour of clothes."""
        base = blend(colour, "#ffffff", self.style.fade)
        return Ramp(
            blend(base, "#ffffff", 0.4),
            base,
            blend(blend(base, "#5a3a8c", 0.22), base, 0.15),
            self.ink(blend(base, "#3a1f4c", 0.62)),
        )
