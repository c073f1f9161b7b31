"""DCGAN is the paper's network, and its options do what they say."""

from typing import Any

import pytest
import torch
from torch import nn

from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.dcgan import DCGANDiscriminator, DCGANGenerator, DCGANOptions, build, check_shape, stage_widths
from nijigen.nn.attention import SelfAttention
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
    assert list(stage_widths(resolution, 4).values()) == widths


def test_widths_by_resolution_start_and_limit() -> None:
    assert stage_widths(64, 64) == {4: 512, 8: 256, 16: 128, 32: 64}
    assert stage_widths(64, 64, start=8) == {8: 256, 16: 128, 32: 64}
    assert stage_widths(128, 32, widest=16) == {4: 512, 8: 256, 16: 128, 32: 64, 64: 32}


@pytest.mark.parametrize("resolution", [4, 12, 48, 65, 1000])
def test_other_resolutions_are_refused(resolution: int) -> None:
    with pytest.raises(NijigenError, match=rf"not {resolution}: set resolution=64"):
        check_shape(Shape(resolution, 3, 0), options())


@pytest.mark.parametrize("resolution", [8, 16, 128, 2048])
def test_powers_of_two_are_taken(resolution: int) -> None:
    check_shape(Shape(resolution, 3, 0), options())


def test_a_start_at_8_needs_16() -> None:
    with pytest.raises(NijigenError, match="not 8: set resolution=64"):
        check_shape(Shape(8, 3, 0), options(start=8))
    check_shape(Shape(16, 3, 0), options(start=8))


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
    discriminator.eval()
    weights = [module.weight for module in discriminator.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert len(weights) == 4
    for weight in weights:
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.02)


def test_no_norm_makes_pictures_independent() -> None:
    discriminator = DCGANDiscriminator(Shape(16, 3, 0), options(discriminator_norm="none")).double()
    images = torch.randn(4, 3, 16, 16, dtype=torch.double)
    nothing = torch.zeros(4, 0, dtype=torch.double)
    assert torch.allclose(discriminator(images, nothing)[:2], discriminator(images[:2], nothing[:2]))
    with_norm = DCGANDiscriminator(Shape(16, 3, 0), options()).double()
    assert not torch.allclose(with_norm(images, nothing)[:2], with_norm(images[:2], nothing[:2]))


def test_layer_norm_makes_pictures_independent_and_their_contrast_nothing() -> None:
    discriminator = DCGANDiscriminator(Shape(16, 3, 0), options(discriminator_norm="layer")).double()
    images, nothing = torch.randn(4, 3, 16, 16, dtype=torch.double), torch.zeros(4, 0, dtype=torch.double)
    assert torch.allclose(discriminator(images, nothing)[:2], discriminator(images[:2], nothing[:2]))
    # Far above the epsilon of the norm, a picture's contrast no longer matters.
    assert torch.allclose(discriminator(images * 900, nothing), discriminator(images * 90, nothing), rtol=1e-2)


@pytest.mark.parametrize("upsample", ["transposed", "nearest", "bilinear"])
@pytest.mark.parametrize("downsample", ["stride", "pool"])
@pytest.mark.parametrize("kernel", [4, 5])
@pytest.mark.parametrize("start", [4, 8])
def test_every_resampling_reaches_the_resolution(upsample: str, downsample: str, kernel: int, start: int) -> None:
    chosen = options(upsample=upsample, downsample=downsample, kernel=kernel, start=start)
    networks = build(Shape(32, 4, 3), chosen)
    images = networks["generator"](torch.randn(2, 6), torch.eye(3)[:2])
    assert images.shape == (2, 4, 32, 32)
    assert networks["discriminator"](images, torch.eye(3)[:2]).shape == (2,)
    sizes = [
        module.kernel_size[0]
        for module in networks["discriminator"].modules()
        if isinstance(module, nn.Conv2d) and module is not networks["discriminator"].to_logit
    ]
    assert set(sizes) == {kernel if downsample == "stride" or kernel == 5 else 3}


def test_resampled_pictures_have_no_checkerboard() -> None:
    """Odena et al. 2016: of equal features, kernels that overlap unevenly make uneven pictures, resampling does not."""
    unevenness = {}
    for upsample in ("transposed", "nearest", "bilinear"):
        block = DCGANGenerator(Shape(16, 3, 0), options(upsample=upsample, kernel=5)).blocks["b8"]
        assert isinstance(block.conv, nn.Module)
        made = block.conv(torch.ones(1, 8, 16, 16))[:, :, 8:-8, 8:-8]
        unevenness[upsample] = made.std(dim=(2, 3)).max().item()
    assert unevenness["transposed"] > 1e-3
    assert max(unevenness["nearest"], unevenness["bilinear"]) < 1e-6


def test_the_tutorials_network() -> None:
    """Dense 8×8×256, then 5×5 transposed convolutions to 128, 64 and 3 filters: 64 px, not 32."""
    tutorial = {"start": 8, "kernel": 5, "activation": "leaky", "slope": 0.3, "dropout": 0.3, "bias": True}
    chosen = DCGANOptions.model_validate({**tutorial, "discriminator_norm": "none"})
    networks = build(Shape(64, 3, 0), chosen)
    norms = 2 * (256 + 128 + 64)
    convs = 100 * 8 * 8 * 256 + 25 * (256 * 128 + 128 * 64 + 64 * 3) + 3
    assert parameters(networks["generator"]) == convs + norms
    assert parameters(networks["discriminator"]) == 25 * (3 * 64 + 64 * 128 + 128 * 256) + 64 + 128 + 256 + 8 * 8 * 256
    assert networks["generator"](torch.randn(2, 100), torch.zeros(2, 0)).shape == (2, 3, 64, 64)


def test_dropout_only_in_training_and_from_the_global_seed() -> None:
    discriminator = DCGANDiscriminator(Shape(16, 3, 0), options(discriminator_norm="none", dropout=0.3))
    images, nothing = torch.randn(4, 3, 16, 16), torch.zeros(4, 0)
    torch.manual_seed(1)
    first, second = discriminator(images, nothing), discriminator(images, nothing)
    torch.manual_seed(1)
    assert torch.equal(discriminator(images, nothing), first)
    assert not torch.equal(first, second)
    discriminator.eval()
    assert torch.equal(discriminator(images, nothing), discriminator(images, nothing))


def test_leaky_features_go_below_zero() -> None:
    seen: dict[str, float] = {}
    for activation in ("relu", "leaky"):
        generator = DCGANGenerator(Shape(16, 3, 0), options(activation=activation, slope=0.3))
        generator.blocks["b8"].register_forward_hook(
            lambda _module, _inputs, made, activation=activation: seen.update({activation: made.min().item()})
        )
        generator(torch.randn(8, 6), torch.zeros(8, 0))
    assert seen["relu"] == 0
    assert seen["leaky"] < -0.1


def test_attention_stands_at_the_resolutions_asked_for() -> None:
    networks = build(Shape(32, 3, 0), options(attention=[8, 16], spectral=True))
    for network in networks.values():
        sizes: list[int] = []
        for module in network.modules():
            if isinstance(module, SelfAttention):
                module.register_forward_pre_hook(lambda _module, inputs, sizes=sizes: sizes.append(inputs[0].shape[3]))
        if network is networks["generator"]:
            network(torch.randn(2, 6), torch.zeros(2, 0))
        else:
            network(torch.randn(2, 3, 32, 32), torch.zeros(2, 0))
        assert sorted(sizes) == [8, 16]


def test_attention_keeps_its_own_first_weights() -> None:
    torch.manual_seed(0)
    generator = DCGANGenerator(Shape(64, 3, 0), DCGANOptions(attention=(16,)))  # type: ignore[call-arg]
    (layer,) = (module for module in generator.modules() if isinstance(module, SelfAttention))
    assert layer.query.weight.std().item() == pytest.approx((3 * 128) ** -0.5, rel=0.1)


@pytest.mark.parametrize("wanted", [2, 12, 64, 128])
def test_attention_elsewhere_is_refused(wanted: int) -> None:
    with pytest.raises(NijigenError, match=f"no features at {wanted} px here, use some of 4, 8, 16, 32"):
        check_shape(Shape(64, 3, 0), options(attention=[8, wanted]))


def test_blocks_are_shared_between_resolutions() -> None:
    """Half the width and twice the limit at twice the resolution: every block of the smaller model fits."""
    small = build(Shape(32, 3, 0), options(width=8, discriminator_width=8))
    large = build(Shape(64, 3, 0), options(widest=16))
    for name in ("generator", "discriminator"):
        shapes = {key: value.shape for key, value in large[name].state_dict().items()}
        lost = {key for key, value in small[name].state_dict().items() if shapes.get(key) != value.shape}
        assert lost == ({"to_image.weight"} if name == "generator" else {"blocks.b32.conv.weight"})


@pytest.mark.parametrize("labels", [0, 3])
def test_every_parameter_is_in_one_stage(labels: int) -> None:
    discriminator = DCGANDiscriminator(Shape(32, 3, labels), options(attention=[8], bias=True))
    staged = [id(p) for stage in discriminator.stages() for p in stage.parameters()]
    assert sorted(staged) == sorted(id(p) for p in discriminator.parameters())
    assert len(discriminator.stages()) == 4
    assert next(discriminator.stages()[0].parameters()).shape[1] == 3  # the picture's side comes first


def test_it_is_built_without_memory_on_the_meta_device() -> None:
    with torch.device("meta"):
        networks = build(Shape(64, 3, 7), options(attention=[16], spectral=True, generator_norm="conditional"))
    assert all(p.is_meta for network in networks.values() for p in network.parameters())
