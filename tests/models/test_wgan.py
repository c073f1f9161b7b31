"""The Wasserstein families are DCGAN's networks with a critic to fit what bounds it."""

import pytest
from torch import nn

from nijigen.models.contract import Shape
from nijigen.models.dcgan import DCGANDiscriminator, DCGANGenerator
from nijigen.models.registry import find_family

SMALL = {"width": 4, "discriminator_width": 4, "latent": 6}


@pytest.mark.parametrize(
    ("name", "changes", "norm"),
    [
        ("wgan", {}, nn.BatchNorm2d),
        ("wgan-gp", {}, nn.Identity),
        ("wgan-gp", {"discriminator_norm": "layer"}, nn.GroupNorm),
    ],
)
def test_the_critics_norm(name: str, changes: dict[str, str], norm: type[nn.Module]) -> None:
    family = find_family(name)
    networks = family.build(Shape(32, 3, 0), family.options.model_validate({**SMALL, **changes}))
    assert isinstance(networks["generator"], DCGANGenerator)
    critic = networks["discriminator"]
    assert isinstance(critic, DCGANDiscriminator)
    norms = [block.norm for block in critic.blocks.values()]
    assert isinstance(norms[0], nn.Identity)
    assert all(isinstance(module, norm) for module in norms[1:])


def test_a_critic_without_norm_has_biases() -> None:
    family = find_family("wgan-gp")
    critic = family.build(Shape(32, 3, 0), family.options.model_validate(SMALL))["discriminator"]
    assert isinstance(critic, DCGANDiscriminator)
    assert all(block.conv.bias is not None for block in critic.blocks.values())


@pytest.mark.parametrize("name", ["wgan", "wgan-gp"])
def test_the_generator_is_the_papers_dcgan(name: str) -> None:
    family = find_family(name)
    count = sum(p.numel() for p in family.build(Shape(64, 3, 0), family.options())["generator"].parameters())
    assert count == 3_576_704 + (3 if name == "wgan-gp" else 0)
