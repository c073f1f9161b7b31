"""What a person chooses when a picture is painted in one pass, and what is refused."""

from dataclasses import asdict, dataclass
from typing import Any

from nijigen.errors import NijigenError, did_you_mean
from nijigen.style.settings import CHOICES, LEAST, MOST, check_mix, shares_of


@dataclass(frozen=True)
class FastSettings:
    """How a picture is painted by a painter. The verb's flags have these names.

    Attributes:
        size: pixels of the longer side; None: the picture's own.
        strength: 0 leaves the picture as it is, 1 takes what is painted.
        mix: share of each style; empty: alike.
        style_size: pixels of the longer side at which styles are looked at; None: as the picture, at most 512.
        colours: ``style``; ``content``: the style is recoloured first; ``luminance``: only lightness changes.
    """

    size: int | None = None
    strength: float = 1.0
    mix: tuple[float, ...] = ()
    style_size: int | None = None
    colours: str = "style"

    def check(self, styles: int) -> None:
        """Refuse what cannot be done, before anything is computed.

        Raises:
            NijigenError: one line with the flag and the fix.
        """
        if not 0 <= self.strength <= 1:
            raise NijigenError(f"--strength {self.strength:g}: use 0 (the picture) to 1 (as it is painted)")
        for flag, side in (("--size", self.size), ("--style-size", self.style_size)):
            if side is not None and not LEAST <= side <= MOST:
                raise NijigenError(f"{flag} {side}: use {LEAST} to {MOST}")
        if self.colours not in CHOICES["colours"]:
            near = did_you_mean(self.colours, CHOICES["colours"])
            raise NijigenError(f"--colours {self.colours}{near}: use one of {', '.join(CHOICES['colours'])}")
        check_mix(self.mix, styles)

    def shares(self, styles: int) -> list[float]:
        """The share of each style; together 1."""
        return shares_of(self.mix, styles)

    def as_dict(self) -> dict[str, Any]:
        """By name, for a report."""
        return asdict(self)
