"""Guards: what stops a run before it harms itself, and how a person stops one without losing anything."""

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from nijigen.errors import NijigenError


class DivergedError(NijigenError):
    """A loss or a gradient is not finite any more."""


def check_finite(phase: str, images: int, values: dict[str, float]) -> None:
    """Stop before weights are touched by a value that is not a number.

    Raises:
        DivergedError: names the phase, the value and the moment.
    """
    for name, value in values.items():
        if not math.isfinite(value):
            raise DivergedError(
                f"training diverged: {name} became {value} in phase {phase} at {images:,} images; the last checkpoint "
                "is kept. Lower optimizer.generator.rate and optimizer.discriminator.rate, or raise the batch"
            )


class StopRequest:
    """Set once a person or the system asked the run to stop."""

    def __init__(self) -> None:
        self.signal: str | None = None


@contextmanager
def listen_for_stop() -> Iterator[StopRequest]:
    """Turn the first Ctrl-C, SIGTERM or SIGHUP into a request, met by the loop after its step; a second one is final.

    Outside the main thread signals cannot be caught, and the request simply never comes.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        request.signal = signal.Signals(number).name
        for again, handler in former.items():
            signal.signal(again, handler)

    caught = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    former = {number: handler for number in caught if (handler := signal.getsignal(number)) is not None}
    for number in former:
        signal.signal(number, on_signal)
    try:
        yield request
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
