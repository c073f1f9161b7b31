"""Two avatars and all that is between them: stops of a slider, each an avatar that can be made again, and a loop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nijigen.avatar import Avatar
from nijigen.edit.point import PART_SIDES, PARTS
from nijigen.engine.editing import Editable, check_related, mix
from nijigen.engine.morphing import morph
from nijigen.enlarge.certificate import KEY as ENLARGED
from nijigen.errors import NijigenError
from nijigen.images.animation import encode_animation
from nijigen.images.sheet import Pixels
from nijigen.images.source import SourceType
from nijigen.style.record import KEY as PAINTED

STOPS = 21  # of a slider: every twentieth of the way
FPS = 24
LENGTHS = (12, 24, 48)  # frames from one to the other
KINDS = {"webp": "image/webp", "gif": "image/gif"}
LARGEST_LOOP = 256  # pixels a side that small avatars are enlarged to, by whole numbers


@dataclass(frozen=True)
class Pair:
    """Two avatars of one model.

    Raises:
        NijigenError: they are of two models.
    """

    one: Editable
    other: Editable

    def __post_init__(self) -> None:
        check_related(self.one, self.other)

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the other can be taken: ``all``, and layers where the model's latent has them."""
        layers = self.one.model.generator.layers
        finest = 4 << ((layers - 1) // 2) if layers else 0  # two rows of each resolution, from 4 px on
        known = [part for part in PARTS if PART_SIDES[part][0] <= finest]
        return ("all", *known)

    def stop(self, number: int, part: str = "all", stops: int = STOPS) -> Avatar:
        """The avatar at a stop of the slider, 0 to ``stops`` − 1; the ends are the two themselves."""
        if number == 0:
            return own(self.one)
        if number == stops - 1 and part == "all":
            return own(self.other)
        return mix(self.one, self.other, part, round(number / (stops - 1), 6))

    def stops(self, part: str = "all", stops: int = STOPS) -> Iterator[tuple[int, Avatar]]:
        """All stops with their numbers, far apart ones first: a slider is of use before the last one is made.

        Raises:
            NijigenError: layers that the model has not.
        """
        if part not in self.parts:
            raise NijigenError(f"layers {part[:40]!r}: this model has {', '.join(self.parts)}")
        for number in spread_out(stops):
            yield number, self.stop(number, part, stops)

    def frames(self, count: int) -> Iterator[Pixels]:
        """Frames of a loop from one to the other and back, ``count`` each way."""
        return morph([self.one, self.other], count, loop=True, easing="sine")


def own(editable: Editable) -> Avatar:
    """The avatar as its model makes it: not enlarged, not painted."""
    certificate = editable.avatar.certificate
    return editable.after() if PAINTED in certificate or ENLARGED in certificate else editable.avatar


def spread_out(count: int) -> list[int]:
    """The numbers below ``count``, each as far from those before it as may be: both ends, the middle, the quarters …"""
    order: list[int] = []
    step = 1 << max(0, count - 1).bit_length()
    while len(order) < count:
        for number in [*range(0, count, step), count - 1]:
            if number not in order:
                order.append(number)
        step = max(1, step // 2)
    return order


def encode_loop(frames: Sequence[Pixels], kind: str) -> bytes:
    """The file of a loop, ``webp`` or ``gif``; small avatars are enlarged, so that players do not blur them.

    Raises:
        NijigenError: another kind, or no frames.
    """
    if kind not in KINDS:
        raise NijigenError(f"a loop is {' or '.join(KINDS)}, not {kind[:20]!r}")
    side = frames[0].shape[0] if frames else LARGEST_LOOP
    return encode_animation(f"loop.{kind}", frames, FPS, max(1, LARGEST_LOOP // side), source=SourceType.TRAINED,
                            quick=True)  # fmt: skip
