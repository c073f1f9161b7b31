"""What a person chooses when a picture is painted like another one, and what is refused."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from nijigen.errors import NijigenError, did_you_mean
from nijigen.seeds import seed_number

LARGEST = 512  # pixels a side that a picture has unless somebody asks for more: minutes on a core
LEAST, MOST = 16, 8192
AS_NAMED: Mapping[str, str] = MappingProxyType({})  # flags have the names of settings

CHOICES = {
    "optimizer": ("lbfgs", "adam"),
    "start": ("content", "noise", "style"),
    "colours": ("style", "content", "luminance"),
}


@dataclass(frozen=True)
class Settings:
    """How a picture is painted. The verb's flags have these names.

    Attributes:
        size: pixels of the longer side; None: the picture's own, at most 512.
        steps: passes through the network at the smallest scale; each larger scale has half as many as the one before.
        scales: how many sizes are painted one after the other, each twice as large; None: from about 128 px on.
        content_weight, style_weight, tv_weight: of content, style and total variation.
        mix: share of each style; empty: alike.
        style_size: pixels of the longer side of the style pictures; None: as ``size``. Larger makes strokes larger.
        style_layers, content_layers: of VGG19; empty: those of the paper that there are.
        seed: of the noise that ``start="noise"`` starts from.
    """

    size: int | None = None
    steps: int = 100
    scales: int | None = None
    optimizer: str = "lbfgs"
    content_weight: float = 1.0
    style_weight: float = 3.0
    tv_weight: float = 1.0
    start: str = "content"
    mix: tuple[float, ...] = ()
    style_size: int | None = None
    colours: str = "style"
    style_layers: tuple[str, ...] = ()
    content_layers: tuple[str, ...] = ()
    seed: int | str = 0

    def check(self, styles: int, masks: int = 0, flags: Mapping[str, str] = AS_NAMED) -> None:
        """Refuse what cannot be done, before anything is computed.

        Args:
            styles, masks: how many pictures there are of each.
            flags: of settings whose flag has another name.

        Raises:
            NijigenError: one line with the flag and the fix.
        """
        for name, allowed in CHOICES.items():
            word = getattr(self, name)
            if word not in allowed:
                near = did_you_mean(word, allowed)
                raise NijigenError(f"{flags.get(name, _flag(name))} {word}{near}: use one of {', '.join(allowed)}")
        for name in ("size", "style_size"):
            side = getattr(self, name)
            if side is not None and not LEAST <= side <= MOST:
                raise NijigenError(f"{_flag(name)} {side}: use {LEAST} to {MOST}")
        seed_number(self.seed)
        if not 1 <= self.steps <= 100_000:
            raise NijigenError(f"{flags.get('steps', '--steps')} {self.steps}: use 1 to 100000")
        if self.scales is not None and not 1 <= self.scales <= 6:
            raise NijigenError(f"--scales {self.scales}: use 1 to 6")
        self._check_weights()
        check_mix(self.mix, styles)
        if masks not in (0, 1, styles):
            raise NijigenError(f"--mask was given {masks} times for {styles} styles: give one, or one for each")

    def _check_weights(self) -> None:
        for name in ("content_weight", "style_weight", "tv_weight"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 <= value <= 1e12):
                raise NijigenError(f"{_flag(name)} {value:g}: use 0 or a number above it")
        if self.content_weight == self.style_weight == 0:
            raise NijigenError("--content-weight 0 --style-weight 0: one of them must be above 0")

    def shares(self, styles: int) -> list[float]:
        """The share of each style; together 1."""
        return shares_of(self.mix, styles)

    def as_dict(self) -> dict[str, Any]:
        """By name, for a report."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def check_mix(mix: Sequence[float], styles: int) -> None:
    """Refuse shares that are not one for each style; empty is alike.

    Raises:
        NijigenError: one line with the flag and the fix.
    """
    if mix and len(mix) != styles:
        raise NijigenError(f"--style-mix has {len(mix)} shares for {styles} styles: give one for each")
    if mix and not (all(math.isfinite(share) and share >= 0 for share in mix) and sum(mix) > 0):
        raise NijigenError(f"--style-mix {','.join(f'{share:g}' for share in mix)}: shares are 0 or above, not all 0")


def shares_of(mix: Sequence[float], styles: int) -> list[float]:
    """The share of each style; together 1."""
    known = mix or (1.0,) * styles
    return [share / sum(known) for share in known]


def read_shares(text: str | None) -> tuple[float, ...]:
    """``0.7,0.3`` → (0.7, 0.3).

    Raises:
        NijigenError: what is between commas is no number.
    """
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise NijigenError(f"--style-mix {text}: use one number for each style, such as 0.7,0.3") from None


def read_layers(text: str) -> tuple[str, ...]:
    """``conv1_1, conv2_1`` → both names."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
