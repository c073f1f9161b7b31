"""Sliced Wasserstein distance: the pyramid gives the picture back, and each level sees what belongs to it."""

import pytest
import torch

from nijigen.evaluate import sliced
from nijigen.evaluate.sliced import Patches, levels, patch_distances, pyramid, sliced_wasserstein


def drawings(count: int, seed: int, side: int = 32) -> torch.Tensor:
    """Soft blobs of colour, uint8 ``[N, 3, side, side]``."""
    random = torch.Generator().manual_seed(seed)
    small = torch.rand(count, 3, 4, 4, generator=random) * 255
    return torch.nn.functional.interpolate(small, side, mode="bilinear").to(torch.uint8)


def patches(pictures: torch.Tensor, seed: int = 0) -> Patches:
    found = Patches(pictures.shape[-1], seed)
    for part in pictures.split(50):
        found.add(part)
    return found


def test_levels_end_at_sixteen() -> None:
    assert levels(64) == [64, 32, 16]
    assert levels(16) == [16]
    assert levels(96) == [96, 48, 24]


def test_the_pyramid_adds_up_to_the_picture() -> None:
    pictures = drawings(3, 0)
    fine, coarse = pyramid(pictures)
    rebuilt = sliced._blur(sliced._spread(coarse)) * 4 + fine
    torch.testing.assert_close(rebuilt, pictures.float(), rtol=0, atol=1e-3)
    assert coarse.shape == (3, 3, 16, 16)
    # The binomial filter keeps what is even: a flat picture has nothing to add at the fine level inside its rim.
    assert float(pyramid(torch.full((1, 3, 32, 32), 90))[0][..., 4:-4, 4:-4].abs().max()) < 1e-3


def test_one_dimension_is_the_wasserstein_distance() -> None:
    random = torch.Generator().manual_seed(0)
    one, other = torch.randn(500, 1, generator=random), torch.randn(500, 1, generator=random) * 2 + 1
    expected = float((one.sort(dim=0).values - other.sort(dim=0).values).abs().mean())
    assert sliced_wasserstein(one, other) == pytest.approx(expected, rel=1e-5)


def test_a_shift_is_seen_along_random_axes() -> None:
    """The mean of |axis · shift| over unit axes is |shift| · Γ(d/2) / (√π Γ((d + 1)/2)): 1/2 in three dimensions."""
    rows = torch.randn(200, 3, generator=torch.Generator().manual_seed(1))
    shift = torch.tensor([2.0, -1.0, 2.0])
    assert sliced_wasserstein(rows, rows + shift, directions=4096) == pytest.approx(1.5, rel=0.03)


def test_identical_sets_are_at_distance_nothing_and_others_of_a_kind_near() -> None:
    real = patches(drawings(60, 0))
    assert max(patch_distances(real, real).values()) == 0
    near = patch_distances(real, patches(drawings(60, 1)))
    grey = drawings(60, 1).float().mean(dim=1, keepdim=True).to(torch.uint8).repeat(1, 3, 1, 1)
    assert patch_distances(real, patches(grey))[16] > 2 * near[16]


def test_grain_is_seen_at_the_finest_level() -> None:
    pictures = drawings(60, 1)
    random = torch.Generator().manual_seed(2)
    grainy = (pictures + 40 * torch.randn(pictures.shape, generator=random)).clamp(0, 255).to(torch.uint8)
    real = patches(drawings(60, 0))
    clean, noisy = patch_distances(real, patches(pictures)), patch_distances(real, patches(grainy))
    assert noisy[32] > 2 * clean[32]
    assert noisy[32] - clean[32] > 3 * (noisy[16] - clean[16])


def test_places_do_not_hang_on_portions() -> None:
    pictures = drawings(60, 3)
    whole, parts = Patches(32), Patches(32)
    whole.add(pictures)
    for part in pictures.split(7):
        parts.add(part)
    assert torch.equal(whole.rows(0), parts.rows(0))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliced, "PICTURES", 30)
    found = patches(drawings(100, 0))
    assert found.count == 30
    assert len(found.rows(0)) == 30 * sliced.PATCHES
