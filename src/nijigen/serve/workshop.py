"""Everybody's works, one at a time and in turns that are fair between clients.

One thread works, so that PyTorch has the cores to itself; the event loop only hands out turns. Whoever waits for
avatars of the same model with the same look gets rows of one forward (:mod:`nijigen.engine.rows`).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast

from nijigen.errors import NijigenError
from nijigen.serve.library import Library
from nijigen.serve.settings import Settings
from nijigen.serve.turns import ClosedError, Turns
from nijigen.serve.work import BATCH, Wish, Work, deal

if TYPE_CHECKING:
    from nijigen.avatar import Avatar
    from nijigen.engine.model import Model

T = TypeVar("T")
_END = object()


class LateError(NijigenError):
    """A request that took longer than a request may."""

    @classmethod
    def after(cls, seconds: float) -> "LateError":
        """What is said after so many seconds."""
        return cls(f"it took longer than {seconds:g} s: ask for less, or again when less is going on")


class Workshop:
    """Makes what is asked for.

    Args:
        settings: models, device, limits.

    Attributes:
        names: models that may be asked for, the default first.
        shelf: where they are, and their cards.

    Raises:
        NijigenError: a model that there is not.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._hand = ThreadPoolExecutor(1, "nijigen-workshop")
        self._library = Library(settings, self._hand)
        self.shelf = self._library.shelf
        self.names = self.shelf.names
        limits = settings.limits
        self._turns: Turns[Work | Wish] = Turns(limits.waiting, limits.waiting_each)
        self._more = asyncio.Event()
        self._at_work: asyncio.Task[None] | None = None
        self._busy, self._closing = False, False

    @property
    def ready(self) -> bool:
        """Whether the default model is open."""
        return self._library.ready

    @property
    def idle(self) -> bool:
        """Whether nothing runs, nothing waits, and no model is being opened."""
        return not self._busy and not len(self._turns) and not self._library.opening

    @property
    def waiting(self) -> int:
        """How many works wait for a turn."""
        return len(self._turns)

    async def model(self, name: str | None = None) -> "Model":
        """A model, opened when it is first asked for.

        Raises:
            NijigenError: an unknown name, or a damaged file.
        """
        if self._closing:
            raise ClosedError
        return await self._library.get(name)

    def warm(self) -> "asyncio.Task[NijigenError | None]":
        """Open the default model meanwhile; gives the mistake that it cannot be opened for."""
        return self._library.warm()

    async def generate(
        self,
        client: str,
        *,
        model: str | None = None,
        count: int = 1,
        seed: int | str = 0,
        attributes: Mapping[str, Any] | None = None,
        avoid: Mapping[str, Any] | None = None,
        truncation: float | None = None,
    ) -> AsyncIterator["Avatar"]:
        """Avatars as they are made, as :meth:`nijigen.engine.model.Model.generate` would.

        Args:
            client: whose turn it is; any text that tells clients apart.

        Raises:
            NijigenError: wrong words or numbers, before the first one; no room in the queue; too late.
        """
        late = self._deadline()
        if not 1 <= count <= self.settings.limits.count:
            raise NijigenError(f"count {count} is out of range: use 1 to {self.settings.limits.count}")
        opened = await self._in_time(self.model(model), late)
        wish = Wish.of(opened, count, seed, attributes or {}, avoid or {}, truncation)
        self._add(client, wish)
        try:
            for _ in range(count):
                made = await self._in_time(wish.made.get(), late)
                if isinstance(made, BaseException):
                    raise made
                yield made
        finally:
            self._turns.remove(client, wish)

    async def run(self, client: str, work: Callable[[], T]) -> T:
        """What a function returns that is called in the working thread, in its turn.

        Raises:
            NijigenError: no room in the queue, too late; and what the function raises.
        """
        return await self._submit(client, work, self._deadline())

    async def stream(self, client: str, work: Callable[[], Iterator[T]]) -> AsyncGenerator[T, None]:
        """What an iterator gives, step by step; others have their turns between its steps.

        Raises:
            NijigenError: as :meth:`run`.
        """
        late, first = self._deadline(), True
        steps: list[Iterator[T]] = []

        def step() -> object:
            if not steps:
                steps.append(iter(work()))
            return next(steps[0], _END)

        try:
            while (made := await self._submit(client, step, late, again=not first)) is not _END:
                first = False
                yield cast(T, made)
        finally:
            if not self._closing:  # in the thread that it lives in, after the step that may still run
                self._hand.submit(lambda: [getattr(each, "close", bool)() for each in steps])

    async def close(self) -> None:
        """Finish what runs and waits, and take nothing more."""
        self._closing = True
        self._more.set()
        if self._at_work is not None:
            await self._at_work
        self._hand.shutdown(wait=True, cancel_futures=True)

    async def _submit(self, client: str, do: Callable[[], T], late: float, again: bool = False) -> T:
        work = Work(do, asyncio.get_running_loop().create_future())
        self._add(client, work, again)
        try:
            return cast(T, await self._in_time(work.done, late))
        finally:
            self._turns.remove(client, work)

    def _add(self, client: str, item: Work | Wish, again: bool = False) -> None:
        if self._closing and not again:
            raise ClosedError
        self._turns.add(client, item, again)
        self._more.set()
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.get_running_loop().create_task(self._turn_by_turn())

    async def _turn_by_turn(self) -> None:
        while True:
            turn = self._turns.next()
            if turn is None:
                if self._closing:
                    return
                self._more.clear()
                await self._more.wait()
                continue
            client, item = turn
            self._busy = True
            try:
                await (self._share(client, item) if isinstance(item, Wish) else self._do(client, item))
            finally:
                self._busy = False

    async def _do(self, client: str, work: Work) -> None:
        self._turns.remove(client, work)
        if work.done.done():  # given up meanwhile
            return
        try:
            made = await asyncio.get_running_loop().run_in_executor(self._hand, work.do)
        except Exception as error:  # whoever asked is told
            if not work.done.done():
                work.done.set_exception(error)
            return
        if not work.done.done():
            work.done.set_result(made)

    async def _share(self, client: str, first: Wish) -> None:
        """One forward for all who wait for the like."""
        others = [
            (owner, other)
            for owner, other in self._turns.each(lambda item: isinstance(item, Wish) and first.goes_with(item))
            if isinstance(other, Wish) and other is not first
        ]
        line = [(client, first), *others]
        shares = deal(line, BATCH)
        try:
            made = await asyncio.get_running_loop().run_in_executor(self._hand, first.make, shares)
        except Exception as error:  # whoever asked is told
            for owner, wish in line:
                if wish in shares:
                    self._turns.remove(owner, wish)
                    wish.made.put_nowait(error)
            return
        for wish, avatar in made:
            wish.made.put_nowait(avatar)
        for owner, wish in line:
            if not wish.left:
                self._turns.remove(owner, wish)

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self.settings.limits.seconds

    async def _in_time(self, awaited: Any, late: float) -> Any:
        try:
            return await asyncio.wait_for(awaited, max(0.0, late - asyncio.get_running_loop().time()))
        except TimeoutError:
            raise LateError.after(self.settings.limits.seconds) from None
