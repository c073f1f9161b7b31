"""DCGAN is the paper's network, and its options do what they say."""

from typing import Any

import pytest
import torch
from torch import nn

from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.dcgan import DCGANDiscriminator, DCGANGenerator, DCGANOptions, build, check_shape, stage_widths
from nijigen.nn.norm import ConditionalBatchNorm


def options(**changes: Any) -> DCGANOptions:
    return DCGANOptions.model_validate({"width": 4, "discriminator_width": 4, "latent": 6, "embedding": 5, **changes})


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_the_papers_parameter_counts() -> None:
    networks = build(Shape(64, 3, 0), DCGANOptions())  # type: ignore[call-arg]
    assert parameters(networks["generator"]) == 3_576_704
    assert parameters(networks["discriminator"]) == 2_765_568


@pytest.mark.parametrize(
    ("resolution", "widths"),
    [(8, [4]), (16, [8, 4]), (64, [32, 16, 8, 4]), (256, [32, 32, 32, 16, 8, 4])],
)
def test_widths_double_up_to_eight_times(resolution: int, widths: list[int]) -> None:
    assert stage_widths(resolution, 4) == widths


@pytest.mark.parametrize("resolution", [4, 12, 48, 65, 1000])
def test_other_resolutions_are_refused(resolution: int) -> None:
    with pytest.raises(NijigenError, match=rf"not {resolution}: set resolution=64"):
        check_shape(Shape(resolution, 3, 0), options())


@pytest.mark.parametrize("resolution", [8, 16, 128, 2048])
def test_powers_of_two_are_taken(resolution: int) -> None:
    check_shape(Shape(resolution, 3, 0), options())


def test_weights_are_drawn_as_in_the_paper() -> None:
    torch.manual_seed(0)
    networks = build(Shape(64, 3, 0), DCGANOptions())  # type: ignore[call-arg]
    for network in networks.values():
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                assert module.weight.mean().abs() < 2e-3
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
            elif isinstance(module, nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1, abs=0.02)
                assert not module.bias.any()


def test_the_latent_carries_the_label() -> None:
    generator = DCGANGenerator(Shape(16, 3, 7), options())
    z, labels = torch.randn(2, 6), torch.eye(7)[:2]
    latent = generator.map(z, labels)
    assert latent.shape == (2, 6 + 5)
    assert torch.equal(latent[:, :6], z)
    assert torch.equal(generator.eval()(z, labels), generator.synthesize(latent))


def test_conditional_norm_only_where_there_are_labels() -> None:
    conditional = options(generator_norm="conditional")
    kinds = [
        any(
            isinstance(module, ConditionalBatchNorm) for module in DCGANGenerator(Shape(16, 3, width), chosen).modules()
        )
        for width, chosen in [(7, conditional), (0, conditional), (7, options())]
    ]
    assert kinds == [True, False, False]


def test_the_label_is_projected_on_the_features() -> None:
    """Miyato & Koyama 2018, eq. 6: the logit is ψ(φ(x)) + yᵀVφ(x), so it is linear in the label."""
    discriminator = DCGANDiscriminator(Shape(16, 3, 3), options()).eval()
    images = torch.randn(1, 3, 16, 16).expand(4, -1, -1, -1)
    labels = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    plain, first, second, both = discriminator(images, labels).tolist()
    assert first != plain
    assert both - plain == pytest.approx((first - plain) + (second - plain), abs=1e-6)


def test_spectral_weights_have_norm_one() -> None:
    torch.manual_seed(1)
    discriminator = DCGANDiscriminator(Shape(16, 3, 3), options(spectral=True, discriminator_norm="none"))
    for _ in range(60):  # each forward in training mode refines the estimate by one step
        discriminator(torch.randn(2, 3, 16, 16), torch.eye(3)[:2])
    convs = [*discriminator.convs, discriminator.to_logit]
    for weight in [conv.weight for conv in convs] + [discriminator.project.weight]:  # type: ignore[union-attr]
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.02)


def test_no_norm_makes_pictures_independent() -> None:
    discriminator = DCGANDiscriminator(Shape(16, 3, 0), options(discriminator_norm="none")).double()
    images = torch.randn(4, 3, 16, 16, dtype=torch.double)
    nothing = torch.zeros(4, 0, dtype=torch.double)
    assert torch.allclose(discriminator(images, nothing)[:2], discriminator(images[:2], nothing[:2]))
    with_norm = DCGANDiscriminator(Shape(16, 3, 0), options()).double()
    assert not torch.allclose(with_norm(images, nothing)[:2], with_norm(images[:2], nothing[:2]))
