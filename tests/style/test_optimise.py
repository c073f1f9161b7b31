"""Both optimisers find the bottom, keep the best and take no more steps than they may."""

import pytest
import torch

from nijigen.errors import NijigenError
from nijigen.style.optimise import descend

WANTED = torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(0))
WEIGHTS = torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(1)) + 0.1


def bowl(picture: torch.Tensor) -> torch.Tensor:
    return (WEIGHTS * (picture - WANTED).square()).sum()


@pytest.mark.parametrize(("optimizer", "steps"), [("lbfgs", 30), ("adam", 200)])
def test_the_bottom_is_found(optimizer: str, steps: int) -> None:
    start = torch.full_like(WANTED, 0.5)
    assert torch.allclose(descend(start, bowl, steps, optimizer), WANTED, atol=0.02)
    assert torch.equal(start, torch.full_like(WANTED, 0.5))


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_step_is_one_evaluation(optimizer: str, steps: int) -> None:
    losses: list[float] = []

    def loss(picture: torch.Tensor) -> torch.Tensor:
        value = picture.sin().square().sum() + bowl(picture)
        losses.append(float(value.detach()))
        return value

    seen: list[torch.Tensor] = []
    best = descend(torch.zeros_like(WANTED), loss, steps, optimizer, lambda picture: seen.append(picture.clone()))
    assert len(losses) == len(seen) == steps
    assert float(loss(best)) <= min(losses[:-1]) + 1e-6


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_colours_stay_in_range(optimizer: str) -> None:
    made = descend(torch.rand(1, 3, 4, 4), lambda picture: (picture - 3).square().sum(), 40, optimizer)
    assert float(made.max()) == 1.0
    assert float(made.min()) >= 0.0


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_loss_without_a_number_is_one_line(optimizer: str) -> None:
    with pytest.raises(NijigenError, match="no finite number"):
        descend(torch.rand(1, 3, 2, 2), lambda picture: picture.sum() * torch.nan, 3, optimizer)
