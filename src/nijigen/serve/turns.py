"""Who is next: clients take turns, and what one of them asked for first comes first among its own."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from nijigen.errors import NijigenError

Item = TypeVar("Item")


class BusyError(NijigenError):
    """There is no room in the queue; ``everybody`` says whether for anybody or for this client alone.

    ``after`` is in how many seconds it may be worth asking again.
    """

    def __init__(self, message: str, everybody: bool, after: int) -> None:
        super().__init__(message)
        self.everybody, self.after = everybody, after


class ClosedError(BusyError):
    """The server is about to end, and begins nothing more."""

    def __init__(self) -> None:
        super().__init__("the server is going down: ask again when it is back", True, 10)


class Turns(Generic[Item]):
    """A bounded queue that is fair between clients.

    Args:
        most, most_each: items that wait, of all clients and of one.
    """

    def __init__(self, most: int, most_each: int) -> None:
        self.most, self.most_each = most, most_each
        self._rings: OrderedDict[str, deque[Item]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(items) for items in self._rings.values())

    def add(self, client: str, item: Item, again: bool = False) -> None:
        """Put an item at the end of its client's own.

        Args:
            again: it is the next part of something that was let in before, and has its place.

        Raises:
            BusyError: there is no room.
        """
        own = self._rings.get(client, ())
        if not again and len(own) >= self.most_each:
            raise BusyError(
                f"{len(own)} of your requests are waiting already: ask again when they are answered", False, 2
            )
        if not again and len(self) >= self.most:
            raise BusyError("too many requests are waiting: ask again in a moment", True, 5)
        self._rings.setdefault(client, deque()).append(item)

    def next(self) -> tuple[str, Item] | None:
        """Whose turn it is and with what; it stays until it is removed, and its client goes to the end of the line."""
        if not self._rings:
            return None
        client, items = next(iter(self._rings.items()))
        self._rings.move_to_end(client)
        return client, items[0]

    def remove(self, client: str, item: Item) -> bool:
        """Take an item out; whether it was there."""
        items = self._rings.get(client)
        if items is None or item not in items:
            return False
        items.remove(item)
        if not items:
            del self._rings[client]
        return True

    def each(self, wanted: Callable[[Item], bool]) -> Iterator[tuple[str, Item]]:
        """What waits and is wanted, in the order of turns: everybody's first, then everybody's second, and so on."""
        own = [(client, [item for item in items if wanted(item)]) for client, items in self._rings.items()]
        for place in range(max((len(items) for _, items in own), default=0)):
            for client, items in own:
                if place < len(items):
                    yield client, items[place]
