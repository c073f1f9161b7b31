"""The labeler as a network and as a file."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from nijigen.features.extractor import open_extractor
from nijigen.features.labeler import load_labeler, read_labeler, save_labeler
from nijigen.features.labeler_network import Labeler
from nijigen.files import sha256_file
from nijigen.models.package import load_package
from nijigen.schema import Attribute, AttributeSchema
from nijigen.store import named_models


@pytest.fixture
def saved(untaught, tmp_path):
    untaught.temperatures.copy_(torch.tensor([2.0, 0.5]))
    path = tmp_path / "mine.safetensors"
    save_labeler(path, untaught, {"licence": "CC0-1.0"})
    return path


def test_rows_do_not_reach_each_other(untaught, squares):
    pictures, _ = squares(6)
    alone, together = untaught(pictures[2:3]), untaught(pictures)
    others = untaught(torch.cat([pictures[2:3].flip(1), pictures[1:2], pictures[2:3], pictures[3:6]]))
    assert torch.equal(together.features[2], others.features[2])
    assert torch.equal(together.places[2], others.places[2])
    assert torch.allclose(alone.features[0], together.features[2], atol=1e-4)
    assert torch.equal(untaught(pictures).features, together.features)
    assert (together.features[1] - together.features[2]).abs().max() > 1e-3


def test_only_words_are_read_and_numbers_are_left_out(untaught, squares):
    probabilities = untaught.probabilities(squares(4)[0])
    assert list(probabilities) == ["type", "shade"]
    assert probabilities["shade"].shape == (4, 3)
    assert torch.allclose(probabilities["shade"].sum(dim=1), torch.ones(4))


@pytest.mark.parametrize("size", [16, 32, 64, 100, 128])
def test_pictures_of_any_size(untaught, size):
    even = torch.tensor([200, 30, 90], dtype=torch.uint8).view(1, 3, 1, 1)
    # An even picture is the same at all sizes, whatever enlarges or shrinks it.
    seen, there = (untaught(even.expand(1, 3, side, side)).features for side in (size, 64))
    assert torch.allclose(seen, there, atol=1e-4)


def test_a_temperature_changes_confidence_and_no_answer(untaught, squares):
    pictures, _ = squares(8)
    before = untaught.probabilities(pictures)
    untaught.temperatures[1] = 5.0
    after = untaught.probabilities(pictures)
    assert torch.equal(before["type"], after["type"])
    assert torch.equal(before["shade"].argmax(1), after["shade"].argmax(1))
    assert (after["shade"].max(1).values < before["shade"].max(1).values).all()


def test_a_file_gives_the_same_answers(saved, untaught, squares):
    pictures, _ = squares(8)
    labeler, card, digest = read_labeler(saved)
    assert digest == sha256_file(saved)
    assert card["licence"] == "CC0-1.0"
    assert labeler.schema == AttributeSchema(untaught.schema.attributes)
    assert labeler.temperatures.tolist() == [2.0, 0.5]
    for name, rows in labeler.probabilities(pictures).items():
        assert torch.allclose(rows, untaught.probabilities(pictures)[name], atol=2e-3)  # weights are kept as float16


def test_a_labeler_of_ones_own_is_an_extractor(saved, squares):
    extractor = open_extractor(str(saved))
    pictures, _ = squares(70)
    rows = extractor(pictures)
    assert (extractor.name, extractor.width, extractor.digest) == ("mine.safetensors", 256, sha256_file(saved))
    assert "bicubic" in extractor.resizer
    assert rows.shape == (70, 256)
    assert rows.dtype == torch.float32
    assert torch.equal(rows, extractor(pictures))
    assert extractor(pictures[:0]).shape == (0, 256)


def test_loading_leaves_random_numbers_alone(saved):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_labeler(saved)
    assert torch.equal(torch.rand(3), expected)


def card_of(path, **changes):
    """The file again with another card."""
    labeler, card, _ = read_labeler(path)
    save_file(load_file(path), path, metadata={"nijigen": json.dumps({**card, **changes})})
    return labeler


def test_files_that_do_not_fit(saved, refused, tmp_path):
    with refused("gone.safetensors", "not there"):
        load_labeler(tmp_path / "gone.safetensors")
    whole = saved.read_bytes()
    for broken in (b"", b"x" * 1000, whole[:200], whole[:-9]):
        saved.write_bytes(broken)
        with refused("mine.safetensors", "damaged"):
            load_labeler(saved)
    for changes, words in (
        ({"format": "nijigen model"}, "is no labeler"),
        ({"format_version": 2}, "update nijigen"),
        ({"network": {"size": 9}}, "do not fit its card"),
        ({"schema": {"version": 1, "attributes": []}}, "do not fit its card"),
        ({"schema": AttributeSchema([Attribute("type", ("a", "b", "c"))]).to_json()}, "do not fit its card"),
    ):
        saved.write_bytes(whole)
        card_of(saved, **changes)
        with refused("mine.safetensors", words):
            load_labeler(saved)
    saved.write_bytes(whole)
    tensors = load_file(saved)
    tensors["middle"][0] = float("nan")
    save_file(tensors, saved, metadata={"nijigen": json.dumps(read_labeler(saved)[1])})
    with refused("mine.safetensors", "damaged"):
        load_labeler(saved)
    save_file(load_file(saved), saved)
    with refused("mine.safetensors", "is no labeler"):
        load_labeler(saved)


def test_a_labeler_is_not_taken_for_a_generator(saved, tmp_path, monkeypatch, tiny_run, refused):
    import shutil

    shutil.copytree(tiny_run / "model", tmp_path / "generator")
    monkeypatch.setenv("NIJIGEN_MODELS", str(tmp_path))
    names = [name for name, _ in named_models()]
    assert "generator" in names
    assert "mine" not in names
    with refused("mine.safetensors", "nijigen labeler", "no generator"):
        load_package(saved)


def test_hidden_heads_are_forgotten(schema, squares):
    lean = schema["lean"]
    labeler = Labeler(schema, (lean,)).eval()
    pictures, _ = squares(2)
    assert list(labeler(pictures).logits) == ["type", "shade", "lean"]
    assert list(labeler.probabilities(pictures)) == ["type", "shade"]
    labeler.forget_hidden()
    assert list(labeler(pictures).logits) == ["type", "shade"]
