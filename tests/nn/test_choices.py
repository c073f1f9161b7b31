"""Numbers that decide in steps: which part of its range each lies in."""

import math

import pytest
import torch

from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.registry import find_family
from nijigen.models.stylegan2 import StyleGAN2Generator
from nijigen.models.stylegan2_blocks import Mapping
from nijigen.models.stylegan2_options import StyleGAN2Options
from nijigen.nn.choices import EDGE, FIFTHS, PARTS, Choices


def part_of(value: float) -> float:
    """Where a normal number lies among the parts, by the error function of the standard library."""
    return PARTS * 0.5 * (1 + math.erf(value / math.sqrt(2)))


def test_each_number_lies_in_one_part_but_near_a_border() -> None:
    z = torch.randn(2000, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    parts = Choices([1, 3], 8).double().parts(z)
    assert parts.shape == (2000, 2, PARTS)
    torch.testing.assert_close(parts.sum(dim=2), torch.ones(2000, 2, dtype=torch.float64))
    for row in range(0, 2000, 40):
        for column, number in enumerate((1, 3)):
            place = part_of(z[row, number].item())
            inside = place - math.floor(place)
            if PARTS * EDGE <= inside <= 1 - PARTS * EDGE:
                assert parts[row, column, int(place)].item() == pytest.approx(1, abs=1e-9)
    assert (parts.max(dim=2).values > 1 - 1e-9).double().mean().item() == pytest.approx(1 - 2 * PARTS * EDGE, abs=0.03)
    assert parts.mean(dim=0).sub(1 / PARTS).abs().max() < 0.02, "all parts are as likely"


@pytest.mark.parametrize("value", [-40.0, -6.0, 6.0, 40.0])
def test_the_ends_of_the_range_are_in_the_last_parts(value: float) -> None:
    parts = Choices([0], 4).parts(torch.full((1, 1), value))
    assert parts[0, 0, 0 if value < 0 else PARTS - 1].item() == pytest.approx(1)


def test_a_border_is_crossed_without_a_jump() -> None:
    z = torch.linspace(-0.2, 0.2, 2001)[:, None]
    parts = Choices([0], 4).parts(z)
    assert (parts[1:] - parts[:-1]).abs().max() < 0.03
    assert parts[1000, 0, PARTS // 2 - 1 : PARTS // 2 + 1].tolist() == pytest.approx([0.5, 0.5], abs=1e-4)


def test_before_training_they_add_nothing_and_then_what_they_learned() -> None:
    torch.manual_seed(0)
    mapping = Mapping(6, 3, 4, 8, 2, 1.0, choices=(2, 5))
    without = Mapping(6, 3, 4, 8, 2, 1.0)
    without.load_state_dict({name: v for name, v in mapping.state_dict().items() if not name.startswith("choices")})
    z, labels = torch.randn(4, 6), torch.eye(3)[[0, 1, 2, 0]]
    assert torch.equal(mapping(z, labels), without(z, labels))
    assert mapping.choices is not None
    with torch.no_grad():
        mapping.choices.weight[:, :PARTS] = torch.randn(8, PARTS)
    moved = mapping(z, labels)
    assert not torch.allclose(moved, without(z, labels))
    other = z.clone()
    other[:, 0] += 1  # a number that is no choice is not looked at
    assert torch.equal(mapping.choices(other), mapping.choices(z))


def test_a_step_is_learned_that_dense_layers_bend_over() -> None:
    """The side of a thing, 1 or -1 by the sign of a number: after few steps hardly any picture is between."""
    random = torch.Generator().manual_seed(0)
    between = {}
    for choices in ((), (0,)):
        torch.manual_seed(0)
        mapping = Mapping(32, 0, 0, 32, 1, 1.0, choices)
        out = torch.nn.Linear(32, 1)
        optimizer = torch.optim.Adam([*mapping.parameters(), *out.parameters()], 1e-2)
        for _ in range(150):
            z = torch.randn(64, 32, generator=random)
            loss = (out(mapping(z, torch.zeros(64, 0))) - z[:, :1].sign()).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        z = torch.randn(2000, 32, generator=random)
        with torch.no_grad():
            between[choices] = (out(mapping(z, torch.zeros(2000, 0))).abs() < 0.5).float().mean().item()
    assert between[0,] < 0.5 * between[()]


def test_fifths_are_steps_that_twenty_four_parts_do_not_have() -> None:
    torch.manual_seed(0)
    mapping = Mapping(6, 3, 4, 8, 2, 1.0, choices=(2, 5), fifths=True)
    without = Mapping(6, 3, 4, 8, 2, 1.0, choices=(2, 5))
    assert mapping.fifths is not None
    kept = {name: v for name, v in mapping.state_dict().items() if not name.startswith("fifths")}
    without.load_state_dict(kept)
    z, labels = torch.randn(4, 6), torch.eye(3)[[0, 1, 2, 0]]
    assert torch.equal(mapping(z, labels), without(z, labels))
    with torch.no_grad():
        mapping.fifths.weight[:, :FIFTHS] = torch.randn(8, FIFTHS)
    assert not torch.allclose(mapping(z, labels), without(z, labels))
    # 0.195 and 0.2041 of the range are of two fifths and of one twenty-fourth
    near = torch.special.ndtri(torch.tensor([[0.195], [0.2041]], dtype=torch.float64))
    fine, coarse = Choices([0], 4).double().parts(near), Choices([0], 4, FIFTHS).double().parts(near)
    torch.testing.assert_close(fine[0], fine[1])
    torch.testing.assert_close(coarse[:, 0, :2], torch.eye(2, dtype=torch.float64), atol=0.15, rtol=0)
    assert Mapping(6, 3, 4, 8, 2, 1.0, fifths=True).fifths is None


def test_numbers_that_are_not_heard_change_nothing() -> None:
    torch.manual_seed(0)
    mapping = Mapping(6, 3, 4, 8, 2, 1.0, choices=(2, 5), fifths=True, heard=(1, 2))
    for choices in (mapping.choices, mapping.fifths):
        assert choices is not None
        torch.nn.init.normal_(choices.weight)
    assert not any("mask" in name for name in mapping.state_dict()), "what a recipe says is not kept with the weights"
    z, labels = torch.randn(4, 6), torch.eye(3)[[0, 1, 2, 0]]
    before = mapping(z, labels)
    other = z.clone()
    # As long as before: the noise is normalised as a whole, so that those heard keep their size.
    other[:, [0, 3, 4, 5]] = z[:, [5, 4, 3, 0]] * -1
    torch.testing.assert_close(mapping(other, labels), before)
    for number in (1, 2):
        other = z.clone()
        other[:, number] += 2
        assert not torch.allclose(mapping(other, labels), before, atol=1e-2)


def test_wrong_numbers_are_told() -> None:
    family = find_family("stylegan2")
    for choices, said in (((300,), "use 0 to 207"), ((3, 3), "twice")):
        for key in ("choices", "heard"):
            options = StyleGAN2Options.model_validate({"latent": 208, key: choices})
            with pytest.raises(NijigenError, match=f"network.{key} .*{said}"):
                family.check(Shape(32, 3, 0), options)


def test_a_generator_hears_of_them() -> None:
    torch.manual_seed(0)
    options = StyleGAN2Options(
        latent=8, latent_width=8, embedding=4, channel_base=64, max_width=4, noise=False, choices=(1,)
    )
    generator = StyleGAN2Generator(Shape(16, 3, 0), options)
    assert generator.mapping.choices is not None
    assert generator.sides()["mapping.choices.weight"] == 0
    z = torch.randn(2, 8)
    before = generator(z, torch.zeros(2, 0))
    with torch.no_grad():
        generator.mapping.choices.weight += torch.randn_like(generator.mapping.choices.weight)
    assert not torch.allclose(generator(z, torch.zeros(2, 0)), before)
