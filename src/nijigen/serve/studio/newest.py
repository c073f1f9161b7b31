"""Of several answers on their way to one page only the newest is shown.

A tab that is opened asks for everything, a word that is chosen a moment later for what has it. Threads end in any
order, and the page would be left with the answer that came last instead of the one to what was asked last.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

Question = TypeVar("Question")

MOST = 10_000  # pages that are remembered; who asked longest ago goes first


class Newest(Generic[Question]):
    """Which question of a page was its last."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._asked: OrderedDict[str, tuple[object, Question]] = OrderedDict()

    def ask(self, page: str | None, question: Question) -> object:
        """A page asks; what is returned is for :meth:`still`."""
        mine = object()
        if page is None:
            return mine
        self._asked[page] = (mine, question)
        self._asked.move_to_end(page)
        while len(self._asked) > self._most:
            self._asked.popitem(last=False)
        return mine

    def still(self, page: str | None, mine: object) -> bool:
        """Whether the page asked nothing since."""
        return page is None or self._asked.get(page, (mine, None))[0] is mine

    def last(self, page: str | None, otherwise: Question) -> Question:
        """What the page asked last, as far as is known."""
        return otherwise if page is None or page not in self._asked else self._asked[page][1]
