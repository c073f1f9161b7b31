"""The distance to the picture that was asked for, against its formula in float64."""

import pytest
import torch
from torch.nn import functional

from nijigen.objectives.likeness import busyness, pyramid_distance


def halved(images: torch.Tensor) -> torch.Tensor:
    """[1, 3, 3, 1]/8 along both axes at every second pixel, as a dense convolution of one channel at a time."""
    line = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8
    kernel = (line[:, None] * line[None])[None, None]
    return torch.stack([functional.conv2d(part[:, None], kernel, stride=2, padding=1)[:, 0] for part in images])


def test_it_is_the_sum_of_mean_differences_at_every_size_down_to_8() -> None:
    random = torch.Generator().manual_seed(0)
    made, wanted = (torch.rand(3, 4, 32, 32, generator=random, dtype=torch.float64) for _ in range(2))
    levels = [made - wanted]
    for _ in range(2):
        levels.append(halved(levels[-1]))
    expected = sum(level.abs().flatten(1).mean(dim=1) for level in levels)
    assert torch.allclose(pyramid_distance(made, wanted), torch.as_tensor(expected), rtol=1e-12, atol=0)


@pytest.mark.parametrize("size", [4, 8, 15, 16])
def test_equal_pictures_are_0_apart_at_any_size(size: int) -> None:
    picture = torch.rand(2, 3, size, size)
    assert pyramid_distance(picture, picture).tolist() == [0.0, 0.0]


def test_a_little_out_of_place_is_nearer_than_missing() -> None:
    """At full size alone both differ in the same number of pixels."""
    there, beside, nowhere = (torch.zeros(1, 1, 32, 32) for _ in range(3))
    there[..., 12:14, 12:14] = 1
    beside[..., 12:14, 14:16] = 1
    nowhere[..., 2:4, 26:28] = 1
    assert pyramid_distance(beside, there) < pyramid_distance(nowhere, there) - 0.005


def test_its_slope_is_that_of_the_formula() -> None:
    wanted = torch.zeros(1, 1, 16, 16, dtype=torch.float64)
    made = torch.rand(1, 1, 16, 16, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda images: pyramid_distance(images, wanted), made)


def neighbourhood(values: torch.Tensor) -> torch.Tensor:
    """The mean of the 5 × 5 places around each place that lie in the picture, one by one."""
    found = torch.empty_like(values)
    for y in range(values.shape[-2]):
        for x in range(values.shape[-1]):
            around = values[..., max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
            found[..., y, x] = around.mean(dim=(-2, -1))
    return found


def test_detail_weighs_places_by_how_much_is_there() -> None:
    random = torch.Generator().manual_seed(0)
    made, wanted = (torch.rand(2, 4, 8, 8, generator=random, dtype=torch.float64) for _ in range(2))
    spread = neighbourhood((wanted - neighbourhood(wanted)).abs().mean(dim=1, keepdim=True))
    busy = spread / spread.mean(dim=(1, 2, 3), keepdim=True)
    assert torch.allclose(busyness(wanted), busy, rtol=1e-4)
    expected = ((made - wanted).abs() * (0.25 + 0.75 * busy)).mean(dim=(1, 2, 3))
    assert torch.allclose(pyramid_distance(made, wanted, 0.75), expected, rtol=1e-4)
    assert torch.allclose(busyness(wanted).mean(dim=(1, 2, 3)), torch.ones(2, dtype=torch.float64))


def test_a_wrong_mouth_weighs_more_than_wrong_hair() -> None:
    wanted = torch.zeros(1, 1, 32, 32)
    wanted[..., 24:26, 12:20] = torch.tensor([1.0, 0.0] * 4)
    hair, mouth = wanted.clone(), wanted.clone()
    hair[..., 4:6, 12:20] += 0.5
    mouth[..., 24:26, 12:20] = 0.5
    plain, seen = (pyramid_distance(mouth, wanted, d) / pyramid_distance(hair, wanted, d) for d in (0.0, 0.75))
    assert seen > 3 * plain


def test_of_a_blank_picture_all_places_are_alike() -> None:
    blank = torch.full((1, 3, 16, 16), -1.0)
    assert torch.equal(busyness(blank), torch.ones(1, 1, 16, 16))
    torch.testing.assert_close(pyramid_distance(blank + 0.5, blank, 0.9), pyramid_distance(blank + 0.5, blank))
