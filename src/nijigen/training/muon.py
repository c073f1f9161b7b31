"""Adam for what is no matrix, and orthogonal steps for matrices.

Of a matrix's gradient, Adam knows the single numbers. Most of its length lies along a few directions, and those are
what a step of Adam goes along; the many others, in which rare things are told apart, hardly move. Muon (K. Jordan 2024,
"Muon: An optimizer for hidden layers in neural networks"; at scale 2502.16982) makes all singular values of a step
about the same. What it brings to lessons: ``docs/default-model.md``.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

SMALLEST = 12  # rows and columns: matrices of fewer stay with Adam
ITERATIONS = 3  # Jordan has five; lessons went as well with three
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan's: each lifts small singular values 3.4 times; large ones stay near 1


class MuonAdam(torch.optim.Adam):
    """Adam, but for weights of at least 12 rows and columns, whose momentum (beta1, Nesterov) is made orthogonal.

    Kernels of a convolution are matrices with a row for each output channel.

    Args:
        size: of a matrix's step: the root mean square of its change is about so many times the rate. (That of Adam's
            steps is mostly 0.2 to 0.4, says 2502.16982, §2.2.)
    """

    def __init__(self, parameters: Iterable[Tensor], rate: float, betas: tuple[float, float], size: float) -> None:
        super().__init__(parameters, rate, betas, fused=True)
        self.size = size

    def __getstate__(self) -> dict[str, Any]:
        """With the size, which a copy would lose: torch copies of an optimiser only what Adam has."""
        return {**super().__getstate__(), "size": self.size}

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """One step of all weights that have a gradient."""
        held = []
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None or not is_matrix(weight):
                    continue
                self._step_of(weight, weight.grad, group["lr"] * self.size, group["betas"][0])
                held.append((weight, weight.grad))
                weight.grad = None  # so that Adam passes it by
        super().step(closure)
        for weight, gradient in held:
            weight.grad = gradient

    def _step_of(self, weight: Tensor, gradient: Tensor, length: float, beta: float) -> None:
        state = self.state[weight]
        if not state:  # Adam's words, as Adam looks for them when a state is loaded
            state["step"], state["exp_avg"] = torch.zeros(()), torch.zeros_like(weight)
        state["step"] += 1
        state["exp_avg"].lerp_(gradient, 1 - beta)
        direction = orthogonal(gradient.lerp(state["exp_avg"], beta).flatten(1))
        weight.sub_(direction.reshape(weight.shape), alpha=length * max(direction.shape) ** 0.5)


def is_matrix(weight: Tensor) -> bool:
    """Whether a weight is one, and large enough: of a layer or of a convolution."""
    return weight.dim() in (2, 4) and min(weight.shape[:2]) >= SMALLEST


def orthogonal(matrix: Tensor) -> Tensor:
    """U Vᵀ of a matrix U S Vᵀ, about: by Newton-Schulz iterations of degree five, which are products alone.

    All that is done to the matrix depends on its Gram matrix, so iterations are done to that, and the matrix itself,
    of an often ninefold width, is only met at the beginning and at the end.
    """
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / x.norm().clamp(min=1e-12)
    first, third, fifth = COEFFICIENTS
    gram = x @ x.T
    done = torch.eye(len(gram), dtype=x.dtype, device=x.device)
    for number in range(ITERATIONS):
        factor = torch.addmm(gram, gram, gram, beta=third, alpha=fifth)
        factor.diagonal().add_(first)
        done = factor @ done
        if number < ITERATIONS - 1:
            gram = factor @ (gram @ factor)  # all three are polynomials of the first one, so they commute
    made: Tensor = done @ x
    return made if matrix.shape[0] <= matrix.shape[1] else made.T
