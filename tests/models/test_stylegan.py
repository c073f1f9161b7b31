"""StyleGAN is the paper's network."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from nijigen.models.contract import Shape
from nijigen.models.stylegan import StyleGANGenerator, StyleGANOptions, build
from nijigen.nn.noise import NoiseInjection

WIDTHS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 256, 128: 128, 256: 64, 512: 32, 1024: 16}


def conv(inputs: int, outputs: int, kernel: int = 3) -> int:
    return inputs * outputs * kernel**2 + outputs


def test_the_papers_parameter_counts() -> None:
    """26.2 M for the generator: mapping, constant, convolutions, noise strengths and styles, and the ways out."""
    with torch.device("meta"):
        networks = build(Shape(1024, 3, 0), StyleGANOptions())
    counts = [sum(p.numel() for p in network.parameters()) for network in networks.values()]
    pairs = [(WIDTHS[size // 2], WIDTHS[size]) for size in WIDTHS if size > 4]
    mapping = 8 * (512 * 512 + 512)
    constant = 512 * 16 + 512  # and its bias
    convs = conv(512, 512) + sum(conv(a, b) + conv(b, b) for a, b in pairs)
    finishes = sum(2 * (w + 512 * 2 * w + 2 * w) for w in WIDTHS.values())  # noise strengths, styles and their biases
    ways_out = sum(conv(w, 3, 1) for w in WIDTHS.values())
    assert counts[0] == mapping + constant + convs + finishes + ways_out == 26_219_627
    last = conv(513, 512) + conv(512, 512, 4) + 512 + 1
    downward = sum(conv(b, b) + conv(b, a) for a, b in pairs) + sum(conv(3, w, 1) for w in WIDTHS.values())
    assert counts[1] == last + downward == 23_087_249


def tiny(label_width: int = 0, channels: int = 3, **changes: Any) -> StyleGANGenerator:
    torch.manual_seed(0)
    options: dict[str, Any] = {"latent": 6, "channel_base": 64, "max_width": 8, "embedding": 3}
    options |= {"latent_width": 7, "mapping_layers": 2}
    options |= {"mapping_rate": 0.1, **changes}
    networks = build(Shape(16, channels, label_width), StyleGANOptions.model_validate(options))
    generator = networks["generator"]
    assert isinstance(generator, StyleGANGenerator)
    return generator


def stirred(**changes: Any) -> StyleGANGenerator:
    generator = tiny(**changes)
    for parameter in generator.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return generator.double().eval()


def finish(x: Tensor, weights: dict[str, Tensor], name: str, noise: Tensor, style: Tensor) -> Tensor:
    """Figure 1b: B scales the noise for each channel, then AdaIN with the style A."""
    x = functional.leaky_relu(x + noise * weights[f"{name}.noise.strength"][:, None, None], 0.2)
    affine = style @ weights[f"{name}.style.affine.weight"].T / 7**0.5 + weights[f"{name}.style.affine.bias"]
    scale, shift = affine[:, :8, None, None] + 1, affine[:, 8:, None, None]
    x = x - x.mean(dim=(2, 3), keepdim=True)
    return scale * x / (x.square().mean(dim=(2, 3), keepdim=True) + 1e-8).sqrt() + shift


def he(x: Tensor, weight: Tensor, gain: float = 2**0.5) -> Tensor:
    return functional.conv2d(x, weight * gain / weight[0].numel() ** 0.5, padding=weight.shape[-1] // 2)


def test_the_generator_against_its_figure() -> None:
    generator = stirred()
    weights = generator.state_dict()
    maps = {name: m.fixed for name, m in generator.named_modules() if isinstance(m, NoiseInjection)}
    z = torch.randn(3, 6, dtype=torch.float64)
    w = z / (z.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()
    for layer in range(2):
        weight, bias = weights[f"mapping.{layer}.weight"], weights[f"mapping.{layer}.bias"]
        w = functional.leaky_relu(w @ weight.T * (0.1 * 2**0.5 / weight.shape[1] ** 0.5) + 0.1 * bias, 0.2)
    latent = generator.map(z, torch.empty(3, 0))
    assert latent.shape == (3, 6, 7)
    torch.testing.assert_close(latent, w[:, None].expand(-1, 6, -1))

    styles = latent + torch.randn(3, 6, 7, dtype=torch.float64)  # every layer its own
    x = weights["blocks.b4.constant"] + weights["blocks.b4.bias"][:, None, None]
    x = x.expand(3, -1, -1, -1)
    binomial = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64)
    kernel = (binomial[:, None] * binomial / 16).expand(8, 1, 3, 3)
    for step, size in enumerate((4, 8, 16)):
        name = f"blocks.b{size}"
        if step:
            x = he(x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3), weights[f"{name}.conv_in.weight"])
            x = functional.conv2d(x, kernel, padding=1, groups=8) + weights[f"{name}.bias"][:, None, None]
        x = finish(x, weights, f"{name}.finish_in", maps[f"{name}.finish_in.noise"], styles[:, 2 * step])
        last = "conv_out" if step else "conv"
        x = he(x, weights[f"{name}.{last}.weight"]) + weights[f"{name}.{last}.bias"][:, None, None]
        x = finish(x, weights, f"{name}.finish_out", maps[f"{name}.finish_out.noise"], styles[:, 2 * step + 1])
    expected = he(x, weights["to_image.b16.weight"], gain=1) + weights["to_image.b16.bias"][:, None, None]
    torch.testing.assert_close(generator.synthesize(styles), expected)


@pytest.mark.parametrize("layer", range(6))
def test_every_row_of_the_latent_has_its_layer(layer: int) -> None:
    generator = stirred()
    latent = generator.map(torch.randn(2, 6, dtype=torch.float64), torch.empty(2, 0)).clone()
    changed = latent.clone()
    changed[:, layer] += 1
    for resolution, rows in ((4, 2), (8, 4), (16, 6)):
        generator.grow(resolution, 1.0)
        same = torch.equal(generator.synthesize(latent), generator.synthesize(changed))
        assert same == (layer >= rows)


def test_the_constant_starts_at_one_and_noise_at_nothing() -> None:
    generator = tiny()
    weights = generator.state_dict()
    assert torch.equal(weights["blocks.b4.constant"], torch.ones(8, 4, 4))
    assert not any(value.any() for name, value in weights.items() if name.endswith(("strength", "bias")))
    # A tenth of the learning rate: weights ten times as large, used ten times smaller.
    assert 8 < float(tiny(latent_width=64).state_dict()["mapping.1.weight"].std()) < 12


def test_noise_is_fresh_in_training_and_fixed_in_evaluation() -> None:
    generator = stirred()
    latent = generator.map(torch.randn(2, 6, dtype=torch.float64), torch.empty(2, 0))
    assert torch.equal(generator.synthesize(latent), generator.synthesize(latent))
    fixed = generator.synthesize(latent)
    noises = [module for module in generator.modules() if isinstance(module, NoiseInjection)]
    assert len(noises) == generator.layers == 6
    assert len({float(noise.fixed[0, 0]) for noise in noises}) == 6  # no two layers share a map
    for noise in noises:
        noise.redraw(5)
    assert not torch.equal(generator.synthesize(latent), fixed)
    for noise in noises:
        noise.redraw(0)
    assert torch.equal(generator.synthesize(latent), fixed)
    generator.train()
    torch.manual_seed(0)
    first, second = generator.synthesize(latent), generator.synthesize(latent)
    assert not torch.equal(first, second)
    assert not torch.equal(first[0], first[1])
    torch.manual_seed(0)
    assert torch.equal(generator.synthesize(latent), first)


def test_the_mean_latent_follows_in_training_alone() -> None:
    generator = tiny(label_width=3)
    z, labels = torch.randn(64, 6), torch.eye(3)[torch.randint(3, (64,))]
    generator.eval().map(z, labels)
    assert not generator.latent_mean.any()
    latent = generator.train().map(z, labels)
    torch.testing.assert_close(generator.latent_mean, 0.002 * latent[:, 0].mean(dim=0))
    assert not generator.latent_mean.requires_grad
    before = generator.latent_mean.clone()
    generator.map(z, labels)
    torch.testing.assert_close(generator.latent_mean, 0.998 * before + 0.002 * latent[:, 0].mean(dim=0))
    for _ in range(4000):
        generator.latent_mean.lerp_(latent[:, 0].detach().mean(dim=0), 0.002)
    generator.eval()
    torch.testing.assert_close(generator.mean_latent(), latent.mean(dim=0)[0], atol=1e-3, rtol=1e-2)


def test_truncation_without_labels_goes_to_the_mean_of_all() -> None:
    generator = tiny(label_width=0).eval()
    generator.latent_mean.normal_()
    latent, nothing = generator.map(torch.randn(5, 6), torch.zeros(5, 0)), torch.zeros(5, 0)
    torch.testing.assert_close(generator.truncate(latent, 0.0, nothing), generator.latent_mean.expand_as(latent))
    torch.testing.assert_close(generator.truncate(latent, 1.0, nothing), latent)


def test_truncation_with_labels_keeps_them() -> None:
    generator = tiny(label_width=3).eval()
    generator.latent_mean.normal_()  # of all labels together: not to be used
    z, labels = torch.randn(2000, 6), torch.eye(3)
    means = torch.stack([generator.map(z, label.expand(2000, -1)).mean(dim=0) for label in labels])
    few = generator.map(z[:3], labels)
    middle = generator.truncate(few, 0.0, labels)
    spread = few.std()
    assert (middle - means).abs().max() < 0.4 * spread
    assert torch.pdist(middle[:, 0]).min() > 0.1
    torch.testing.assert_close(generator.truncate(few, 1.0, labels), few)
    torch.testing.assert_close(generator.truncate(few, 0.5, labels), (middle + few) / 2)
    assert torch.equal(generator.truncate(few[1:2], 0.5, labels[1:2])[0], generator.truncate(few, 0.5, labels)[1])


def test_labels_change_the_latent_from_the_start() -> None:
    generator = tiny(label_width=3).eval()
    z = torch.randn(1, 6).expand(4, -1)
    latents = generator.map(z, torch.cat([torch.zeros(1, 3), torch.eye(3)]))[:, 0]
    distances = torch.pdist(latents) / latents.norm(dim=1).mean()
    assert distances.min().item() > 0.05
