"""Content, style and total variation against their formulas in float64, written out in loops."""

import math

import pytest
import torch

from nijigen.objectives.style import SMOOTHING, content_distance, gram, relative_style, style_distance, total_variation


def values(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_gram_is_the_mean_product_of_channels() -> None:
    seen = values(2, 3, 4, 5)
    made = gram(seen)
    assert made.shape == (2, 3, 3)
    for one in range(3):
        for other in range(3):
            products = [float(seen[1, one, y, x] * seen[1, other, y, x]) for y in range(4) for x in range(5)]
            assert float(made[1, one, other]) == pytest.approx(sum(products) / 20, rel=1e-12)


def test_a_guide_says_which_places_count() -> None:
    seen, guide = values(1, 3, 4, 5), values(1, 1, 4, 5, seed=1).abs()
    made = gram(seen, guide)
    weight = float(guide.sum())
    expected = sum(
        float(guide[0, 0, y, x]) / weight * torch.outer(seen[0, :, y, x], seen[0, :, y, x])
        for y in range(4)
        for x in range(5)
    )
    assert torch.allclose(made[0], torch.as_tensor(expected), rtol=1e-12)
    left = torch.zeros_like(guide)
    left[..., :2] = 3
    assert torch.allclose(gram(seen, left), gram(seen[..., :2]), rtol=1e-12)
    assert torch.allclose(gram(seen, torch.ones_like(guide)), gram(seen), rtol=1e-12)


def test_a_gram_does_not_know_where_things_are_nor_how_large_the_picture_is() -> None:
    seen = values(1, 3, 4, 5)
    shuffled = seen.flatten(2)[..., torch.randperm(20)].view(1, 3, 4, 5)
    assert torch.allclose(gram(shuffled), gram(seen))
    assert torch.allclose(gram(seen.repeat(1, 1, 2, 3)), gram(seen))


def test_style_distance_is_the_papers() -> None:
    """1508.06576, eq. 4: 1 / (4 N² M²) Σ (G − A)² with G and A summed over M places."""
    seen, other = values(1, 3, 4, 5), values(1, 3, 4, 5, seed=1)
    flat, flat_other = seen.flatten(2)[0], other.flatten(2)[0]
    away = flat @ flat.T - flat_other @ flat_other.T
    expected = float(away.square().sum()) / (4 * 3**2 * 20**2)
    assert float(style_distance(gram(seen), gram(other))) == pytest.approx(expected, rel=1e-12)


def test_content_distance_is_the_papers_for_each_value() -> None:
    """1508.06576, eq. 1: ½ Σ (F − P)², here divided by how many values there are."""
    seen, other = values(1, 3, 4, 5), values(1, 3, 4, 5, seed=1)
    expected = 0.5 * float((seen - other).square().sum()) / 60
    assert float(content_distance(seen, other)) == pytest.approx(expected, rel=1e-12)
    guide = torch.zeros(1, 1, 4, 5, dtype=torch.float64)
    guide[..., 1:3] = 0.25
    there = content_distance(seen[..., 1:3], other[..., 1:3])
    assert float(content_distance(seen, other, guide)) == pytest.approx(float(there), rel=1e-12)


def test_total_variation_is_the_mean_length_of_slopes() -> None:
    picture = values(1, 2, 3, 4)
    total = 0.0
    for channel in range(2):
        for y in range(3):
            for x in range(4):
                here = float(picture[0, channel, y, x])
                right = float(picture[0, channel, y, x + 1]) - here if x < 3 else 0.0
                below = float(picture[0, channel, y + 1, x]) - here if y < 2 else 0.0
                total += math.sqrt(right**2 + below**2 + SMOOTHING**2)
    assert float(total_variation(picture)) == pytest.approx(total / 24, rel=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (3, 3)])
def test_flat_pictures_of_any_size_have_none_and_a_slope(shape: tuple[int, int]) -> None:
    picture = torch.full((1, 3, *shape), 0.5, requires_grad=True)
    loss = total_variation(picture)
    assert float(loss.detach()) == pytest.approx(0, abs=2 * SMOOTHING)
    loss.backward()
    assert picture.grad is not None
    assert bool((picture.grad == 0).all())


def test_each_picture_has_a_guide_of_its_own() -> None:
    seen, guide = values(2, 3, 4, 5), values(2, 1, 4, 5, seed=1).abs()
    made = gram(seen, guide)
    for one in range(2):
        assert torch.allclose(made[one], gram(seen[one : one + 1], guide[one : one + 1])[0], rtol=1e-12)


def test_the_relative_distance_is_1_for_nothing_and_0_for_the_same() -> None:
    wanted = gram(values(1, 3, 4, 5))
    assert float(relative_style(wanted, wanted)) == 0
    assert float(relative_style(torch.zeros_like(wanted), wanted)) == pytest.approx(1, rel=1e-9)
    made = gram(values(2, 3, 4, 5, seed=2))
    expected = [((made[one] - wanted[0]) ** 2).sum() / (wanted**2).sum() for one in range(2)]
    assert float(relative_style(made, wanted)) == pytest.approx(float(sum(expected)) / 2, rel=1e-9)


def test_a_guide_of_another_size_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="guide of"):
        gram(values(1, 3, 4, 5), torch.ones(1, 1, 4, 4))


def test_all_of_them_have_the_derivative_of_their_value() -> None:
    seen = values(1, 2, 3, 3).requires_grad_()
    other, guide = values(1, 2, 3, 3, seed=1), values(1, 1, 3, 3, seed=2).abs()
    for function in (
        lambda x: style_distance(gram(x, guide), gram(other)),
        lambda x: content_distance(x, other, guide),
        total_variation,
    ):
        assert torch.autograd.gradcheck(function, (seen,))
