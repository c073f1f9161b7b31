"""PGGAN is the paper's network."""

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.models.contract import Shape
from nijigen.models.pggan import PGGANGenerator, PGGANOptions, build
from nijigen.models.progressive import ProgressiveDiscriminator

PAPER = 23.1e6  # table 2, each network at 1024 px
WIDTHS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 256, 128: 128, 256: 64, 512: 32, 1024: 16}


def conv(inputs: int, outputs: int, kernel: int = 3) -> int:
    return inputs * outputs * kernel**2 + outputs


def test_the_papers_parameter_counts() -> None:
    """Table 2 layer by layer, and the ways in and out of every resolution, which it counts for the last alone."""
    with torch.device("meta"):
        networks = build(Shape(1024, 3, 0), PGGANOptions())
    counts = [sum(p.numel() for p in network.parameters()) for network in networks.values()]
    pairs = [(WIDTHS[size // 2], WIDTHS[size]) for size in WIDTHS if size > 4]
    first = conv(512, 512, 4) + conv(512, 512)
    generator = first + sum(conv(a, b) + conv(b, b) for a, b in pairs) + sum(conv(w, 3, 1) for w in WIDTHS.values())
    last = conv(513, 512) + conv(512, 512, 4) + 512 + 1
    discriminator = last + sum(conv(b, b) + conv(b, a) for a, b in pairs) + sum(conv(3, w, 1) for w in WIDTHS.values())
    assert counts == [generator, discriminator] == [23_079_115, 23_087_249]
    assert all(abs(count / PAPER - 1) < 0.005 for count in counts)


def tiny(label_width: int = 0) -> tuple[PGGANGenerator, ProgressiveDiscriminator]:
    torch.manual_seed(0)
    options = {"latent": 6, "channel_base": 64, "max_width": 8, "embedding": 3, "minibatch_group": 2}
    generator, discriminator = build(Shape(16, 3, label_width), PGGANOptions.model_validate(options)).values()
    assert isinstance(generator, PGGANGenerator)
    assert isinstance(discriminator, ProgressiveDiscriminator)
    for network in (generator, discriminator):
        for parameter in network.parameters():
            parameter.data += 0.2 * torch.randn_like(parameter)
    return generator.double(), discriminator.double()


def pixel_norm(x: Tensor) -> Tensor:
    return x / (x.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()


def he(x: Tensor, weights: dict[str, Tensor], name: str, gain: float = 2**0.5) -> Tensor:
    """A convolution with run-time scaling, layer by layer as the paper writes it."""
    weight = weights[f"{name}.weight"]
    scale = gain / weight[0].numel() ** 0.5
    return functional.conv2d(x, weight * scale, weights[f"{name}.bias"], padding=weight.shape[-1] // 2)


def test_the_generator_against_its_table() -> None:
    generator, _ = tiny()
    weights = generator.state_dict()
    z = torch.randn(3, 6, dtype=torch.float64)
    # The first layer as the table has it: a 4×4 convolution over a single pixel that zeros surround.
    dense = weights["blocks.b4.dense.weight"].view(8, 4, 4, 6).permute(0, 3, 1, 2).flip(2, 3)
    x = functional.conv2d(pixel_norm(z)[:, :, None, None], dense * 2**0.5 / (6 * 16) ** 0.5, padding=3)
    x = pixel_norm(functional.leaky_relu(x + weights["blocks.b4.bias"][:, None, None], 0.2))
    x = pixel_norm(functional.leaky_relu(he(x, weights, "blocks.b4.conv"), 0.2))
    for size in (8, 16):
        x = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        for name in ("conv_in", "conv_out"):
            x = pixel_norm(functional.leaky_relu(he(x, weights, f"blocks.b{size}.{name}"), 0.2))
    expected = he(x, weights, "to_image.b16", gain=1)
    torch.testing.assert_close(generator(z, torch.empty(3, 0)), expected)


def test_the_discriminator_against_its_table() -> None:
    _, discriminator = tiny()
    weights = discriminator.state_dict()
    images = torch.randn(4, 3, 16, 16, dtype=torch.float64)
    x = functional.leaky_relu(he(images, weights, "from_image.b16"), 0.2)
    for size in (16, 8):
        x = functional.leaky_relu(he(x, weights, f"blocks.b{size}.conv_in"), 0.2)
        x = functional.leaky_relu(functional.avg_pool2d(he(x, weights, f"blocks.b{size}.conv_out"), 2), 0.2)
    deviations = []
    for pair in (x[0::2], x[1::2]):  # two groups of two
        centred = pair - pair.mean(dim=0)
        deviations.append((centred.square().mean(dim=0) + 1e-8).sqrt().mean())
    added = torch.stack(deviations).repeat(2)[:, None, None, None].expand(-1, 1, 4, 4)
    x = functional.leaky_relu(he(torch.cat([x, added], dim=1), weights, "blocks.b4.conv"), 0.2)
    dense = weights["blocks.b4.dense.weight"] * (2 / (8 * 16)) ** 0.5
    x = functional.leaky_relu(x.flatten(1) @ dense.T + weights["blocks.b4.dense.bias"], 0.2)
    expected = x @ weights["to_logit.weight"][0] / 8**0.5 + weights["to_logit.bias"]
    torch.testing.assert_close(discriminator(images, torch.empty(4, 0)), expected)


def test_the_latent_carries_noise_and_label_each_normalised() -> None:
    generator, _ = tiny(label_width=5)
    z, labels = torch.randn(4, 6, dtype=torch.float64) * 9, torch.eye(5, dtype=torch.float64)[:4]
    latent = generator.map(z, labels)
    assert latent.shape == (4, 9)
    for part in (latent[:, :6], latent[:, 6:]):
        torch.testing.assert_close(part.square().mean(dim=1), torch.ones(4, dtype=torch.float64), atol=1e-6, rtol=0)
    assert not generator.map(z, torch.zeros_like(labels))[:, 6:].any()
    torch.testing.assert_close(generator(z * 7, labels), generator(z, labels))


def test_layers_are_rescaled_when_used() -> None:
    """Equalised learning rate: all weights start with variance 1, and features keep about unit size."""
    torch.manual_seed(0)
    networks = build(Shape(32, 3, 0), PGGANOptions.model_validate({"max_width": 64}))
    for network in networks.values():
        for name, parameter in network.named_parameters():
            if name.endswith("weight") and parameter.numel() > 2000:
                assert 0.9 < parameter.std().item() < 1.1, name
    assert 0.5 < networks["generator"](torch.randn(8, 512), torch.empty(8, 0)).std().item() < 2
