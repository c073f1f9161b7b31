"""Training on a data set that stays where it is: the same contract as a resident stream, and an exact resume."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data import Dataset
from nijigen.data.dataset import DATASET_FILE
from nijigen.data.shards import ShardWriter
from nijigen.data.streaming.shard_store import ShardStore
from nijigen.machine import place
from nijigen.models.registry import find_family
from nijigen.training.adversarial import GAMES
from nijigen.training.loop import Trainer
from nijigen.training.metrics import read_lines
from nijigen.training.networks import fresh_networks
from nijigen.training.phases import Batch
from nijigen.training.schedule import moment
from nijigen.training.state import TrainingState
from nijigen.training.streaming import SKIPPED_FILE, StreamedStream, choose_order, skipped_sentence
from nijigen.training.streams import Stream

Make = Callable[..., Any]
CPU = torch.device("cpu")
BUFFER = 80_000  # two shards a window
PHASES = {"discriminator": 0, "generator": 1}


@pytest.fixture
def many_shards(tiny_dataset: Path, tmp_path: Path) -> Path:
    """The tiny data set in shards of at most seven pictures."""
    folder = tmp_path / "many"
    folder.mkdir()
    samples = list(Dataset.open(tiny_dataset).samples())
    rows = []
    for start in range(0, len(samples), 7):
        writer = ShardWriter(folder / f"shard-{start:05d}.tar")
        for sample in samples[start : start + 7]:
            writer.add(sample)
        rows.append(writer.close())
    info = json.loads((tiny_dataset / DATASET_FILE).read_bytes()) | {"shards": rows}
    (folder / DATASET_FILE).write_text(json.dumps(info), encoding="utf-8")
    return folder


def open_stream(path: Path, recipe: Any, **options: Any) -> StreamedStream:
    store = ShardStore(path, pauses=(0.0, 0.0, 0.0))
    return StreamedStream(store, store.description(), recipe, CPU, **{"buffer": BUFFER, "threads": 1, **options})


def trainer(recipe: Any, stream: Stream) -> Trainer:
    networks = {name: place(network, CPU) for name, network in fresh_networks(recipe, stream.blocks).items()}
    state = TrainingState(networks, recipe)
    phases = GAMES[find_family(recipe.family).game](recipe, stream.label_width)
    return Trainer(recipe, state, phases, {"images": stream}, CPU)


def walk(path: Path, recipe: Any, steps: int, start: Trainer | None = None, **options: Any) -> Trainer:
    """Train some steps in a new process, as far as streams can tell, from where ``start`` stopped."""
    stream = open_stream(path, recipe, **options)
    assert stream.streamed.readers == 2
    walker = trainer(recipe, stream)
    if start is not None:
        walker.state.load_tensors({key: value.clone() for key, value in start.state.tensors().items()})
        walker.state.images, walker.state.memory = start.state.images, dict(start.state.memory)
        walker.state.window = start.state.window
    for _ in range(steps):
        walker.step()
    stream.close()
    return walker


def equal(one: Trainer, other: Trainer) -> bool:
    ours, theirs = one.state.tensors(), other.state.tensors()
    assert ours.keys() == theirs.keys()
    return one.state.images == other.state.images and all(torch.equal(ours[key], theirs[key]) for key in ours)


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "parts, crops, dropout": {"micro_batch": 4, "pictures": {"crop": 2}, "conditioning": {"dropout": 0.3}},
    "relativistic, balanced, weighed": {
        "objective": "relativistic",
        "pictures": {"balance": ["expression"]},
        "softening": {"class_weights": ["hair_color"]},
    },
    "lazy penalty, several critics": {
        "penalty": {"r1": 1.0, "every": 3},
        "discriminator_steps": 2,
        "network": {"discriminator_norm": "none"},
    },
}


@pytest.mark.parametrize("case", CASES)
def test_n_and_n_steps_are_two_n_steps(case: str, many_shards: Path, tiny_recipe: Make) -> None:
    recipe = tiny_recipe(images=10_000, **CASES[case])
    unbroken = walk(many_shards, recipe, 17)  # over two epochs of 64 pictures
    for cut in (3, 9) if case == "plain" else (9,):
        assert equal(walk(many_shards, recipe, 17 - cut, walk(many_shards, recipe, cut)), unbroken)


def test_the_seed_counts(many_shards: Path, tiny_recipe: Make) -> None:
    one, other = (batches(open_stream(many_shards, recipe), recipe, "discriminator", 1)[0] for recipe in
                  (tiny_recipe(), tiny_recipe(seed=1)))  # fmt: skip
    assert not torch.equal(one.labels, other.labels)


def test_a_resume_is_exact_where_a_shard_was_skipped(many_shards: Path, tiny_recipe: Make, tmp_path: Path) -> None:
    recipe, gone = tiny_recipe(images=10_000), many_shards / "shard-00014.tar"
    run, other = tmp_path / "run", tmp_path / "other"
    run.mkdir()
    other.mkdir()
    said: list[str] = []
    away = gone.rename(gone.with_suffix(".away"))
    unbroken = walk(many_shards, recipe, 8, folder=other)
    half = walk(many_shards, recipe, 4, folder=run, warn=said.append)
    rows = read_lines(run / SKIPPED_FILE)
    assert [(row["shard"], row["pictures"], row["epoch"]) for row in rows if row["epoch"] == 0] == [(gone.name, 7, 0)]
    assert len(said) == len(rows)
    assert "shard-00014.tar is skipped (it is not there); its 7 places in epoch 1 go to others" in said[0]
    away.rename(gone)  # it is back; the run goes on as it began
    with open(run / SKIPPED_FILE, "ab") as file:
        file.write(b'{"epoch": 0, "sha')  # a crash in the middle of a line
    assert equal(walk(many_shards, recipe, 4, half, folder=run), unbroken)
    assert read_lines(run / SKIPPED_FILE)[: len(rows)] == rows
    [row] = [row for row in rows if row["epoch"] == 0]
    assert skipped_sentence([row], 64) == "1 shard skipped, 7 pictures in all epochs (it is not there)"
    assert skipped_sentence([row], row["position"]) is None  # read ahead, not seen yet
    twice = skipped_sentence([row, row | {"epoch": 1}, row | {"shard": "other", "reason": "cut"}], 64)
    assert twice == "2 shards skipped, 21 pictures in all epochs (cut; it is not there)"
    assert skipped_sentence([], 64) is None


def batches(stream: Stream, recipe: Any, phase: str, count: int = 8) -> list[Batch]:
    phases = GAMES[find_family(recipe.family).game](recipe, stream.label_width)
    chosen = next(p for p in phases if p.name == phase)
    needs = chosen.streams["images"]
    return [stream.draw(chosen, needs, moment(recipe, at), at, 8) for at in range(0, 8 * count, 8)]


def test_it_gives_what_a_resident_stream_gives_in_another_order(
    many_shards: Path, tiny_dataset: Path, tiny_recipe: Make
) -> None:
    recipe = tiny_recipe(pictures={"flip": False}, softening={"class_weights": ["hair_color"]})
    streamed, resident = open_stream(many_shards, recipe), Stream(Dataset.open(tiny_dataset), recipe, CPU)
    assert (streamed.label_width, streamed.blocks) == (resident.label_width, resident.blocks) == (5, [3, 2])
    seen, wanted = batches(streamed, recipe, "discriminator"), batches(resident, recipe, "discriminator")
    assert seen[0].pictures().is_contiguous(memory_format=torch.channels_last)

    def rows(found: list[Batch]) -> torch.Tensor:
        whole = torch.cat([torch.cat([batch.pictures().flatten(1), batch.labels], 1) for batch in found])
        return whole[sorted(range(len(whole)), key=lambda i: whole[i].tolist())]

    assert torch.equal(rows(seen), rows(wanted))
    assert not torch.equal(seen[0].pictures(), wanted[0].pictures())
    assert {batch.weights.dtype for batch in (*seen, *wanted)} == {torch.float32}
    weights = torch.cat([batch.weights for batch in seen])
    assert weights.mean().item() == pytest.approx(1.0, abs=1e-4)  # in every window, so over the epoch too
    assert weights.unique().numel() > 1
    streamed.close()


def test_phases_share_pictures_and_draw_labels_on_their_own(many_shards: Path, tiny_recipe: Make) -> None:
    recipe = tiny_recipe(pictures={"flip": False}, penalty={"r1": 1.0, "every": 2}, micro_batch=4)
    stream = open_stream(many_shards, recipe)
    judged, smooth = batches(stream, recipe, "discriminator"), batches(stream, recipe, "smoothness")
    for one, other in zip(judged, smooth, strict=True):
        assert torch.equal(one.pictures(), other.pictures())
    made = batches(stream, recipe, "generator")
    assert made[0].images is None
    assert not torch.equal(made[0].labels, judged[0].labels)
    assert torch.equal(
        torch.cat([b.labels for b in made]).sum(0), torch.cat([b.labels for b in judged]).sum(0)
    )  # over an epoch the same ones
    stream.close()


def test_labels_none_hides_the_labels(many_shards: Path, tiny_recipe: Make) -> None:
    recipe = tiny_recipe(labels="none")
    stream = open_stream(many_shards, recipe)
    assert (stream.label_width, stream.blocks, stream.labels.shape[1]) == (0, [], 0)
    assert batches(stream, recipe, "discriminator", 1)[0].labels.shape == (8, 0)
    stream.close()


def test_labels_for_sheets_are_the_same_wherever_a_run_goes_on(many_shards: Path, tiny_recipe: Make) -> None:
    recipe = tiny_recipe()
    one, other = open_stream(many_shards, recipe), open_stream(many_shards, recipe)
    other.draw(GAMES["adversarial"](recipe, 5)[0], True, moment(recipe, 56), 56, 8)
    assert torch.equal(one.labels, other.labels)
    assert 0 < len(one.labels) < 64
    one.close()
    other.close()


def test_the_order_is_chosen_once(monkeypatch: pytest.MonkeyPatch, tiny_dataset: Path) -> None:
    info = Dataset.open(tiny_dataset).info
    needed = 64 * (3 * 16 * 16 + 4 * 5)

    def free(memory: float) -> None:
        monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": memory}))

    free(needed / 0.8 + 100)
    assert choose_order("auto", info, None) == "resident"
    assert choose_order("auto", info, None, remote=True) == "streamed"
    assert choose_order("auto", info, "streamed") == "streamed"
    free(needed / 0.8 - 100)
    assert choose_order("auto", info, None) == "streamed"
    assert choose_order("auto", info, "resident") == "resident"
    assert choose_order("always", info, "resident") == "streamed"
    assert choose_order("never", info, "streamed", remote=True) == "resident"
