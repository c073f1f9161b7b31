"""The best of several candidates: chosen by the discriminator, redrawn like any other avatar."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.engine import ranking
from nijigen.engine.model import load
from nijigen.engine.ranking import candidate_seed, generate_best
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.models.contract import Discriminator

Command = Callable[..., Any]


class Reddest(Discriminator):
    """A discriminator of a clear taste, which that of a run of a few steps has not."""

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return images[:, 0].mean(dim=(1, 2))

    def stages(self) -> list[torch.nn.Module]:
        return []


def test_the_kept_one_is_the_one_it_finds_most_real(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "load_discriminator", lambda package: Reddest())
    model = load(tiny_run, "cpu", threads=1)
    with torch.no_grad():
        for parameter in model.generator.parameters():
            parameter.mul_(6)  # what a few steps have taught it is grey
    kept, places = list(generate_best(model, 7, 3, 6, batch=4)), []
    for index, avatar in enumerate(kept):
        assert avatar.attributes == model.generate(1, seed=3 + index)[0].attributes
        seeds = [candidate_seed(3 + index, candidate) for candidate in range(6)]
        made = [model.generate(1, seed=seed, attributes=avatar.attributes)[0].pixels for seed in seeds]
        redness = [float(pixels[..., 0].mean()) for pixels in made]
        places.append(seeds.index(avatar.seed))
        assert redness[places[-1]] == pytest.approx(max(redness), abs=0.05)
        assert max(redness) - min(redness) > 0.5
    assert len(set(places)) > 1  # otherwise it might have taken the first of each
    assert kept[0].certificate["best_of"] == 6
    assert [avatar.certificate["candidate_of"] for avatar in kept] == [3, 4, 5, 6, 7, 8, 9]


def test_it_is_redrawn_from_its_certificate(
    command: Command, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flags = ("--model", tiny_run, "-n", 6, "--batch", 4, "--best-of", 5, "--seed", "アリス", "--threads", 1)
    assert command("generate", *flags, "--device", "cpu", "--out", tmp_path / "a").code == 0
    for file in sorted((tmp_path / "a").glob("*.png")):
        again = recreate(file)
        assert (again.same, again.differences) == (True, [])


def test_one_candidate_is_no_choice(tiny_run: Path) -> None:
    model = load(tiny_run, "cpu", threads=1)
    plain, alone = model.generate(3, seed=1), list(generate_best(model, 3, 1, 1))
    assert [avatar.certificate for avatar in plain] == [avatar.certificate for avatar in alone]


def test_a_model_without_discriminator_is_refused(command: Command, tiny_run: Path, tmp_path: Path) -> None:
    shutil.copy(tiny_run / "model" / "generator.safetensors", tmp_path / "alone.safetensors")
    done = command("generate", "--model", tmp_path / "alone.safetensors", "--best-of", 4, "--out", tmp_path / "a")
    assert done.code == 2
    assert "--best-of 4" in done.err
    assert "no discriminator" in done.err
    assert "give the folder of a run, or leave it out" in done.err
    assert not (tmp_path / "a").exists()


def test_a_discriminator_of_another_generator_is_refused(tiny_run: Path, plain_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run / "model", tmp_path / "mixed")
    shutil.copy(plain_run / "model" / "discriminator.safetensors", tmp_path / "mixed")
    with pytest.raises(NijigenError, match="saved with another generator"):
        generate_best(load(tmp_path / "mixed", "cpu", threads=1), 2, 0, 2)


@pytest.mark.parametrize("number", [0, 257])
def test_numbers_out_of_range(number: int, tiny_run: Path) -> None:
    with pytest.raises(NijigenError, match=f"--best-of {number}"):
        generate_best(load(tiny_run, "cpu", threads=1), 2, 0, number)
