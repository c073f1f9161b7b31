"""Probes: they change nothing, repeat exactly, and say of networks what is known of them."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator
from nijigen.training.guards import DivergedError
from nijigen.training.loop import Trainer
from nijigen.training.metrics import read_lines
from nijigen.training.opening import open_run
from nijigen.training.probe import PROBE_FILE, probe
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.schedule import moment

Make = Callable[..., Any]
PROBED = {"probe": {"every": 16, "pictures": 16}}
WITHOUT_LABELS = {
    "images", "resolution", "d.real", "d.fake", "d.spread", "d.right", "slope.real", "slope.fake", "slope.loss",
    "saturated", "diversity", "diversity.nearest", "gap", "detail",
}  # fmt: skip
WITH_LABELS = WITHOUT_LABELS | {"d.real.wrong", "change.noise", "change.label", "diversity.label"}

RECIPES: dict[str, dict[str, Any]] = {
    "batch norm": {},
    "dropout and spectral norm": {
        "objective": "hinge",
        "network": {"generator_norm": "conditional", "discriminator_norm": "none", "spectral": True, "dropout": 0.3},
    },
    "classifier, adaptive augmentation, noise": {
        "conditioning": {"classifier": 1.0, "classifier_width": 4, "dropout": 0.2},
        "augment": {"kind": "ada", "control": "adaptive", "p": 0.5, "images": 200},
        "softening": {"noise": 0.1},
        "micro_batch": 4,
    },
    "paired, penalties": {
        "objective": "relativistic",
        "penalty": {"r1": 0.1, "r2": 0.1},
        "network": {"discriminator_norm": "none"},
        "discriminator_steps": 2,
    },
    "layers": {
        "family": "stylegan2",
        "network": {"latent_width": 8, "channel_base": 64, "max_width": 8, "mapping_layers": 1},
        "penalty": {"path_length": 2.0, "r1": 1.0, "every": 4},
    },
}


def changed(tiny_recipe: Make, changes: dict[str, Any], **more: Any) -> Any:
    if "family" not in changes:
        return tiny_recipe(**changes, **more)
    recipe = tiny_recipe(**more).model_dump(mode="json") | changes
    return load_recipe(Recipe.model_validate(recipe))


def trainer(recipe: Any, dataset: Path, folder: Path) -> Trainer:
    return open_run(folder, Dataset.open(dataset), recipe, torch.device("cpu"), lambda text: None).trainer


@pytest.mark.parametrize("changes", RECIPES.values(), ids=RECIPES)
def test_a_run_with_probes_has_the_same_weights(
    changes: dict[str, Any], tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path
) -> None:
    """Bit for bit: weights, optimisers, metrics, sheets and model; only what the recipe says of probes differs."""
    tiny_train(changed(tiny_recipe, changes), tmp_path / "a" / "run")
    tiny_train(changed(tiny_recipe, changes, **PROBED), tmp_path / "b" / "run")
    without, with_probes = outcome(tmp_path / "a" / "run"), outcome(tmp_path / "b" / "run")
    assert [row["images"] for row in read_lines(tmp_path / "b" / "run" / PROBE_FILE)] == [16, 32, 48, 64]
    assert not (tmp_path / "a" / "run" / PROBE_FILE).exists()
    for name, content in without.items():
        if name.endswith(("state.safetensors", ".png", "metrics.jsonl")):
            assert with_probes[name] == content, name


def test_half_and_half_probe_as_the_whole(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    recipe = tiny_recipe(images=128, augment={"kind": "ada", "p": 0.5}, pictures={"held_out": 16}, **PROBED)
    tiny_train(recipe, tmp_path / "a")
    tiny_train(recipe, tmp_path / "b", images=72)
    with (tmp_path / "b" / PROBE_FILE).open("ab") as file:
        file.write(b'{"images": 80, "d.real": 1}\n{"images": 96, "d.r')  # of a process that was killed at 96
    tiny_train(recipe, tmp_path / "b")
    assert (tmp_path / "b" / PROBE_FILE).read_bytes() == (tmp_path / "a" / PROBE_FILE).read_bytes()
    assert len(read_lines(tmp_path / "a" / PROBE_FILE)) == 8


def test_probes_may_begin_in_a_run_that_had_none(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    tiny_train(tiny_recipe(images=32), tmp_path / "run")
    tiny_train(tiny_recipe(images=64, **PROBED), tmp_path / "run")
    assert [row["images"] for row in read_lines(tmp_path / "run" / PROBE_FILE)] == [48, 64]


def test_what_a_row_holds(tiny_recipe: Make, tiny_dataset: Path, plain_dataset: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe(**PROBED)
    row = probe(trainer(recipe, tiny_dataset, tmp_path / "a"))
    assert WITH_LABELS <= set(row) <= WITH_LABELS | {"labels.followed", "diversity.value", "diversity.value.of"}
    assert set(probe(trainer(recipe, plain_dataset, tmp_path / "b"))) == WITHOUT_LABELS
    held_out = tiny_recipe(pictures={"held_out": 8}, **PROBED)
    more = probe(trainer(held_out, plain_dataset, tmp_path / "c"))
    assert set(more) == WITHOUT_LABELS | {"d.held_out", "d.right.held_out"}
    assert json.loads(json.dumps(row)) == row


def test_every_number_is_explained(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    """``docs/doctor.md`` names every key that a row can have."""
    text = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    recipe = tiny_recipe(
        images=16,
        augment={"kind": "ada", "p": 1.0},
        conditioning={"classifier": 1.0, "classifier_width": 4},
        pictures={"held_out": 16},
        probe={"every": 16, "pictures": 32},
    )
    tiny_train(recipe, tmp_path / "run")
    (row,) = read_lines(tmp_path / "run" / PROBE_FILE)
    assert {"leak", "leak.explained", "labels.made", "d.held_out", "diversity.value.of"} <= row.keys()
    for key in row.keys() - {"images"}:
        assert f"`{key}`" in text or f"`.{key.rpartition('.')[2]}`" in text, key


def test_a_streamed_data_set_is_probed_too(
    tiny_recipe: Make, tiny_train: Make, outcome: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the pictures that come next; held-out ones there are none, which is said."""
    stream = {"stream": "always", "buffer": 16}
    tiny_train(tiny_recipe(images=48, pictures=stream), tmp_path / "a" / "run")
    assert "held out" not in capsys.readouterr().err
    tiny_train(tiny_recipe(images=48, pictures=stream | {"held_out": 8}, **PROBED), tmp_path / "b" / "run")
    assert "no pictures are held out" in capsys.readouterr().err
    rows = read_lines(tmp_path / "b" / "run" / PROBE_FILE)
    assert [row["images"] for row in rows] == [16, 32, 48]
    assert "d.held_out" not in rows[0]
    same = "checkpoints/000000048/state.safetensors"
    assert outcome(tmp_path / "a" / "run")[same] == outcome(tmp_path / "b" / "run")[same]


def test_a_growing_network_is_probed_at_its_resolution(
    tiny_recipe: Make, tiny_train: Make, tiny_dataset: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe(**PROBED).model_dump(mode="json") | {
        "family": "pggan",
        "network": {"latent": 8, "channel_base": 64, "max_width": 8, "embedding": 4},
        "growth": {"start": 4, "fade": 16, "stable": 16},
        "objective": "least-squares",
    }
    tiny_train(Recipe.model_validate(recipe), tmp_path / "run")
    rows = read_lines(tmp_path / "run" / PROBE_FILE)
    assert [row["images"] for row in rows] == [16, 32, 48, 64]
    assert all(row["gap"] > 0.1 for row in rows)  # after so few steps nothing looks like anything
    assert [row["resolution"] for row in rows] == [4, 8, 8, 16]


class Knows(nn.Module):
    """A discriminator that tells pictures by what it is given: logits by the mean of the picture and by the label."""

    def __init__(self, judge: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.judge = judge

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return self.judge(images, labels)


class Still(Generator):
    """Grey pictures for everything."""

    def __init__(self, like: Any) -> None:
        super().__init__()
        self.z_dim, self.layers, self.shape = like.z_dim, 0, like.shape

    def map(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return z

    def synthesize(self, latent: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(latent), 3, 16, 16)


def test_what_a_discriminator_knows(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    """A discriminator whose answers are known: slopes, right answers, overfitting, wrong labels."""
    recipe = tiny_recipe(pictures={"flip": False, "held_out": 24}, **PROBED)
    training = trainer(recipe, tiny_dataset, tmp_path / "run")
    stream = training.streams["images"]
    learned, their_labels = stream.resident.batch(stream._rows)

    def judge(images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        near, place = apart(images, learned).min(dim=1)
        by_heart = (near < 1e-3).float()
        suits = (their_labels[place] == labels).all(dim=1).float()
        return by_heart * (3 + suits) + 0.0 * images.flatten(1).sum(dim=1)

    training.state.networks["discriminator"] = Knows(judge)
    row = probe(training)
    assert (row["d.real"], row["d.real.wrong"], row["d.held_out"], row["d.fake"]) == (4, 3, 0, 0)
    assert row["d.right"] == 1
    assert row["d.right.held_out"] == 0.5
    assert row["slope.real"] == row["slope.fake"] == row["slope.loss"] == 0


def test_slopes_are_those_of_the_formulas(tiny_recipe: Make, plain_dataset: Path, tmp_path: Path) -> None:
    """D(x) = 2 Σx: slope 2 √(3 · 16 · 16); the non-saturating loss passes on sigmoid(−D) of it."""
    training = trainer(tiny_recipe(pictures={"flip": False}, **PROBED), plain_dataset, tmp_path / "run")
    training.state.networks["discriminator"] = Knows(lambda images, labels: 2 * images.flatten(1).sum(dim=1) - 100)
    training.state.networks["generator"] = Still(training.state.networks["generator"])
    row = probe(training)
    whole = 2 * (3 * 16 * 16) ** 0.5
    assert row["slope.real"] == pytest.approx(whole)
    assert row["slope.fake"] == pytest.approx(whole)
    assert row["slope.loss"] == pytest.approx(whole)  # D(0) = −100: sigmoid(100) = 1
    training.state.networks["discriminator"] = Knows(lambda images, labels: 2 * images.flatten(1).sum(dim=1))
    assert probe(training)["slope.loss"] == pytest.approx(whole / 2)
    assert row["saturated"] <= 0  # grey pictures: none of their values is at the end of the range


def test_a_collapsed_generator_is_seen(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    training = trainer(tiny_recipe(**PROBED), tiny_dataset, tmp_path / "run")
    with torch.no_grad():
        for parameter in training.state.average.parameters():
            parameter.zero_()
    row = probe(training)
    assert row["diversity"] == pytest.approx(0, abs=1e-6)
    assert row["change.label"] == pytest.approx(0, abs=1e-6)
    assert row["gap"] > 0.5


def test_modes_and_buffers_are_given_back(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    training = trainer(tiny_recipe(**PROBED), tiny_dataset, tmp_path / "run")
    training.state.networks["discriminator"].eval()
    next(training.state.networks["generator"].parameters()).requires_grad_(False)
    before = copy.deepcopy({name: net.state_dict() for name, net in training.state.networks.items()})
    state = torch.get_rng_state()
    probe(training)
    assert torch.equal(torch.get_rng_state(), state)
    assert not training.state.networks["discriminator"].training
    assert not next(training.state.networks["generator"].parameters()).requires_grad
    assert all(p.requires_grad for p in training.state.networks["discriminator"].parameters())
    for name, network in training.state.networks.items():
        for key, value in network.state_dict().items():
            assert torch.equal(value, before[name][key]), (name, key)
        assert all(parameter.grad is None for parameter in network.parameters())


def test_held_out_pictures_are_never_trained_on(tiny_recipe: Make, tiny_dataset: Path, tmp_path: Path) -> None:
    training = trainer(tiny_recipe(pictures={"flip": False, "held_out": 16}), tiny_dataset, tmp_path / "run")
    stream, now = training.streams["images"], training_moment(training)
    kept = stream.resident.batch(stream.held_out)[0].flatten(1)
    assert len(stream.labels) == 48
    seen = torch.cat([stream.draw(training.phases[0], True, now, start, 8).pictures() for start in range(0, 96, 8)])
    near = apart(kept, seen).min(dim=1).values
    assert near.min() > 1
    whole = stream.resident.batch(stream._rows)[0].flatten(1)
    assert (apart(whole, seen) < 1e-2).sum(dim=1).tolist() == [2] * 48  # each once an epoch
    looked = torch.cat([batch.pictures() for batch in stream.look(16, 8, now, held_out=True)]).flatten(1)
    assert (apart(looked, kept) < 1e-2).sum(dim=1).tolist() == [1] * 16


def test_holding_out_too_much_is_one_line(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match=r"pictures\.held_out=40 leaves less than half of 64 pictures: use 32"):
        tiny_train(tiny_recipe(pictures={"held_out": 40}), tmp_path / "run")


def test_a_divergence_is_noted_once(
    tiny_recipe: Make, tiny_train: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And going on from the checkpoint before it takes the note back."""
    real_step = Trainer.step

    def step(training: Trainer) -> None:
        if training.state.images >= 40:
            raise DivergedError("training diverged: loss.generator became nan")
        real_step(training)

    recipe = tiny_recipe(output={"checkpoint_every": 40}, **PROBED)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", step)
        for _ in range(2):
            with pytest.raises(DivergedError):
                tiny_train(recipe, tmp_path / "run")
    rows = read_lines(tmp_path / "run" / PROBE_FILE)
    assert [row["images"] for row in rows] == [16, 32, 48]
    assert rows[-1]["diverged"] == "training diverged: loss.generator became nan"
    tiny_train(recipe, tmp_path / "run")
    assert not any("diverged" in row for row in read_lines(tmp_path / "run" / PROBE_FILE))


def apart(some: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    return torch.cdist(some.flatten(1), others.flatten(1), compute_mode="donot_use_mm_for_euclid_dist")


def training_moment(training: Trainer) -> Any:
    return moment(training.recipe, training.state.images)
