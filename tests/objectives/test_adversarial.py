"""The objectives are their papers' formulas, in float64, with the derivatives of finite differences."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.objectives.adversarial import OBJECTIVES, wasserstein_estimate

Formula = Callable[[float, float, float], float]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def cross_entropy(real: float, fake: float, smoothing: float) -> float:
    target = 1 - smoothing
    on_real = -target * math.log(sigmoid(real)) - (1 - target) * math.log(1 - sigmoid(real))
    return on_real - math.log(1 - sigmoid(fake))


# Written from the papers, one pair at a time: Goodfellow et al. 2014, eq. 1 and §3 (smoothing: Salimans et al. 2016,
# §3.4); Miyato et al. 2018, eq. 16 and 17; Arjovsky et al. 2017, algorithm 1; Mao et al. 2016, eq. 9 (a=0, b=c=1);
# Jolicoeur-Martineau 2018, RSGAN.
DISCRIMINATOR: dict[str, Formula] = {
    "minimax": cross_entropy,
    "non-saturating": cross_entropy,
    "hinge": lambda real, fake, _: -min(0, -1 + real) - min(0, -1 - fake),
    "wasserstein": lambda real, fake, _: -(real - fake),
    "least-squares": lambda real, fake, smoothing: 0.5 * (real - (1 - smoothing)) ** 2 + 0.5 * (fake - 0) ** 2,
    "relativistic": lambda real, fake, _: -math.log(sigmoid(real - fake)),
}
GENERATOR: dict[str, Callable[[float, float], float]] = {
    "minimax": lambda fake, _: math.log(1 - sigmoid(fake)),
    "non-saturating": lambda fake, _: -math.log(sigmoid(fake)),
    "hinge": lambda fake, _: -fake,
    "wasserstein": lambda fake, _: -fake,
    "least-squares": lambda fake, _: 0.5 * (fake - 1) ** 2,
    "relativistic": lambda fake, real: -math.log(sigmoid(fake - real)),
}
SMOOTHABLE = {"minimax", "non-saturating", "least-squares"}
REAL, FAKE = [-3.0, -0.5, 0.2, 4.0, 0.9], [2.5, -0.1, -6.0, 0.7, -1.3]
NUMBERS = st.floats(-15, 15, allow_subnormal=False)


def logits(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.double, requires_grad=True)


def smoothings(name: str) -> list[float]:
    return [0.0, 0.1] if name in SMOOTHABLE else [0.0]


def test_every_objective_has_its_formula_here() -> None:
    assert set(OBJECTIVES) == set(DISCRIMINATOR) == set(GENERATOR)
    assert all(name == objective.name for name, objective in OBJECTIVES.items())


def test_what_is_true_of_each() -> None:
    def where(fact: str) -> set[str]:
        return {name for name, objective in OBJECTIVES.items() if getattr(objective, fact)}

    assert where("paired") == {"relativistic"}
    assert where("adaptive") == {"minimax", "non-saturating", "hinge"}
    assert where("smoothable") == SMOOTHABLE
    assert where("needs_bound") == {"wasserstein"}


@pytest.mark.parametrize("name", OBJECTIVES)
@settings(max_examples=50)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6), st.floats(0, 0.9))
def test_formula(name: str, pairs: list[tuple[float, float]], smoothing: float) -> None:
    objective = OBJECTIVES[name]
    real, fake = (logits(list(values)) for values in zip(*pairs, strict=True))
    smoothing = smoothing if objective.smoothable else 0.0
    wanted = [DISCRIMINATOR[name](*pair, smoothing) for pair in pairs]
    assert objective.discriminator(real, fake, smoothing).tolist() == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    wanted = [GENERATOR[name](fake, real) for real, fake in pairs]
    assert objective.generator(fake, real).tolist() == pytest.approx(wanted, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", [name for name, objective in OBJECTIVES.items() if not objective.paired])
def test_unpaired_generators_do_not_look_at_real_pictures(name: str) -> None:
    objective = OBJECTIVES[name]
    assert torch.equal(objective.generator(logits(FAKE)), objective.generator(logits(FAKE), logits(REAL)))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_derivatives(name: str) -> None:
    objective = OBJECTIVES[name]
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        for smoothing in smoothings(name):
            judged = lambda real, fake, s=smoothing: objective.discriminator(real, fake, s)  # noqa: E731
            assert check(judged, (logits(REAL), logits(FAKE)))
        assert check(objective.generator, (logits(FAKE), logits(REAL)))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_direction(name: str) -> None:
    """The discriminator gains where real is high and made is low, the generator where made is high."""
    objective = OBJECTIVES[name]
    real, fake = logits([0.0, 0.5]), logits([0.1, 0.5])
    objective.discriminator(real, fake, 0.0).sum().backward()
    assert real.grad is not None
    assert fake.grad is not None
    assert (real.grad < 0).all()
    assert (fake.grad > 0).all()
    made = logits([0.0, -0.5])
    objective.generator(made, logits([0.0, 0.5])).sum().backward()
    assert made.grad is not None
    assert (made.grad < 0).all()


@pytest.mark.parametrize("name", sorted(SMOOTHABLE))
def test_the_best_answer_to_smoothed_labels_is_the_smoothed_target(name: str) -> None:
    fake = torch.tensor([0.0], dtype=torch.double)
    best = logits([0.9 if name == "least-squares" else math.log(0.9 / 0.1)])
    OBJECTIVES[name].discriminator(best, fake, 0.1).sum().backward()
    assert best.grad is not None
    assert best.grad.item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_far_out_logits_have_finite_losses_and_gradients(name: str, dtype: torch.dtype) -> None:
    objective = OBJECTIVES[name]
    values = torch.tensor([-1e4, 1e4], dtype=dtype)
    real, fake = (grid.flatten().requires_grad_() for grid in torch.meshgrid(values, values, indexing="ij"))
    for smoothing in smoothings(name):
        for losses in (objective.discriminator(real, fake, smoothing), objective.generator(fake, real)):
            assert losses.isfinite().all()
            for gradient in torch.autograd.grad(losses.sum(), (real, fake), allow_unused=True):
                assert gradient is None or gradient.isfinite().all()
    # Where softplus is linear, it is the margin itself: nothing is lost to rounding.
    if name == "relativistic":
        assert objective.discriminator(real, fake, 0.0).tolist() == pytest.approx([math.log(2), 2e4, 0, math.log(2)])


def test_the_estimate_is_the_difference_of_means_and_what_the_critic_maximises() -> None:
    real, fake = logits(REAL), logits(FAKE)
    estimate = wasserstein_estimate(real, fake)
    assert estimate.item() == pytest.approx(sum(REAL) / 5 - sum(FAKE) / 5)
    assert estimate.item() == pytest.approx(-OBJECTIVES["wasserstein"].discriminator(real, fake).mean().item())
    assert wasserstein_estimate(real[:2], fake).item() == pytest.approx(sum(REAL[:2]) / 2 - sum(FAKE) / 5)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_smoothing_that_means_nothing_is_refused(name: str) -> None:
    objective, real, fake = OBJECTIVES[name], logits(REAL), logits(FAKE)
    for wrong in (-0.1, 1.0, float("nan")):
        with pytest.raises(NijigenError, match="at least 0 and below 1"):
            objective.discriminator(real, fake, wrong)
    if name not in SMOOTHABLE:
        with pytest.raises(NijigenError, match=f"{name} has no target to smooth.* use minimax, non-saturating, least"):
            objective.discriminator(real, fake, 0.1)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_logits_that_would_broadcast_are_refused(name: str) -> None:
    objective, real, fake = OBJECTIVES[name], logits(REAL), logits(FAKE)
    for one, other in ((real, fake[:, None]), (real[:, None], fake[:, None]), (real, fake[:1]), (real.mean(), fake)):
        with pytest.raises(ValueError, match=r"logits must be \[N\]"):
            objective.discriminator(one, other, 0.0)
    with pytest.raises(ValueError, match=r"logits must be \[N\]"):
        objective.generator(fake[:, None], real)


def test_a_paired_generator_asks_for_real_logits() -> None:
    with pytest.raises(ValueError, match="needs the logits of real pictures"):
        OBJECTIVES["relativistic"].generator(logits(FAKE))
