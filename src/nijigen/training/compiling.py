"""torch.compile where it is asked for and works; where it does not, eager mode goes on and says why."""

import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch import nn

from nijigen.models.contract import Generator, Networks

Result = TypeVar("Result")


class Compiler:
    """Runs the turns of phases through compiled networks.

    Phases that differentiate a gradient stay in eager mode: compiled graphs have no second derivative.

    Attributes:
        working: whether compiled networks are in use.
    """

    def __init__(self, networks: Networks, wanted: bool) -> None:
        self.wanted = self.working = wanted
        self._networks = networks
        if wanted:
            for network in networks.values():
                for part in called_parts(network):
                    part.compile()

    def call(self, turn: Callable[[], Result], second_order: bool) -> Result:
        """The result of a turn. A failure of the compiler is reported once, and the turn taken again without it."""
        if not self.wanted:
            return turn()
        if not self.working or second_order:
            with torch.compiler.set_stance("force_eager"):
                return turn()
        # A network that works may have run before the one that fails: its running statistics count each turn once.
        before = [(buffer, buffer.clone()) for network in self._networks.values() for buffer in network.buffers()]
        try:
            return turn()
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:160]
            print(f"torch.compile does not work here, going on without it: {reason}", file=sys.stderr, flush=True)
            self.working = False
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)
        with torch.compiler.set_stance("force_eager"):
            return turn()


def called_parts(network: nn.Module) -> Iterator[nn.Module]:
    """What is called as a function while training, and so can be compiled.

    A discriminator is, as a whole. A generator is not: ``map`` and ``synthesize`` are, between which latents are
    crossed and differentiated, so its parts are compiled.
    """
    if not isinstance(network, Generator | nn.ModuleDict | nn.ModuleList):
        yield network
        return
    for part in network.children():
        yield from called_parts(part)
