"""StyleGAN2 has the published parameters, and each part does what the paper says."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.registry import find_family
from nijigen.models.stylegan2 import (
    StyleGAN2Discriminator,
    StyleGAN2Generator,
    build,
    widths,
)
from nijigen.models.stylegan2_blocks import Judge, Mapping, ResidualBlock, SynthesisLayer
from nijigen.models.stylegan2_options import StyleGAN2Options, check_shape
from nijigen.nn.attention import SelfAttention
from nijigen.nn.modulated import ModulatedConv2d, ModulatedToImage
from nijigen.nn.noise import NoiseInjection
from nijigen.nn.palette import PaletteToImage
from nijigen.nn.resample import downsample2, lowpass, upsample2


def options(**changes: Any) -> StyleGAN2Options:
    small = {"latent": 6, "latent_width": 8, "embedding": 5, "channel_base": 64, "max_width": 8}
    return StyleGAN2Options.model_validate({**small, **changes})


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("base", "mapping", "resolution", "labels", "generator", "discriminator"),
    [
        (16384, 2, 64, 0, 22_243_608, 23_407_361),
        (16384, 2, 128, 0, 22_949_277, 23_882_369),
        (16384, 2, 256, 0, 23_191_522, 24_001_089),
        (32768, 8, 256, 0, 30_034_338, 28_864_129),
        (32768, 8, 512, 0, 30_276_583, 28_982_849),
        (32768, 8, 1024, 0, 30_370_060, 29_012_513),
        (16384, 2, 64, 23, 22_518_040, 25_783_040),
    ],
)
@pytest.mark.parametrize("family", ["stylegan2", "stylegan2-ada"])
def test_the_published_parameter_counts(
    family: str, base: int, mapping: int, resolution: int, labels: int, generator: int, discriminator: int
) -> None:
    table = {"channel_base": base, "mapping_layers": mapping}
    found = find_family(family)
    with torch.device("meta"):
        networks = found.build(Shape(resolution, 3, labels), found.options.model_validate(table))
    assert parameters(networks["generator"]) == generator
    assert parameters(networks["discriminator"]) == discriminator


@pytest.mark.parametrize(("resolution", "layers"), [(8, 4), (64, 10), (256, 14), (1024, 18)])
def test_a_latent_has_two_rows_a_resolution(resolution: int, layers: int) -> None:
    with torch.device("meta"):
        generator = StyleGAN2Generator(Shape(resolution, 3, 0), options())
        latent = generator.map(torch.randn(2, 6), torch.zeros(2, 0))
    assert generator.layers == layers
    assert latent.shape == (2, layers, 8)


def test_rows_reach_layers_in_the_published_order() -> None:
    """Convolutions take one row each; the colours of a resolution share theirs with the next convolution."""
    generator = StyleGAN2Generator(Shape(16, 3, 0), options())
    seen: list[tuple[str, float]] = []
    for name, module in generator.named_modules():
        if isinstance(module, ModulatedConv2d | ModulatedToImage):
            module.register_forward_pre_hook(
                lambda module, inputs, name=name: seen.append((name, inputs[1][0, 0].item()))
            )
    generator.synthesize(torch.arange(6.0)[None, :, None].repeat(1, 1, 8))
    assert seen == [
        ("first.conv.conv", 0),
        ("first.to_image", 1),
        ("blocks.b8.up.conv", 1),
        ("blocks.b8.conv.conv", 2),
        ("blocks.b8.to_image", 3),
        ("blocks.b16.up.conv", 3),
        ("blocks.b16.conv.conv", 4),
        ("blocks.b16.to_image", 5),
    ]


def test_the_picture_is_the_sum_of_all_resolutions() -> None:
    generator = StyleGAN2Generator(Shape(16, 4, 0), options())
    colours: list[Tensor] = []
    for module in generator.modules():
        if isinstance(module, ModulatedToImage):
            module.register_forward_hook(lambda module, inputs, output: colours.append(output))
    made = generator.eval()(torch.randn(2, 6), torch.zeros(2, 0))
    four, eight, sixteen = colours
    assert torch.allclose(made, upsample2(upsample2(four) + eight) + sixteen, atol=1e-6)


def test_mapping_is_the_formula() -> None:
    torch.manual_seed(0)
    mapping = Mapping(6, 3, 5, 8, 2, 0.01).double()
    for layer in (mapping.embed, *mapping.layers):
        nn.init.normal_(layer.bias)  # type: ignore[union-attr,arg-type]
    z, labels = torch.randn(4, 6).double(), torch.eye(4, 3).double()  # the last label is all zero
    embed = mapping.embed
    assert embed is not None
    embedded = labels @ embed.weight.T / math.sqrt(3) + embed.bias
    x = torch.cat([part / (part.square().mean(1, True) + 1e-8).sqrt() for part in (z, embedded)], dim=1)
    for layer in mapping.layers:
        x = x @ (layer.weight * 0.01 / math.sqrt(x.shape[1])).T + layer.bias * 0.01
        x = functional.leaky_relu(x, 0.2) * math.sqrt(2)
    assert torch.allclose(mapping(z, labels), x, atol=1e-12)


def test_a_layer_is_convolution_noise_bias_activation() -> None:
    layer = SynthesisLayer(3, 4, 8, 0, 5).double().eval()
    nn.init.normal_(layer.bias)
    assert layer.noise is not None
    nn.init.constant_(layer.noise.strength, 0.7)
    x, latent = torch.randn(2, 3, 8, 8).double(), torch.randn(2, 5).double()
    plain = layer.conv(x, latent) + 0.7 * layer.noise.fixed + layer.bias[:, None, None]
    assert torch.allclose(layer(x, latent), functional.leaky_relu(plain, 0.2) * math.sqrt(2), atol=1e-12)


def test_a_residual_block_is_the_formula() -> None:
    block = ResidualBlock(3, 5, attention=False).double()
    for conv in (block.conv, block.down):
        nn.init.normal_(conv.bias)  # type: ignore[arg-type]
    x = torch.randn(2, 3, 8, 8).double()
    y = functional.conv2d(x, block.conv.weight / math.sqrt(27), block.conv.bias, padding=1)
    y = functional.leaky_relu(y, 0.2) * math.sqrt(2)
    y = functional.conv2d(lowpass(y, 2), block.down.weight / math.sqrt(27), block.down.bias, stride=2)
    y = functional.leaky_relu(y, 0.2) * math.sqrt(2)
    straight = functional.conv2d(downsample2(x), block.skip.weight / math.sqrt(3))
    assert torch.allclose(block(x), (y + straight) / math.sqrt(2), atol=1e-12)


def test_the_logit_is_projected_on_the_labels_direction() -> None:
    torch.manual_seed(0)
    judge, x = Judge(8, 3, 4, 2, 0.01), torch.randn(1, 8, 4, 4).expand(4, -1, -1, -1)
    logits = judge(x, torch.eye(4, 3))
    assert logits.shape == (4,)
    assert len(set(logits.tolist())) == 4
    assert logits[3] == 0  # before training an unknown label has no direction …
    nn.init.normal_(judge.mapping.embed.bias)  # type: ignore[union-attr,arg-type]
    assert judge(x, torch.eye(4, 3))[3] != 0  # … its embedding is the bias, which learns


def test_labels_that_say_nothing_can_be_trained_on() -> None:
    torch.manual_seed(0)
    networks = build(Shape(16, 3, 3), options())
    generator, discriminator = networks["generator"], networks["discriminator"]
    labels = torch.zeros(4, 3)
    optimizer = torch.optim.Adam([*generator.parameters(), *discriminator.parameters()], 2e-3, (0.0, 0.99))
    for _ in range(3):
        logits = discriminator(generator(torch.randn(4, 6), labels), labels)
        optimizer.zero_grad()
        functional.softplus(-logits).sum().backward()
        for network in networks.values():
            assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)
        optimizer.step()
    assert logits.all()
    assert torch.isfinite(logits).all()


def test_the_mean_latent_is_tracked_in_training_alone() -> None:
    generator = StyleGAN2Generator(Shape(16, 3, 0), options())
    z, nothing = torch.randn(64, 6), torch.zeros(64, 0)
    latent = generator.map(z, nothing)
    mean = latent[:, 0].mean(dim=0)
    assert torch.allclose(generator.latent_mean, mean * 0.002, atol=1e-7)
    assert not generator.latent_mean.requires_grad
    before = generator.latent_mean.clone()
    generator.eval().map(z, nothing)
    assert torch.equal(generator.latent_mean, before)
    assert "latent_mean" in generator.state_dict()
    drawn = generator.truncate(latent, 0.5, nothing)
    assert torch.allclose(drawn, (latent + before) / 2, atol=1e-6)


@pytest.mark.parametrize("label_width", [0, 3])
def test_truncation_keeps_what_noise_decides_in_steps(label_width: int) -> None:
    generator = StyleGAN2Generator(Shape(16, 3, label_width), options(choices=(1, 4))).eval()
    nn.init.normal_(generator.mapping.choices.weight)  # type: ignore[union-attr]
    z, labels = torch.randn(3, 6), torch.zeros(3, label_width)
    z[1, [1, 4]] = z[0, [1, 4]]
    z[2, [1, 4]] = -z[0, [1, 4]]
    latent = generator.map(z, labels)
    alike, same, other = generator.truncate(latent, 0.0, labels, z)
    assert torch.equal(alike, same)
    assert not torch.allclose(alike, other)
    assert torch.equal(*generator.truncate(latent, 0.0, labels)[:2])
    assert torch.equal(*generator.truncate(latent, 0.0, labels)[1:])
    assert torch.allclose(generator.truncate(latent, 1.0, labels, z), latent, atol=1e-6)


def test_every_layer_has_its_own_noise() -> None:
    generator = StyleGAN2Generator(Shape(32, 3, 0), options()).eval()
    noises = [module for module in generator.modules() if isinstance(module, NoiseInjection)]
    assert [noise.resolution for noise in noises] == [4, 8, 8, 16, 16, 32, 32]
    assert [noise.layer for noise in noises] == list(range(7))
    for noise in noises:
        nn.init.constant_(noise.strength, 0.5)
    z, nothing = torch.randn(2, 6), torch.zeros(2, 0)
    fixed = generator(z, nothing)
    assert torch.equal(generator(z, nothing), fixed)
    assert not torch.equal(generator.train()(z, nothing), generator(z, nothing))
    generator.eval()
    for noise in noises:
        noise.scale = 0.0
    assert not torch.allclose(generator(z, nothing), fixed)


def test_noise_can_be_left_out() -> None:
    """Without it the same latent makes the same picture in training too, and nothing else changes."""
    shape, latent = Shape(16, 3, 0), torch.randn(2, 6, 8)
    torch.manual_seed(1)
    quiet = StyleGAN2Generator(shape, options(noise=False))
    torch.manual_seed(1)
    noisy = StyleGAN2Generator(shape, options())
    assert torch.equal(quiet.train().synthesize(latent), quiet.synthesize(latent))
    assert parameters(noisy) - parameters(quiet) == 5
    assert torch.equal(noisy.eval().synthesize(latent), quiet.synthesize(latent))  # strengths begin at 0


def test_the_discriminator_sees_how_much_pictures_differ() -> None:
    torch.manual_seed(0)
    discriminator = StyleGAN2Discriminator(Shape(16, 3, 0), options())
    pictures, nothing = torch.randn(4, 3, 16, 16), torch.zeros(4, 0)
    alone = torch.cat([discriminator(pictures[i : i + 1], nothing[:1]) for i in range(4)])
    assert not torch.allclose(discriminator(pictures, nothing), alone, atol=1e-4)


def test_each_parameter_of_the_discriminator_is_in_one_stage() -> None:
    discriminator = StyleGAN2Discriminator(Shape(32, 3, 3), options(attention=(16,)))
    stages = discriminator.stages()
    assert len(stages) == 1 + 3 + 1
    staged = [parameter for stage in stages for parameter in stage.parameters()]
    assert len(staged) == len({id(p) for p in staged}) == len(list(discriminator.parameters()))
    assert stages[1] is discriminator.blocks["b32"]


def test_weights_of_a_smaller_model_fit_a_larger_one() -> None:
    for network in ("generator", "discriminator"):
        small, large = (build(Shape(side, 3, 3), options())[network].state_dict() for side in (16, 32))
        misfits = {name for name, value in small.items() if name not in large or large[name].shape != value.shape}
        assert misfits == ({"from_image.weight", "from_image.bias"} if network == "discriminator" else set())


def test_attention_is_where_it_is_asked_for() -> None:
    networks = build(Shape(32, 3, 0), options(attention=[8, 32]))
    for network in networks.values():
        where = {name for name, module in network.named_modules() if isinstance(module, SelfAttention)}
        assert where == {"blocks.b8.attention", "blocks.b32.attention"}


def test_features_at_half_the_resolution_stand_for_four_pixels() -> None:
    shape, folded = Shape(32, 3, 2), options(unfold=2, noise=False)
    generator, discriminator = build(shape, folded).values()
    assert isinstance(generator, StyleGAN2Generator)
    assert generator.layers == 6  # as at 16 px
    latent = torch.randn(2, 6, 8)
    rows = latent.unbind(1)
    x, image = generator.first(rows[:2])
    x, image = generator.blocks["b8"](x, image, rows[1:4])
    block = generator.blocks["b16"]
    last = block.conv(block.up(x, rows[3]), rows[4])
    quads = block.to_image(last, rows[5]).reshape(2, 3, 2, 2, 16, 16)  # [N, channels, down, right, H, W]
    made = generator.synthesize(latent)
    assert made.shape == (2, 3, 32, 32)
    smooth = upsample2(upsample2(image))
    for down in range(2):
        for right in range(2):
            beside = smooth[:, :, down::2, right::2] + quads[:, :, down, right]
            torch.testing.assert_close(made[:, :, down::2, right::2], beside)
    plain = StyleGAN2Discriminator(Shape(16, 12, 2), options())
    plain.load_state_dict(discriminator.state_dict())
    pictures, labels = torch.randn(2, 3, 32, 32), torch.rand(2, 2)
    folded_up = functional.pixel_unshuffle(pictures, 2)
    torch.testing.assert_close(discriminator(pictures, labels), plain(folded_up, labels))


def test_too_few_pixels_to_fold_are_refused() -> None:
    check_shape(Shape(16, 3, 0), options(unfold=2))
    with pytest.raises(NijigenError, match=r"unfold=4 needs a resolution of 32 or more, not 16: set network\.unfold=1"):
        check_shape(Shape(16, 3, 0), options(unfold=4))
    with pytest.raises(NijigenError, match="no features at 32 px"):
        check_shape(Shape(32, 3, 0), options(unfold=2, attention=[32]))


def test_a_picture_mixes_the_colours_of_its_palette() -> None:
    torch.manual_seed(0)
    generator = StyleGAN2Generator(Shape(16, 4, 0), options(palette=3, noise=False))
    assert generator.palette is not None
    latent = torch.randn(2, 6, 8)
    colours = generator.palette.colours + generator.palette.to_colours(latent[:, -1]).reshape(2, 3, 4)
    made = generator.synthesize(latent).permute(0, 2, 3, 1).flatten(1, 2)  # [2, 256, 4]
    # Each pixel lies in the triangle of three colours: shares that are none below 0 and add up to 1 give it.
    system = torch.cat([colours, torch.ones(2, 3, 1)], dim=2).transpose(1, 2)
    wanted = torch.cat([made, torch.ones(2, 256, 1)], dim=2).transpose(1, 2)
    shares = torch.linalg.lstsq(system, wanted).solution
    torch.testing.assert_close(system @ shares, wanted, rtol=1e-4, atol=1e-4)
    assert shares.min() > -1e-4
    assert shares.std(dim=2).min() > 1e-3  # and pixels are not all alike


def test_layers_know_places_of_the_size_of_their_features() -> None:
    torch.manual_seed(0)
    plain = StyleGAN2Generator(Shape(32, 3, 0), options(unfold=2, noise=False))
    placed = StyleGAN2Generator(Shape(32, 3, 0), options(unfold=2, noise=False, places=True))
    missing = placed.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert len(missing) == 2 * 5  # a gain and an offset: one layer at 4 px, two at 8, two at 16
    assert placed.blocks["b16"].up.places.gain.shape[1:] == (16, 16)
    latent = torch.randn(2, 6, 8)
    torch.testing.assert_close(placed.synthesize(latent), plain.synthesize(latent))
    with torch.no_grad():
        placed.blocks["b16"].conv.places.offset[:, 5, 9] += 1  # stands for rows 10, 11 and columns 18, 19
    moved = (placed.synthesize(latent) - plain.synthesize(latent)).abs().amax(dim=(0, 1)) > 1e-5
    assert moved.nonzero().tolist() == [[10, 18], [10, 19], [11, 18], [11, 19]]


def test_retouching_begins_as_nothing_and_then_treats_all_pixels_alike() -> None:
    torch.manual_seed(0)
    plain = StyleGAN2Generator(Shape(32, 4, 0), options(unfold=2, noise=False))
    touched = StyleGAN2Generator(Shape(32, 4, 0), options(unfold=2, noise=False, retouch=6))
    missing = touched.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert missing == [name for name in touched.state_dict() if name.startswith("retouch.")]
    latent = torch.randn(2, 6, 8)
    torch.testing.assert_close(touched.synthesize(latent), plain.synthesize(latent))
    assert touched.retouch is not None
    torch.nn.init.normal_(touched.retouch.last.weight)
    torch.nn.init.zeros_(touched.retouch.hint.weight)
    picture, features = torch.randn(1, 4, 32, 32), torch.randn(1, 4, 16, 16)
    moved = touched.retouch(picture.roll(1, dims=3), features)[..., 5:-5]
    torch.testing.assert_close(moved, touched.retouch(picture, features).roll(1, dims=3)[..., 5:-5])
    touched.retouch(picture, features).sum().backward()
    assert touched.retouch.hint.weight.grad is not None


def test_without_skips_the_finest_features_alone_make_the_picture() -> None:
    torch.manual_seed(0)
    generator = StyleGAN2Generator(Shape(32, 3, 0), options(unfold=2, skip="none"))
    shown = [name for name, _ in generator.named_parameters() if "to_image" in name]
    assert {name.rsplit(".to_image", 1)[0] for name in shown} == {"blocks.b16"}
    latent = torch.randn(2, 6, 8)
    x, image = generator.first(latent.unbind(1)[:2])
    assert image is None
    x, image = generator.blocks["b8"](x, image, latent.unbind(1)[1:4])
    assert image is None
    x, image = generator.blocks["b16"](x, image, latent.unbind(1)[3:6])
    torch.testing.assert_close(generator.synthesize(latent), image)


def test_a_palette_without_skips_is_the_palette_of_the_last_picture() -> None:
    torch.manual_seed(0)
    mixed = StyleGAN2Generator(Shape(32, 4, 0), options(unfold=2, skip="none", palette=3))
    plain = StyleGAN2Generator(Shape(32, 3, 0), options(unfold=2, skip="none"))  # its colours: of three, how much
    head = mixed.to_image
    assert isinstance(head, PaletteToImage)
    plain.load_state_dict(mixed.state_dict(), strict=False)
    last = plain.blocks["b16"].to_image
    assert last is not None
    with torch.no_grad():
        last.to_style.load_state_dict(head.to_style.state_dict())
        # Ours: pixel before colour; a picture that is unfolded: colour before pixel.
        last.weight.copy_(head.weight.unflatten(0, (4, 3)).transpose(0, 1).flatten(0, 1))
        last.bias.copy_(torch.randn(12))
        head.bias.copy_(last.bias.unflatten(0, (3, 4)).T.flatten())
    latent = torch.randn(2, 6, 8)
    torch.testing.assert_close(mixed.synthesize(latent), head.palette(plain.synthesize(latent), latent[:, -1]))


def test_a_folded_sum_counts_for_all_pixels_of_a_place_alike() -> None:
    torch.manual_seed(0)
    whole = StyleGAN2Generator(Shape(32, 4, 0), options(unfold=2, palette=3, skip="folded"))
    alone = StyleGAN2Generator(Shape(32, 4, 0), options(unfold=2, palette=3, skip="none"))
    alone.load_state_dict(whole.state_dict(), strict=False)
    assert alone.to_image is not None
    latent = torch.randn(2, 6, 8)
    rows = latent.unbind(1)
    x, image = whole.first(rows[:2])
    x, image = whole.blocks["b8"](x, image, rows[1:4])
    assert image is not None
    seen = []

    def mixed(shares: Tensor, dim: int) -> Tensor:
        seen.append(shares)
        return real(shares, dim)

    real = torch.Tensor.softmax
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "softmax", mixed)
        whole.synthesize(latent)
        alone.synthesize(latent)
    added = (seen[0] - seen[1]).reshape(2, 16, 16, 4, 3)  # [N, H, W, pixels of a place, colours]
    wanted = upsample2(image).permute(0, 2, 3, 1)
    for pixel in range(4):
        torch.testing.assert_close(added[:, :, :, pixel], wanted, rtol=1e-4, atol=1e-5)
    with pytest.raises(NijigenError, match=r"skip=folded adds shares of a palette"):
        check_shape(Shape(32, 4, 0), options(skip="folded"))


def test_widths_follow_the_base_and_the_discriminator_has_its_own() -> None:
    assert widths(64, 16384, 512) == {4: 512, 8: 512, 16: 512, 32: 512, 64: 256}
    assert widths(64, 1024, 128) == {4: 128, 8: 128, 16: 64, 32: 32, 64: 16}
    assert widths(64, 32, 128)[64] == 1
    shape = Shape(16, 3, 0)
    plain = StyleGAN2Discriminator(shape, options(channel_base=32))
    own = StyleGAN2Discriminator(shape, options(channel_base=999, discriminator_base=32))
    assert parameters(plain) == parameters(own)
    narrow = StyleGAN2Discriminator(shape, options(discriminator_max_width=2))
    assert parameters(narrow) < parameters(own)


@pytest.mark.parametrize("resolution", [4, 12, 48, 65])
def test_other_resolutions_are_refused(resolution: int) -> None:
    with pytest.raises(NijigenError, match=rf"not {resolution}: set resolution=64"):
        check_shape(Shape(resolution, 3, 0), options())


def test_attention_where_nothing_is_is_refused() -> None:
    check_shape(Shape(32, 3, 0), options(attention=[8, 32]))
    with pytest.raises(NijigenError, match="no features at 64 px"):
        check_shape(Shape(32, 3, 0), options(attention=[64]))
