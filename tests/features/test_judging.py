"""What a reader of attributes sees in two pictures."""

import numpy as np
import torch

from nijigen import draw
from nijigen.data.stored import premultiply
from nijigen.features.judging import laid_on, seen_distance
from nijigen.features.labeler import load_labeler


def drawing(expression: str) -> torch.Tensor:
    (avatar,) = draw(1, seed=4, size=64, transparent=True, expression=expression, accessory="none")
    pixels = torch.from_numpy(premultiply(np.asarray(avatar.image)).copy()).permute(2, 0, 1)
    return pixels.float()[None] / 127.5 - 1


def test_a_frown_is_farther_from_a_smile_than_noise_of_the_same_size() -> None:
    torch.manual_seed(0)
    smile, frown, ground = drawing("smile"), drawing("angry"), torch.rand(1, 3, 1, 1)
    size = (smile - frown).square().mean().sqrt()
    noisy = smile + torch.randn_like(smile) * size
    assert seen_distance(smile, smile, ground).item() == 0
    assert seen_distance(frown, smile, ground) > 1.5 * seen_distance(noisy, smile, ground)


def test_it_pulls_the_picture_that_was_made_and_nothing_else() -> None:
    made, wanted, ground = drawing("angry").requires_grad_(), drawing("smile").requires_grad_(), torch.zeros(1, 3, 1, 1)
    seen_distance(made, wanted, ground).sum().backward()
    assert made.grad is not None
    assert made.grad.abs().max() > 0
    assert wanted.grad is None
    assert all(weight.grad is None for weight in load_labeler().parameters())


def test_each_picture_is_judged_by_itself() -> None:
    made = torch.cat([drawing("angry"), drawing("smile")])
    wanted = torch.cat([drawing("smile"), drawing("smile")])
    found = seen_distance(made, wanted, torch.rand(2, 3, 1, 1))
    assert found[0] > 0
    assert found[1] == 0


def test_see_through_pictures_are_laid_on_a_ground() -> None:
    colour = torch.tensor([[-0.5, 0.0, 0.25]]).reshape(1, 3, 1, 1)
    alpha = torch.tensor([0.5]).reshape(1, 1, 1, 1)  # 75 % there
    ground = torch.tensor([[1.0, 0.0, 0.5]]).reshape(1, 3, 1, 1)
    laid = laid_on(torch.cat([colour, alpha], dim=1), ground)
    levels = (colour + 1) / 2 + (1 - 0.75) * ground
    torch.testing.assert_close((laid + 1) / 2, levels)
    assert laid_on(colour, ground) is colour
