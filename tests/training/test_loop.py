"""The loop: phases take turns, parts add up to the whole, rates fall as told, and the counter counts real images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from nijigen.data import Dataset
from nijigen.models.contract import Networks
from nijigen.training.adversarial import adversarial_phases
from nijigen.training.loop import Trainer, gradient_norm
from nijigen.training.phases import Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import moment, rate_share
from nijigen.training.state import TrainingState
from nijigen.training.streams import Stream

Make = Callable[..., Any]
CPU = torch.device("cpu")


class Judge(nn.Module):
    """A discriminator without batch norm, in float64: what it says of a picture depends on that picture alone."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 7 * 7, 1)).double()

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.layers(images.double()).flatten()
        return logits


def judge_phase() -> Phase:
    def loss(networks: Networks, turn: Turn) -> tuple[Tensor, dict[str, Tensor]]:
        logits = networks["discriminator"](turn.batches["images"].pictures())
        return softplus(-logits).mean(), {"real": logits.mean()}

    return Phase("discriminator", ("discriminator",), {"images": True}, 1, loss)


def judged(recipe: Recipe, dataset: Path, steps: int = 2) -> Trainer:
    torch.manual_seed(0)
    networks: Networks = {"generator": nn.Linear(1, 1), "discriminator": Judge()}
    stream = Stream(Dataset.open(dataset), recipe, CPU)
    phases = [judge_phase()]
    trainer = Trainer(recipe, TrainingState(networks, recipe), phases, {"images": stream}, CPU)
    for _ in range(steps):
        trainer.step()
    return trainer


def test_micro_batches_add_up_to_the_batch(tiny_recipe: Make, tiny_dataset: Path) -> None:
    still = {"pictures": {"flip": False}}
    whole = judged(tiny_recipe(**still), tiny_dataset)
    for size in (1, 2, 4, 8):
        parts = judged(tiny_recipe(micro_batch=size, **still), tiny_dataset)
        for name, value in whole.state.networks["discriminator"].named_parameters():
            other = parts.state.networks["discriminator"].get_parameter(name)
            assert torch.allclose(other, value, atol=1e-10, rtol=0), (size, name)
        assert parts.state.window.means() == pytest.approx(whole.state.window.means(), rel=1e-5)
    fewer = judged(tiny_recipe(batch=4, **still), tiny_dataset)
    assert not torch.allclose(
        fewer.state.networks["discriminator"].get_parameter("layers.0.weight"),
        whole.state.networks["discriminator"].get_parameter("layers.0.weight"),
        atol=1e-10,
    )


def test_a_phase_changes_its_networks_only(tiny_recipe: Make, tiny_dataset: Path) -> None:
    recipe = tiny_recipe()
    trainer = judged(recipe, tiny_dataset, steps=1)
    generator = trainer.state.networks["generator"]
    assert not any(p.requires_grad for p in generator.parameters())
    assert all(p.grad is None for p in generator.parameters())
    assert all(p.grad is not None for p in trainer.state.networks["discriminator"].parameters())


def test_the_counter_counts_real_images(tiny_recipe: Make, tiny_dataset: Path) -> None:
    trainer = judged(tiny_recipe(images=20), tiny_dataset, steps=2)
    assert (trainer.state.images, trainer.finished) == (16, False)
    trainer.step()
    assert (trainer.state.images, trainer.finished) == (24, True)


def test_the_generator_has_its_turn_every_few_discriminator_steps(tiny_recipe: Make, tiny_train: Make) -> None:
    for steps in (1, 2, 5):
        recipe = tiny_recipe(discriminator_steps=steps)
        discriminator, generator = adversarial_phases(recipe)
        moments = [moment(recipe, images) for images in range(0, 30 * recipe.batch, recipe.batch)]
        assert all(discriminator.due(now) for now in moments)
        assert [generator.due(now) for now in moments] == [(turn + 1) % steps == 0 for turn in range(30)]


def test_rates_fall_over_the_last_part(tiny_recipe: Make) -> None:
    recipe = tiny_recipe(images=1000, optimizer={"decay": 0.4, "decay_to": 0.01, "generator": {"rate": 0.5}})
    assert [rate_share(recipe, images) for images in (0, 599, 600)] == [1, 1, 1]
    assert rate_share(recipe, 800) == pytest.approx(0.1)
    assert rate_share(recipe, 1000) == pytest.approx(0.01)
    assert rate_share(recipe, 5000) == pytest.approx(0.01)
    assert rate_share(tiny_recipe(images=10), 10) == 1
    assert rate_share(tiny_recipe(images=10, optimizer={"decay": 1.0, "decay_to": 0.1}), 5) == pytest.approx(0.1**0.5)


def test_the_optimiser_gets_the_rate(tiny_recipe: Make, tiny_dataset: Path) -> None:
    recipe = tiny_recipe(images=32, optimizer={"decay": 0.5, "decay_to": 0.01, "discriminator": {"rate": 0.001}})
    trainer = judged(recipe, tiny_dataset, steps=4)  # the last step began at 24 of 32 images: halfway down
    assert trainer.state.optimizers["discriminator"].param_groups[0]["lr"] == pytest.approx(1e-4)


def test_gradient_norm_is_euclidean() -> None:
    first, second, third = (nn.Parameter(torch.zeros(2)) for _ in range(3))
    first.grad, second.grad = torch.tensor([3.0, 0]), torch.tensor([0, -4.0])
    assert gradient_norm([first, second, third]).item() == pytest.approx(5)
