"""How a model is asked to show what it knows: truncation and noise, from the command to the certificate and back."""

from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import BaseModel
from torch import Tensor, nn

from nijigen.engine.look import Look
from nijigen.engine.model import Model, load
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.images.png import read_png, write_png
from nijigen.models import registry
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import make_card, save_model
from nijigen.nn.noise import NoiseInjection
from nijigen.schema import Attribute, AttributeSchema

SIDE = 8
SCHEMA = AttributeSchema([Attribute("hair_color", ("pink", "blue", "black"))])


class Options(BaseModel):
    """Of the family below."""


class Styled(Generator):
    """A style generator of one layer: a mean latent and per-pixel noise, as the StyleGAN families have."""

    latent_mean: Tensor

    def __init__(self, shape: Shape, options: Options) -> None:
        super().__init__()
        self.shape, self.z_dim, self.layers = shape, 3, 2
        self.inner, self.outer = nn.Linear(3 + shape.label_width, 4), nn.Linear(8, 3 * SIDE * SIDE)
        self.first, self.second = NoiseInjection(SIDE, 0), NoiseInjection(SIDE, 1)
        self.register_buffer("latent_mean", torch.linspace(-0.4, 0.4, 4))
        nn.init.constant_(self.first.strength, 0.3)
        nn.init.constant_(self.second.strength, 0.2)

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        latent: Tensor = self.inner(torch.cat([z, labels], dim=1))
        return latent[:, None].expand(-1, 2, -1)

    def synthesize(self, latent: Tensor) -> Tensor:
        x = self.outer(latent.flatten(1)).view(-1, 3, SIDE, SIDE)
        made: Tensor = torch.tanh(self.second(self.first(x)))
        return made


@pytest.fixture(autouse=True)
def _family(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.families()
    family = registry.Family("styled", Options, lambda shape, options: {"generator": Styled(shape, options)})
    monkeypatch.setitem(registry._FAMILIES, "styled", family)


@pytest.fixture
def styled(tmp_path: Path) -> Model:
    torch.manual_seed(4)
    shape = Shape(SIDE, 3, SCHEMA.width)
    save_model(tmp_path / "styled", Styled(shape, Options()), make_card(shape, "styled", {}, SCHEMA), torch.eye(3))
    return load(tmp_path / "styled", "cpu", threads=1)


@pytest.fixture
def generator() -> Styled:
    torch.manual_seed(4)
    return Styled(Shape(SIDE, 3, 0), Options()).eval()


def z(count: int = 5) -> Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(6))


def shown(generator: Generator, look: Look = Look()) -> Tensor:  # noqa: B008 - a frozen value
    return look.apply(generator, z(), torch.zeros(5, 0))


def test_the_plain_look_is_the_model_itself(generator: Styled) -> None:
    expected = generator(z(), torch.zeros(5, 0))
    assert torch.equal(shown(generator), expected)
    assert torch.equal(shown(generator, Look(truncation=1.0)), expected)


@pytest.mark.parametrize("strength", [0.0, 0.3, 0.7, 1.5, -0.5])
def test_truncation_draws_latents_toward_the_mean(strength: float, generator: Styled) -> None:
    latent = generator.map(z(), torch.zeros(5, 0)).double()
    mean = generator.latent_mean.double()
    expected = generator.synthesize((mean + strength * (latent - mean)).float())
    assert torch.allclose(shown(generator, Look(truncation=strength)), expected, atol=1e-6)


def test_no_strength_makes_all_the_same(generator: Styled) -> None:
    made = shown(generator, Look(truncation=0.0))
    assert torch.equal(made, made[:1].expand_as(made))
    assert not torch.equal(shown(generator)[0], shown(generator)[1])


def test_noise_is_weakened_strengthened_and_removed(generator: Styled) -> None:
    def before(noise: float) -> Tensor:
        return torch.atanh(shown(generator, Look(noise=noise)).double())

    bare = before(0.0)
    added = before(1.0) - bare
    assert added.abs().mean() > 0.1
    for noise in (0.5, 2.0):
        assert torch.allclose(before(noise) - bare, noise * added, atol=1e-3)


def test_another_seed_is_other_noise_of_the_same_avatar(generator: Styled) -> None:
    plain, other = shown(generator), shown(generator, Look(noise_seed=5))
    assert not torch.equal(plain, other)
    assert torch.equal(shown(generator, Look(noise_seed=5)), other)
    assert not torch.equal(shown(generator, Look(noise_seed=6)), other)
    silent = Look(noise=0.0, noise_seed=5)
    assert torch.equal(shown(generator, silent), shown(generator, Look(noise=0.0)))


def test_a_look_leaves_nothing_behind(generator: Styled) -> None:
    expected = shown(generator)
    shown(generator, Look(truncation=0.2, noise=3.0, noise_seed=9))
    assert torch.equal(shown(generator), expected)


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (Look(truncation=2.5), "--truncation 2.5 is out of range: use 0 to 1"),
        (Look(truncation=float("nan")), "--truncation nan is out of range"),
        (Look(noise=-0.1), "--noise -0.1 is out of range"),
        (Look(noise=11), "--noise 11 is out of range"),
        (Look(noise=float("nan")), "--noise nan is out of range"),
        (Look(noise_seed=-1), "--noise-seed -1 is out of range"),
        (Look(noise_seed=2**31), "--noise-seed 2147483648 is out of range"),
    ],
)
def test_what_is_out_of_range_is_refused(look: Look, message: str, generator: Styled) -> None:
    with pytest.raises(NijigenError, match=message):
        look.check(generator)


def test_the_limits_are_in_range(generator: Styled) -> None:
    for look in (
        Look(truncation=-2.0),
        Look(truncation=2.0),
        Look(noise=0),
        Look(noise=10),
        Look(noise_seed=2**31 - 1),
    ):
        look.check(generator)
        assert torch.isfinite(shown(generator, look)).all()


@pytest.mark.parametrize("options", [{"truncation": 0.5}, {"noise": 0.0}, {"noise_seed": 1}])
def test_a_model_that_has_none_says_so(options: dict[str, Any], tiny_run: Path) -> None:
    model = load(tiny_run, "cpu", threads=1)
    with pytest.raises(NijigenError, match=r"stylegan.*leave it out|stylegan.*leave --noise out"):
        model.generate(1, **options)
    assert model.generate(1, noise=1.0, noise_seed=0)[0].certificate["truncation"] is None


def test_the_certificate_says_only_what_was_asked_for(styled: Model) -> None:
    plain = styled.generate(1)[0].certificate
    assert plain["truncation"] is None
    assert not {"noise", "noise_seed"} & set(plain)
    facts = styled.generate(1, truncation=0.5, noise=0.25, noise_seed=3)[0].certificate
    assert (facts["truncation"], facts["noise"], facts["noise_seed"]) == (0.5, 0.25, 3)


@pytest.mark.parametrize(
    "look", [Look(), Look(0.5), Look(1.0), Look(0.0), Look(noise=0.0), Look(noise=2.5, noise_seed=7), Look(0.7, 0.3, 1)]
)
def test_facts_can_be_read_back(look: Look) -> None:
    assert Look.from_facts(look.facts()) == look


def test_an_older_certificate_has_the_plain_look() -> None:
    assert Look.from_facts({"seed": 5}) == Look()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"truncation": 0.5},
        {"noise": 0.0},
        {"noise": 1.7, "noise_seed": 12},
        {"truncation": 0.3, "noise": 0.5, "noise_seed": 2**31 - 1, "hair_color": "blue"},
        {"truncation": 0.3, "noise_seed": 4, "z": z(3)},
    ],
)
def test_recreated_to_the_pixel(options: dict[str, Any], styled: Model, tmp_path: Path) -> None:
    files = styled.generate(3, seed=5, batch=2, **options).save(tmp_path / "avatars")
    avatars = [file for file in files if file.suffix == ".png"][:3]
    plain = styled.generate(3, seed=5, batch=2)
    for number, file in enumerate(avatars):
        again = recreate(file, tmp_path / "styled")
        assert (again.same, again.differences) == (True, [])
        assert again.avatar.png() == file.read_bytes()
        assert (plain[number].pixels == again.avatar.pixels).all() == (not options)


@pytest.mark.parametrize(
    "facts",
    [{"truncation": "much"}, {"truncation": 9}, {"noise": None}, {"noise": [1]}, {"noise": -1}, {"noise_seed": "x"}],
)
def test_a_damaged_look_is_said(facts: dict[str, Any], styled: Model, tmp_path: Path) -> None:
    file = styled.generate(1).save(tmp_path / "avatars")[0]
    picture, certificate = read_png(file)
    write_png(tmp_path / "damaged.png", picture, {**(certificate or {}), **facts})
    with pytest.raises(NijigenError, match=r"damaged|out of range"):
        recreate(tmp_path / "damaged.png", tmp_path / "styled")


def test_a_look_asked_of_a_certificate_of_a_plain_model(tiny_run: Path, tmp_path: Path) -> None:
    file = load(tiny_run, "cpu", threads=1).generate(1).save(tmp_path / "avatars")[0]
    picture, certificate = read_png(file)
    write_png(tmp_path / "odd.png", picture, {**(certificate or {}), "truncation": 0.5})
    with pytest.raises(NijigenError, match="mean latent"):
        recreate(tmp_path / "odd.png", tiny_run)
