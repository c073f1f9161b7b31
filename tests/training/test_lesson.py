"""Lessons: drawings and their chances stay together, the game begins when told, and the way goes on exactly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nijigen.data import Dataset, prepare
from nijigen.doctor.case import Case
from nijigen.errors import NijigenError
from nijigen.illustrator import compose
from nijigen.illustrator.chances import chance_names, chances
from nijigen.models.package import load_package
from nijigen.objectives.likeness import pyramid_distance
from nijigen.training.adversarial import adversarial_phases
from nijigen.training.bench import bench
from nijigen.training.cost import count_cost
from nijigen.training.lesson import chances_of, noise_of
from nijigen.training.loop import Trainer
from nijigen.training.metrics import read_lines
from nijigen.training.networks import fresh_networks
from nijigen.training.opening import open_run
from nijigen.training.phases import Batch, Phase, Turn
from nijigen.training.probe import PROBE_FILE
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.run import advance
from nijigen.training.schedule import moment
from nijigen.training.streams import Stream
from nijigen.training.telling import telling_places
from nijigen.training.timing import measure, stretches

Make = Callable[..., Any]
CPU = torch.device("cpu")
SIZE, COUNT, CHANCES = 16, 40, len(chance_names(4))
LESSON = [
    "resolution=16",
    "channels=4",
    "batch=8",
    "images=64",
    "network.latent=192",
    "network.latent_width=16",
    "network.embedding=8",
    "network.channel_base=64",
    "network.max_width=8",
    "pictures.flip=false",
    "pictures.held_out=4",
    "lesson.weight=10",
    "lesson.alone=32",
    "output.metrics_every=16",
    "probe.every=0",
]


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 drawings of 16 px with alpha. Read only."""
    out = tmp_path_factory.mktemp("drawings") / "data"
    prepare(f"chibi:{COUNT}", out, size=SIZE, channels=4, workers=1, quiet=True)
    return out


def lesson_recipe(*more: str) -> Recipe:
    return load_recipe("stylegan2-laptop-32", [*LESSON, *more])


def trainer_of(drawings: Path, folder: Path, *more: str) -> Trainer:
    return open_run(folder, Dataset.open(drawings), lesson_recipe(*more), CPU, print).trainer


def test_a_batch_brings_the_chances_of_its_own_pictures(drawings: Path) -> None:
    """The pictures of a batch are drawn again from seeds, which are found by their chances."""
    dataset, recipe = Dataset.open(drawings), lesson_recipe()
    seeds = [int(sample.file.rpartition("-")[2]) for sample in dataset.samples()]
    known = chances_of(dataset, recipe)
    assert known.shape == (COUNT, CHANCES)
    batch = Stream(dataset, recipe, CPU, known).draw(draws(True), True, moment(recipe, 16), 16, 8)
    assert batch.chances is not None
    for row in range(8):
        seed = next(seed for seed in seeds if np.array_equal(chances(seed), batch.chances[row].numpy()))
        pixels = compose(seed).render(SIZE, channels=4).astype(np.float32)
        pixels[..., :3] *= pixels[..., 3:] / 255
        drawn = torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1)
        assert torch.allclose(batch.pictures()[row], drawn, atol=0.01)


def draws(pictures: bool) -> Phase:
    return Phase("generator", ("generator",), {"images": pictures}, 1, lambda networks, turn: (torch.zeros(()), {}))


def test_batches_of_labels_alone_bring_chances_too(drawings: Path) -> None:
    dataset, recipe = Dataset.open(drawings), lesson_recipe()
    stream = Stream(dataset, recipe, CPU, chances_of(dataset, recipe))
    with_pictures, without = (stream.draw(draws(said), said, moment(recipe, 0), 0, 8) for said in (True, False))
    assert with_pictures.chances is not None
    assert without.chances is not None
    assert torch.equal(with_pictures.chances, without.chances)
    assert without.images is None


def test_noise_begins_with_the_chances_and_is_as_long_as_random_noise_on_average() -> None:
    known = torch.randn(500, CHANCES, generator=torch.Generator().manual_seed(0))
    turn = Turn({}, torch.Generator().manual_seed(1), moment(lesson_recipe(), 0), {})
    generator = fresh_generator()
    noise = noise_of(turn, Batch(None, torch.zeros(500, 0), torch.ones(500), known), generator)
    assert noise.shape == (500, 192)
    assert torch.equal(noise[:, :CHANCES], known)
    assert torch.allclose(noise.norm(dim=1), torch.full((500,), 192**0.5), rtol=0.01)
    assert noise[:, CHANCES:].std().item() == pytest.approx(1, abs=0.05)


def fresh_generator() -> Any:
    """A generator with 192 numbers of noise."""
    return fresh_networks(lesson_recipe(), [])["generator"]


def test_noise_that_chances_alone_would_fill_keeps_a_rest() -> None:
    turn = Turn({}, torch.Generator().manual_seed(1), moment(lesson_recipe(), 0), {})
    far = torch.full((3, CHANCES), 3.0)
    noise = noise_of(turn, Batch(None, torch.zeros(3, 0), torch.ones(3), far), fresh_generator())
    assert torch.isfinite(noise).all()
    assert (noise[:, CHANCES:].norm(dim=1) > 0).all()


def test_without_a_lesson_noise_is_that_of_the_turn() -> None:
    generator = fresh_generator()
    turns = [Turn({}, torch.Generator().manual_seed(5), moment(lesson_recipe(), 0), {}) for _ in range(2)]
    batch = Batch(None, torch.zeros(4, 0), torch.ones(4))
    assert torch.equal(noise_of(turns[0], batch, generator), turns[1].noise(generator, batch.labels))


@pytest.mark.parametrize(("detail", "words", "squares"), [(0.0, 0.0, 0.0), (0.5, 0.6, 0.3)])
def test_before_the_game_the_loss_is_the_weighted_distance_and_nothing_else(
    drawings: Path, tmp_path: Path, detail: float, words: float, squares: float
) -> None:
    shares = [f"lesson.detail={detail}", f"lesson.words={words}", f"lesson.squares={squares}"]
    trainer = trainer_of(drawings, tmp_path / "run", *shares)
    recipe, stream = trainer.recipe, trainer.streams["images"]
    phase = next(phase for phase in adversarial_phases(recipe, stream.label_width) if phase.name == "generator")
    now = moment(recipe, 0)
    batch = stream.draw(phase, True, now, 0, 8)
    turns = [Turn({"images": batch}, torch.Generator().manual_seed(2), now, {}) for _ in range(2)]
    loss, logged = phase.loss(trainer.state.networks, turns[0])
    generator: Any = trainer.state.networks["generator"]
    made = generator(noise_of(turns[1], batch, generator), batch.labels)
    telling = telling_places(stream.resident, stream.labels, stream._rows, Dataset.open(drawings).schema)
    assert telling is not None
    places = 1 - words + words * telling
    away = pyramid_distance(made, batch.pictures(), detail, squares, places).mean()
    assert set(logged) == {"lesson"}
    assert torch.allclose(logged["lesson"], away)
    assert torch.allclose(loss, 10 * away)


def test_the_game_begins_when_told(drawings: Path, tmp_path: Path) -> None:
    trainer = trainer_of(drawings, tmp_path / "run")
    before = {name: value.clone() for name, value in trainer.state.networks["discriminator"].state_dict().items()}
    ran: list[set[str]] = []
    for _ in range(6):
        trainer.state.window.sums.clear()
        trainer.step()
        ran.append({key.removeprefix("loss.") for key in trainer.state.window.sums if key.startswith("loss.")})
        if len(ran) == 4:
            unchanged = trainer.state.networks["discriminator"].state_dict()
            assert all(torch.equal(value, unchanged[name]) for name, value in before.items())
    assert all(names == {"generator"} for names in ran[:4])
    assert {"discriminator", "classifier", "generator"} <= ran[4]
    changed = trainer.state.networks["discriminator"].state_dict()
    assert any(not torch.equal(value, changed[name]) for name, value in before.items())


def test_a_lesson_teaches(drawings: Path, tmp_path: Path) -> None:
    """In a few steps on 36 drawings a tiny generator comes clearly nearer to them."""
    trainer = trainer_of(drawings, tmp_path / "run", "lesson.alone=100000", "images=2000")
    distances = []
    for _ in range(120):
        trainer.state.window.sums.clear()
        trainer.step()
        distances.append(trainer.state.window.sums["lesson"])
    assert np.mean(distances[-10:]) < 0.6 * distances[0]


def test_a_lesson_goes_on_exactly(drawings: Path, tmp_path: Path) -> None:
    """Stopped before and after the game begins, and gone on with: the same model, byte for byte."""
    dataset, recipe = Dataset.open(drawings), lesson_recipe()
    whole = open_run(tmp_path / "whole", dataset, recipe, CPU, print)
    advance(whole, lambda: False, lambda step: None)
    for at in (24, 48):
        left = open_run(tmp_path / "parts", dataset, recipe, CPU, print)
        advance(left, lambda left=left, at=at: left.trainer.state.images >= at, lambda step: None)  # type: ignore[misc]
    last = open_run(tmp_path / "parts", dataset, recipe, CPU, print)
    advance(last, lambda: False, lambda step: None)
    assert load_package(tmp_path / "whole/model").digest == load_package(tmp_path / "parts/model").digest


def test_phases_that_have_not_begun_cost_nothing(drawings: Path, tmp_path: Path) -> None:
    trainer = trainer_of(drawings, tmp_path / "run")
    early, late = measure(trainer, at=moment(trainer.recipe, 0)), measure(trainer, at=moment(trainer.recipe, 40))
    assert set(early.phases) == {"generator"}
    assert {"discriminator", "generator"} <= set(late.phases)
    assert [images for _, images in stretches(trainer)] == [32, 32]
    lesson, game = (count_cost(lesson_recipe(f"lesson.alone={alone}"), 8).operations for alone in (100, 0))
    assert lesson < game


def test_players_that_do_not_play_yet_are_neither_measured_nor_probed(drawings: Path, tmp_path: Path) -> None:
    recipe = lesson_recipe("lesson.alone=32", "probe.every=8", "probe.pictures=16")
    run = open_run(tmp_path / "run", Dataset.open(drawings), recipe, CPU, print)
    advance(run, lambda: False, lambda step: None)
    rows = read_lines(tmp_path / "run" / PROBE_FILE)
    assert [row["images"] for row in rows] == [40, 48, 56, 64]
    later = lesson_recipe("lesson.alone=1000000")
    assert Case([], [], later).begun == Case([], [], recipe).begun + 1000000 - 32
    pace = measure(run.trainer, at=moment(recipe, 0))
    assert set(pace.turns) == set(pace.phases) == {"generator"}
    bench(later, labels=4, device="cpu", threads=1, seconds=0, quiet=True).lines()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("pictures.flip=true", "set pictures.flip=false"),
        ("pictures.crop=2", "set pictures.crop=0"),
        ("mixing=0.5", "set mixing=0"),
        ("lesson.weight=0", "set lesson.alone=0, or lesson.weight=10"),
    ],
)
def test_what_contradicts_a_lesson_is_refused_with_the_fix(change: str, words: str) -> None:
    with pytest.raises(NijigenError, match=words):
        lesson_recipe(change)


def test_noise_without_room_for_the_chances_is_refused(drawings: Path) -> None:
    with pytest.raises(NijigenError, match=r"138 chances .* network.latent is 138: set network.latent=224"):
        chances_of(Dataset.open(drawings), lesson_recipe("network.latent=138"))


def test_pictures_of_others_cannot_be_lessons(tiny_dataset: Path, drawings: Path) -> None:
    with pytest.raises(NijigenError, match="has other pictures than our drawings"):
        chances_of(Dataset.open(tiny_dataset), lesson_recipe())
    older = Dataset.open(drawings)
    older.info["arguments"]["illustrator"] = "0"
    with pytest.raises(NijigenError, match="was drawn by version 0 of the illustrator, and this is"):
        chances_of(older, lesson_recipe())


def test_a_lesson_is_not_streamed(drawings: Path, tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match=r"set pictures\.stream=never, or lesson\.weight=0"):
        trainer_of(drawings, tmp_path / "run", "pictures.stream=always", "pictures.held_out=0")
