"""torch.compile where it is asked for and works; where it does not, eager mode goes on and says why."""

import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch

from nijigen.models.contract import Generator, Networks
from nijigen.training.schedule import Moment

Result = TypeVar("Result")
REASON = 200  # characters of what the compiler says of a failure
ADVICE = re.compile(r"\s*(Set TORCH|For even more developer context|You can suppress this exception).*", re.DOTALL)
GENERATOR_CALLS = ("map", "synthesize")  # a generator is not called as a whole: latents are crossed in between


class Compiler:
    """Runs the turns of phases through compiled networks.

    Phases that differentiate a gradient stay in eager mode: compiled graphs have no second derivative. So do fades of
    growing networks: each step of a fade is another number, which would be compiled anew.

    Attributes:
        working: whether compiled networks are in use.
    """

    def __init__(self, networks: Networks, wanted: bool) -> None:
        self.wanted = self.working = wanted
        self._networks, self._resolution = networks, 0
        self._methods: list[tuple[Generator, dict[str, Any]]] = []
        for network in networks.values() if wanted else ():
            if isinstance(network, Generator):
                self._methods.append(
                    (network, {name: torch.compile(getattr(network, name)) for name in GENERATOR_CALLS})
                )
            else:
                network.compile()

    def call(self, turn: Callable[[], Result], second_order: bool, now: Moment) -> Result:
        """The result of a turn. A failure of the compiler is reported once, and the turn taken again without it."""
        if not self.wanted:
            return turn()
        if not self.working or second_order or now.fade < 1:
            with torch.compiler.set_stance("force_eager"):
                return turn()
        if self._resolution not in (0, now.resolution):
            torch.compiler.reset()  # only so many versions of a network are kept: those of smaller pictures are done
        self._resolution = now.resolution
        # A network that works may have run before the one that fails: its running statistics count each turn once.
        before = [(buffer, buffer.clone()) for network in self._networks.values() for buffer in network.buffers()]
        try:
            with self._in_place():
                return turn()
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            print(
                f"torch.compile does not work here, going on without it: {_reason(error)}", file=sys.stderr, flush=True
            )
            self.working = False
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)
        with torch.compiler.set_stance("force_eager"):
            return turn()

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """The compiled methods in the place of the written ones; only for a turn, as a copy of a network must not call
        the methods of the one it was copied from."""
        try:
            for network, methods in self._methods:
                network.__dict__.update(methods)
            yield
        finally:
            for network, methods in self._methods:
                for name in methods:
                    network.__dict__.pop(name, None)


def _reason(error: Exception) -> str:
    """What the compiler says, in whole words, without its advice to those who work on it."""
    said = " ".join(ADVICE.sub("", str(error)).split())
    return textwrap.shorten(said, REASON, placeholder=" …") or type(error).__name__
