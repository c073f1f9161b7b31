"""The auxiliary classifier's loss against torch's own cross entropy, attribute by attribute."""

import pytest
import torch
from torch.nn import functional

from nijigen.objectives.auxiliary import label_accuracy, label_cross_entropy, pull, unheard

BLOCKS = (3, 2, 4)
WIDTH = sum(BLOCKS)


def labels(*rows: tuple[int | None, float | None, int | None]) -> torch.Tensor:
    """Rows of (word of three, place between two ends, word of four); None: unknown."""
    table = torch.zeros(len(rows), WIDTH, dtype=torch.float64)
    for place, (first, second, third) in enumerate(rows):
        if first is not None:
            table[place, first] = 1
        if second is not None:
            table[place, 3], table[place, 4] = 1 - second, second
        if third is not None:
            table[place, 5 + third] = 1
    return table


def logits(count: int) -> torch.Tensor:
    return torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def test_the_mean_of_torchs_cross_entropy_over_the_attributes() -> None:
    said, wanted = logits(2), labels((0, 0.25, 3), (2, 1.0, 1))
    expected = torch.stack(
        [
            functional.cross_entropy(said[:, block], wanted[:, block], reduction="none")
            for block in (slice(0, 3), slice(3, 5), slice(5, 9))
        ]
    ).mean(0)
    assert label_cross_entropy(said, wanted, BLOCKS).item() == pytest.approx(expected.mean().item(), rel=1e-12)
    weights = torch.tensor([1.0, 3.0], dtype=torch.float64)
    weighted = (expected * weights).sum() / 4
    assert label_cross_entropy(said, wanted, BLOCKS, weights).item() == pytest.approx(weighted.item(), rel=1e-12)


def test_what_is_unknown_asks_for_nothing() -> None:
    """Neither attributes nor whole rows: the mean is over rows that have any label."""
    said = logits(3).requires_grad_()
    loss = label_cross_entropy(said, labels((1, None, None), (None, None, None), (None, 0.5, 2)), BLOCKS)
    one = functional.cross_entropy(said[:1, :3], torch.tensor([1]))
    wanted = labels((None, 0.5, 2))
    others = [functional.cross_entropy(said[2:, s], wanted[:, s]) for s in (slice(3, 5), slice(5, 9))]
    assert loss.item() == pytest.approx(((one + sum(others) / 2) / 2).item(), rel=1e-12)
    (slope,) = torch.autograd.grad(loss, said)
    for nothing in (slope[0, 3:], slope[1], slope[2, :3]):
        assert nothing.abs().max() == 0
    assert min(slope[0, :3].abs().min(), slope[2, 3:].abs().min()) > 0
    assert label_cross_entropy(said, torch.zeros(3, WIDTH, dtype=torch.float64), BLOCKS) == 0


def test_twice_differentiable() -> None:
    wanted = labels((0, 0.25, 3), (None, 1.0, 1))
    said = logits(2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: label_cross_entropy(x, wanted, BLOCKS), said)
    assert torch.autograd.gradgradcheck(lambda x: label_cross_entropy(x, wanted, BLOCKS), said)


def test_accuracy_counts_known_attributes() -> None:
    wanted = labels((0, 0.25, 3), (2, None, None))
    assert label_accuracy(wanted, wanted, BLOCKS) == 1
    said = wanted.clone()
    said[1] = labels((1, None, None))[0]
    assert label_accuracy(said, wanted, BLOCKS).item() == pytest.approx(3 / 4)
    assert label_accuracy(said, torch.zeros_like(wanted), BLOCKS) == 0


@pytest.mark.parametrize(
    ("made", "real", "left"),
    [(1.4, 0.7, 0.5), (0.5, 0.5, 0.0), (0.3, 0.5, 0.0), (2.0, 0.0, 1.0), (0.69, 0.69, 0.0)],
)
def test_labels_are_unheard_as_far_as_made_pictures_are_read_worse(made: float, real: float, left: float) -> None:
    """Nothing is left where nobody can read them, be it that the classifier is new or the labels are noise."""
    assert unheard(torch.tensor(made), real).item() == pytest.approx(left)


def test_the_classifier_pulls_as_hard_as_asked() -> None:
    """Whatever the sizes of the two slopes."""
    weights = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    judge, reader = torch.zeros_like(weights), torch.zeros_like(weights)
    judge[0], reader[1] = weights[0], 1e-5 * weights[1]
    made = torch.randn_like(weights).requires_grad_()
    seen = made.detach().requires_grad_()
    judged = (seen * judge).sum()
    loss = pull(made * 2, seen, judged, (seen * reader).sum(), torch.tensor(3.0, dtype=torch.float64))
    assert loss.item() == pytest.approx(judged.item())
    (slope,) = torch.autograd.grad(loss, made)
    assert torch.allclose(slope[0], 2 * weights[0])
    assert (slope[1].norm() / slope[0].norm()).item() == pytest.approx(3)
    assert torch.allclose(slope[1] / slope[1].norm(), weights[1] / weights[1].norm())


def test_a_classifier_that_asks_for_nothing_pulls_nowhere() -> None:
    made = torch.randn(2, 3, dtype=torch.float64).requires_grad_()
    seen = made.detach().requires_grad_()
    loss = pull(made, seen, seen.square().sum(), (0 * seen).sum(), torch.tensor(1.0, dtype=torch.float64))
    (slope,) = torch.autograd.grad(loss, made)
    assert torch.allclose(slope, 2 * made)
