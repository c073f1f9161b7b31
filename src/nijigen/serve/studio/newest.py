"""Of several answers on their way to one page only the newest is shown.

A tab that is opened asks for everything, a word that is chosen a moment later for what has it. Threads end in any
order, and the page would be left with the answer that came last instead of the one to what was asked last.
"""

from collections import OrderedDict

MOST = 10_000  # pages that are remembered; who asked longest ago goes first


class Newest:
    """Which question of a page was its last."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._asked: OrderedDict[str, object] = OrderedDict()

    def ask(self, page: str | None) -> object:
        """A page asks; what is returned is for :meth:`still`."""
        mine = object()
        self._asked[page or ""] = mine
        self._asked.move_to_end(page or "")
        while len(self._asked) > self._most:
            self._asked.popitem(last=False)
        return mine

    def still(self, page: str | None, mine: object) -> bool:
        """Whether the page asked nothing since."""
        return self._asked.get(page or "", mine) is mine
