"""Piecewise linear chains: the same numbers as automatic differentiation, from four passes instead of six."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.nn.piecewise import SLOPE, Convolution, Halving, Link, Residual, logits_of
from nijigen.training.cost import Meter

Judge = Callable[[Tensor], Tensor]


class Chain(nn.Module):
    """A network of every kind of link, and the same written with modules."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.enter = nn.Conv2d(3, width, 1, bias=False)
        self.widen = nn.Conv2d(width, 2 * width, 1)
        self.mix = nn.Conv2d(2 * width, 2 * width, 3, padding=1, groups=2)
        self.narrow = nn.Conv2d(2 * width, width, 1, bias=False)
        self.change = nn.Conv2d(width, width + 1, 3, padding=1)
        self.gather = nn.Conv2d(width + 1, width + 1, 2, groups=width + 1, bias=False)
        self.features = width + 1
        self.double()

    def links(self) -> list[Link]:
        block = [Convolution(self.widen, leaky=True), Convolution(self.mix, leaky=True), Convolution(self.narrow)]
        change = Convolution(self.change, leaky=True)
        return [Convolution(self.enter), Residual(block), Halving(), change, Convolution(self.gather)]

    def fast(self, pictures: Tensor, direction: Tensor) -> Tensor:
        return logits_of(self.links(), pictures, direction)

    def forward(self, pictures: Tensor, direction: Tensor) -> Tensor:
        x = self.enter(pictures)
        wide = functional.leaky_relu(self.mix(functional.leaky_relu(self.widen(x), SLOPE)), SLOPE)
        x = functional.avg_pool2d(x + self.narrow(wide), 2)
        x = self.gather(functional.leaky_relu(self.change(x), SLOPE))
        logits: Tensor = (x.flatten(1) * direction).sum(1)
        return logits


@pytest.fixture
def chain() -> Chain:
    torch.manual_seed(3)
    return Chain()


def some(chain: Chain, count: int = 3) -> tuple[Tensor, Tensor]:
    """Pictures of 4×4 and a direction."""
    random = torch.Generator().manual_seed(4)
    pictures = torch.randn(count, 3, 4, 4, dtype=torch.double, generator=random)
    return pictures, torch.randn(count, chain.features, dtype=torch.double, generator=random)


def judge_coloured(judge: Callable[[Tensor, Tensor], Tensor], direction: Tensor, pictures: Tensor) -> Tensor:
    """As augmentation has it: the slope is asked for at pictures that are changed before they are judged."""
    return judge(pictures * torch.tensor([1.0, -2.0, 0.5]).view(3, 1, 1), direction)


def slope_of(logits: Tensor, pictures: Tensor) -> Tensor:
    (slope,) = torch.autograd.grad(logits, pictures, torch.ones_like(logits), create_graph=True)
    return slope


# Everything a loss may ask of logits and slopes.
LOSSES: dict[str, Callable[[Judge, Tensor], Tensor]] = {
    "the logits alone": lambda judge, x: functional.softplus(judge(x)).sum(),
    "the slopes alone": lambda judge, x: slope_of(judge(x), x).square().sum(),
    "both": lambda judge, x: (lambda y: functional.softplus(-y).mean() + slope_of(y, x).square().sum())(judge(x)),
    "slopes to a length": lambda judge, x: (slope_of(judge(x), x).flatten(1).norm(dim=1) - 1).square().mean(),
    "slopes of weighed logits": lambda judge, x: slope_of(judge(x) * torch.arange(1, 4), x).pow(4).sum(),
    "slopes of a curve of the logits": lambda judge, x: slope_of(functional.softplus(judge(x)), x).square().sum(),
    "slopes twice": lambda judge, x: (
        lambda y: slope_of(y, x).square().sum() + slope_of(3 * y, x).abs().sum() + y.square().sum()
    )(judge(x)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_every_gradient_is_that_of_automatic_differentiation(chain: Chain, name: str) -> None:
    pictures, direction = some(chain)
    found: list[list[Tensor]] = []
    for judge in (chain.fast, chain.forward):
        x, aim = pictures.clone().requires_grad_(), direction.clone().requires_grad_()
        loss = LOSSES[name](partial(judge_coloured, judge, aim), x)
        asked = [x, aim, *chain.parameters()]
        gradients = torch.autograd.grad(loss, asked, allow_unused=True)
        found.append([loss, *(torch.zeros(()) if g is None else g for g in gradients)])
    for ours, reference in zip(*found, strict=True):
        assert torch.allclose(ours, reference, rtol=1e-10, atol=1e-12)


def test_the_penalty_has_the_derivative_of_finite_differences(chain: Chain) -> None:
    pictures, direction = some(chain, 2)
    pictures.requires_grad_()

    def penalty(*weights: Tensor) -> Tensor:
        for parameter, weight in zip(chain.parameters(), weights, strict=True):
            parameter.data = weight.data
        logits = chain.fast(pictures, direction)
        return slope_of(logits, pictures).square().sum() + logits.square().sum()

    weights = [parameter.detach().clone() for parameter in chain.parameters()]
    gradients = torch.autograd.grad(penalty(*weights), list(chain.parameters()))
    step = 1e-6  # no activation of these weights is so near to 0
    for number, weight in enumerate(weights):
        for place in range(0, weight.numel(), 5):
            ends = []
            for sign in (1, -1):
                moved = [value.clone() for value in weights]
                moved[number].view(-1)[place] += sign * step
                ends.append(penalty(*moved).item())
            expected = (ends[0] - ends[1]) / (2 * step)
            assert gradients[number].reshape(-1)[place].item() == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_it_makes_two_thirds_of_the_operations() -> None:
    chain = Chain(16)
    pictures, direction = some(chain)

    def operations(judge: Callable[[Tensor, Tensor], Tensor]) -> int:
        x = pictures.clone().requires_grad_()
        with Meter() as meter:
            logits = judge(x, direction)
            (functional.softplus(logits).sum() + slope_of(logits, x).square().sum()).backward()
        return meter.operations

    assert operations(chain.fast) <= 0.72 * operations(chain.forward)  # 4 / 6, and what the ends cost


def test_a_graph_that_is_kept_gives_the_same_again(chain: Chain) -> None:
    pictures, direction = some(chain)
    x = pictures.requires_grad_()
    logits = chain.fast(x, direction)
    loss = slope_of(logits, x).square().sum() + logits.sum()
    first, again = (torch.autograd.grad(loss, list(chain.parameters()), retain_graph=True) for _ in range(2))
    alone = torch.autograd.grad(logits.sum(), list(chain.parameters()))
    expected = torch.autograd.grad(chain(x, direction).sum(), list(chain.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    # Nothing of the penalty is left over for a loss without one.
    assert all(torch.allclose(a, b) for a, b in zip(alone, expected, strict=True))


def test_frozen_weights_get_nothing_and_change_nothing(chain: Chain) -> None:
    def gradients() -> list[Tensor | None]:
        pictures, direction = some(chain)
        x = pictures.requires_grad_()
        chain.zero_grad()
        slope_of(chain.fast(x, direction), x).square().sum().backward()
        return [p.grad for p in chain.parameters()]

    free = gradients()
    chain.enter.requires_grad_(False)
    chain.mix.requires_grad_(False)
    frozen = gradients()
    for parameter, without, with_frozen in zip(chain.parameters(), free, frozen, strict=True):
        if parameter.requires_grad:
            assert without is not None
            assert with_frozen is not None
            assert torch.equal(without, with_frozen)
        else:
            assert with_frozen is None


def test_weights_changed_too_early_are_noticed(chain: Chain) -> None:
    pictures, direction = some(chain)
    x = pictures.requires_grad_()
    penalty = slope_of(chain.fast(x, direction), x).square().sum()
    with torch.no_grad():
        chain.mix.weight.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        penalty.backward()  # type: ignore[no-untyped-call]


def test_second_derivatives_by_weights_are_refused(chain: Chain) -> None:
    pictures, direction = some(chain)
    logits = chain.fast(pictures.requires_grad_(), direction)
    with pytest.raises(RuntimeError, match="not have been used in the graph"):
        torch.autograd.grad(logits.sum(), chain.mix.weight, create_graph=True)
