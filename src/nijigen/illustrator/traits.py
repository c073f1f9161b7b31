"""Chance: every choice a drawing makes on its own is drawn from its own named stream.

Because each trait depends on the seed and its own name alone, changing one attribute of a character, or adding a new
trait to this package, leaves all the other traits as they were.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from nijigen.seeds import derive

T = TypeVar("T")

NOTHING: Mapping[str, float] = {}


class Traits:
    """Named random draws of one person.

    Args:
        held: draws that are the same for everybody, in [0, 1).

    Attributes:
        calm: whether any are.
    """

    __slots__ = ("_cache", "_seed", "calm")

    def __init__(self, seed: int, held: Mapping[str, float] = NOTHING) -> None:
        self._seed = seed
        self._cache: dict[str, float] = dict(held)
        self.calm = bool(held)

    def unit(self, name: str) -> float:
        """A number in [0, 1)."""
        if name not in self._cache:
            self._cache[name] = (derive("illustrator", self._seed, name) >> 10) / 2**53
        return self._cache[name]

    def flag(self, name: str, chance: float = 0.5) -> bool:
        """True with a probability."""
        return self.unit(name) < chance

    def side(self, name: str) -> int:
        """-1 (left) or 1 (right)."""
        return 1 if self.unit(name) < 0.5 else -1

    def spread(self, name: str, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.unit(name)

    def around(self, name: str, middle: float, spread: float) -> float:
        """Bell-shaped around ``middle`` within three ``spread``s (a mean of uniforms: no libm, same everywhere)."""
        total = sum(self.unit(f"{name}/{part}") for part in range(4))
        return middle + (total - 2) * 1.5 * spread

    def pick(self, name: str, options: Sequence[T], weights: Mapping[T, float] | None = None) -> T:
        """One of ``options``; an option without a weight weighs 1."""
        if not weights:
            return options[int(self.unit(name) * len(options))]
        shares = [weights.get(option, 1.0) for option in options]
        point = self.unit(name) * sum(shares)
        for option, share in zip(options, shares, strict=True):
            point -= share
            if point < 0:
                return option
        return options[-1]

    def first(self, name: str, options: Sequence[T], fits: Callable[[T], bool]) -> T:
        """The first option that fits, from a random one onwards: what fits already stays when other things change."""
        start = int(self.unit(name) * len(options))
        turned = [*options[start:], *options[:start]]
        return next((option for option in turned if fits(option)), turned[0])
