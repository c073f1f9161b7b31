"""Maps of per-pixel noise that belong to one avatar."""

import pytest
import torch

from nijigen.edit.maps import injections, maps_of, parted, pattern, renewed, wearing
from nijigen.models.contract import Generator, Shape
from nijigen.models.registry import find_family


def network(noise: bool = True, resolution: int = 16) -> Generator:
    found = find_family("stylegan2")
    options = {"latent": 6, "latent_width": 8, "embedding": 5, "channel_base": 64, "max_width": 8, "noise": noise}
    torch.manual_seed(0)
    generator = found.build(Shape(resolution, 3, 0), found.options.model_validate(options))["generator"]
    assert isinstance(generator, Generator)
    for injection in injections(generator):
        torch.nn.init.constant_(injection.strength, 0.5)
    return generator.eval().requires_grad_(False)


def test_pictures_are_made_with_them_and_then_without() -> None:
    generator, nothing = network(), torch.zeros(1, 0)
    latent = generator.map(generator.noise([1]), nothing)
    before, plain = maps_of(generator), generator.synthesize(latent)
    assert len(before) == 16 + 2 * 64 + 2 * 256
    with wearing(generator, torch.zeros(len(before))):
        without = generator.synthesize(latent)
    with wearing(generator, None):
        assert torch.equal(generator.synthesize(latent), plain)
    assert not torch.equal(without, plain)
    assert torch.equal(generator.synthesize(latent), plain)
    assert torch.equal(maps_of(generator), before)


def test_a_slope_reaches_them() -> None:
    generator = network()
    maps = maps_of(generator).requires_grad_()
    with wearing(generator, maps):
        generator.synthesize(generator.map(generator.noise([1]), torch.zeros(1, 0))).square().sum().backward()
    assert maps.grad is not None
    assert bool((maps.grad != 0).all())


def test_noise_has_no_pattern() -> None:
    random = torch.Generator().manual_seed(0)
    noise = torch.randn(64, 64, generator=random)
    stripes = torch.arange(64).remainder(2).float().mul(2).sub(1).expand(64, 64)
    coarse = torch.randn(8, 8, generator=random).repeat_interleave(8, 0).repeat_interleave(8, 1)
    assert pattern([noise]) < 0.1
    assert pattern([stripes]) > 1.9  # at its own size, across and along
    assert pattern([coarse]) > 10 * pattern([noise])
    assert pattern([noise, stripes]) == pattern([noise]) + pattern([stripes])


def test_they_are_noise_again() -> None:
    generator = network()
    again = parted(generator, renewed(parted(generator, maps_of(generator) * 3 + 1)))
    for own in again:
        torch.testing.assert_close(own.mean(), torch.tensor(0.0), atol=1e-5, rtol=0)
        torch.testing.assert_close(own.square().mean(), torch.tensor(1.0))


def test_there_may_be_none_or_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(maps_of(network(noise=False))) == 0
    monkeypatch.setattr("nijigen.edit.maps.MOST", 655)
    assert len(maps_of(network())) == 0
    with pytest.raises(ValueError, match="noise maps"):
        parted(network(), torch.zeros(5))
