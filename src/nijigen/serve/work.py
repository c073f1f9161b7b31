"""What waits for a turn: a function to call, or avatars to make, which may be made together with others'."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nijigen.avatar import Avatar
    from nijigen.engine.look import Look
    from nijigen.engine.model import Model
    from nijigen.engine.rows import Row

BATCH = 16  # rows of a forward
FIRST = 4  # rows of the first forward of who waits alone: something to see soon


@dataclass(eq=False)
class Work:
    """A function that is called in the working thread; ``done`` is what comes of it."""

    do: Callable[[], Any]
    done: "asyncio.Future[Any]"


@dataclass(eq=False)
class Wish:
    """Avatars of one model with one look.

    Attributes:
        rows: what they are made of, one by one.
        left: how many are still to be made.
        begun: whether some are.
        made: where each goes, or the error that ends it.
    """

    model: "Model"
    look: "Look"
    rows: "Iterator[Row]"
    left: int
    begun: bool = False
    made: "asyncio.Queue[Avatar | BaseException]" = field(default_factory=asyncio.Queue)

    @classmethod
    def of(
        cls,
        model: "Model",
        count: int,
        seed: int | str,
        attributes: Mapping[str, Any],
        avoid: Mapping[str, Any],
        truncation: float | None,
    ) -> "Wish":
        """A wish, looked through.

        Raises:
            NijigenError: words or numbers that the model does not know.
        """
        from nijigen.engine.look import Look

        look = Look(truncation)
        look.check(model.generator)
        return cls(model, look, model.rows(count, seed, attributes=attributes, avoid=avoid), count)

    def goes_with(self, other: "Wish") -> bool:
        """Whether both can be made in one forward."""
        return other.model is self.model and other.look == self.look

    def make(self, shares: "Mapping[Wish, int]") -> "list[tuple[Wish, Avatar]]":
        """So many avatars of each wish, in one forward (in the working thread)."""
        owners = [wish for wish, share in shares.items() for _ in range(share)]
        rows = [next(wish.rows) for wish in owners]
        return list(zip(owners, self.model.make(rows, self.look), strict=True))


def deal(line: Sequence[tuple[str, Wish]], most: int) -> dict[Wish, int]:
    """How many rows of a forward each wish gets; ``left`` and ``begun`` are brought up to date.

    Clients are dealt one row each in turn, however many wishes they have; of its own wishes the first is filled first.

    Args:
        line: clients and their wishes in the order of turns.
    """
    if len(line) == 1 and not line[0][1].begun:
        most = min(most, FIRST)
    own: dict[str, list[Wish]] = {}
    for client, wish in line:
        own.setdefault(client, []).append(wish)
    shares: dict[Wish, int] = {}
    while most and own:
        for client, wishes in list(own.items()):
            while wishes and not wishes[0].left:
                wishes.pop(0)
            if not wishes:
                del own[client]
            elif most:
                wish, most = wishes[0], most - 1
                wish.left, wish.begun = wish.left - 1, True
                shares[wish] = shares.get(wish, 0) + 1
    return shares
