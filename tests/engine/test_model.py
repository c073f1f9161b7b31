"""Making avatars: each comes from its own seed and words, whatever stands beside it in the batch."""

import base64
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nijigen.engine.look import Look
from nijigen.engine.model import Model, load
from nijigen.errors import NijigenError
from nijigen.models.package import read_weights, write_weights
from nijigen.schema import SchemaError
from nijigen.seeds import SEED_LIMIT, seed_number

WORDS = {"hair_color": "pink", "expression": "smile"}


@pytest.fixture(scope="module")
def model(tiny_run: Path) -> Model:
    return load(tiny_run, "cpu", threads=1)


@pytest.fixture(scope="module")
def plain(plain_run: Path) -> Model:
    return load(plain_run, "cpu", threads=1)


def same(first: Any, second: Any) -> bool:
    return bool((first.pixels == second.pixels).all())


def test_the_same_call_gives_the_same_avatars(model: Model) -> None:
    first, second = model.generate(5, seed=3), model.generate(5, seed=3)
    assert all(same(a, b) for a, b in zip(first, second, strict=True))
    assert [a.certificate for a in first] == [a.certificate for a in second]
    assert len({a.certificate["pixels"] for a in first}) == 5
    assert not same(first[0], model.generate(5, seed=9)[0])


def test_every_avatar_has_its_own_seed(model: Model) -> None:
    """Number 4 + i of seed s at place i of a batch is number i of seed s + 4 at the same place."""
    first, later = model.generate(12, seed=100, batch=4), model.generate(8, seed=104, batch=4)
    for index in range(8):
        assert first[4 + index].certificate == later[index].certificate
        assert same(first[4 + index], later[index])


def test_the_neighbours_do_not_reach_it(model: Model) -> None:
    """The same noise and words at the same place of a batch, among other noise and other words."""
    z = torch.randn(8, 8, generator=torch.Generator().manual_seed(0))
    other = torch.randn(8, 8, generator=torch.Generator().manual_seed(1)) * 3
    for place in (0, 3, 7):
        mixed = other.clone()
        mixed[place] = z[place]
        assert same(model.generate(z=z, **WORDS)[place], model.generate(z=mixed, **WORDS)[place])
        seeds = model.generate(8, seed=50)[place]
        beside = model._rows.pixels(
            other.index_copy(0, torch.tensor([place]), model.generator.noise([50 + place])),
            [seeds.attributes if index == place else {"hair_color": "black"} for index in range(8)],
            Look(),
            model.engines.get("torch"),
        )[place]
        assert (beside == seeds.pixels).all()


def test_seeds_wrap_around(model: Model) -> None:
    assert [a.seed for a in model.generate(3, seed=SEED_LIMIT - 2, **WORDS)] == [SEED_LIMIT - 2, SEED_LIMIT - 1, 0]


def test_a_text_is_a_seed_and_is_not_kept(model: Model) -> None:
    made = model.generate(1, seed="alice")[0]
    assert made.seed == seed_number("alice")
    assert same(made, model.generate(1, seed=seed_number("alice"))[0])
    assert "alice" not in str(made.certificate)


def test_words_are_obeyed_in_every_language(model: Model) -> None:
    english = model.generate(3, hair_color="pink", expression="sad")
    assert all(a.attributes == {"hair_color": "pink", "expression": "sad"} for a in english)
    mixed = model.generate(3, attributes={"发色": "粉色"}, 表情="悲しい")
    assert all(same(a, b) for a, b in zip(english, mixed, strict=True))
    assert not same(english[0], model.generate(1, hair_color="black", expression="sad", batch=16)[0])


def test_what_is_not_said_is_drawn_as_it_occurred(model: Model) -> None:
    """In the data picture 3k + i has hair colour i and picture 2k + j mood j; all pairs occur, and all are drawn."""
    drawn = {tuple(a.attributes.items()) for a in model.generate(150, seed=0)}
    moods = {dict(pairs).get("expression") for pairs in drawn}
    assert moods == {"smile", "sad", None}
    assert {dict(pairs)["hair_color"] for pairs in drawn} == {"pink", "blue", "black"}
    fixed = model.generate(40, seed=0, expression="sad")
    assert {a.attributes["expression"] for a in fixed} == {"sad"}
    assert {a.attributes["hair_color"] for a in fixed} == {"pink", "blue", "black"}


def test_the_rest_varies_where_hardly_a_row_fits(tiny_run: Path) -> None:
    """One row of 40 is sad: its hair must not be the hair of everybody sad."""
    model = load(tiny_run, "cpu", threads=1)
    moods = [("pink", "sad"), *[("blue", "smile"), ("black", "smile")] * 20]
    rows = [model.schema.encode({"hair_color": hair, "expression": mood}) for hair, mood in moods]
    model._label_rows = torch.from_numpy(np.stack(rows))
    drawn = [model.draw_labels(seed, {"expression": "sad"}) for seed in range(100)]
    assert {labels["expression"] for labels in drawn} == {"sad"}
    assert {labels["hair_color"] for labels in drawn} == {"pink", "blue", "black"}
    many = model.draw_labels(0, {"hair_color": "black"})
    assert many == {"hair_color": "black", "expression": "smile"}  # 20 rows fit: no other counts


def test_an_unconditional_model(plain: Model) -> None:
    made = plain.generate(3, seed=1)
    assert [a.attributes for a in made] == [{}, {}, {}]
    assert len({a.certificate["pixels"] for a in made}) == 3
    with pytest.raises(SchemaError, match="unconditional"):
        plain.generate(1, hair_color="pink")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"hair_color": "pnik"}, r"did you mean pink"),
        ({"hair_colr": "pink"}, r"did you mean hair_color"),
        ({"hair_color": "pink", "发色": "黑色"}, "given twice"),
    ],
)
def test_a_wrong_word_is_explained(words: dict[str, str], message: str, model: Model) -> None:
    with pytest.raises(SchemaError, match=message):
        model.generate(1, **words)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "count 0 is out of range"),
        ({"count": 1_000_001}, "out of range"),
        ({"batch": 0}, "batch 0 is out of range"),
        ({"batch": 5000}, "batch 5000 is out of range"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"z": torch.zeros(2, 9)}, r"z has shape \(2, 9\), this model needs \(2, 8\)"),
        ({"z": torch.zeros(8)}, r"z has shape \(8,\), this model needs"),
        ({"z": torch.zeros(0, 8)}, "count 0 is out of range"),
        ({"z": torch.zeros(2, 8), "count": 3}, "z has shape"),
    ],
)
def test_wrong_arguments_are_explained(options: dict[str, Any], message: str, model: Model) -> None:
    with pytest.raises(NijigenError, match=message):
        model.generate(**options)


def test_given_noise_decides_and_is_kept(model: Model) -> None:
    z = torch.randn(2, 8)
    made = model.generate(z=z, **WORDS)
    assert [a.seed for a in made] == [None, None]
    kept = np.frombuffer(base64.b64decode(made[1].certificate["z"]), np.float32)
    assert kept.tolist() == z[1].tolist()
    assert same(made[0], model.generate(z=z.double(), seed=5, **WORDS)[0])
    assert not same(made[0], model.generate(z=-z, **WORDS)[0])


def test_the_certificate_says_what_decides_the_pixels(model: Model) -> None:
    made = model.generate(3, seed=7, batch=2, **WORDS)
    facts = [a.certificate for a in made]
    assert [(f["batch"], f["index"], f["seed"]) for f in facts] == [(2, 0, 7), (2, 1, 8), (1, 0, 9)]
    assert facts[0]["digest"] == model.digest
    assert facts[0]["attributes"] == WORDS
    assert facts[0]["threads"] == 1
    assert facts[0]["engine"].startswith("torch ")
    assert (facts[0]["kind"], facts[0]["truncation"], facts[0]["edits"]) == ("model", None, [])


def test_every_avatar_can_be_redrawn_from_its_certificate(model: Model, plain: Model) -> None:
    for used in (model, plain):
        for made in [*used.generate(7, seed=40, batch=4), *used.generate(z=torch.randn(3, 8))]:
            assert (used.redraw(made.certificate) == made.pixels).all()


def test_the_batch_is_a_part_of_the_place(model: Model) -> None:
    """Not promised to be equal, but promised to be written down and close."""
    alone, among = model.generate(1, seed=3, **WORDS)[0], model.generate(16, seed=3, **WORDS)[0]
    assert (alone.certificate["batch"], among.certificate["batch"]) == (1, 16)
    assert np.abs(alone.pixels.astype(int) - among.pixels).max() <= 1


def test_training_further_gives_another_model(
    model: Model, tiny_dataset: Path, plain_dataset: Path, tmp_path: Path
) -> None:
    more = model.train(tiny_dataset, epochs=0.5, out=tmp_path / "more", quiet=True, threads=1)
    assert more.digest != model.digest
    assert more.schema == model.schema
    assert more.card["images_seen"] == 32
    by_images = model.train(tiny_dataset, images=16, out=tmp_path / "by-images", quiet=True, threads=1)
    assert by_images.card["images_seen"] == 16
    plain = model.train(plain_dataset, out=tmp_path / "other", quiet=True, threads=1)  # without labels
    assert plain.schema.width == 0
    assert plain.card["origin"] == {"name": model.name, "digest": model.digest}


def test_a_discriminator_of_another_model_is_refused(
    model: Model, tiny_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_run / "model", folder)
    tensors, _ = read_weights(folder / "discriminator.safetensors")
    write_weights(folder / "discriminator.safetensors", tensors, {"nijigen": "0" * 64})
    with pytest.raises(NijigenError, match="saved with another generator"):
        load(folder, "cpu", threads=1).train(tiny_dataset, out=tmp_path / "more", quiet=True, threads=1)


def test_one_by_one_they_are_the_same(model: Model) -> None:
    together = model.generate(5, seed=3, batch=2, hair_color="pink")
    single = list(model.generate_each(5, seed=3, batch=2, attributes={"hair_color": "pink"}))
    assert [one.certificate for one in single] == [one.certificate for one in together]
    with pytest.raises(NijigenError, match="count"):
        model.generate_each(0)


def test_loading_leaves_random_numbers_alone(tiny_run: Path) -> None:
    torch.manual_seed(1)
    first = torch.rand(1)
    torch.manual_seed(1)
    load(tiny_run, "cpu", threads=1)
    assert torch.rand(1) == first


def test_training_further_starts_from_the_model(
    model: Model, tiny_dataset: Path, tmp_path: Path, tiny_recipe: Any, tiny_train: Any
) -> None:
    """One batch further is nearer to the model than one batch from nothing."""
    more = model.train(tiny_dataset, epochs=8 / 64, out=tmp_path / "more", quiet=True, threads=1)
    tiny_train(tiny_recipe(images=8), tmp_path / "fresh")
    fresh = load(tmp_path / "fresh", "cpu", threads=1)

    def weights(one: Model) -> torch.Tensor:
        return torch.cat([p.flatten() for p in one._generator.parameters()])

    assert (weights(more) - weights(model)).norm() < (weights(fresh) - weights(model)).norm()


def test_numbers_of_a_column_can_be_drawn(
    tmp_path: Path, tiny_recipe: Any, tiny_train: Any, tiny_dataset: Path
) -> None:
    """Ranges as people's files have them, with many digits or very small: what is drawn lies in them and differs."""
    from nijigen.data import prepare

    source = tmp_path / "source"
    source.mkdir()
    rows = ["file_name,age,weight"]
    for index, picture in enumerate(sorted((tiny_dataset.parent / "source").glob("*.png"))):
        (source / picture.name).write_bytes(picture.read_bytes())
        rows.append(f"{picture.name},{0.123456 + index * 0.0377777},{1e-7 * (index + 1)}")
    (source / "metadata.csv").write_text("\n".join(rows))
    prepare(source, tmp_path / "data", size=16, workers=1, quiet=True)
    tiny_train(tiny_recipe(images=8), tmp_path / "run", tmp_path / "data")
    made = load(tmp_path / "run", "cpu", threads=1).generate(200, seed=0)
    assert len({a.attributes["age"] for a in made}) > 40
    assert len({a.attributes["weight"] for a in made}) > 40
    assert all((load(tmp_path / "run", "cpu", 1).redraw(a.certificate) == a.pixels).all() for a in made[:3])
