"""R3GAN is the paper's network, and its options do what they say."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.r3gan import (
    R3GANDiscriminator,
    R3GANGenerator,
    R3GANOptions,
    build,
    check_shape,
    stage_widths,
)
from nijigen.nn.grouped import GroupedBlock
from nijigen.objectives.penalties import slope_penalty


def options(**changes: Any) -> R3GANOptions:
    small = {"latent": 6, "width": 4, "max_width": 12, "discriminator_width": 4, "discriminator_max_width": 12}
    return R3GANOptions.model_validate({**small, "embedding": 5, **changes})


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def discriminator(resolution: int = 16, label_width: int = 3, **changes: Any) -> R3GANDiscriminator:
    """A small one, with every weight at random: fresh ones have blocks that do nothing."""
    torch.manual_seed(0)
    made = R3GANDiscriminator(Shape(resolution, 3, label_width), options(**changes)).double()
    for parameter in made.parameters():
        nn.init.normal_(parameter, 0.0, 0.3)
    return made


@pytest.mark.parametrize(
    ("resolution", "generator", "judge"),
    [(64, 22_429_824, 22_381_440), (128, 22_910_016, 22_861_632), (256, 23_057_952, 23_009_568)],
)
def test_the_papers_parameter_counts(resolution: int, generator: int, judge: int) -> None:
    with torch.device("meta"):
        networks = build(Shape(resolution, 3, 0), R3GANOptions())  # type: ignore[call-arg]
        labelled = build(Shape(resolution, 3, 23), R3GANOptions())  # type: ignore[call-arg]
    assert parameters(networks["generator"]) == generator
    assert parameters(networks["discriminator"]) == judge
    # Labels add the embeddings, and what takes them in: 64 more inputs of the start, 63 more outputs of the logit.
    assert parameters(labelled["generator"]) == generator + 23 * 64 + 64 * 768
    assert parameters(labelled["discriminator"]) == judge + 24 * 64 + 63 * 768


@pytest.mark.parametrize(
    ("resolution", "width", "widest", "expected"),
    [
        (8, 384, 768, [768, 768]),
        (64, 384, 768, [768, 768, 768, 768, 384]),
        (256, 384, 768, [768, 768, 768, 768, 384, 192, 96]),
        (32, 32, 128, [128, 128, 128, 64]),
        (256, 4, 8, [8, 8, 8, 8, 4, 4, 4]),
    ],
)
def test_widths_halve_above_64_pixels(resolution: int, width: int, widest: int, expected: list[int]) -> None:
    assert list(stage_widths(resolution, width, widest).values()) == expected
    assert max(stage_widths(resolution, width, widest)) == resolution


@pytest.mark.parametrize("resolution", [4, 12, 48, 65, 1000])
def test_other_resolutions_are_refused(resolution: int) -> None:
    with pytest.raises(NijigenError, match=rf"not {resolution}: set resolution=64"):
        check_shape(Shape(resolution, 3, 0), options())


def test_attention_only_where_there_are_features() -> None:
    check_shape(Shape(16, 3, 0), options(attention=[4, 8, 16]))
    with pytest.raises(NijigenError, match="no features at 32 px"):
        check_shape(Shape(16, 3, 0), options(attention=[32]))


def test_there_is_no_normalisation_and_no_noise() -> None:
    allowed = (nn.Conv2d, nn.Linear, nn.Identity, nn.ModuleDict, nn.ModuleList)
    for network in build(Shape(32, 3, 5), options()).values():
        for module in network.modules():
            assert isinstance(module, allowed) or type(module).__module__.startswith("nijigen."), module
        assert not list(network.buffers())


def test_blocks_start_as_nothing_and_features_with_unit_scale() -> None:
    torch.manual_seed(1)
    wide = options(width=32, max_width=64, discriminator_width=32, discriminator_max_width=64, latent=64)
    networks = build(Shape(32, 3, 0), wide)
    generator, judge = networks["generator"], networks["discriminator"]
    assert isinstance(generator, R3GANGenerator)
    assert isinstance(judge, R3GANDiscriminator)
    for module in [*generator.modules(), *judge.modules()]:
        if isinstance(module, GroupedBlock):
            assert not module.project.weight.any()
            assert module.expand.weight.any()
    z, nothing = torch.randn(32, 64), torch.zeros(32, 0)
    first = generator.basis * generator.start(z)[:, :, None, None]
    assert first.square().mean().item() == pytest.approx(1, abs=0.3)
    assert 0.05 < generator(z, nothing).square().mean().item() < 1  # interpolation averages, and so lowers it
    pictures = torch.randn(32, 3, 1, 1).expand(-1, -1, 32, 32)
    assert 0.3 < judge.features(pictures).square().mean().item() < 3  # three numbers a picture: chance has its say


def test_embeddings_start_with_unit_scale() -> None:
    """A label of four attributes with nine words each weighs as much as z, and as the discriminator's bias."""
    torch.manual_seed(5)
    networks = build(Shape(8, 3, 36), options(embedding=256))
    labels = torch.eye(9)[torch.randint(9, (64, 4))].flatten(1)
    for network in networks.values():
        embed = network.embed
        assert isinstance(embed, nn.Linear)
        assert (labels @ embed.weight.T).square().mean().item() == pytest.approx(1, abs=0.1)
        if embed.bias is not None:
            assert embed.bias.square().mean().item() == pytest.approx(1, abs=0.3)


def test_a_generator_without_blocks_written_out() -> None:
    """At the start, when blocks do nothing: basis, 1×1 convolutions and the taps [1, 3, 3, 1]/4 in between."""
    torch.manual_seed(2)
    generator = R3GANGenerator(Shape(16, 3, 0), options(width=8, max_width=20)).double()
    z = torch.randn(3, 6, dtype=torch.double)
    x = generator.basis * (z @ generator.start.weight.T)[:, :, None, None]
    for stage in (generator.stages["b8"], generator.stages["b16"]):
        x = _doubled(x)
        if isinstance(stage.resize, nn.Conv2d):
            x = torch.einsum("oi,nihw->nohw", stage.resize.weight[:, :, 0, 0], x)
    x = torch.einsum("oi,nihw->nohw", generator.to_image.weight[:, :, 0, 0], x)
    assert torch.allclose(generator.synthesize(z), x)


def _doubled(x: Tensor) -> Tensor:
    """Zeros between pixels and a convolution with [1, 3, 3, 1]/4 along both axes, the border's pixels repeated."""
    count, channels, height, width = x.shape
    padded = functional.pad(x, (1, 1, 1, 1), mode="replicate")
    spread = padded.new_zeros(count, channels, 2 * height + 4, 2 * width + 4)
    spread[:, :, ::2, ::2] = padded
    taps = torch.tensor([1.0, 3, 3, 1], dtype=x.dtype) / 4
    kernel = torch.outer(taps, taps).expand(channels, 1, 4, 4)
    return functional.conv2d(spread, kernel, groups=channels)[:, :, :-1, :-1]


def test_a_discriminator_without_blocks_written_out() -> None:
    """Bilinear halving is the mean of 2×2; then the depthwise product with all of 4×4, and the projection."""
    judge = discriminator(width=8, max_width=20)
    for module in judge.modules():
        if isinstance(module, GroupedBlock):
            nn.init.zeros_(module.project.weight)
    pictures = torch.randn(3, 3, 16, 16, dtype=torch.double)
    labels = torch.tensor([[1.0, 0, 0], [0, 0.5, 0.5], [0, 0, 0]], dtype=torch.double)
    x = torch.einsum("oi,nihw->nohw", judge.from_image.weight[:, :, 0, 0], pictures)
    for part in (judge.parts["b16"], judge.parts["b8"]):
        if isinstance(part.resize, nn.Conv2d):
            x = torch.einsum("oi,nihw->nohw", part.resize.weight[:, :, 0, 0], x)
        x = functional.interpolate(x, scale_factor=0.5, mode="bilinear")
    gathered = torch.einsum("nchw,chw->nc", x, judge.gather.weight[:, 0])
    assert judge.embed is not None
    embedded = labels @ judge.embed.weight.T + judge.embed.bias
    expected = (gathered @ judge.to_logit.weight.T * embedded).sum(1) / 5**0.5
    assert torch.allclose(judge(pictures, labels), expected)


def test_the_latent_carries_the_label() -> None:
    torch.manual_seed(3)
    generator = R3GANGenerator(Shape(16, 3, 7), options())
    z, labels = torch.randn(2, 6), torch.eye(7)[:2]
    latent = generator.map(z, labels)
    assert latent.shape == (2, 6 + 5)
    assert torch.equal(latent[:, :6], z)
    assert torch.equal(generator(z, labels), generator.synthesize(latent))
    plain = R3GANGenerator(Shape(16, 3, 0), options())
    assert torch.equal(plain.map(z, torch.zeros(2, 0)), z)


def test_the_label_is_projected_and_an_unknown_one_is_judged_too() -> None:
    """The logit is affine in the label; with all unknown it still depends on the picture."""
    judge = discriminator()
    pictures = torch.randn(1, 3, 16, 16, dtype=torch.double)
    labels = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], dtype=torch.double)
    plain, first, second, both = judge(pictures.expand(4, -1, -1, -1), labels).tolist()
    assert first != plain
    assert both - plain == pytest.approx((first - plain) + (second - plain))
    assert judge(-pictures, labels[:1]).item() != plain


@pytest.mark.parametrize("changes", [{}, {"group_width": 4, "blocks": 1, "expansion": 3}, {"max_width": 4}])
@pytest.mark.parametrize("label_width", [0, 3])
def test_penalties_are_those_of_automatic_differentiation(changes: dict[str, Any], label_width: int) -> None:
    judge = discriminator(label_width=label_width, **changes)
    real, fake = torch.randn(2, 3, 3, 16, 16, dtype=torch.double)
    labels = torch.rand(3, label_width, dtype=torch.double)
    found: list[list[Tensor]] = []
    for judge.piecewise in (True, False):
        x, y = real.clone().requires_grad_(), fake.clone().requires_grad_()
        real_logits, fake_logits = judge(x, labels), judge(y, labels)
        assert (type(real_logits.grad_fn).__name__ == "_LogitsBackward") == judge.piecewise
        loss = functional.softplus(fake_logits - real_logits).mean()
        loss = loss + 2 * slope_penalty(real_logits, x) + 3 * slope_penalty(fake_logits, y)
        found.append([loss, *torch.autograd.grad(loss, [x, y, *judge.parameters()])])
    for ours, reference in zip(*found, strict=True):
        assert torch.allclose(ours, reference, rtol=1e-9, atol=1e-11)


def test_attention_takes_the_ordinary_way() -> None:
    judge = discriminator(attention=[8])
    pictures = torch.randn(2, 3, 16, 16, dtype=torch.double, requires_grad=True)
    logits = judge(pictures, torch.zeros(2, 3, dtype=torch.double))
    assert type(logits.grad_fn).__name__ != "_LogitsBackward"
    slope_penalty(logits, pictures).backward()  # type: ignore[no-untyped-call]
    with_attention = judge.parts["b8"].attention
    assert all(p.grad is not None for p in with_attention.parameters())  # type: ignore[union-attr]


def test_stages_hold_every_parameter_once() -> None:
    for label_width in (0, 3):
        judge = discriminator(32, label_width)
        held = [id(p) for stage in judge.stages() for p in stage.parameters()]
        assert len(held) == len(set(held))
        assert set(held) == {id(p) for p in judge.parameters()}
        assert len(judge.stages()) == 5  # 32, 16, 8 and 4 px, and the logit


def test_frozen_stages_keep_the_penalty_of_the_rest() -> None:
    judge = discriminator()
    pictures = torch.randn(2, 3, 16, 16, dtype=torch.double, requires_grad=True)
    labels = torch.zeros(2, 3, dtype=torch.double)
    slope_penalty(judge(pictures, labels), pictures).backward()  # type: ignore[no-untyped-call]
    free = {name: p.grad for name, p in judge.named_parameters()}
    judge.zero_grad()
    judge.stages()[0].requires_grad_(False)
    slope_penalty(judge(pictures, labels), pictures).backward()  # type: ignore[no-untyped-call]
    for name, parameter in judge.named_parameters():
        if parameter.requires_grad:
            assert torch.equal(parameter.grad, free[name]), name  # type: ignore[arg-type]
        else:
            assert parameter.grad is None, name


def test_a_larger_model_has_the_smaller_ones_names_and_shapes() -> None:
    wide = {"width": 16, "max_width": 16, "discriminator_width": 16, "discriminator_max_width": 16}
    small, large = (build(Shape(resolution, 3, 3), options(**wide)) for resolution in (64, 128))
    for name, changed in (("generator", "to_image.weight"), ("discriminator", "from_image.weight")):
        ours, theirs = small[name].state_dict(), large[name].state_dict()
        fits = [key for key, value in ours.items() if key in theirs and theirs[key].shape == value.shape]
        assert set(ours) - set(fits) == {changed}


def test_memory_layout_follows_the_weights() -> None:
    """Pictures come out in the layout the network was placed in: nothing is turned around on the way."""
    generator = R3GANGenerator(Shape(16, 3, 0), options())
    generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen: list[bool] = []
    for stage in generator.stages.values():
        stage.register_forward_hook(lambda *call: seen.append(call[2].is_contiguous(memory_format=torch.channels_last)))
    generator(torch.randn(2, 6), torch.zeros(2, 0))
    assert all(seen)
    assert len(seen) == 3
