"""What the growing families share: channels, growth, the discriminator. Both families are tried."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.models import pggan, stylegan
from nijigen.models.contract import Generator, Networks, Shape
from nijigen.models.progressive import ProgressiveDiscriminator, ProgressiveOptions, check_shape, widths
from nijigen.nn.growing import Growing

RESOLUTION, LABELS = 32, 5
TINY: dict[str, Any] = {
    "latent": 8,
    "channel_base": 128,
    "max_width": 12,
    "embedding": 6,
}


def build(family: str, label_width: int = LABELS, channels: int = 3, **changes: Any) -> Networks:
    torch.manual_seed(0)
    shape = Shape(RESOLUTION, channels, label_width)
    if family == "pggan":
        return pggan.build(shape, pggan.PGGANOptions.model_validate({**TINY, **changes}))
    options = {**TINY, "latent_width": 10, "mapping_layers": 2, "mapping_rate": 1.0, **changes}
    return stylegan.build(shape, stylegan.StyleGANOptions.model_validate(options))


def grow(networks: Networks, resolution: int, fade: float) -> None:
    for network in networks.values():
        assert isinstance(network, Growing)
        network.grow(resolution, fade)


def stir(network: nn.Module) -> None:
    """Let no weight be at the value it starts with: noise strengths, biases and γ are 0 then."""
    random = torch.Generator().manual_seed(1)
    for parameter in network.parameters():
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=random)


def some(count: int = 4, resolution: int = RESOLUTION, channels: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(2)
    images = torch.rand(count, channels, resolution, resolution, generator=random) * 2 - 1
    return torch.randn(count, 8, generator=random), torch.eye(LABELS)[:count], images


both = pytest.mark.parametrize("family", ["pggan", "stylegan"])


def test_channels_are_the_papers_table() -> None:

    assert [*widths(1024, 8192, 512).values()] == [512, 512, 512, 512, 256, 128, 64, 32, 16]


@pytest.mark.parametrize(
    ("resolution", "changes", "message"),
    [
        (4, {}, "not 4: set resolution=64"),
        (48, {}, "not 48: set resolution=64"),
        (64, {"channel_base": 16}, "network.channel_base=16 leaves no features at 64 px: set at least 32"),
        (
            128,
            {"discriminator_base": 60},
            "discriminator_base=60 leaves no features at 128 px: set .* 64",
        ),
        (32, {"attention": [64]}, "network.attention: no features at 64 px"),
    ],
)
def test_what_cannot_be_built_is_refused(resolution: int, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(NijigenError, match=message):
        check_shape(Shape(resolution, 3, 0), ProgressiveOptions.model_validate(changes))


@pytest.mark.parametrize(("resolution", "base"), [(8, 4), (64, 32), (1024, 512)])
def test_one_channel_is_enough(resolution: int, base: int) -> None:
    options = ProgressiveOptions.model_validate({"channel_base": base, "discriminator_base": base})
    check_shape(Shape(resolution, 3, 0), options)
    assert widths(resolution, base, 512)[resolution] == 1


@both
def test_the_discriminator_is_as_wide_as_the_generator_or_as_told(family: str) -> None:
    def entered(**changes: Any) -> list[int]:
        ways = build(family, **changes)["discriminator"].from_image
        assert isinstance(ways, nn.ModuleDict)
        return [p.shape[0] for name, p in ways.named_parameters() if name.endswith("weight")]

    assert entered() == [8, 12, 12, 12]  # from 32 px down
    assert entered(discriminator_base=64, discriminator_max_width=20) == [4, 8, 16, 20]
    assert entered(max_width=5) == [5, 5, 5, 5]


@both
@pytest.mark.parametrize("resolution", [4, 8, 16, 32])
def test_networks_work_at_every_resolution(family: str, resolution: int) -> None:
    networks = build(family, channels=4)
    z, labels, images = some(resolution=resolution, channels=4)
    for fade in (1.0, 0.5):
        grow(networks, resolution, fade)
        assert networks["generator"](z, labels).shape == (4, 4, resolution, resolution)
        assert networks["discriminator"](images, labels).shape == (4,)


@both
@pytest.mark.parametrize("resolution", [8, 16, 32])
def test_a_fade_begins_as_the_smaller_network(family: str, resolution: int) -> None:
    networks = build(family)
    generator, discriminator = (network.eval() for network in networks.values())
    stir(generator)
    stir(discriminator)
    z, labels, images = some(resolution=resolution)

    def at(size: int, fade: float) -> tuple[Tensor, Tensor]:
        grow(networks, size, fade)
        seen = images if size == resolution else functional.avg_pool2d(images, 2)
        return generator(z, labels), discriminator(seen, labels)

    small, judged = at(resolution // 2, 1.0)
    made, logits = at(resolution, 1e-30)  # in float32 nothing is left of the new layers
    assert torch.equal(made, small.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3))
    assert torch.equal(logits, judged)
    half, judged_half = at(resolution, 0.5)
    whole, judged_whole = at(resolution, 1.0)
    almost, judged_almost = at(resolution, 1 - 2**-24)  # the last number below 1: through the blend
    torch.testing.assert_close(half, (made + whole) / 2)
    torch.testing.assert_close(almost, whole, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(judged_almost, judged_whole, atol=1e-4, rtol=1e-4)
    assert len({round(value[0].item(), 4) for value in (judged, judged_half, judged_whole)}) == 3


@both
def test_at_full_fade_the_way_of_the_smaller_network_is_not_taken(family: str) -> None:
    networks = build(family)
    z, labels, images = some(resolution=16)
    grow(networks, 16, 1.0)
    (networks["generator"](z, labels).sum() + networks["discriminator"](images, labels).sum()).backward()
    for role, way in (("generator", "to_image"), ("discriminator", "from_image")):
        unused = {name for name, p in networks[role].named_parameters() if p.grad is None}
        expected = {f"{way}.b{size}.{part}" for size in (4, 8, 32) for part in ("weight", "bias")}
        blocks = {name for name, _ in networks[role].named_parameters() if name.startswith("blocks.b32.")}
        assert unused == expected | blocks


@both
def test_growth_is_saved_with_the_weights(family: str) -> None:
    networks, others = build(family), build(family)
    z, labels, images = some(resolution=16)
    grow(networks, 16, 0.3)
    for name, network in networks.items():
        stir(network)
        others[name].load_state_dict(network.state_dict())
        assert others[name].growth == network.growth
    assert torch.equal(networks["generator"].eval()(z, labels), others["generator"].eval()(z, labels))
    assert torch.equal(networks["discriminator"](images, labels), others["discriminator"](images, labels))


@both
@pytest.mark.parametrize("attention", [(), (4, 16)])
@pytest.mark.parametrize(("resolution", "fade"), [(4, 1.0), (8, 0.4), (8, 1.0), (16, 0.4), (32, 0.4), (32, 1.0)])
def test_gradient_penalties_at_every_stage_of_growth(
    family: str, resolution: int, fade: float, attention: tuple[int, ...]
) -> None:
    networks = build(family, attention=attention)
    discriminator = networks["discriminator"]
    stir(discriminator)
    grow(networks, resolution, fade)
    _, labels, images = some(resolution=resolution)
    images.requires_grad_()
    (slope,) = torch.autograd.grad(discriminator(images, labels).sum(), images, create_graph=True)
    slope.square().sum(dim=(1, 2, 3)).mean().backward()  # type: ignore[no-untyped-call]
    gradients = {name: p.grad for name, p in discriminator.named_parameters() if p.grad is not None}
    assert all(torch.isfinite(gradient).all() for gradient in gradients.values())
    working = [size for size in (4, 8, 16, 32) if size <= resolution]
    for name, parameter in discriminator.named_parameters():
        if name.endswith("conv_out.weight") and int(name.split(".")[1][1:]) in working:
            assert parameter.grad is not None, name
            assert parameter.grad.any(), name


@both
def test_the_penalty_slope_is_the_slope(family: str) -> None:
    """Through fused convolutions, blur and the blend, against differences in float64."""
    networks = build(family, discriminator_max_width=4)
    discriminator = networks["discriminator"].double()
    stir(discriminator)
    grow(networks, 16, 0.4)
    _, labels, images = some(count=2, resolution=16)
    images, labels = images.double().requires_grad_(), labels[:2].double()
    (slope,) = torch.autograd.grad(discriminator(images, labels).sum(), images)
    direction = torch.randn(images.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    step = 1e-6
    with torch.no_grad():
        ahead, behind = (discriminator(images + sign * step * direction, labels).sum() for sign in (1, -1))
    torch.testing.assert_close((slope * direction).sum(), (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-8)


@both
def test_stages_go_from_the_picture_to_the_logit(family: str) -> None:
    discriminator = build(family)["discriminator"]
    assert isinstance(discriminator, ProgressiveDiscriminator)
    stages = discriminator.stages()
    names = {id(parameter): name for name, parameter in discriminator.named_parameters()}
    held = [[names[id(parameter)] for parameter in stage.parameters()] for stage in stages]
    assert sorted(name for stage in held for name in stage) == sorted(names.values())
    for size, stage in zip((32, 16, 8, 4), held, strict=False):
        assert f"from_image.b{size}.weight" in stage
        assert all(name.split(".")[1] == f"b{size}" for name in stage)
    assert held[-1] == ["to_logit.weight", "to_logit.bias", "project.weight"]


@both
def test_the_projection_is_a_scaled_product(family: str) -> None:
    discriminator = build(family)["discriminator"]
    assert isinstance(discriminator, ProgressiveDiscriminator)
    assert discriminator.project is not None
    _, labels, images = some()
    features: list[Tensor] = []
    discriminator.to_logit.register_forward_hook(lambda module, inputs, output: features.append(inputs[0]))
    plain = discriminator(images, torch.zeros(4, LABELS))
    with_label = discriminator(images, labels)
    embedded = discriminator.project.weight.T  # rows are words: the labels are one-hot
    assert 0.7 < embedded.std().item() < 1.3  # each word at full strength, however wide the label is
    expected = torch.stack([features[0][n] @ embedded[n] for n in range(4)]) / 12**0.5
    torch.testing.assert_close(with_label - plain, expected)


@both
def test_an_unknown_label_is_no_label(family: str) -> None:
    generator = build(family)["generator"].eval()
    assert isinstance(generator, Generator)
    z, labels, _ = some()
    nothing = torch.zeros_like(labels)
    assert torch.isfinite(generator(z, nothing)).all()
    assert not torch.equal(generator(z, labels), generator(z, nothing))
    latent = generator.map(z, nothing)
    latent.sum().backward()  # type: ignore[no-untyped-call]
    assert all(torch.isfinite(p.grad).all() for p in generator.parameters() if p.grad is not None)


@both
def test_attention_stands_where_it_is_asked_for_and_starts_as_nothing(family: str) -> None:
    plain, attentive = build(family), build(family, attention=(4, 16))
    z, labels, images = some()
    for name, network in attentive.items():
        added = set(network.state_dict()) - set(plain[name].state_dict())
        assert {key.rsplit(".attention.", 1)[0] for key in added} == {"blocks.b4", "blocks.b16"}
        network.load_state_dict(plain[name].state_dict(), strict=False)
    made = [networks["generator"].eval()(z, labels) for networks in (plain, attentive)]
    assert torch.equal(*made)
    judged = [networks["discriminator"](images, labels) for networks in (plain, attentive)]
    assert torch.equal(*judged)


@both
def test_weights_of_a_smaller_model_fit_a_larger(family: str) -> None:
    def tensors(resolution: int) -> dict[str, torch.Size]:
        module: Any = pggan if family == "pggan" else stylegan
        options = module.PGGANOptions() if family == "pggan" else module.StyleGANOptions()
        with torch.device("meta"):
            networks = module.build(Shape(resolution, 3, 7), options)
        return {
            f"{name}.{key}": value.shape
            for name, network in networks.items()
            for key, value in network.state_dict().items()
        }

    small, large = tensors(64), tensors(128)
    assert all(large[name] == shape for name, shape in small.items())


@both
def test_a_copy_grows_by_itself(family: str) -> None:
    generator = build(family)["generator"]
    assert isinstance(generator, Growing)
    twin = copy.deepcopy(generator)
    twin.grow(8, 1.0)
    assert generator.growth == (32, 1.0)
    assert twin.growth == (8, 1.0)
