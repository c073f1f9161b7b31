"""DiffAugment does what its policy says, to those pictures that get it."""

import pytest
import torch
from torch import Tensor

from nijigen.augment import make_augment
from nijigen.augment.colour import recolour
from nijigen.augment.corrupt import cut_mask
from nijigen.augment.diffaugment import Policy, colour_matrix, draw_policy, translate
from nijigen.augment.draws import Cutout

COUNT, SIZE = 16, 16


def pictures(channels: int = 3) -> Tensor:
    random = torch.Generator().manual_seed(5)
    colours = torch.rand(COUNT, 3, SIZE, SIZE, generator=random, dtype=torch.float64)
    if channels == 3:
        return colours * 2 - 1
    alpha = (torch.rand(COUNT, 1, SIZE, SIZE, generator=random, dtype=torch.float64) * 2 - 0.5).clamp(0, 1)
    return torch.cat([colours * alpha, alpha], dim=1) * 2 - 1


def policy_of(p: float = 1.0) -> Policy:
    return draw_policy(p, COUNT, SIZE, torch.Generator().manual_seed(8))


def steps_of_colour(picture: Tensor, policy: Policy, place: int) -> Tensor:
    """Brightness, saturation and contrast of one RGB picture, one after the other."""
    made = picture + policy.brightness[place].double()
    grey = made.mean(dim=0, keepdim=True)
    made = (made - grey) * policy.saturation[place].double() + grey
    mean = made.mean()
    return (made - mean) * policy.contrast[place].double() + mean


def test_the_fused_colour_is_the_steps_one_after_the_other() -> None:
    batch, policy = pictures(), policy_of()
    made = recolour(batch, colour_matrix(batch, policy))
    for place in range(COUNT):
        torch.testing.assert_close(made[place], steps_of_colour(batch[place], policy, place))


def test_alpha_weighs_the_mean_and_is_kept() -> None:
    """A premultiplied picture is changed as its straight colours are, around the mean of what is there."""
    batch, policy = pictures(4), policy_of()
    made = recolour(batch, colour_matrix(batch, policy))
    assert torch.equal(made[:, 3], batch[:, 3])
    alpha = (batch[:, 3:] + 1) / 2
    there = (alpha > 0).expand(-1, 3, -1, -1)
    straight = (batch[:, :3] + 1) / alpha.clamp(min=1e-12) - 1
    mean = (straight * alpha).sum(dim=(1, 2, 3)) / (3 * alpha.sum(dim=(1, 2, 3)))
    brightness, saturation, contrast = (part.double()[:, None, None, None] for part in policy[1:4])
    grey = straight.mean(dim=1, keepdim=True)
    middle = mean[:, None, None, None] + brightness
    expected = (saturation * (straight - grey) + grey + brightness - middle) * contrast + middle
    after = (made[:, :3] + 1) / alpha.clamp(min=1e-12) - 1
    torch.testing.assert_close(after[there], expected[there])
    torch.testing.assert_close(made[:, :3][~there], batch[:, :3][~there])


def test_translation_brings_in_nothing() -> None:
    batch, policy = pictures(), policy_of()
    moved, empty = translate(batch, policy.shift)
    made = moved.masked_fill(empty, -1)
    for place in range(COUNT):
        expected = torch.full_like(batch[place], -1)
        right, down = policy.shift[place].tolist()
        for y in range(SIZE):
            for x in range(SIZE):
                if 0 <= y - down < SIZE and 0 <= x - right < SIZE:
                    expected[:, y, x] = batch[place, :, y - down, x - right]
        assert torch.equal(made[place], expected)
    assert {-2, 2} <= set(policy.shift.flatten().tolist()) <= {-2, -1, 0, 1, 2}  # an eighth of 16


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("p", [1.0, 0.5])
def test_the_whole_policy_goes_to_pictures_with_probability_p(channels: int, p: float) -> None:
    batch = pictures(channels)
    made = make_augment("diffaugment")(batch, p, torch.Generator().manual_seed(8))
    policy = policy_of(p)
    expected, empty = translate(recolour(batch, colour_matrix(batch, policy)), policy.shift)
    expected = expected.masked_fill(empty | cut_mask(Cutout(policy.active, policy.centre), SIZE), -1)
    assert torch.equal(made, expected)
    same = (made == batch).all(dim=(1, 2, 3))
    assert torch.equal(same[~policy.active], torch.ones_like(same[~policy.active])) or channels == 4
    assert not same[policy.active].any()
    if p < 1:
        assert 0 < policy.active.sum() < COUNT


@pytest.mark.parametrize("group", ["colour", "translation", "cutout"])
def test_a_group_alone_changes_only_what_is_its_own(group: str) -> None:
    batch = pictures()
    made = make_augment("diffaugment", (group,))(batch, 1.0, torch.Generator().manual_seed(8))
    policy = policy_of()
    if group == "colour":
        torch.testing.assert_close(made, recolour(batch, colour_matrix(batch, policy)))
    elif group == "cutout":
        mask = cut_mask(Cutout(policy.active, policy.centre), SIZE).expand_as(batch)
        assert torch.equal(made, torch.where(mask, -1.0, batch))
    else:
        moved, empty = translate(batch, policy.shift)
        assert torch.equal(made, torch.where(empty, -1.0, moved))


def test_where_nothing_is_nothing_comes_to_be() -> None:
    batch = pictures(4)
    made = make_augment("diffaugment")(batch, 1.0, torch.Generator().manual_seed(8))
    nothing = (made[:, 3:] == -1).expand(-1, 4, -1, -1)
    assert nothing.any()
    assert (made[nothing] + 1).abs().max() < 1e-12
    empty = torch.full_like(batch, -1)
    torch.testing.assert_close(make_augment("diffaugment")(empty, 1.0, torch.Generator().manual_seed(8)), empty)
