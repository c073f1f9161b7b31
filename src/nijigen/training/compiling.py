"""torch.compile where it is asked for and works; where it does not, eager mode goes on and says why."""

import sys
from collections.abc import Callable
from typing import TypeVar

import torch

from nijigen.models.contract import Networks

Result = TypeVar("Result")


class Compiler:
    """Runs the turns of phases through compiled networks.

    Phases that differentiate a gradient stay in eager mode: compiled graphs have no second derivative.

    Attributes:
        working: whether compiled networks are in use.
    """

    def __init__(self, networks: Networks, wanted: bool) -> None:
        self.wanted = self.working = wanted
        if wanted:
            for network in networks.values():
                network.compile()

    def call(self, turn: Callable[[], Result], second_order: bool) -> Result:
        """The result of a turn. A failure of the compiler is reported once, and the turn taken again without it."""
        if not self.wanted:  # not even the stance: it would load the compiler, which takes seconds
            return turn()
        if not self.working or second_order:
            with torch.compiler.set_stance("force_eager"):
                return turn()
        try:
            return turn()
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:160]
            print(f"torch.compile does not work here, going on without it: {reason}", file=sys.stderr, flush=True)
            self.working = False
        with torch.compiler.set_stance("force_eager"):
            return turn()
