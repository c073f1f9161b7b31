"""The judge that sees with the labeler's eyes."""

import pytest
import torch

from nijigen.features.labeler import load_labeler
from nijigen.models.contract import Shape
from nijigen.models.onlooker import Extent, Onlooker


def onlooker(resolution: int = 64, channels: int = 4) -> Onlooker:
    torch.manual_seed(0)
    found = Onlooker(Shape(resolution, channels, 0))
    found.open_eyes(load_labeler())
    return found.eval()


@pytest.mark.parametrize(("resolution", "channels"), [(4, 3), (16, 3), (64, 4), (128, 4)])
@pytest.mark.parametrize("part", ["all", "whole", "patches"])
def test_one_logit_a_picture_of_any_size(resolution: int, channels: int, part: Extent) -> None:
    judge = onlooker(resolution, channels)
    pictures = torch.rand(4, channels, resolution, resolution) * 2 - 1
    assert judge(pictures, torch.zeros(4, 0), part).shape == (4,)


def test_it_sees_what_the_labeler_sees() -> None:
    labeler, judge = load_labeler(), onlooker(channels=3)
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    seen = judge.look(pictures, "all")
    for mine, theirs in zip(seen, labeler.depths(pictures), strict=False):
        torch.testing.assert_close(mine, theirs)
    assert len(seen) == len(judge.stages()) - 1


def test_stages_hold_every_weight_once() -> None:
    judge = onlooker()
    held = [id(weight) for stage in judge.stages() for weight in stage.parameters()]
    assert sorted(held) == sorted(id(weight) for weight in judge.parameters())


def test_what_is_see_through_is_laid_on_white_in_use_and_on_chance_in_training() -> None:
    judge = onlooker()
    nothing, labels = -torch.ones(2, 4, 64, 64), torch.zeros(2, 0)
    assert torch.equal(judge._on_ground(nothing), torch.ones(2, 3, 64, 64))
    judge.train()
    grounds = [judge._on_ground(nothing)[:, :, 0, 0] for _ in range(2)]
    assert not torch.equal(*grounds)
    assert all(float(ground.min()) >= -1 and float(ground.max()) <= 1 for ground in grounds)
    assert torch.isfinite(judge(nothing, labels)).all()


def test_patches_are_judged_without_what_is_far_away() -> None:
    """The slope of what a patch head says of one place reaches no further than its patch."""
    judge = onlooker(channels=3)
    pictures = (torch.rand(4, 3, 64, 64) * 2 - 1).requires_grad_()
    seen = judge.look(pictures, "patches")
    (slope,) = torch.autograd.grad(seen[1][0, :, 8, 8].sum(), pictures)
    touched = slope[0].abs().sum(dim=0).nonzero()
    assert (touched.max(dim=0).values - touched.min(dim=0).values).max() < 32
    assert not slope[1:].any()
