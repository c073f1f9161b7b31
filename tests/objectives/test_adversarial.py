"""The objectives are their papers' formulas, in float64, with the derivatives of finite differences."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from nijigen.objectives.adversarial import OBJECTIVES

Formula = Callable[[list[float], list[float]], float]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


# Written from the papers, one number at a time: Goodfellow et al. 2014, eq. 1 and §3; Miyato et al. 2018, eq. 16–17.
DISCRIMINATOR: dict[str, Formula] = {
    "non-saturating": lambda real, fake: (
        -mean([math.log(sigmoid(x)) for x in real]) - mean([math.log(1 - sigmoid(x)) for x in fake])
    ),
    "minimax": lambda real, fake: (
        -mean([math.log(sigmoid(x)) for x in real]) - mean([math.log(1 - sigmoid(x)) for x in fake])
    ),
    "hinge": lambda real, fake: mean([max(0, 1 - x) for x in real]) + mean([max(0, 1 + x) for x in fake]),
}
GENERATOR: dict[str, Callable[[list[float]], float]] = {
    "non-saturating": lambda fake: -mean([math.log(sigmoid(x)) for x in fake]),
    "minimax": lambda fake: mean([math.log(1 - sigmoid(x)) for x in fake]),
    "hinge": lambda fake: -mean(fake),
}
REAL, FAKE = [-3.0, -0.5, 0.2, 4.0, 0.9], [2.5, -0.1, -6.0, 0.7, -1.3]


def logits(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.double, requires_grad=True)


def test_every_objective_has_its_formula_here() -> None:
    assert set(OBJECTIVES) == set(DISCRIMINATOR) == set(GENERATOR)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_formula(name: str) -> None:
    objective = OBJECTIVES[name]
    assert objective.discriminator(logits(REAL), logits(FAKE)).item() == pytest.approx(DISCRIMINATOR[name](REAL, FAKE))
    assert objective.generator(logits(FAKE)).item() == pytest.approx(GENERATOR[name](FAKE))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_derivatives(name: str) -> None:
    objective = OBJECTIVES[name]
    assert torch.autograd.gradcheck(objective.discriminator, (logits(REAL), logits(FAKE)))
    assert torch.autograd.gradgradcheck(objective.discriminator, (logits(REAL), logits(FAKE)))
    assert torch.autograd.gradcheck(objective.generator, (logits(FAKE),))
    assert torch.autograd.gradgradcheck(objective.generator, (logits(FAKE),))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_direction(name: str) -> None:
    """The discriminator gains where real is high and made is low, the generator where made is high."""
    objective = OBJECTIVES[name]
    real, fake = logits([0.0, 0.5]), logits([0.0, -0.5])
    objective.discriminator(real, fake).backward()
    assert real.grad is not None
    assert fake.grad is not None
    assert (real.grad < 0).all()
    assert (fake.grad > 0).all()
    made = logits([0.0, -0.5])
    objective.generator(made).backward()
    assert made.grad is not None
    assert (made.grad < 0).all()


@pytest.mark.parametrize("name", OBJECTIVES)
def test_far_out_logits_stay_finite(name: str) -> None:
    objective = OBJECTIVES[name]
    far = torch.tensor([-1e4, 1e4])
    assert objective.discriminator(far, far).isfinite()
    assert objective.generator(far).isfinite()
