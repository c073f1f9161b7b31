"""Pictures made worse: still themselves, in range, and the same ones again."""

import pytest
import torch

from nijigen.features.degrading import degrade


def made(seed: int, values: torch.Tensor, size: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    return degrade(values, size, torch.Generator().manual_seed(seed))


@pytest.fixture
def values() -> torch.Tensor:
    """Left half dark, right half light, with a green mark below."""
    picture = torch.full((16, 3, 64, 64), -0.6)
    picture[..., 32:] = 0.6
    picture[:, 1, 44:56] = 0.9
    return picture


@pytest.mark.parametrize("resolution", [32, 64, 96])
def test_shape_range_and_repetition(resolution):
    given = torch.rand(8, 3, resolution, resolution) * 2 - 1
    for seed in range(8):
        out, mirrored = made(seed, given.clone())
        assert out.shape == (8, 3, 64, 64)
        assert out.abs().max() <= 1
        again, same = made(seed, given.clone())
        assert torch.equal(out, again)
        assert torch.equal(mirrored, same)


def test_what_was_mirrored_is_told(values):
    told = set()
    for seed in range(12):
        out, mirrored = made(seed, values)
        left, right = out[:, 0, 8:40, 4:20].mean(dim=(1, 2)), out[:, 0, 8:40, 44:60].mean(dim=(1, 2))
        assert torch.equal(left > right, mirrored)
        told.update(mirrored.tolist())
    assert told == {True, False}


def test_what_is_below_stays_below_and_keeps_its_colour(values):
    for seed in range(12):
        out, _ = made(seed, values)
        mark = out[:, :, 46:54].mean(dim=(2, 3))
        assert (mark[:, 1] - mark[:, 0]).min() > 0.4
        assert (out[:, 1, 46:54].mean(dim=(1, 2)) - out[:, 1, 8:30].mean(dim=(1, 2))).min() > 0.4


def test_some_batches_lose_their_fine_detail_and_some_keep_it():
    checks = (torch.arange(64)[:, None] + torch.arange(64)) % 2 * 1.6 - 0.8
    left = [made(seed, checks.expand(8, 3, 64, 64).contiguous())[0].std(dim=(1, 2, 3)) for seed in range(24)]
    every = torch.stack(left)
    assert every.min() < 0.25
    assert every.max() > 0.7
