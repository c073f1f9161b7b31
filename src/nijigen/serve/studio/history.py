"""What was done to one avatar, step by step: pure values, so that undo and redo can be reasoned about.

Words that are chosen and sliders that are pulled one after the other all start from the avatar as it was before the
first of them, so that a certificate holds what they came to and not the way there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MOST = 100  # moments that can be undone


@dataclass(frozen=True)
class Tweaks:
    """Words and numbers that were changed, and steps along directions, since ``base``."""

    words: Mapping[str, Any] = field(default_factory=dict)
    moves: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.words or self.moves)


@dataclass(frozen=True)
class Moment:
    """An avatar at some time: its item as the page shows it, and the change that is still going on, if any.

    Attributes:
        base: item that the tweaks start from; None: they would start from this one.
        pulled: the slider that made it, if one did.
    """

    item: Mapping[str, Any]
    base: Mapping[str, Any] | None = None
    tweaks: Tweaks = field(default_factory=Tweaks)
    pulled: str = ""

    @property
    def start(self) -> Mapping[str, Any]:
        """Where the next tweak begins."""
        return self.item if self.base is None else self.base


@dataclass(frozen=True)
class History:
    """Moments in order, and which of them is now; ``-1`` before there is any."""

    moments: tuple[Moment, ...] = ()
    at: int = -1

    @property
    def now(self) -> Moment | None:
        """The avatar that is shown."""
        return self.moments[self.at] if self.moments else None

    @property
    def before(self) -> Moment | None:
        """What it is compared with: the one before the last change."""
        return self.moments[self.at - 1] if self.at > 0 else None

    @property
    def can_undo(self) -> bool:
        """Whether there is a moment before this one."""
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        """Whether something was undone."""
        return self.at + 1 < len(self.moments)

    def then(self, moment: Moment) -> "History":
        """Something new; what was undone is forgotten, and so is the oldest of too many. The first is kept."""
        moments = (*self.moments[: self.at + 1], moment)
        if len(moments) > MOST:
            moments = (moments[0], *moments[-(MOST - 1) :])
        return History(moments, len(moments) - 1)

    def tweaked(self, moment: Moment) -> "History":
        """After a word was chosen or a slider pulled. The same slider pulled again takes the place of its last pull."""
        now = self.now
        again = now is not None and moment.pulled != "" and now.pulled == moment.pulled and now.base == moment.base
        return History((*self.moments[: self.at], moment), self.at) if again else self.then(moment)

    def undone(self) -> "History":
        """A moment back, where there is one."""
        return replace(self, at=self.at - 1) if self.can_undo else self

    def redone(self) -> "History":
        """A moment forward, where there is one."""
        return replace(self, at=self.at + 1) if self.can_redo else self

    def restarted(self) -> "History":
        """As it was at first, as something new: undo brings back what was."""
        return self if self.at <= 0 else self.then(Moment(self.moments[0].item))
