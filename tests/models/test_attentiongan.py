"""AttentionGAN: masks share every place among them, and what is alike on both sides is left as it is."""

from typing import Any

import pytest
import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.models.attentiongan import AttentionGANOptions, AttentionGenerator, Patches, check_shape
from nijigen.models.contract import Shape
from nijigen.training.loop import Trainer
from nijigen.training.networks import fresh_networks
from nijigen.training.phases import Batch, Phase
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.schedule import Moment
from nijigen.training.state import TrainingState
from nijigen.training.translation import translator_of
from nijigen.training.translators import GAMES

SHAPE = Shape(16, 3, 0)
SMALL = {"width": 8, "blocks": 1, "masks": 4, "discriminator_width": 4, "discriminator_halvings": 1}


def some(count: int = 2, side: int = 16, seed: int = 3) -> Tensor:
    """Smooth pictures: a few colours that run into each other."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 4, 4, generator=random) * 1.6 - 0.8
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")


def small(**changes: Any) -> AttentionGenerator:
    torch.manual_seed(0)
    return AttentionGenerator(SHAPE, AttentionGANOptions(**{**SMALL, **changes})).eval()


@pytest.mark.parametrize("masks", [2, 4, 10])
def test_masks_sum_to_one_everywhere(masks: int) -> None:
    found = small(masks=masks).double().mixture(some().double())
    assert found.masks.shape == (2, masks, 16, 16)
    assert found.contents.shape == (2, masks - 1, 3, 16, 16)
    assert found.masks.min() >= 0
    assert torch.allclose(found.masks.sum(dim=1), torch.ones(2, 16, 16, dtype=torch.float64), atol=1e-12)


def test_a_translation_is_the_mixture_of_its_masks() -> None:
    generator, pictures = small().double(), some().double()
    contents, masks = generator.mixture(pictures)
    expected = torch.zeros_like(pictures)
    for number in range(3):
        expected += contents[:, number] * masks[:, number, None]
    expected += pictures * masks[:, 3, None]
    assert torch.allclose(generator(pictures), expected, atol=1e-12)


def test_the_last_mask_keeps_what_came_in() -> None:
    generator = small()
    with torch.no_grad():
        generator.masks.weight.zero_()
        generator.masks.bias.copy_(torch.tensor([-40.0, -40.0, -40.0, 40.0]))
    assert torch.equal(generator(some()), some())


@pytest.mark.parametrize(("halvings", "patch"), [(1, 16), (2, 34), (3, 70)])
def test_a_logit_sees_the_patch_of_the_paper(halvings: int, patch: int) -> None:
    """Without normalisation, which sees the whole, a logit depends on as many pixels as 1611.07004 says."""
    torch.manual_seed(0)
    judge = Patches(Shape(128, 3, 0), 4, halvings)
    for place, layer in enumerate(judge.layers):
        if type(layer).__name__ == "InstanceNorm":
            judge.layers[place] = torch.nn.Identity()
    pictures = torch.zeros(1, 3, 128, 128, requires_grad=True)
    logits = judge(pictures)
    middle = logits.shape[1] // 2
    logits[0, middle, middle].backward()
    assert pictures.grad is not None
    rows = pictures.grad.abs().sum(dim=(0, 1, 3)).nonzero()
    assert int(rows.max() - rows.min()) + 1 == patch


def test_too_many_halvings_are_refused() -> None:
    with pytest.raises(NijigenError, match=r"discriminator_halvings=3 leaves no patches of 16 px: use 2 or fewer"):
        check_shape(SHAPE, AttentionGANOptions(**{**SMALL, "discriminator_halvings": 3}))
    check_shape(SHAPE, AttentionGANOptions(**{**SMALL, "discriminator_halvings": 2}))


class Same:
    """The same few pictures, in an order of each side's own."""

    device = torch.device("cpu")

    def __init__(self, step: int) -> None:
        self._pictures, self._step = some(16, seed=9), step

    def draw(self, phase: Phase, needs_pictures: bool, moment: Moment, start: int, count: int) -> Batch:
        rows = (self._step * torch.arange(start, start + count)) % 16
        return Batch(self._pictures[rows], torch.zeros(count, 0), torch.ones(count))


@pytest.mark.slow
def test_where_both_sides_are_alike_nothing_is_changed() -> None:
    """Photos and drawings are the same pictures: the translation comes nearer to what came in, both ways."""
    recipe = load_recipe(
        Recipe.model_validate(
            {
                "name": "alike",
                "family": "attentiongan",
                "resolution": 16,
                "labels": "none",
                "images": 2_000,
                "batch": 4,
                "objective": "least-squares",
                "network": SMALL,
                "optimizer": {"generator": {"rate": 2e-3}, "discriminator": {"rate": 2e-4}},
                "translation": {"adversarial": 1.0, "cycle": 10.0, "identity": 5.0},
            }
        )
    )
    networks = fresh_networks(recipe, [])
    streams: dict[str, Any] = {"photos": Same(3), "drawings": Same(5)}
    phases = GAMES["two way"](recipe, None)
    trainer = Trainer(recipe, TrainingState(networks, recipe), phases, streams, torch.device("cpu"))
    unseen = some(8, seed=21)

    @torch.no_grad()
    def distance(way: str) -> float:
        return float((translator_of(networks, f"generator{way}")(unseen) - unseen).abs().mean())

    before = {way: distance(way) for way in ("", "_back")}
    halfway = {}
    for step in range(200):
        trainer.step()
        if step == 49:
            halfway = {way: distance(way) for way in before}
    for way, far in before.items():
        assert halfway[way] < 0.8 * far, way
        assert distance(way) < 0.5 * far, way
