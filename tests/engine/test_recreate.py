"""From a PNG to the same pixels, or to words that say what differs."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.data import prepare
from nijigen.engine.model import load
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.illustrator.drawing import draw
from nijigen.images.png import read_png, write_png


@pytest.fixture
def lonely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that remembers nothing."""
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(run: Path, folder: Path, **options: Any) -> Path:
    avatars = load(run, "cpu", threads=1).generate(**{"count": 3, "seed": 5, **options})
    return avatars.save(folder / "avatars")[-1]


@pytest.mark.parametrize(
    "options",
    [{}, {"count": 19, "batch": 8}, {"z": torch.full((3, 8), 0.3)}, {"hair_color": "pink"}, {"seed": "アリス"}],
)
def test_the_same_pixels_by_digest(options: dict[str, Any], tiny_run: Path, lonely: Path) -> None:
    file = made(tiny_run, lonely, **options)
    again = recreate(file)
    assert again.same
    assert again.differences == []
    assert (again.avatar.pixels == np.asarray(read_png(file)[0])).all()
    assert again.avatar.certificate == read_png(file)[1]
    assert again.avatar.png() == file.read_bytes()


def test_an_unconditional_one(plain_run: Path, lonely: Path) -> None:
    assert recreate(made(plain_run, lonely)).same


def test_a_model_nobody_remembers(tiny_run: Path, lonely: Path) -> None:
    file = made(tiny_run, lonely)
    shutil.rmtree(lonely / "home")
    with pytest.raises(NijigenError, match="is known here: give it with --model PATH"):
        recreate(file)
    assert recreate(file, tiny_run).same


def test_another_model_is_refused(tiny_run: Path, plain_run: Path, lonely: Path) -> None:
    file = made(tiny_run, lonely)
    with pytest.raises(NijigenError, match=r"is another model \([0-9a-f]{12}…\) than the certificate names"):
        recreate(file, plain_run)


def test_the_threads_of_the_birth_are_used_again(tiny_run: Path, lonely: Path) -> None:
    file = load(tiny_run, "cpu", threads=2).generate(1).save(lonely)[0]
    torch.set_num_threads(1)
    again = recreate(file)
    assert again.same
    assert again.differences == []


def altered(file: Path, change: Callable[[dict[str, Any]], Any], name: str = "altered.png") -> Path:
    picture, facts = read_png(file)
    assert facts is not None
    change(facts)
    return write_png(file.with_name(name), picture, facts)


def test_another_engine_is_said(tiny_run: Path, lonely: Path) -> None:
    file = altered(made(tiny_run, lonely), lambda facts: facts.update(engine="torch 1.0 eager", device="abacus"))
    again = recreate(file)
    assert again.same  # the pixels are what they are; the words warn that they need not have been
    assert [line.partition(",")[0] for line in again.differences] == ["engine was torch 1.0 eager", "device was abacus"]


def test_other_pixels_are_noticed(tiny_run: Path, lonely: Path) -> None:
    file = altered(made(tiny_run, lonely), lambda facts: facts.update(seed=12345))
    assert not recreate(file).same
    assert not recreate(altered(file, lambda facts: facts.update(pixels="0" * 64))).same


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no batch": lambda facts: facts.pop("batch"),
    "no seed": lambda facts: facts.pop("seed"),
    "no attributes": lambda facts: facts.pop("attributes"),
    "index beyond batch": lambda facts: facts.update(index=facts["batch"]),
    "negative index": lambda facts: facts.update(index=-1),
    "huge batch": lambda facts: facts.update(batch=10**9),
    "endless batch": lambda facts: facts.update(batch=float("inf")),
    "word as seed": lambda facts: facts.update(seed="alice"),
    "attributes a list": lambda facts: facts.update(attributes=["pink"]),
    "attributes a word": lambda facts: facts.update(attributes="pink"),
    "unknown attribute": lambda facts: facts["attributes"].update(wings="two"),
    "unknown value": lambda facts: facts["attributes"].update(hair_color="plaid"),
    "value a list": lambda facts: facts["attributes"].update(hair_color=["pink"]),
    "z too short": lambda facts: facts.update(z="AAAA"),
    "z no base64": lambda facts: facts.update(z="???"),
    "z a number": lambda facts: facts.update(z=3),
    "no kind": lambda facts: facts.pop("kind"),
    "new kind": lambda facts: facts.update(kind="hologram"),
    "digest a list": lambda facts: facts.update(digest=[1]),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_certificate_is_said(damage: Callable[[dict[str, Any]], Any], tiny_run: Path, lonely: Path) -> None:
    with pytest.raises(NijigenError):
        recreate(altered(made(tiny_run, lonely), damage))


@pytest.mark.parametrize("threads", [None, "two", 0, 10**9, 1.5])
def test_odd_threads_do_no_harm(threads: object, tiny_run: Path, lonely: Path) -> None:
    again = recreate(altered(made(tiny_run, lonely), lambda facts: facts.update(threads=threads)))
    assert any(line.startswith(f"threads was {threads}, is ") for line in again.differences)


def test_a_picture_of_another_program(lonely: Path) -> None:
    Image.new("RGB", (4, 4)).save(lonely / "photo.png")
    with pytest.raises(NijigenError, match="carries no birth certificate"):
        recreate(lonely / "photo.png")
    with pytest.raises(NijigenError, match="does not exist"):
        recreate(lonely / "missing.png")


def test_see_through_avatars_come_back_too(
    tiny_recipe: Callable[..., Any], tiny_train: Callable[..., Any], lonely: Path
) -> None:
    """Four channels through data set, training, avatar and recreation."""
    (lonely / "source").mkdir()
    for index in range(12):
        random = np.random.default_rng(index)
        Image.fromarray(random.integers(0, 256, (16, 16, 4), np.uint8)).save(lonely / "source" / f"{index}.png")
    prepare(lonely / "source", lonely / "data", size=16, channels=4, workers=1, quiet=True)
    tiny_train(tiny_recipe(images=16, channels=4), lonely / "run", lonely / "data")
    file = made(lonely / "run", lonely)
    picture, _ = read_png(file)
    assert (picture.mode, picture.size) == ("RGBA", (16, 16))
    again = recreate(file)
    assert again.same
    assert again.avatar.pixels.shape == (16, 16, 4)


def test_a_picture_that_was_changed_since_is_told(tmp_path: Path) -> None:
    pixels = draw(1, seed=5, size=16)[0]
    changed = pixels.pixels.copy()
    changed[0, 0] ^= 255
    write_png(tmp_path / "a.png", Image.fromarray(changed), pixels.certificate)
    again = recreate(tmp_path / "a.png")
    assert not again.same
    assert again.differences == [f"{tmp_path / 'a.png'} itself was changed after it was made"]
    assert (again.avatar.pixels == pixels.pixels).all()
