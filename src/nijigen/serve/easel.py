"""Public avatars: drawn by a thread of their own, each once, and kept as long as there is room."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from nijigen.serve.turns import BusyError

ROOM = 64 * 2**20  # bytes of files that are kept
MOST_WAITING = 256


class Easel:
    """Files by name, made when they are first asked for.

    Args:
        room: bytes that are kept of what was asked for last.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._held = room, 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._begun: dict[str, asyncio.Future[bytes]] = {}
        self._hand = ThreadPoolExecutor(1, "nijigen-easel")

    async def get(self, name: str, draw: Callable[[], bytes]) -> bytes:
        """The file of that name; whoever asks while it is drawn gets the same.

        Raises:
            BusyError: too many others are waiting to be drawn.
        """
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        if name not in self._begun:
            if len(self._begun) >= MOST_WAITING:
                raise BusyError("too many avatars are waiting to be drawn: ask again in a moment", True, 5)
            drawing = asyncio.get_running_loop().run_in_executor(self._hand, draw)
            self._begun[name] = drawing
            drawing.add_done_callback(lambda done: self._keep(name, done))
        return await asyncio.shield(self._begun[name])

    def close(self) -> None:
        """Draw nothing more."""
        self._hand.shutdown(wait=True, cancel_futures=True)

    def _keep(self, name: str, done: "asyncio.Future[bytes]") -> None:
        self._begun.pop(name, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[name] = file = done.result()
        self._held += len(file)
        while self._held > self._room:
            self._held -= len(self._kept.popitem(last=False)[1])
