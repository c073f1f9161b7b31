"""Samples: the same as ``generate`` draws, asked for labels as they are in the data set."""

from pathlib import Path

import numpy as np
import pytest
import torch

from nijigen.engine.model import load
from nijigen.errors import NijigenError
from nijigen.evaluate.sampling import Subject, ask, check_sizes, ground_remark
from nijigen.models.package import load_package
from nijigen.schema import Attribute, AttributeSchema

THERE = AttributeSchema(
    [Attribute("mood", ("smile", "sad")), Attribute("hair", ("pink", "blue")), Attribute("tilt", range=(0.0, 10.0))]
)


def encoded(schema: AttributeSchema, rows: list[dict[str, object]]) -> torch.Tensor:
    return torch.stack([torch.from_numpy(schema.encode(row)) for row in rows])


def decoded(schema: AttributeSchema, rows: torch.Tensor) -> list[dict[str, object]]:
    found = [schema.decode(row) for row in rows]
    return [{name: round(v, 5) if isinstance(v, float) else v for name, v in row.items()} for row in found]


ROWS = encoded(THERE, [{"mood": "smile", "hair": "pink", "tilt": 2}, {"mood": "sad"}, {"hair": "blue", "tilt": 10}])


def test_labels_follow_the_rows_each_as_often() -> None:
    asked = ask(ROWS, THERE, torch.zeros(1, THERE.width), THERE, 9, seed=4)
    words = decoded(THERE, asked.rows)
    for row in decoded(THERE, ROWS):
        assert words.count(row) == 3
    assert not asked.remarks
    columns = slice(0, 4)  # the words; numbers are in no group
    assert torch.equal(asked.groups[:, columns], asked.rows[:, columns])
    assert not asked.groups[:, 4:].any()
    again, other = (ask(ROWS, THERE, torch.zeros(1, THERE.width), THERE, 9, seed) for seed in (4, 5))
    assert torch.equal(again.rows, asked.rows)
    assert not torch.equal(other.rows, asked.rows)


def test_words_are_matched_by_name_and_what_is_missing_is_said() -> None:
    here = AttributeSchema(
        [
            Attribute("hair", ("black", "blue")),
            Attribute("tilt", range=(0.0, 5.0)),
            Attribute("skin", ("fair", "dark")),
        ]
    )
    own = encoded(here, [{"hair": "black", "skin": "dark"}])
    asked = ask(ROWS, THERE, own, here, 6, seed=0)
    words = sorted(map(str, decoded(here, asked.rows)))
    expected = [{"tilt": 2.0, "skin": "dark"}, {"skin": "dark"}, {"hair": "blue", "tilt": 5.0, "skin": "dark"}]
    assert words == sorted(map(str, expected * 2))
    text = " | ".join(asked.remarks)
    assert "hair=pink" in text
    assert "data set has no skin" in text
    assert "model knows no mood" in text
    assert asked.groups[:, THERE.block("hair")].sum() == 2  # the two blue ones
    assert not asked.groups[:, THERE.block("mood")].any()


def test_a_model_without_labels_is_asked_for_nothing() -> None:
    asked = ask(ROWS, THERE, torch.zeros(1, 0), AttributeSchema(), 5, seed=0)
    assert asked.rows.shape == (5, 0)
    assert asked.remarks == ["the model takes no labels: samples have none"]


def test_samples_are_what_generate_draws(tiny_run: Path) -> None:
    model = load(tiny_run, device="cpu", threads=1)
    avatars = model.generate(3, seed=11)
    package = load_package(tiny_run / "model")
    labels = torch.stack([torch.from_numpy(package.schema.encode(avatar.attributes)) for avatar in avatars])
    subject = Subject(package.generator, torch.device("cpu"), seed=9)
    pictures = subject.pictures(2, labels)  # sample 2 of seed 9 is avatar 11
    drawn = np.stack([avatar.pixels for avatar in avatars])
    difference = pictures.permute(0, 2, 3, 1).int() - torch.from_numpy(drawn).int()
    assert int(difference.abs().max()) <= 1  # layouts of memory differ in the last digits


def test_noise_hangs_on_the_seed_and_the_number_alone(tiny_run: Path) -> None:
    generator = load_package(tiny_run / "model").generator
    one, other = (Subject(generator, torch.device("cpu"), seed) for seed in (3, 6))
    assert torch.equal(one.noise(2, 4)[1:], other.noise(0, 3))
    assert one.noise(0, 0).shape == (0, generator.z_dim)


def test_sizes_that_differ_are_named(tiny_run: Path) -> None:
    generator = load_package(tiny_run / "model").generator
    check_sizes(16, generator, "mine", "theirs")
    with pytest.raises(NijigenError, match=r"mine makes pictures of 16 px, theirs has 32 px.*--size 16"):
        check_sizes(32, generator, "mine", "theirs")


def test_where_one_of_two_is_transparent_it_is_said_which(tiny_run: Path) -> None:
    generator = load_package(tiny_run / "model").generator
    assert ground_remark(3, generator, "mine", "theirs") is None
    remark = ground_remark(4, generator, "mine", "theirs")
    assert remark is not None
    assert remark.startswith("pictures of theirs are transparent and laid on white, those of mine")
    assert "--channels 3" in remark


def test_only_some_families_have_a_mean_latent(tiny_run: Path, style_run: Path) -> None:
    assert not load_package(tiny_run / "model").generator.has_mean_latent
    assert load_package(style_run / "model").generator.has_mean_latent
