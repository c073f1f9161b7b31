"""A model on disk: the same weights come back, damage and misfits are said, the digest names the pixels."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import (
    CARD_FILE,
    DISCRIMINATOR_FILE,
    GENERATOR_FILE,
    LABEL_ROWS,
    load_package,
    make_card,
    model_digest,
    read_weights,
    save_model,
)
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema([Attribute("hair_color", ("pink", "blue")), Attribute("tilt", range=(-1.0, 1.0))])
SHAPE = Shape(16, 3, SCHEMA.width)
FAMILY = find_family("dcgan")
OPTIONS = FAMILY.options.model_validate({"latent": 6, "width": 4, "discriminator_width": 4, "embedding": 3})
ROWS = torch.eye(4)


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, Generator, str]:
    torch.manual_seed(3)
    networks = FAMILY.build(SHAPE, OPTIONS)
    generator = networks["generator"]
    assert isinstance(generator, Generator)
    card = make_card(SHAPE, "dcgan", OPTIONS.model_dump(), SCHEMA, name="mine", licence="CC0 色")
    digest = save_model(tmp_path / "model", generator, card, ROWS, networks["discriminator"])
    return tmp_path / "model", generator, digest


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor], dict[str, Any]], None]) -> None:
    """Write the generator's file again with other tensors or another card."""
    tensors, header = read_weights(folder / GENERATOR_FILE)
    card = json.loads(header["nijigen"])
    change(tensors, card)
    save_file(tensors, folder / GENERATOR_FILE, {"nijigen": json.dumps(card)})


def test_what_is_saved_is_loaded(saved: tuple[Path, Generator, str]) -> None:
    folder, generator, digest = saved
    package = load_package(folder)
    assert package.digest == digest == package.card["digest"]
    assert package.schema == SCHEMA
    assert package.card["licence"] == "CC0 色"
    assert torch.equal(package.label_rows, ROWS)
    assert not package.generator.training
    for name, value in generator.state_dict().items():
        assert torch.equal(package.generator.state_dict()[name], value), name
    z, labels = torch.randn(3, 6), torch.rand(3, 4)
    assert torch.equal(package.generator(z, labels), generator.eval()(z, labels))


def test_the_file_alone_is_a_model(saved: tuple[Path, Generator, str], tmp_path: Path) -> None:
    alone = (saved[0] / GENERATOR_FILE).rename(tmp_path / "alone.safetensors")
    assert load_package(alone).digest == saved[2]


def test_the_folder_has_a_card_for_people_and_the_discriminator(saved: tuple[Path, Generator, str]) -> None:
    folder, _, digest = saved
    assert json.loads((folder / CARD_FILE).read_text("utf-8"))["digest"] == digest
    tensors, header = read_weights(folder / DISCRIMINATOR_FILE)
    assert header == {"nijigen": digest}
    FAMILY.build(SHAPE, OPTIONS)["discriminator"].load_state_dict(tensors)


def test_saving_twice_gives_the_same_bytes(saved: tuple[Path, Generator, str], tmp_path: Path) -> None:
    folder, generator, _ = saved
    card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    card.pop("digest")
    save_model(tmp_path / "again", generator, card, ROWS)
    assert (tmp_path / "again" / GENERATOR_FILE).read_bytes() == (folder / GENERATOR_FILE).read_bytes()


def test_the_digest_covers_what_makes_the_pixels_and_nothing_else(saved: tuple[Path, Generator, str]) -> None:
    folder, generator, digest = saved
    card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    weights = dict(generator.state_dict())
    assert model_digest(weights, {**card, "name": "other", "metrics": {"fid": 3}}) == digest
    other_schema = AttributeSchema([Attribute("hair_color", ("blue", "pink")), SCHEMA.attributes[1]])
    assert model_digest(weights, {**card, "schema": other_schema.to_json()}) != digest
    assert model_digest(weights, {**card, "resolution": 32}) != digest
    weights["to_image.weight"] = weights["to_image.weight"].clone()
    weights["to_image.weight"].view(-1)[-1] += 1e-6
    assert model_digest(weights, card) != digest


def test_memory_layout_does_not_reach_the_file(saved: tuple[Path, Generator, str], tmp_path: Path) -> None:
    folder, generator, digest = saved
    card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    card.pop("digest")
    assert save_model(tmp_path / "b", generator.to(memory_format=torch.channels_last), card, ROWS) == digest  # type: ignore[call-overload]
    assert (tmp_path / "b" / GENERATOR_FILE).read_bytes() == (folder / GENERATOR_FILE).read_bytes()


@pytest.mark.parametrize("place", [4, 100, -1, -2000])
def test_a_flipped_bit_is_noticed(place: int, saved: tuple[Path, Generator, str]) -> None:
    file = saved[0] / GENERATOR_FILE
    data = bytearray(file.read_bytes())
    data[place] ^= 0x04
    file.write_bytes(data)
    with pytest.raises(NijigenError, match="generator"):
        load_package(saved[0])


@pytest.mark.parametrize("size", [0, 7, 200, 5000])
def test_a_truncated_file_is_noticed(size: int, saved: tuple[Path, Generator, str]) -> None:
    file = saved[0] / GENERATOR_FILE
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(NijigenError, match="damaged"):
        load_package(saved[0])


CARDS: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], Any], str]] = {
    "newer": (lambda tensors, card: card.update(format_version=9), "format 9, newer"),
    "no version": (lambda tensors, card: card.pop("format_version"), "no card"),
    "family": (lambda tensors, card: card.update(family="stylegan9"), "stylegan9.*not known"),
    "no schema": (lambda tensors, card: card.pop("schema"), "do not fit the card"),
    "option": (lambda tensors, card: card["network"].update(widht=3), "do not fit the card"),
    "width": (lambda tensors, card: card["network"].update(width=8), "do not fit the card"),
    "resolution": (lambda tensors, card: card.update(resolution=32), "do not fit the card"),
    "odd resolution": (lambda tensors, card: card.update(resolution=17), "resolution|do not fit the card"),
    "tensor gone": (lambda tensors, card: tensors.pop("to_image.weight"), "do not fit the card"),
    "digest": (lambda tensors, card: card.update(digest="0" * 64), "damaged"),
    "rows too wide": (lambda tensors, card: tensors.update({LABEL_ROWS: torch.zeros(2, 9)}), "label rows"),
    "no rows": (lambda tensors, card: tensors.update({LABEL_ROWS: torch.zeros(0, 4)}), "label rows"),
}


@pytest.mark.parametrize(("change", "message"), CARDS.values(), ids=CARDS)
def test_a_card_that_does_not_fit(change: Any, message: str, saved: tuple[Path, Generator, str]) -> None:
    rewrite(saved[0], change)
    with pytest.raises(NijigenError, match=message):
        load_package(saved[0])


def test_a_stranger_is_no_model(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(NijigenError, match="not a nijigen model"):
        load_package(tmp_path / "x.safetensors")
    with pytest.raises(NijigenError, match="does not exist"):
        load_package(tmp_path)


def test_a_pickle_is_never_read(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(1)}, tmp_path / "evil.safetensors")
    with pytest.raises(NijigenError, match="damaged"):
        load_package(tmp_path / "evil.safetensors")
