"""StyleGAN2 as its papers have it (1812.04948, 1912.04958, 2006.06676), plainly and in float64.

Nothing of nijigen is used, and no step is taken the way nijigen takes it: features are doubled by zeros, filter and
convolution, one picture after the other, with the weights of that picture.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

Weights = dict[str, Tensor]
LINE = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.double) / 8


def leaky(x: Tensor) -> Tensor:
    """Leaky ReLU (0.2) times √2."""
    return torch.where(x > 0, x, 0.2 * x) * math.sqrt(2)


def normal(x: Tensor) -> Tensor:
    return x / (x.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()


def dense(x: Tensor, weight: Tensor, bias: Tensor, rate: float = 1.0) -> Tensor:
    return x @ weight.double().T * rate / math.sqrt(weight.shape[1]) + bias.double() * rate


def doubled(x: Tensor, before: int, behind: int) -> Tensor:
    """Zeros between pixels and around them, then [1, 3, 3, 1] along both axes, four times as strong: ``[C, H, W]``."""
    count, height, width = x.shape
    spread = x.new_zeros(count, 2 * height, 2 * width)
    spread[:, ::2, ::2] = x
    padded = functional.pad(spread, (before, behind, before, behind))
    filtered = padded[:, :, None].unfold(3, 4, 1).squeeze(2) @ LINE
    return filtered.unfold(1, 4, 1) @ LINE * 4


def modulated(x: Tensor, weight: Tensor, style: Tensor, up: bool, demodulate: bool, scale: float) -> Tensor:
    """One picture's features ``[I, H, W]`` through a convolution with its own weights."""
    own = weight.double() * scale * style[None, :, None, None]
    if demodulate:
        own = own / (own.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
    if up:
        return functional.conv2d(doubled(x, 3, 2)[None], own.flip(2, 3))[0]
    return functional.conv2d(x[None], own, padding=own.shape[-1] // 2)[0]


def nvlabs_map(weights: Weights, z: Tensor, labels: Tensor | None, psi: float = 1.0) -> Tensor:
    """``[N, z]`` and labels ``[N, c]`` → ``[N, w]``, as ``mapping.*`` has it."""
    x = normal(z.double())
    if labels is not None:
        y = dense(labels.double(), weights["mapping.embed.weight"], weights["mapping.embed.bias"])
        x = torch.cat([x, normal(y)], dim=1)
    number = 0
    while f"mapping.fc{number}.weight" in weights:
        x = leaky(dense(x, weights[f"mapping.fc{number}.weight"], weights[f"mapping.fc{number}.bias"], 0.01))
        number += 1
    mean = weights["mapping.w_avg"].double()
    return mean + psi * (x - mean)


def nvlabs_picture(weights: Weights, latent: Tensor, clamp: float = math.inf, strength: float = 1.0) -> Tensor:
    """One picture ``[C, R, R]`` of the rows of a latent ``[rows, w]``, as ``synthesis.*`` has it."""
    rows, image, side, row = latent.double(), None, 4, 0
    x = weights["synthesis.b4.const"].double()
    while f"synthesis.b{side}.conv1.weight" in weights:
        for layer in ("conv0", "conv1"):
            name = f"synthesis.b{side}.{layer}"
            if f"{name}.weight" not in weights:
                continue
            style = dense(rows[row][None], weights[f"{name}.affine.weight"], weights[f"{name}.affine.bias"])[0]
            x = modulated(x, weights[f"{name}.weight"], style, layer == "conv0", True, 1.0)
            if f"{name}.noise_strength" in weights:
                x = x + weights[f"{name}.noise_const"].double() * weights[f"{name}.noise_strength"].double() * strength
            x = leaky(x + weights[f"{name}.bias"].double()[:, None, None]).clamp(-clamp, clamp)
            row += 1
        name = f"synthesis.b{side}.torgb"
        style = dense(rows[row][None], weights[f"{name}.affine.weight"], weights[f"{name}.affine.bias"])[0]
        scale = 1 / math.sqrt(weights[f"{name}.weight"].shape[1])
        made = modulated(x, weights[f"{name}.weight"], style, False, False, scale)
        made = (made + weights[f"{name}.bias"].double()[:, None, None]).clamp(-clamp, clamp)
        image = made if image is None else doubled(image, 2, 1) + made
        side *= 2
    assert image is not None
    return image


def rosinality_map(weights: Weights, z: Tensor) -> Tensor:
    """``[N, z]`` → ``[N, w]``, as ``style.*`` has it."""
    x, number = normal(z.double()), 1
    while f"style.{number}.weight" in weights:
        x = leaky(dense(x, weights[f"style.{number}.weight"], weights[f"style.{number}.bias"], 0.01))
        number += 1
    return x


def rosinality_picture(weights: Weights, latent: Tensor) -> Tensor:
    """One picture of the rows of a latent, as ``conv1``, ``convs``, ``to_rgb1`` and ``to_rgbs`` have it."""
    rows = latent.double()

    def styled(name: str, x: Tensor, row: int, up: bool, noise: int) -> Tensor:
        style = dense(rows[row][None], weights[f"{name}.conv.modulation.weight"],
                      weights[f"{name}.conv.modulation.bias"])[0]  # fmt: skip
        kernel = weights[f"{name}.conv.weight"][0]
        x = modulated(x, kernel, style, up, True, 1 / math.sqrt(kernel[0].numel()))
        x = x + weights[f"{name}.noise.weight"].double() * weights[f"noises.noise_{noise}"][0].double()
        return leaky(x + weights[f"{name}.activate.bias"].double()[:, None, None])

    def coloured(name: str, x: Tensor, row: int) -> Tensor:
        style = dense(rows[row][None], weights[f"{name}.conv.modulation.weight"],
                      weights[f"{name}.conv.modulation.bias"])[0]  # fmt: skip
        kernel = weights[f"{name}.conv.weight"][0]
        return modulated(x, kernel, style, False, False, 1 / math.sqrt(kernel.shape[1])) + weights[f"{name}.bias"][0]

    x = styled("conv1", weights["input.input"][0].double(), 0, False, 0)
    image, step = coloured("to_rgb1", x, 1), 0
    while f"to_rgbs.{step}.bias" in weights:
        x = styled(f"convs.{2 * step}", x, 2 * step + 1, True, 2 * step + 1)
        x = styled(f"convs.{2 * step + 1}", x, 2 * step + 2, False, 2 * step + 2)
        image = doubled(image, 2, 1) + coloured(f"to_rgbs.{step}", x, 2 * step + 3)
        step += 1
    return image


def lucidrains_map(weights: Weights, z: Tensor, network: str = "SE") -> Tensor:
    """``[N, z]`` → ``[N, w]``, as ``SE.net`` has it: length 1, then dense layers a tenth as strong, without a gain."""
    x = z.double() / z.double().norm(dim=1, keepdim=True)
    number = 0
    while f"{network}.net.{number}.weight" in weights:
        x = x @ (weights[f"{network}.net.{number}.weight"].double() * 0.1).T
        x = x + weights[f"{network}.net.{number}.bias"].double() * 0.1
        x = torch.where(x > 0, x, 0.2 * x)
        number += 2
    return x


def bilinear(x: Tensor) -> Tensor:
    """``[C, H, W]`` twice as large: a new pixel has 3/4 of the nearest old one and 1/4 of the next, at edges all."""
    for axis in (1, 2):
        count = x.shape[axis]
        before = x.index_select(axis, torch.arange(count).sub(1).clamp(min=0))
        behind = x.index_select(axis, torch.arange(count).add(1).clamp(max=count - 1))
        x = torch.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * behind], axis + 1).flatten(axis, axis + 1)
    return x


def blurred(x: Tensor) -> Tensor:
    """``[C, H, W]``, [1, 2, 1]/4 along both axes; around the edge is what lies as far inside it."""
    for axis in (1, 2):
        last = x.shape[axis] - 1
        before = x.index_select(axis, torch.tensor([1, *range(last)]))
        behind = x.index_select(axis, torch.tensor([*range(1, last + 1), last - 1]))
        x = (before + 2 * x + behind) / 4
    return x


def lucidrains_picture(weights: Weights, latent: Tensor, noise: Tensor, network: str = "GE") -> Tensor:
    """One picture ``[C, R, R]`` in [0, 1] of a row a block ``[blocks, w]`` and noise ``[R, R]``, as ``GE`` has it."""

    def style(name: str, row: Tensor) -> Tensor:
        return row.double() @ weights[f"{name}.weight"].double().T + weights[f"{name}.bias"].double() + 1

    x = weights[f"{network}.initial_block"].double()
    x = functional.conv2d(x, weights[f"{network}.initial_conv.weight"].double(), padding=1)[0]
    x = x + weights[f"{network}.initial_conv.bias"].double()[:, None, None]
    image, number = None, 0
    while f"{network}.blocks.{number}.conv1.weight" in weights:
        name = f"{network}.blocks.{number}"
        x = bilinear(x) if number else x
        seen = noise.double()[: x.shape[1], : x.shape[2]].T
        for layer in (1, 2):
            own = style(f"{name}.to_style{layer}", latent[number])
            x = modulated(x, weights[f"{name}.conv{layer}.weight"], own, False, True, 1.0)
            x = x + weights[f"{name}.to_noise{layer}.weight"].double()[:, :, None] * seen
            x = x + weights[f"{name}.to_noise{layer}.bias"].double()[:, None, None]
            x = torch.where(x > 0, x, 0.2 * x)
        own = style(f"{name}.to_rgb.to_style", latent[number])
        made = modulated(x, weights[f"{name}.to_rgb.conv.weight"], own, False, False, 1.0)
        image = made if image is None else made + image
        number += 1
        if f"{network}.blocks.{number}.conv1.weight" in weights:
            image = blurred(bilinear(image))
    assert image is not None
    return image
