"""The search for a latent: what it does with a step, and that it goes on to the same digits."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.edit.maps import injections, parted, pattern
from nijigen.edit.projection import FRAMES, LONGEST, Projection, Search, check_space, check_steps, rate_at
from nijigen.edit.searching import open_search, save_search
from nijigen.edit.target import Target
from nijigen.errors import NijigenError
from nijigen.images.convert import to_pixels
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import write_weights
from nijigen.models.registry import find_family

LAYERED = {"latent": 6, "latent_width": 8, "embedding": 5, "channel_base": 64, "max_width": 8, "noise": False}
PLAIN = {"latent": 6, "width": 4, "discriminator_width": 4}
FACTS = {"model": "m", "picture": "p", "steps": 12, "seed": 3}


def network(family: str = "stylegan2", noise: bool = False) -> Generator:
    found = find_family(family)
    options = {**LAYERED, "noise": noise} if family == "stylegan2" else PLAIN
    torch.manual_seed(0)
    generator = found.build(Shape(16, 3, 0), found.options.model_validate(options))["generator"]
    assert isinstance(generator, Generator)
    for injection in injections(generator):
        torch.nn.init.constant_(injection.strength, 0.5)
    return generator.eval().requires_grad_(False)


def search(generator: Generator, space: str = "w+", steps: int = 12, seed: int = 3) -> Projection:
    """A search for the picture of one noise, from another one."""
    nothing = torch.zeros(1, 0)
    there, here = generator.map(generator.noise([1]), nothing), generator.map(generator.noise([2]), nothing)
    target = Target(Image.fromarray(to_pixels(generator.synthesize(there))[0]), 3)
    start = {"w+": here[0], "w": here[0, 0] if here.ndim == 3 else here[0], "z": generator.noise([2])[0]}[space]
    return Projection(generator, target, nothing, space, start, 1.0, steps, seed)


@pytest.mark.parametrize("space", ["w+", "w", "z"])
def test_it_comes_nearer(space: str) -> None:
    projection = search(network(), space, steps=30)
    away = [projection.step() for _ in range(30)]
    assert away[-1] < 0.65 * away[0]
    assert projection.latent(projection.search.value).shape == (1, 6, 8)


@pytest.mark.parametrize(("space", "noise"), [("w+", True), ("z", False)])
def test_an_interrupted_search_goes_on_to_the_same_digits(space: str, noise: bool, tmp_path: Path) -> None:
    generator = network(noise=noise)
    through, stopped = search(generator, space), search(generator, space)
    for _ in range(12):
        through.step()
    for _ in range(5):
        stopped.step()
    file = tmp_path / "state.safetensors"
    save_search(file, stopped.search, FACTS)
    gone_on = search(generator, space)
    gone_on.search = open_search(file, gone_on.search, FACTS)
    for _ in range(7):
        gone_on.step()
    assert gone_on.search.step == 12
    for name in ("value", "maps", "mean", "square", "trail"):
        assert torch.equal(getattr(gone_on.search, name), getattr(through.search, name)), name


def test_noise_is_looked_for_and_stays_noise() -> None:
    generator = network(noise=True)
    projection, plain = search(generator), search(generator)
    plain.search = Search.start(plain.search.value, torch.zeros(0))
    before = projection.search.maps
    for _ in range(12):
        projection.step(), plain.step()
    maps = parted(generator, projection.search.maps)
    assert not torch.equal(projection.search.maps, before)
    assert pattern(maps) < pattern(parted(generator, before))
    assert all(abs(float(own.square().mean()) - 1) < 1e-4 for own in maps)
    assert not torch.equal(projection.search.value, plain.search.value)


def test_another_seed_is_another_way() -> None:
    one, other = search(network(), seed=1), search(network(), seed=2)
    one.step(), other.step()
    assert not torch.equal(one.search.value, other.search.value)


def test_noise_stays_as_long_as_noise_is() -> None:
    projection = search(network("dcgan"), "z")
    projection.search = replace(projection.search, value=projection.search.value * 10)
    projection.step()
    assert float(projection.search.value.norm()) == pytest.approx(LONGEST * 6**0.5, rel=1e-5)


def test_few_latents_are_kept_of_many_steps() -> None:
    projection = search(network(), steps=3 * FRAMES)
    for _ in range(9):
        projection.step()
    assert len(projection.search.trail) == 1 + 3


def test_the_rate_rises_and_falls() -> None:
    rates = [rate_at(done) for done in np.linspace(0, 1, 101)]
    assert rates[0] == 0
    assert max(rates[5:50]) == min(rates[6:50]) == 1
    assert rates[50:] == sorted(rates[50:], reverse=True)
    assert rates[100] == pytest.approx(0)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(NijigenError, match=r"--space w\+: .*stylegan2.*use --space z"):
        check_space(network("dcgan"), "w+")
    with pytest.raises(NijigenError, match=r"--space v: use w\+, w, z"):
        check_space(network(), "v")
    for steps in (0, -1, 10**9):
        with pytest.raises(NijigenError, match=f"--steps {steps}: use 1 to"):
            check_steps(steps)


def test_a_state_of_another_search_is_refused(tmp_path: Path) -> None:
    start, file = search(network()).search, tmp_path / "state.safetensors"
    assert open_search(file, start, FACTS) is start
    save_search(file, start, FACTS)
    for other, message in [
        ({"model": "n"}, "of another model"),
        ({"picture": "q"}, "of another picture"),
        ({"steps": 13}, "with steps 12, not 13"),
    ]:
        with pytest.raises(NijigenError, match=message):
            open_search(file, start, {**FACTS, **other})
    with pytest.raises(NijigenError, match=r"ends in \.safetensors"):
        open_search(tmp_path / "state.bin", start, FACTS)
    with pytest.raises(NijigenError, match="is damaged"):
        open_search(file, search(network(), "w").search, FACTS)
    card = {"format": "nijigen projection", "format_version": 2, "step": 0, "facts": FACTS}
    write_weights(file, {"value": torch.zeros(1)}, {"nijigen": json.dumps(card)})
    with pytest.raises(NijigenError, match="update nijigen"):
        open_search(file, start, FACTS)
    write_weights(file, {"value": torch.zeros(1)}, {})
    with pytest.raises(NijigenError, match="no state of a projection"):
        open_search(file, start, FACTS)
    file.write_bytes(b"no state at all")
    with pytest.raises(NijigenError, match="damaged"):
        open_search(file, start, FACTS)
