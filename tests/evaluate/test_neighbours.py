"""Precision, recall, density and coverage: by hand, and on sets made to be as their definitions say."""

import pytest
import torch

from nijigen.evaluate import neighbours
from nijigen.evaluate.neighbours import Coverage, cover, nearest_within

MODES = torch.eye(6, 10) * 20


def mixture(count: int, seed: int, modes: int = 6) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return MODES[torch.randint(modes, (count,), generator=random)] + torch.randn(count, 10, generator=random)


def by_hand(real: torch.Tensor, made: torch.Tensor) -> Coverage:
    """The definitions, pair by pair, on exact distances."""

    def radius(rows: torch.Tensor, place: int, k: int) -> float:
        others = sorted(float((rows[place] - row).norm()) for index, row in enumerate(rows) if index != place)
        return others[k - 1]

    real, made = real.double(), made.double()
    r3, r5 = ([radius(real, i, k) for i in range(len(real))] for k in (3, 5))
    m3 = [radius(made, j, 3) for j in range(len(made))]
    d = [[float((a - b).norm()) for b in real] for a in made]
    pairs = [(j, i) for j in range(len(made)) for i in range(len(real))]
    return Coverage(
        precision=sum(any(d[j][i] <= r3[i] for i in range(len(real))) for j in range(len(made))) / len(made),
        recall=sum(any(d[j][i] <= m3[j] for j in range(len(made))) for i in range(len(real))) / len(real),
        density=sum(d[j][i] <= r5[i] for j, i in pairs) / (5 * len(made)),
        coverage=sum(any(d[j][i] <= r5[i] for j in range(len(made))) for i in range(len(real))) / len(real),
    )


def test_they_are_their_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "CHUNK", 7)  # so that chunks have borders here
    random = torch.Generator().manual_seed(0)
    real, made = torch.randn(30, 3, generator=random), 1.3 * torch.randn(25, 3, generator=random) + 0.4
    found, expected = cover(real, made), by_hand(real, made)
    for name in ("precision", "recall", "density", "coverage"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-12), name


def test_identical_sets_have_all() -> None:
    rows = mixture(300, 0)
    found = cover(rows, rows)
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)
    # Every point is the neighbour of itself and, on average, of five others.
    assert found.density == pytest.approx(6 / 5, rel=0.01)


def test_samples_of_one_distribution_have_nearly_all() -> None:
    found = cover(mixture(600, 1), mixture(600, 2))
    assert min(found.precision, found.recall, found.coverage) > 0.8
    assert found.density == pytest.approx(1, abs=0.1)


def test_a_dropped_mode_costs_recall_and_coverage_alone() -> None:
    whole, partial = cover(mixture(600, 1), mixture(600, 2)), cover(mixture(600, 1), mixture(600, 3, modes=3))
    assert partial.recall < 0.6 * whole.recall
    assert partial.coverage < 0.6 * whole.coverage
    assert partial.precision > 0.9 * whole.precision


def test_noise_costs_precision_and_density_alone_while_outliers_of_the_real_cannot_feign_density() -> None:
    random = torch.Generator().manual_seed(4)
    noisy = mixture(600, 2)
    noisy[:300] += 8 * torch.randn(300, 10, generator=random)
    found = cover(mixture(600, 1), noisy)
    assert found.precision < 0.65
    assert found.density < 0.65
    far = mixture(600, 1)
    far[0] += 200  # one outlier has a vast neighbourhood, in which all that lies between counts as precise
    between = mixture(600, 2)
    between[:300] = far[0] * 0.5
    found = cover(far, between)
    assert found.precision > 0.9
    assert found.density < 0.7


def test_a_collapsed_model_is_precise_and_covers_nothing() -> None:
    one_point = mixture(1, 1).repeat(600, 1) + 1e-3 * torch.randn(600, 10, generator=torch.Generator().manual_seed(1))
    found = cover(mixture(600, 1), one_point)
    assert found.precision > 0.9
    assert found.recall < 0.02
    assert found.coverage < 0.05


def test_many_copies_of_a_picture_are_each_others_neighbours() -> None:
    """Radius 0 and distance 0, up to rounding: equal counts as equal."""
    copies = mixture(1, 5).repeat(40, 1) * 1e3
    assert cover(copies, copies) == Coverage(1.0, 1.0, 8.0, 1.0)


def test_nearest_leaves_oneself_out() -> None:
    rows = torch.tensor([[0.0], [1.0], [3.0], [7.0]], dtype=torch.float64)
    assert nearest_within(rows, (1, 2)).tolist() == [[1, 9], [1, 4], [4, 9], [16, 36]]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="6 rows"):
        cover(mixture(5, 0), mixture(50, 1))
    with pytest.raises(ValueError, match="width 10 and 4"):
        cover(mixture(50, 0), mixture(50, 1)[:, :4])
