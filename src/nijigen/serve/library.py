"""The models that are open: each when it is first asked for, read by the thread that works with it."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from nijigen.errors import NijigenError
from nijigen.serve.settings import Settings
from nijigen.serve.shelf import Shelf

if TYPE_CHECKING:
    from nijigen.engine.model import Model


class ClosedModelError(NijigenError):
    """A model that is here and cannot be opened."""


class Library:
    """Models by name.

    Args:
        hand: the thread in which they are read and used. Settings of PyTorch hold for a thread and those it starts.

    Attributes:
        shelf: where they are, and their cards.

    Raises:
        NijigenError: a model that there is not.
    """

    def __init__(self, settings: Settings, hand: ThreadPoolExecutor) -> None:
        self.shelf = Shelf(settings.models)
        self._settings, self._hand = settings, hand
        self._open: dict[str, asyncio.Future[Model]] = {}
        self._warming: asyncio.Task[NijigenError | None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the default model is open."""
        opened = self._open.get(self.shelf.names[0])
        return opened is not None and opened.done() and not opened.cancelled() and opened.exception() is None

    @property
    def opening(self) -> bool:
        """Whether a model is being read."""
        return any(not opened.done() for opened in self._open.values())

    async def get(self, name: str | None = None) -> "Model":
        """A model, by default the first.

        Raises:
            UnknownModelError: there is none of that name.
            ClosedModelError: it cannot be opened; why is told to whoever runs the server, with its path.
        """
        name = self.shelf.name(name)
        try:
            return await self._opened(name)
        except NijigenError as error:
            print(f"the model {name} cannot be opened: {error}", file=sys.stderr)
            raise ClosedModelError(
                f"the model {name} cannot be opened: whoever runs the server finds why in its log"
            ) from None

    async def _opened(self, name: str) -> "Model":
        if name not in self._open:
            loop = asyncio.get_running_loop()
            self._open[name] = loop.run_in_executor(self._hand, self._read, name)
        opened = self._open[name]
        try:
            return await asyncio.shield(opened)
        except Exception:
            if self._open.get(name) is opened:  # mended meanwhile, it can be asked for again
                del self._open[name]
            raise

    def warm(self) -> "asyncio.Task[NijigenError | None]":
        """Open the default model meanwhile; gives the mistake that it cannot be opened for."""

        async def opening() -> NijigenError | None:
            try:
                await self._opened(self.shelf.names[0])
            except NijigenError as error:
                return error
            return None

        if self._warming is None:
            self._warming = asyncio.get_running_loop().create_task(opening())
        return self._warming

    def _read(self, name: str) -> "Model":
        from nijigen.engine.model import load

        settings = self._settings
        return load(self.shelf.path(name), settings.device, settings.threads, settings.engine)
