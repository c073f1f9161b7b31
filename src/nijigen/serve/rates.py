"""How often one client may ask: a bucket of tokens each, which fills again with time."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CLIENTS = 10_000  # remembered; of those who asked longest ago the bucket is full again anyway


class Rates:
    """Token buckets.

    Args:
        burst: what may be asked for at once.
        refill: how much of that comes back a second.
        clock: seconds.
    """

    def __init__(self, burst: int, refill: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._refill, self._clock = burst, refill, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """0 where a client may ask now, which is counted; else in how many seconds it may."""
        now = self._clock()
        left, then = self._buckets.pop(client, (float(self._burst), now))
        left = min(float(self._burst), left + (now - then) * self._refill)
        allowed = left >= 1
        self._buckets[client] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._refill
