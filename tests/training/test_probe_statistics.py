"""Each number of a probe against a double loop or a case where the answer is known."""

from collections.abc import Callable
from itertools import combinations

import pytest
import torch
from torch import Tensor

from nijigen.schema import Attribute, AttributeSchema
from nijigen.training.probe_labels import by_labels, other_rows
from nijigen.training.probe_statistics import (
    detail,
    distances,
    followed,
    leaking,
    nearest,
    right,
    saturated,
    shrunk,
    spread,
)

SCHEMA = AttributeSchema([Attribute("hair_color", ("pink", "blue")), Attribute("tilt", range=(-1.0, 1.0))])


@pytest.fixture
def draw() -> Callable[..., Tensor]:
    """Normal numbers of a shape; the same ones in the same order for each test."""
    random = torch.Generator().manual_seed(0)
    return lambda *size: torch.randn(*size, generator=random, dtype=torch.float64)


def test_pictures_are_cut_to_the_range_and_averaged_down() -> None:
    picture = torch.zeros(1, 1, 32, 32)
    picture[..., :2, :2] = torch.tensor([[4.0, 1.0], [0.0, -1.0]])
    small = shrunk(picture)
    assert small.shape == (1, 256)
    assert small[0, 0] == 0.25  # (1 + 1 + 0 − 1) / 4
    assert small[0, 1:].abs().max() == 0
    assert shrunk(torch.zeros(2, 3, 8, 8)).shape == (2, 192)


def test_distances_are_root_mean_squares(draw: Callable[..., Tensor]) -> None:
    some, others = draw(4, 5), draw(3, 5)
    found = distances(some, others)
    for i, j in ((0, 0), (3, 2), (1, 0)):
        assert found[i, j] == pytest.approx(((some[i] - others[j]) ** 2).mean().sqrt().item(), rel=1e-12)
    assert distances(some, some).diagonal().max() < 1e-7


def test_spread_against_loops(draw: Callable[..., Tensor]) -> None:
    made, real = draw(6, 4) + 0.5, draw(9, 4)

    def apart(a: Tensor, b: Tensor) -> float:
        return float(((a - b) ** 2).mean().sqrt())

    within_made = sum(apart(a, b) for a, b in combinations(made, 2)) / 15
    within_real = sum(apart(a, b) for a, b in combinations(real, 2)) / 36
    between = sum(apart(a, b) for a in made for b in real) / 54
    found = spread(made, real)
    assert found["diversity"] == pytest.approx(within_made / within_real, rel=1e-7)
    assert found["gap"] == pytest.approx((2 * between - within_made - within_real) / within_real, rel=1e-6)
    near_made = sum(min(apart(a, b) for j, b in enumerate(made) if j != i) for i, a in enumerate(made)) / 6
    near_real = sum(min(apart(a, b) for j, b in enumerate(real[:6]) if j != i) for i, a in enumerate(real[:6])) / 6
    assert found["diversity.nearest"] == pytest.approx(near_made / near_real, rel=1e-7)
    assert nearest(distances(made[:1], made[:1])) == 0


def test_spread_tells_collapse_from_a_good_sample(draw: Callable[..., Tensor]) -> None:
    real, good = draw(300, 20), draw(60, 20)
    alike = spread(good, real)
    assert alike["diversity"] == pytest.approx(1, abs=0.05)
    assert abs(alike["gap"]) < 0.02
    few = draw(3, 20).repeat(20, 1) + 0.01 * draw(60, 20)  # three pictures again and again
    modes = spread(few, real)
    assert modes["diversity"] == pytest.approx(2 / 3, abs=0.15)  # the chance that two of them are of two kinds
    assert modes["diversity.nearest"] < 0.02
    assert modes["gap"] > 0.1
    assert spread(draw(1, 20).expand(60, -1), real)["diversity"] < 1e-6


def test_right_counts_pairs() -> None:
    assert right(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.5])) == 1
    assert right(torch.tensor([0.0]), torch.tensor([1.0, 0.0, -1.0, -2.0])) == (0 + 0.5 + 1 + 1) / 4


def test_detail_and_cut_values() -> None:
    rows = torch.tensor([0.0, 1.0, 0.0, 1.0]).expand(1, 1, 4, 4)
    assert detail(rows) == 0.5  # 1 across, 0 down
    assert detail(torch.ones(1, 3, 4, 4)) == 0
    assert saturated(torch.tensor([-1.5, -0.99, 0.0, 0.9])) == 0.5


def test_leaking_is_the_share_of_the_way(draw: Callable[..., Tensor]) -> None:
    real, way = 0.3 * draw(400, 30), torch.zeros(30, dtype=torch.float64)
    way[:5] = 0.5
    moved = real + way + 0.1 * draw(400, 30)
    for share in (0.0, 0.5, 1.0):
        found = leaking(0.3 * draw(200, 30) + share * way, real, moved)
        assert found["leak"] == pytest.approx(share, abs=0.1)
        assert 0 < found["leak.spread"] < 0.1
        assert share == 0 or found["leak.explained"] > 0.8
    # A picture that is wrong in another way has not leaked.
    aside = torch.zeros(30, dtype=torch.float64)
    aside[20:] = 0.5
    other = leaking(0.3 * draw(200, 30) + aside, real, moved)
    assert abs(other["leak"]) < 0.3
    assert other["leak.explained"] < 0.2


def test_no_leak_is_told_where_nothing_changes(draw: Callable[..., Tensor]) -> None:
    real = draw(100, 30)
    assert leaking(draw(50, 30), real, real) == {}
    assert leaking(draw(50, 30), real, real + 0.01 * draw(100, 30)) == {}


def test_followed_is_the_share_of_what_labels_do(draw: Callable[..., Tensor]) -> None:
    def people(count: int, effect: float) -> tuple[Tensor, Tensor]:
        labels = torch.zeros(count, 4, dtype=torch.float64)
        labels[torch.arange(count), torch.arange(count) % 4] = 1
        return 0.5 * draw(count, 30) + effect * labels @ torch.eye(4, 30, dtype=torch.float64), labels

    real, real_labels = people(400, 1.0)
    for effect in (0.0, 0.5, 1.0):
        assert followed(*people(200, effect), real, real_labels) == pytest.approx(effect, abs=0.15)
    assert followed(*people(200, 0.0), *people(400, 0.0)) is None


def test_other_rows_have_other_labels() -> None:
    labels = torch.tensor([[1.0, 0], [1, 0], [0, 1], [1, 0], [1, 0], [0, 1]])
    places = other_rows(labels)
    assert (labels[places] != labels).any(dim=1).all()
    assert other_rows(torch.ones(4, 2)).shape == (4,)  # no other label: any row will do


def labelled(draw: Callable[..., Tensor], count: int, by_label: float, by_noise: float) -> tuple[Tensor, Tensor]:
    labels = torch.zeros(count, 4, dtype=torch.float64)
    labels[torch.arange(count), torch.arange(count) % 2] = 1
    pictures = by_noise * draw(count, 30)
    pictures[:, 0] += by_label * labels[:, 0]
    return pictures, labels


@pytest.mark.parametrize(("by_label", "by_noise"), [(5.0, 1.0), (0.0, 1.0), (5.0, 0.05)])
def test_numbers_about_labels(by_label: float, by_noise: float, draw: Callable[..., Tensor]) -> None:
    """A generator as good as the data, one that ignores labels, one that ignores noise."""
    real, real_labels = labelled(draw, 200, 5.0, 1.0)
    noise, (_, own) = by_noise * draw(100, 30), labelled(draw, 100, 0.0, 0.0)
    other = own[other_rows(own)]

    def make(z: Tensor, y: Tensor) -> Tensor:
        pictures = z.clone()
        pictures[:, 0] += by_label * y[:, 0]
        return pictures

    made = make(noise, own), make(noise, other), make(by_noise * draw(100, 30), own)
    found = by_labels(made, (own, other), real, real_labels, SCHEMA)
    numbers = {key: value for key, value in found.items() if not isinstance(value, str)}
    assert numbers["diversity.label"] == pytest.approx(by_noise, abs=0.1)
    assert numbers["diversity.value"] == pytest.approx(by_noise, abs=0.12)
    assert found["diversity.value.of"] in ("hair_color=pink", "hair_color=blue")
    assert numbers["labels.followed"] == pytest.approx(by_label / 5, abs=0.1)
    apart = float(distances(real, real).sum()) / (200 * 199)
    assert numbers["change.label"] == pytest.approx(by_label / 30**0.5 / apart, abs=1e-9)


def test_labels_that_are_all_alike_or_unknown(draw: Callable[..., Tensor]) -> None:
    nothing = torch.zeros(40, 4, dtype=torch.float64)
    found = by_labels((draw(40, 30),) * 3, (nothing, nothing), draw(60, 30), torch.zeros(60, 4).double(), SCHEMA)
    assert found.keys() == {"change.noise", "diversity.label"}
    assert found["change.noise"] == 0
