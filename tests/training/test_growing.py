"""Growing, as the loop sees it: pictures at the working resolution against the formula, and networks that are told."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nijigen.data import Dataset
from nijigen.training.growing import at_growth, tell
from nijigen.training.opening import open_run
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.samples import averaged_generator
from nijigen.training.schedule import Moment

Array = np.ndarray[Any, np.dtype[np.float64]]


def pictures(size: int = 16) -> torch.Tensor:
    return torch.rand(3, 4, size, size, generator=torch.Generator().manual_seed(3)) * 2 - 1


def averaged(images: Array, factor: int) -> Array:
    """Each pixel is the mean of a square of ``factor`` × ``factor``."""
    count, channels, size, _ = images.shape
    made = np.zeros((count, channels, size // factor, size // factor))
    for y in range(size // factor):
        for x in range(size // factor):
            square = images[:, :, y * factor : (y + 1) * factor, x * factor : (x + 1) * factor]
            made[:, :, y, x] = square.mean(axis=(2, 3))
    return made


@pytest.mark.parametrize("resolution", [16, 8, 4])
@pytest.mark.parametrize("fade", [1.0, 0.75, 1e-3])
def test_pictures_are_those_of_the_formula(resolution: int, fade: float) -> None:
    images = pictures()
    fine = averaged(images.double().numpy(), 16 // resolution)
    coarse = averaged(fine, 2).repeat(2, axis=2).repeat(2, axis=3)
    expected = (1 - fade) * coarse + fade * fine
    found = at_growth(images, resolution, fade)
    assert (found.shape, found.dtype) == ((3, 4, resolution, resolution), torch.float32)
    np.testing.assert_allclose(found.double().numpy(), expected, atol=1e-6)


def test_full_grown_pictures_are_untouched() -> None:
    images = pictures()
    before = images.clone()
    assert torch.equal(at_growth(images, 16, 1.0), before)
    at_growth(images, 16, 0.5)
    at_growth(images, 8, 0.5)
    assert torch.equal(images, before)


def test_a_resolution_begins_as_the_one_below_it() -> None:
    """Where a stage ends and the next begins, what the discriminator sees does not jump."""
    images = pictures()
    below = at_growth(images, 8, 1.0)
    above = at_growth(images, 16, 1e-6)
    assert torch.allclose(above, below.repeat_interleave(2, 2).repeat_interleave(2, 3), atol=1e-5)


def test_the_mean_colour_stays() -> None:
    images = pictures()
    for resolution in (16, 8, 4):
        for fade in (0.2, 1.0):
            made = at_growth(images, resolution, fade)
            assert torch.allclose(made.mean((2, 3)), images.mean((2, 3)), atol=1e-6)


class Grower(nn.Module):
    """Remembers what it is told; its fade is rounded, as that of a real one is."""

    def __init__(self) -> None:
        super().__init__()
        self.growth = (16, 1.0)
        self.told: list[tuple[int, float]] = []

    def grow(self, resolution: int, fade: float) -> None:
        self.told.append((resolution, fade))
        self.growth = (resolution, fade)


def at(resolution: int, fade: float) -> Moment:
    return Moment(0, 8, 0, resolution, fade, 1.0, 1.0)


def test_a_growing_network_is_told_what_changes() -> None:
    network = Grower()
    for now in (at(16, 1.0), at(8, 0.5), at(8, 0.5), at(8, 1.0)):
        tell(network, now)
    assert network.told == [(8, 0.5), (8, 1.0)]


def test_sheets_take_no_larger_batches_than_training(tiny_dataset: Path, tmp_path: Path) -> None:
    """Sixty-four pictures at once are nothing at 4 px, and more than there is memory at 1024."""
    growth = {"start": 4, "fade": 8, "stable": 8, "batch": {"4": 32, "16": 4}}
    network = {"latent": 4, "channel_base": 32, "max_width": 4}
    table = {"name": "r", "family": "pggan", "resolution": 16, "images": 99, "batch": 16, "growth": growth}
    recipe = load_recipe(Recipe.model_validate({**table, "network": network}))
    run = open_run(tmp_path / "run", Dataset.open(tiny_dataset), recipe, torch.device("cpu"), print)
    sizes: list[tuple[int, int]] = []
    averaged_generator(run.trainer).register_forward_hook(lambda _, __, made: sizes.append((len(made), made.shape[-1])))
    run.samples()
    assert set(sizes) == {(4, 4)}  # batches of the last stage, pictures of the first
    assert sum(count for count, _ in sizes) == 60


def test_other_networks_have_nothing_to_be_told() -> None:
    network = nn.Linear(1, 1)
    before = dict(network.__dict__)
    tell(network, at(8, 0.5))
    assert dict(network.__dict__) == before
