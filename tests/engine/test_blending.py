"""Two relatives blended into a model file: what its card says, who is refused, and that it is used like any other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data.rights import stricter
from nijigen.edit.blending import Way
from nijigen.engine.blending import blend_models, show_blend
from nijigen.engine.model import load
from nijigen.engine.packing import pack
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import load_package, make_card, read_weights, save_model, write_weights
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema
from nijigen.store import read_card

SMALL = {"latent": 8, "embedding": 4, "channel_base": 64, "max_width": 4, "latent_width": 8}
WORDS = AttributeSchema([Attribute("hair_color", ("pink", "blue"))])
OTHER_WORDS = AttributeSchema([Attribute("hair_color", ("pink", "blue", "green"))])


def save(folder: Path, seed: int, schema: AttributeSchema = WORDS, resolution: int = 16, **facts: Any) -> Path:
    """A model of random weights; returns its folder."""
    options = facts.pop("options", SMALL)
    family, shape = find_family("stylegan2"), Shape(resolution, 4, schema.width)
    torch.manual_seed(seed)
    generator = family.build(shape, family.options.model_validate(options))["generator"]
    assert isinstance(generator, Generator)
    card = make_card(shape, "stylegan2", options, schema, name=folder.name, **{"licence": "CC0-1.0", **facts})
    save_model(folder, generator, card, torch.eye(schema.width))
    return folder


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A model, and one that says it was trained from it."""
    one = save(tmp_path / "one", 1, dataset={"name": "drawings"})
    origin = {"name": "one", "digest": load(one).digest}
    return one, save(tmp_path / "other", 2, origin=origin, licence="CC-BY-4.0", note="small")


def test_a_blend_is_a_model_like_any_other(pair: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "both.safetensors"
    made = blend_models(*pair, file, Way(at=8, ramp=1))
    model = load(file)
    assert (model.name, model.digest) == ("both", made.digest)
    assert len({model.digest, *(load(path).digest for path in pair)}) == 3
    avatar = model.generate(2, seed=3, hair_color="blue")[1]
    avatar.save(tmp_path / "avatar.png")
    assert recreate(tmp_path / "avatar.png").same
    before = file.read_bytes()
    blend_models(*pair, file, Way(at=8, ramp=1))
    assert file.read_bytes() == before


def test_the_ends_have_the_pixels_of_the_two(pair: tuple[Path, Path], tmp_path: Path) -> None:
    for share, path in enumerate(pair):
        blend_models(*pair, tmp_path / "end.safetensors", Way(share=float(share)))
        made, whole = load(tmp_path / "end.safetensors").generate(3), load(path).generate(3)
        assert all((one.pixels == other.pixels).all() for one, other in zip(made, whole, strict=True))


def test_the_card_says_what_it_was_made_of(pair: tuple[Path, Path], tmp_path: Path) -> None:
    blend_models(*pair, tmp_path / "both.safetensors", Way(at=8, mapping="other"))
    card, digests = read_card(tmp_path / "both.safetensors"), [load(path).digest for path in pair]
    assert card["licence"] == "CC-BY-4.0"
    assert "dataset" not in card
    told = card["blend"]
    assert [told[key]["digest"] for key in ("one", "other")] == digests
    assert told["one"]["dataset"] == {"name": "drawings"}
    assert (told["other"]["licence"], told["other"]["note"]) == ("CC-BY-4.0", "small")
    assert (told["at"], told["ramp"], told["mapping"]) == (8, 0, "other")
    assert told["shares"] == {"latent": 1.0, "4 px": 0.0, "8 px": 1.0, "16 px": 1.0}
    assert set(card["ancestors"]) == set(digests)


def test_relatives_of_relatives_are_blended(pair: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = pair
    packed = tmp_path / "packed.safetensors"
    pack(one, packed)
    pack(packed, tmp_path / "again.safetensors")  # packed twice: the line goes on
    blend_models(tmp_path / "again.safetensors", other, tmp_path / "a.safetensors", Way(share=0.5))
    blend_models(tmp_path / "a.safetensors", one, tmp_path / "b.safetensors", Way(share=0.5))
    siblings = [
        save(tmp_path / str(seed), seed, origin={"name": "gone", "digest": "f" * 64, "ancestors": ["e" * 64]})
        for seed in (5, 6)
    ]
    blend_models(*siblings, tmp_path / "c.safetensors", Way(at=16))
    assert "e" * 64 in read_card(tmp_path / "c.safetensors")["ancestors"]


def test_a_run_from_a_run_keeps_the_line(
    tiny_run: Path, tiny_recipe: Callable[..., Any], tiny_train: Callable[..., Any], tmp_path: Path
) -> None:
    tiny_train(tiny_recipe(images=8), tmp_path / "child", start=tiny_run)
    tiny_train(tiny_recipe(images=8), tmp_path / "grandchild", start=tmp_path / "child")
    digests = [load(path).digest for path in (tiny_run, tmp_path / "child")]
    origin = load(tmp_path / "grandchild").card["origin"]
    assert (origin["digest"], origin["ancestors"]) == (digests[1], [digests[0]])
    made = blend_models(tmp_path / "grandchild", tiny_run, tmp_path / "both.safetensors", Way(at=8))
    assert load(made.file).generate(1)[0].pixels.shape == (16, 16, 3)


def test_other_words_need_one_models_mapping(pair: tuple[Path, Path], tmp_path: Path) -> None:
    one = pair[0]
    wider = save(tmp_path / "wider", 3, OTHER_WORDS, origin={"digest": load(one).digest})
    for mapping, schema in (("one", WORDS), ("other", OTHER_WORDS)):
        blend_models(one, wider, tmp_path / "both.safetensors", Way(at=8, mapping=mapping))  # type: ignore[arg-type]
        assert load(tmp_path / "both.safetensors").schema == schema
    with pytest.raises(
        NijigenError, match=r"have other words \(see hair_color\).*use --mapping one or --mapping other"
    ):
        blend_models(one, wider, tmp_path / "mixed.safetensors", Way(share=0.5))
    assert not (tmp_path / "mixed.safetensors").exists()


def test_strangers_and_others_are_refused(pair: tuple[Path, Path], tiny_run: Path, tmp_path: Path) -> None:
    one, out = pair[0], tmp_path / "out.safetensors"
    origin = {"origin": {"digest": load(one).digest}}
    stranger = save(tmp_path / "stranger", 4)
    tries: list[tuple[Path, str]] = [
        (stranger, r"one .* and .*stranger .* are no relatives: neither was trained from the other"),
        (one, "are the same model"),
        (tiny_run, "are no relatives: one is a stylegan2, the other a dcgan"),
        (save(tmp_path / "large", 4, resolution=32, **origin), "cannot be blended: 16 px and 32 px"),
        (
            save(tmp_path / "wide", 4, options={**SMALL, "max_width": 8}, **origin),
            r"cannot be blended: network.max_width is 4 and 8",
        ),
    ]
    for other, words in tries:
        with pytest.raises(NijigenError, match=words):
            blend_models(one, other, out, Way(at=8))
    assert not out.exists()


def test_a_damaged_file_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = pair
    broken = tmp_path / "broken"
    shutil.copytree(other, broken)
    file = broken / "generator.safetensors"
    tensors, header = read_weights(file)
    tensors["first.constant"].view(-1)[0] += 1
    write_weights(file, tensors, header)
    with pytest.raises(NijigenError, match="its weights do not have the digest"):
        blend_models(one, broken, tmp_path / "out.safetensors", Way(at=8))
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(NijigenError, match="is damaged or no safetensors file"):
        blend_models(broken, one, tmp_path / "out.safetensors", Way(at=8))


def test_nothing_is_written_over(pair: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = pair
    for out in (one / "generator.safetensors", tmp_path / "out.bin"):
        with pytest.raises(NijigenError, match="--out"):
            blend_models(one, other, out, Way(at=8))
    assert load_package(one).digest


def test_a_sheet_shows_all_three(pair: tuple[Path, Path], tmp_path: Path) -> None:
    made = blend_models(*pair, tmp_path / "both.safetensors", Way(at=8))
    one, blended, other = (load(path) for path in (pair[0], made.file, pair[1]))
    sheet = show_blend(one, blended, other, 4, seed=2)
    assert sheet.size == (4 * 98 - 2, 3 * 98 - 2)
    with pytest.raises(NijigenError, match="-n 0 is out of range"):
        show_blend(one, blended, other, 0)


def test_the_stricter_licence_counts() -> None:
    assert stricter("CC0-1.0", "CC0-1.0") == "CC0-1.0"
    assert stricter("CC-BY-4.0", "CC0-1.0") == "CC-BY-4.0"
    assert stricter("CC0-1.0", "") == "unknown"
    assert stricter("mixed: MIT, unknown", "CC-BY-4.0") == "mixed: MIT, unknown, CC-BY-4.0"


def test_the_verb(command: Callable[..., Any], pair: tuple[Path, Path], tmp_path: Path) -> None:
    out, sheet = tmp_path / "both.safetensors", tmp_path / "both.png"
    done = command(
        "blend", *pair, "--at", 8, "--ramp", 1, "--curve", "smooth", "--out", out, "--sheet", sheet, "-n", 2,
        "--threads", 1, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    facts = json.loads(done.out)
    assert (facts["digest"], facts["sheet"]) == (read_card(out)["digest"], str(sheet))
    assert facts["shares"]["8 px"] == 0.5
    assert sheet.is_file()
    fresh = tmp_path / "fresh.safetensors"
    for words, problem in (
        ((), "say how to blend"),
        (("--at", 9), "have weights at 4, 8, 16 px"),
        (("--at", 8, "--sheet", tmp_path / "x.jpg"), "a sheet is a .png"),
        (("--at", 8, "--sheet", sheet, "-n", 0), "-n 0 is out of range"),
        (("--at", 8, "--sheet", sheet / "x.png"), "both.png is a file, no folder"),
        (("--at", 8, "--mapping", "both"), "--mapping both: use one or other or mix"),
    ):
        done = command("blend", *pair, "--out", fresh, *words)
        assert not fresh.exists()
        assert (done.code, len(done.err.splitlines())) == (2, 1)
        assert problem in done.err
