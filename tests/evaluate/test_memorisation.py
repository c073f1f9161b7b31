"""Memorisation: copies are told from new pictures, in whatever portions the training pictures come."""

import pytest
import torch

from nijigen.evaluate.memorisation import Nearest, as_pixels, judge


def cloud(count: int, seed: int) -> torch.Tensor:
    return torch.randn(count, 5, generator=torch.Generator().manual_seed(seed))


def nearest(rows: torch.Tensor, among: torch.Tensor, own: torch.Tensor | None = None, portion: int = 37) -> Nearest:
    search = Nearest(rows, own)
    for part in among.split(portion):
        search.add(part)
    return search


def test_it_finds_the_nearest_of_all() -> None:
    rows, among = cloud(20, 0), cloud(300, 1)
    found = nearest(rows, among)
    distances = torch.cdist(rows.double(), among.double())
    assert torch.equal(found.places, distances.argmin(dim=1))
    torch.testing.assert_close(found.distances, distances.min(dim=1).values)


def test_one_does_not_count_as_ones_own_neighbour() -> None:
    among = cloud(200, 1)
    own = torch.tensor([0, 36, 37, 120, 199])
    found = nearest(among[own], among, own)
    distances = torch.cdist(among[own].double(), among.double())
    distances[torch.arange(5), own] = torch.inf
    assert torch.equal(found.places, distances.argmin(dim=1))
    assert float(nearest(among[own], among).distances.max()) == 0


def test_the_nearer_of_two_views_counts() -> None:
    among = cloud(50, 1)
    views = torch.stack([cloud(3, 0) + 100, among[[4, 5, 6]]])  # as if the mirror image were the copy
    found = nearest(views, among)
    assert found.places.tolist() == [4, 5, 6]
    assert not found.distances.any()


def verdict(samples: torch.Tensor, training: torch.Tensor, unseen: torch.Tensor | None = None):
    if unseen is None:
        own = torch.arange(len(training))
        usual = nearest(training, training, own).distances
    else:
        usual = nearest(unseen, training).distances
    return judge(nearest(samples, training).distances, usual)


def test_new_pictures_are_as_far_as_unseen_ones_with_or_without_held_out() -> None:
    training = cloud(2000, 1)
    for unseen in (None, cloud(1000, 3)):
        found = verdict(cloud(1000, 2), training, unseen)
        assert found.ratio == pytest.approx(1, abs=0.07)
        assert found.nearer == pytest.approx(0.01, abs=0.012)
        assert found.copies < 0.005


def test_copies_are_found() -> None:
    training = cloud(2000, 1)
    found = verdict(training[:500] + 1e-4, training)
    assert found.ratio < 0.01
    assert (found.nearer, found.copies) == (1, 1)
    some = torch.cat([training[:100] + 1e-4, cloud(900, 2)])
    found = verdict(some, training)
    assert found.copies == pytest.approx(0.1, abs=0.01)
    assert found.ratio > 0.85


def test_duplicates_among_the_training_pictures_do_not_hide_copies() -> None:
    training = cloud(1000, 1)
    training = torch.cat([training, training[:60]])
    found = verdict(training[300:500], training)
    assert found.copies == 1
    assert found.nearer == 1


def test_pixels_are_root_mean_squares_of_small_pictures() -> None:
    black = torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    white = black + 255
    assert float((as_pixels(white) - as_pixels(black)).norm()) == pytest.approx(1, rel=1e-6)
    fine = torch.arange(64).remainder(2).mul(255).to(torch.uint8).expand(1, 3, 64, 64)
    shifted = fine.roll(1, dims=-1)
    assert float((as_pixels(fine) - as_pixels(shifted)).norm()) == pytest.approx(0, abs=1e-6)
    assert as_pixels(torch.zeros(2, 3, 8, 8, dtype=torch.uint8)).shape == (2, 192)
