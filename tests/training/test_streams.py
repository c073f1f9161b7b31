"""Streams and turns: the same (seed, images, phase) gives the same batch, whoever asked before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data import Dataset
from nijigen.training.adversarial import adversarial_phases
from nijigen.training.phases import Batch, Phase, Turn
from nijigen.training.schedule import moment
from nijigen.training.streams import Stream, take_turn

Make = Callable[..., Any]
CPU = torch.device("cpu")


def turns(recipe: Any, dataset: Path, phase: int = 0) -> Callable[..., Turn]:
    stream = Stream(Dataset.open(dataset), recipe, CPU)
    chosen = adversarial_phases(recipe)[phase]
    size = recipe.micro_batch or recipe.batch
    return lambda images, part=0: take_turn(chosen, {"images": stream}, recipe, moment(recipe, images), part, size, {})


def pictures(turn: Turn) -> torch.Tensor:
    return turn.batches["images"].pictures()


def test_a_turn_is_a_function_of_the_moment(tiny_recipe: Make, tiny_dataset: Path) -> None:
    recipe = tiny_recipe(pictures={"crop": 2})
    take, fresh = turns(recipe, tiny_dataset), turns(recipe, tiny_dataset)
    for images in (0, 8, 400, 8):
        one, other = take(images), fresh(images)
        assert torch.equal(pictures(one), pictures(other))
        assert torch.equal(one.batches["images"].labels, other.batches["images"].labels)
        assert torch.equal(torch.rand(3, generator=one.random), torch.rand(3, generator=other.random))
    assert not torch.equal(pictures(take(0)), pictures(take(8)))
    assert not torch.equal(torch.rand(3, generator=take(0).random), torch.rand(3, generator=take(8).random))


def test_the_seed_counts(tiny_recipe: Make, tiny_dataset: Path) -> None:
    first, second = turns(tiny_recipe(), tiny_dataset), turns(tiny_recipe(seed=1), tiny_dataset)
    assert not torch.equal(pictures(first(0)), pictures(second(0)))
    assert not torch.equal(torch.rand(3, generator=first(0).random), torch.rand(3, generator=second(0).random))


def test_an_epoch_shows_every_picture_once(tiny_recipe: Make, tiny_dataset: Path) -> None:
    take = turns(tiny_recipe(pictures={"flip": False}), tiny_dataset)
    seen = torch.cat([pictures(take(images)) for images in range(0, 64, 8)]).flatten(1)
    resident = Dataset.open(tiny_dataset).load().images.float().div(127.5).sub(1).flatten(1)
    assert (torch.cdist(resident, seen, compute_mode="donot_use_mm_for_euclid_dist") < 1e-3).sum(dim=1).tolist() == [
        1
    ] * 64


def test_parts_of_a_batch_are_its_pictures_in_order(tiny_recipe: Make, tiny_dataset: Path) -> None:
    still = {"flip": False}
    whole = pictures(turns(tiny_recipe(pictures=still), tiny_dataset)(16))
    take = turns(tiny_recipe(pictures=still, micro_batch=2), tiny_dataset)
    parts = [take(16, part) for part in range(4)]
    assert torch.equal(torch.cat([pictures(part) for part in parts]), whole)
    noises = [torch.rand(3, generator=part.random) for part in parts]
    assert not torch.equal(noises[0], noises[1])


def test_the_generator_draws_labels_alone_and_in_its_own_order(tiny_recipe: Make, tiny_dataset: Path) -> None:
    batch = turns(tiny_recipe(), tiny_dataset, phase=1)(0).batches["images"]
    assert batch.images is None
    with pytest.raises(ValueError, match="labels only"):
        batch.pictures()
    assert batch.labels.shape == (8, 5)
    other = turns(tiny_recipe(), tiny_dataset, phase=0)(0).batches["images"]
    assert not torch.equal(batch.labels, other.labels)


def test_labels_none_hides_the_labels(tiny_recipe: Make, tiny_dataset: Path) -> None:
    stream = Stream(Dataset.open(tiny_dataset), tiny_recipe(labels="none"), CPU)
    assert stream.label_width == 0
    phase = adversarial_phases(tiny_recipe())[0]
    batch: Batch = stream.draw(phase, True, moment(tiny_recipe(), 0), 0, 8)
    assert batch.labels.shape == (8, 0)


def test_pictures_are_floats_in_range_laid_out_for_the_device(tiny_recipe: Make, tiny_dataset: Path) -> None:
    found = pictures(turns(tiny_recipe(), tiny_dataset)(0))
    assert (found.shape, found.dtype) == ((8, 3, 16, 16), torch.float32)
    assert found.min() >= -1
    assert found.max() <= 1
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_balance_shows_rare_values_more_often(tiny_recipe: Make, tiny_dataset: Path) -> None:
    dataset = Dataset.open(tiny_dataset)
    recipe = tiny_recipe(pictures={"balance": ["expression"]})
    take = turns(recipe, tiny_dataset)
    labels = torch.cat([take(images).batches["images"].labels for images in range(0, 6400, 8)])
    shares = labels[:, dataset.schema.block("expression")].mean(dim=0)
    assert shares[0].item() == pytest.approx(shares[1].item(), abs=0.02)
    plain = turns(tiny_recipe(), tiny_dataset)
    unbalanced = torch.cat([plain(images).batches["images"].labels for images in range(0, 6400, 8)])
    natural = unbalanced[:, dataset.schema.block("expression")].mean(dim=0)
    assert abs(natural[0] - natural[1]) > 0.1


def test_noise_has_the_width_of_the_generator(tiny_recipe: Make) -> None:
    from nijigen.models.contract import Shape
    from nijigen.models.registry import find_family

    recipe = tiny_recipe()
    generator = find_family("dcgan").build(Shape(16, 3, 0), recipe.options())["generator"]
    turn = Turn({}, torch.Generator().manual_seed(0), moment(recipe, 0), {})
    assert turn.noise(generator, torch.zeros(5, 2)).shape == (5, 8)  # type: ignore[arg-type]


def test_a_phase_says_what_it_is(tiny_recipe: Make) -> None:
    phases: list[Phase] = adversarial_phases(tiny_recipe(discriminator_steps=3))
    assert [(p.name, p.updates, p.streams, p.every) for p in phases] == [
        ("discriminator", ("discriminator",), {"images": True}, 1),
        ("generator", ("generator",), {"images": False}, 3),
    ]
