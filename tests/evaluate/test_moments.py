"""Moments in one pass are those of all rows at once, however the rows come."""

import torch

from nijigen.evaluate.moments import CHUNK, Moments


def rows(count: int, width: int = 5, seed: int = 0, offset: float = 0.0) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed)) + offset


def test_mean_and_covariance_are_those_of_all_rows() -> None:
    given = rows(3 * CHUNK + 17, offset=1e3)  # far from zero, where a difference of large sums would lose digits
    moments = Moments(5)
    for part in given.split(100):
        moments.add(part)
    assert moments.count == len(given)
    torch.testing.assert_close(moments.mean, given.double().mean(dim=0), rtol=1e-12, atol=0)
    torch.testing.assert_close(moments.covariance, given.double().T.cov(), rtol=1e-10, atol=1e-12)


def test_portions_do_not_change_a_digit() -> None:
    given, by_sevens, at_once = rows(2 * CHUNK + 5), Moments(5), Moments(5)
    for part in given.split(7):
        by_sevens.add(part)
    at_once.add(given)
    assert torch.equal(by_sevens.scatter, at_once.scatter)
    assert torch.equal(by_sevens.mean, at_once.mean)


def test_they_are_kept_as_tensors() -> None:
    moments = Moments.of(rows(40))
    again = Moments.from_tensors(moments.count, moments.mean, moments.scatter)
    assert torch.equal(again.covariance, moments.covariance)


def test_one_row_has_no_spread() -> None:
    assert not Moments.of(rows(1)).covariance.any()
