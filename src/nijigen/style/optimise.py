"""Pixels moved until a loss is small, by L-BFGS as in the paper, or by Adam."""

from collections.abc import Callable

import torch
from torch import Tensor

from nijigen.errors import NijigenError

HISTORY = 20  # steps that L-BFGS remembers
ADAM_RATE = 0.02  # of colours in 0…1, a step

Loss = Callable[[Tensor], Tensor]
Step = Callable[[Tensor], object]


class _EnoughError(Exception):
    """All steps were taken."""


def descend(start: Tensor, loss_of: Loss, steps: int, optimizer: str = "lbfgs", step: Step | None = None) -> Tensor:
    """The best picture found in so many evaluations of the loss.

    A step is one pass through the network and back, whatever the optimiser does with it: L-BFGS takes a few of them
    for a line search now and then, and may find that it can go no further.

    Args:
        start: ``[1, 3, H, W]`` in 0…1; it stays as it is.
        loss_of: picture → scalar with a graph.
        step: called with the picture after every evaluation.

    Returns:
        The picture of the smallest loss, in 0…1.

    Raises:
        NijigenError: no finite loss was found.
    """
    picture = start.clone(memory_format=torch.contiguous_format).requires_grad_()  # as L-BFGS flattens it
    best, least, done = start.clone(), float("inf"), 0

    def evaluate() -> Tensor:
        nonlocal least, done
        if done == steps:
            raise _EnoughError
        picture.grad = None
        loss = loss_of(picture)
        loss.backward()  # type: ignore[no-untyped-call]
        value = float(loss.detach())
        done += 1
        if value < least:
            least = value
            best.copy_(picture.detach())
        if step:
            step(picture.detach())
        return loss

    try:
        if optimizer == "lbfgs":
            _lbfgs(picture, evaluate, steps)
        else:
            _adam(picture, evaluate)
    except _EnoughError:
        pass
    if least == float("inf"):
        raise NijigenError("the loss is no finite number from the start: choose smaller weights")
    return best.clamp_(0, 1)


def _lbfgs(picture: Tensor, evaluate: Callable[[], Tensor], steps: int) -> None:
    solver = torch.optim.LBFGS(
        [picture],
        max_iter=steps,
        max_eval=10 * steps,
        history_size=HISTORY,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )
    solver.step(evaluate)  # type: ignore[no-untyped-call]


def _adam(picture: Tensor, evaluate: Callable[[], Tensor]) -> None:
    solver = torch.optim.Adam([picture], lr=ADAM_RATE)
    while True:  # evaluate ends it
        evaluate()
        solver.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
