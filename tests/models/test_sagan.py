"""SAGAN is the paper's network: residual, attentive, spectrally normalised, and it follows labels."""

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrize import remove_parametrizations

from nijigen.errors import NijigenError
from nijigen.models.contract import Networks, Shape
from nijigen.models.sagan import SAGANDiscriminator, SAGANGenerator, SAGANOptions, build, check_shape, generator_widths
from nijigen.nn.attention import SelfAttention
from nijigen.nn.norm import ConditionalBatchNorm


def options(**changes: Any) -> SAGANOptions:
    small = {"width": 4, "discriminator_width": 4, "latent": 6, "embedding": 5, "attention": [8]}
    return SAGANOptions.model_validate({**small, **changes})


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def conv(inputs: int, outputs: int, size: int = 3) -> int:
    return inputs * outputs * size * size + outputs


def attention(channels: int) -> int:
    return 2 * channels * channels // 8 + 2 * channels * channels // 2 + 1


def up(inputs: int, outputs: int) -> int:
    return 2 * inputs + conv(inputs, outputs) + 2 * outputs + conv(outputs, outputs) + conv(inputs, outputs, 1)


def down(inputs: int, outputs: int, inner: int) -> int:
    return conv(inputs, inner) + conv(inner, outputs) + conv(inputs, outputs, 1)


@pytest.mark.parametrize(
    ("resolution", "generator", "discriminator"), [(64, 12_241_156, 10_146_562), (128, 32_232_708, 30_087_938)]
)
def test_parameter_counts(resolution: int, generator: int, discriminator: int) -> None:
    """Counted by hand from the widths of Miyato & Koyama 2018, tables 3 and 4, and SAGAN's attention at 32 px."""
    networks = build(Shape(resolution, 3, 0), SAGANOptions())  # type: ignore[call-arg]
    tops = [1024, 1024, 512, 256, 128, 64] if resolution == 128 else [1024, 512, 256, 128, 64]
    made = (
        conv(128, 1024 * 16, 1)
        + sum(up(a, b) for a, b in itertools.pairwise(tops))
        + attention(tops[3])
        + 2 * 64
        + conv(64, 3)
    )
    assert parameters(networks["generator"]) == made == generator
    downs = [64, 128, 256, 512, 1024, 1024] if resolution == 128 else [64, 128, 256, 512, 1024]
    judged = down(3, 64, 64) + sum(down(a, b, a) for a, b in itertools.pairwise(downs)) + 1024 + 1
    judged += attention(128 if resolution == 128 else 64)
    assert parameters(networks["discriminator"]) == judged == discriminator


def test_widths_halve_from_sixteen_times() -> None:
    assert generator_widths(64, 64) == {4: 1024, 8: 512, 16: 256, 32: 128, 64: 64}
    assert generator_widths(128, 4) == {4: 64, 8: 64, 16: 32, 32: 16, 64: 8, 128: 4}


def _spectral_weights(network: nn.Module) -> list[Tensor]:
    network.eval()
    return [m.weight for m in network.modules() if hasattr(m, "parametrizations") and isinstance(m.weight, Tensor)]


def _small(**changes: Any) -> Networks:
    torch.manual_seed(1)
    return build(Shape(16, 3, 3), options(**changes))


def test_spectral_weights_have_norm_one() -> None:
    networks = _small()
    labels = torch.eye(3)[:2]
    for _ in range(60):  # each forward in training mode refines the estimate by one step
        networks["discriminator"](networks["generator"](torch.randn(2, 6), labels), labels)
    found = {name: _spectral_weights(network) for name, network in networks.items()}
    # Generator: dense, two blocks of three, four of attention, the last. Discriminator: three blocks, four, two heads.
    assert {name: len(weights) for name, weights in found.items()} == {"generator": 12, "discriminator": 15}
    for weight in [*found["generator"], *found["discriminator"]]:
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.05)


def test_spectral_normalisation_of_the_generator_is_an_option() -> None:
    networks = _small(generator_spectral=False)
    assert not _spectral_weights(networks["generator"])
    assert _spectral_weights(networks["discriminator"])


def test_norms_follow_the_label_where_there_is_one() -> None:
    for width in (0, 3):
        generator = SAGANGenerator(Shape(32, 3, width), options())
        following = [name for name, m in generator.named_modules() if isinstance(m, ConditionalBatchNorm)]
        assert len(following) == (6 if width else 0)


def test_the_latent_carries_the_label() -> None:
    generator = SAGANGenerator(Shape(16, 3, 3), options()).eval()
    z, labels = torch.randn(2, 6), torch.eye(3)[:2]
    latent = generator.map(z, labels)
    assert latent.shape == (2, 6 + 5)
    assert torch.equal(generator(z, labels), generator.synthesize(latent))


def test_the_label_is_projected_on_the_summed_features() -> None:
    """Miyato & Koyama 2018, eq. 6: the logit is ψ(φ(x)) + yᵀVφ(x), so it is linear in the label."""
    discriminator = SAGANDiscriminator(Shape(16, 3, 3), options()).eval()
    images = torch.randn(1, 3, 16, 16).expand(4, -1, -1, -1)
    labels = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    plain, first, second, both = discriminator(images, labels).tolist()
    assert first != plain
    assert both - plain == pytest.approx((first - plain) + (second - plain), abs=1e-4)


def test_blocks_are_residual() -> None:
    """With silent convolutions a block is its shortcut: the 1×1 convolution of the picture resampled first."""
    networks = _small(generator_spectral=False, attention=[])
    generator, discriminator = networks["generator"], networks["discriminator"]
    assert isinstance(generator, SAGANGenerator)
    assert isinstance(discriminator, SAGANDiscriminator)
    grow, shrink = generator.blocks["b8"], discriminator.blocks["b8"]
    for layer in (shrink.conv_in, shrink.conv_out, shrink.shortcut):
        remove_parametrizations(layer, "weight")  # no norm can make nothing one
    with torch.no_grad():
        for layer in (grow.conv_out, shrink.conv_out):
            layer.weight.zero_()
        x, y = torch.randn(2, 16, 4, 4), torch.randn(2, 4, 8, 8)
        doubled = grow.shortcut(functional.interpolate(x, scale_factor=2.0))
        torch.testing.assert_close(grow(x, torch.randn(2, 5)), doubled)
        halved = functional.avg_pool2d(shrink.shortcut(y), 2) + shrink.conv_out.bias[:, None, None]
        torch.testing.assert_close(shrink(y), halved)


def test_attention_stands_at_the_resolutions_asked_for() -> None:
    networks = build(Shape(32, 3, 0), options(attention=[8, 16]))
    inputs = {"generator": (torch.randn(2, 6), torch.zeros(2, 0)), "discriminator": (torch.randn(2, 3, 32, 32),) * 2}
    for name, network in networks.items():
        sizes: list[int] = []
        for module in network.modules():
            if isinstance(module, SelfAttention):
                module.register_forward_pre_hook(lambda _module, given, sizes=sizes: sizes.append(given[0].shape[3]))
        network(*inputs[name])
        assert sorted(sizes) == [8, 16]


@pytest.mark.parametrize(("resolution", "wanted"), [(64, 4), (64, 64), (32, 32), (8, 8), (64, 12)])
def test_attention_elsewhere_is_refused(resolution: int, wanted: int) -> None:
    with pytest.raises(NijigenError, match=f"network.attention: no features at {wanted} px here"):
        check_shape(Shape(resolution, 3, 0), options(attention=[wanted]))


@pytest.mark.parametrize("resolution", [4, 12, 48, 65])
def test_other_resolutions_are_refused(resolution: int) -> None:
    with pytest.raises(NijigenError, match=f"not {resolution}: set resolution=64"):
        check_shape(Shape(resolution, 3, 0), options(attention=[]))


def test_blocks_are_shared_between_resolutions() -> None:
    """Half the width at twice the resolution: all generator blocks that both have and that are not capped fit."""
    small, large = build(Shape(32, 3, 0), options(width=8)), build(Shape(64, 3, 0), options())
    shapes = {key: value.shape for key, value in large["generator"].state_dict().items()}
    kept = [key for key, value in small["generator"].state_dict().items() if shapes.get(key) == value.shape]
    assert {key.split(".")[1] for key in kept if key.startswith("blocks")} == {"b8", "b16", "b32"}


@pytest.mark.parametrize("channels", [3, 4])
def test_only_the_first_block_takes_the_picture_as_it_is(channels: int) -> None:
    """RGBA at four features is no reason to take the second block for the first."""
    discriminator = SAGANDiscriminator(Shape(16, channels, 0), options())
    assert [block.first for block in discriminator.blocks.values()] == [True, False, False]


def test_every_parameter_is_in_one_stage() -> None:
    discriminator = SAGANDiscriminator(Shape(32, 3, 3), options())
    staged = [id(p) for stage in discriminator.stages() for p in stage.parameters()]
    assert sorted(staged) == sorted(id(p) for p in discriminator.parameters())
    assert len(discriminator.stages()) == 5


def test_it_is_built_without_memory_on_the_meta_device() -> None:
    with torch.device("meta"):
        networks = build(Shape(16, 3, 7), options())
    assert all(p.is_meta for network in networks.values() for p in network.parameters())
