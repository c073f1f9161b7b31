"""The state of a training: optimisers set for each batch, tensors by name, and what does not fit refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.training.opening import open_run
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import moment
from nijigen.training.state import TrainingState, Window, adam_settings

Make = Callable[..., Any]
ADAM = {"generator": {"rate": 0.3, "beta1": 0.5, "beta2": 0.9}, "discriminator": {"rate": 0.1, "beta1": 0.0}}


def settings(network: str, images: int = 0, **changes: Any) -> tuple[float, float, float]:
    table = {"name": "r", "family": "dcgan", "resolution": 16, "images": 1000, "batch": 8, "optimizer": ADAM}
    recipe = Recipe.model_validate({**table, **changes})
    return adam_settings(recipe, network, moment(recipe, images))


def test_each_network_has_its_own_optimiser() -> None:
    assert settings("generator") == (0.3, 0.5, 0.9)
    assert settings("discriminator") == (0.1, 0.0, 0.999)


@pytest.mark.parametrize("name", ["r1", "r2", "gradient"])
def test_a_lazy_penalty_shortens_the_discriminators_memory(name: str) -> None:
    """c = k / (k + 1): rate · c and β^c (1912.04958, appendix B)."""
    c = 16 / 17
    lazy = {"penalty": {name: 1.0, "every": 16}, "optimizer": {"discriminator": {"rate": 0.1, "beta1": 0.5}}}
    assert settings("discriminator", **lazy) == pytest.approx((0.1 * c, 0.5**c, 0.999**c))
    assert settings("generator", penalty=lazy["penalty"]) == (0.3, 0.5, 0.9)
    assert settings("discriminator", penalty={name: 1.0}) == (0.1, 0.0, 0.999)  # in the step of the loss itself


def test_no_penalty_needs_no_correction() -> None:
    assert settings("discriminator", penalty={"every": 16, "clip": 0.1, "drift": 0.1}) == (0.1, 0.0, 0.999)


def test_paths_shorten_the_generators_memory() -> None:
    c = 4 / 5
    paths = {"path_length": 2.0, "path_every": 4}
    assert settings("generator", penalty=paths) == pytest.approx((0.3 * c, 0.5**c, 0.9**c))
    assert settings("discriminator", penalty=paths) == (0.1, 0.0, 0.999)


def test_a_burn_in_and_a_lazy_penalty_together() -> None:
    c = 2 / 3
    both = {"burn_in": {"images": 100, "rate": 0.25, "beta2": 0.99}, "penalty": {"r1": 1.0, "every": 2}}
    for images, progress in ((0, 0.0), (50, 0.5), (100, 1.0)):
        expected = (0.1 * (1 - 0.75 * progress) * c, 0.0, (0.999 - 0.009 * progress) ** c)
        assert settings("discriminator", images, **both) == pytest.approx(expected)


@pytest.fixture
def state(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> TrainingState:
    run = open_run(tmp_path / "run", Dataset.open(tiny_dataset), tiny_recipe(), torch.device("cpu"), print)
    run.trainer.step()
    return run.trainer.state


def test_all_of_it_reaches_the_optimisers(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe(
        images=96,
        burn_in={"images": 32, "rate": 0.5, "beta2": 0.5},
        penalty={"r1": 1.0, "every": 2, "path_length": 1.0},
        optimizer=ADAM,
    )
    trainer = open_run(tmp_path / "run", Dataset.open(tiny_dataset), recipe, torch.device("cpu"), print).trainer
    seen = []
    for _ in range(6):
        now = moment(recipe, trainer.state.images)
        trainer.step()
        for name, optimizer in trainer.state.optimizers.items():
            (group,) = optimizer.param_groups
            assert (group["lr"], *group["betas"]) == adam_settings(recipe, name, now)
            seen.append((group["lr"], *group["betas"]))
    assert len(set(seen)) == 10  # four batches of burn-in and the rest, of two networks


def test_tensors_go_out_and_in(state: TrainingState, tiny_recipe: Make) -> None:
    tensors = {name: value.clone() for name, value in state.tensors().items()}
    assert {name.split(".")[0] for name in tensors} == {"average", "network", "optimizer"}
    for value in state.tensors().values():
        value.zero_() if value.is_floating_point() else value.fill_(0)
    state.load_tensors(tensors)
    again = state.tensors()
    assert set(again) == set(tensors)
    assert all(torch.equal(value, again[name]) for name, value in tensors.items())


@pytest.mark.parametrize("change", ["missing", "left over", "of another shape"])
@pytest.mark.parametrize("of", ["average", "network.generator", "network.discriminator"])
def test_what_does_not_fit_is_refused(change: str, of: str, state: TrainingState) -> None:
    tensors = state.tensors()
    name = next(key for key in tensors if key.startswith(of) and key.endswith("weight"))
    if change == "missing":
        del tensors[name]
    elif change == "left over":
        tensors[f"{of}.another.weight"] = torch.zeros(2)
    else:
        tensors[name] = torch.zeros(3)
    with pytest.raises(NijigenError, match="the checkpoint does not fit the networks"):
        state.load_tensors(tensors)


def test_a_window_holds_means_of_what_came() -> None:
    window = Window()
    for values in ({"often": 1.0, "seldom": 5.0}, {"often": 2.0}, {"often": 6.0}):
        window.add(values)
    assert window.means() == {"often": 3.0, "seldom": 5.0}
