"""Each penalty is its paper's formula: against closed forms, one picture at a time, and with finite differences."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from nijigen.objectives import penalties
from nijigen.objectives.penalties import drift, gradient_penalty, path_length, slope_penalty

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.fixture
def random() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def normal(random: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=random, dtype=torch.double)


def tiny_critic(filters: Tensor, weights: Tensor) -> Callable[[Tensor], Tensor]:
    """A smooth critic of two layers: pictures [N, C, H, W] → logits [N]."""

    def critic(pictures: Tensor) -> Tensor:
        return (torch.tanh(nn.functional.conv2d(pictures, filters)) * weights).sum((1, 2, 3))

    return critic


def written_out_gradients(filters: Tensor, weights: Tensor, pictures: Tensor) -> Tensor:
    """The gradient of :func:`tiny_critic` by the chain rule: (1 − tanh²) · weights, transposed through the filters."""
    slopes = (1 - torch.tanh(nn.functional.conv2d(pictures, filters)).square()) * weights
    return nn.functional.conv_transpose2d(slopes, filters)


def norms(gradients: Tensor) -> list[float]:
    return [math.sqrt(sum(value * value for value in picture.flatten().tolist())) for picture in gradients]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def scene(random: torch.Generator, channels: int = 3) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Filters, weights, real and made pictures of 4×4, and mixing shares."""
    filters, weights = 0.3 * normal(random, 2, channels, 2, 2), normal(random, 2, 3, 3)
    real, fake = normal(random, 3, channels, 4, 4), normal(random, 3, channels, 4, 4)
    return filters, weights, real, fake, torch.rand(3, 1, 1, 1, generator=random, dtype=torch.double)


@pytest.mark.parametrize("channels", [3, 4])
def test_gradient_penalty_formula(channels: int, random: torch.Generator) -> None:
    filters, weights, real, fake, mix = scene(random, channels)
    between = mix * real + (1 - mix) * fake
    wanted = mean([(norm - 1) ** 2 for norm in norms(written_out_gradients(filters, weights, between))])
    assert gradient_penalty(tiny_critic(filters, weights), real, fake, mix).item() == pytest.approx(wanted)


def test_gradient_penalty_mixes_from_made_to_real(random: torch.Generator) -> None:
    seen: list[Tensor] = []

    def critic(pictures: Tensor) -> Tensor:
        seen.append(pictures.detach())
        return pictures.sum((1, 2, 3))

    _, _, real, fake, _ = scene(random)
    mix = torch.tensor([0.0, 1.0, 0.25], dtype=torch.double).view(3, 1, 1, 1)
    gradient_penalty(critic, real, fake, mix)
    assert torch.allclose(seen[0], torch.stack([fake[0], real[1], 0.25 * real[2] + 0.75 * fake[2]]), rtol=1e-14)


def slope_penalty_at(critic: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """The penalty of a critic at pictures, with a forward pass of its own."""
    pictures = pictures.detach().requires_grad_()
    return slope_penalty(critic(pictures), pictures)


def test_gradient_penalty_is_zero_exactly_where_the_slope_is_one(random: torch.Generator) -> None:
    _, _, real, fake, mix = scene(random)
    direction = normal(random, 3, 4, 4)
    unit = direction / direction.norm()
    assert gradient_penalty(lambda x: (x * unit).sum((1, 2, 3)), real, fake, mix).item() == pytest.approx(0, abs=1e-28)
    assert gradient_penalty(lambda x: (x * unit * 3).sum((1, 2, 3)), real, fake, mix).item() == pytest.approx(4)


@pytest.mark.parametrize("channels", [3, 4])
def test_slope_penalty_formula(channels: int, random: torch.Generator) -> None:
    filters, weights, real, *_ = scene(random, channels)
    wanted = 0.5 * mean([norm**2 for norm in norms(written_out_gradients(filters, weights, real))])
    critic = tiny_critic(filters, weights)
    assert slope_penalty_at(critic, real).item() == pytest.approx(wanted)
    real.requires_grad_()
    assert slope_penalty(critic(real), real).item() == pytest.approx(wanted)


def test_a_forward_pass_serves_loss_and_penalty(random: torch.Generator) -> None:
    """The gradient of loss + penalty from one pass is the sum of both, and the critic is called once."""
    filters, weights, real, *_ = scene(random)
    filters.requires_grad_()
    apart = tiny_critic(filters, weights)(real).square().mean() + 5 * slope_penalty_at(
        tiny_critic(filters, weights), real
    )
    (wanted,) = torch.autograd.grad(apart, filters)
    real.requires_grad_()
    logits = tiny_critic(filters, weights)(real)
    (found,) = torch.autograd.grad(logits.square().mean() + 5 * slope_penalty(logits, real), filters)
    assert torch.allclose(found, wanted, rtol=1e-12, atol=1e-14)


def test_penalties_have_the_derivatives_of_finite_differences(random: torch.Generator) -> None:
    filters, weights, real, fake, mix = scene(random)
    parameters = (filters.requires_grad_(), weights.requires_grad_())
    for penalty in (
        lambda f, w: gradient_penalty(tiny_critic(f, w), real, fake, mix),
        lambda f, w: slope_penalty_at(tiny_critic(f, w), real),
    ):
        assert torch.autograd.gradcheck(penalty, parameters)
        assert torch.autograd.gradgradcheck(penalty, parameters)


def test_pictures_get_no_gradient_and_parameters_do(random: torch.Generator) -> None:
    filters, weights, real, fake, mix = scene(random)
    for tensor in (filters, real, fake):
        tensor.requires_grad_()
    gradient_penalty(tiny_critic(filters, weights), real, fake, mix).backward()
    assert real.grad is None
    assert fake.grad is None
    assert filters.grad is not None
    assert filters.grad.abs().sum() > 0


def test_a_flat_critic_has_finite_derivatives(random: torch.Generator) -> None:
    """Zero-initialised last layers are common, and the square root has no derivative at 0."""
    filters, weights, real, fake, mix = scene(random)
    weights.zero_().requires_grad_()
    critic = tiny_critic(filters, weights)
    penalty = gradient_penalty(critic, real, fake, mix)
    assert penalty.item() == 1
    (penalty + slope_penalty_at(critic, real)).backward()
    assert weights.grad is not None
    assert weights.grad.isfinite().all()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("channels", [3, 4])
def test_layout_and_device_do_not_matter(device: str, channels: int, random: torch.Generator) -> None:
    filters, weights, real, fake, mix = scene(random, channels)
    wanted = [
        gradient_penalty(tiny_critic(filters, weights), real, fake, mix),
        slope_penalty_at(tiny_critic(filters, weights), real),
    ]
    filters, weights, mix = filters.to(device), weights.to(device), mix.to(device)
    real = real.to(device, memory_format=torch.channels_last)
    # A view whose strides are of no layout at all.
    fake = fake.to(device).transpose(2, 3).contiguous().transpose(2, 3)
    assert not fake.is_contiguous()
    critic = tiny_critic(filters, weights)
    found = [gradient_penalty(critic, real, fake, mix), slope_penalty_at(critic, real)]
    assert torch.allclose(torch.stack(found).cpu(), torch.stack(wanted))


def test_drift() -> None:
    logits = torch.tensor([3.0, -4.0, 0.5], dtype=torch.double, requires_grad=True)
    assert drift(logits).item() == pytest.approx((9 + 16 + 0.25) / 3)
    assert torch.autograd.gradcheck(drift, (logits,))
    assert torch.autograd.gradgradcheck(drift, (logits,))
    assert drift(torch.tensor([1e4, -1e4])).item() == pytest.approx(1e8)


def test_shapes_that_do_not_fit_are_refused(random: torch.Generator) -> None:
    filters, weights, real, fake, mix = scene(random)
    critic = tiny_critic(filters, weights)
    for wrong in ((real, fake[:1], mix), (real, fake, mix[:1]), (real, fake, mix.flatten())):
        with pytest.raises(ValueError, match="must be of one shape"):
            gradient_penalty(critic, *wrong)
    with pytest.raises(ValueError, match="before their logits"):
        slope_penalty(critic(real), real)


# Path length: 1912.04958, §3.2, eq. 4. A generator that is linear in its latent has the same Jacobian everywhere.


def test_path_length_formula_of_one_vector(random: torch.Generator) -> None:
    jacobian = normal(random, 3 * 4 * 2, 5)
    latent = normal(random, 3, 5).requires_grad_()
    images, noise = (latent @ jacobian.T).view(3, 3, 4, 2), normal(random, 3, 3, 4, 2)
    lengths = norms(noise.flatten(1) @ jacobian / math.sqrt(4 * 2))
    updated = 0.7 + 0.01 * (mean(lengths) - 0.7)
    penalty, new_mean = path_length(images, latent, noise, 0.7)
    assert new_mean.item() == pytest.approx(updated)
    assert penalty.item() == pytest.approx(mean([(length - updated) ** 2 for length in lengths]))
    assert not new_mean.requires_grad
    again = path_length((latent @ jacobian.T).view(3, 3, 4, 2), latent, noise, torch.tensor(0.7, dtype=torch.double))
    assert again.penalty.item() == pytest.approx(penalty.item())


def test_path_length_formula_of_layers(random: torch.Generator) -> None:
    """sqrt of the mean over layers of the squared norm: each layer has a Jacobian of its own."""
    jacobians = normal(random, 2, 4 * 3 * 3, 5)
    latent = normal(random, 3, 2, 5).requires_grad_()
    images = torch.einsum("lpd,nld->np", jacobians, latent).view(3, 4, 3, 3)
    noise = normal(random, 3, 4, 3, 3)
    layers = [norms(noise.flatten(1) @ jacobian / 3) for jacobian in jacobians]
    lengths = [math.sqrt((one**2 + other**2) / 2) for one, other in zip(*layers, strict=True)]
    updated = 0.01 * mean(lengths)
    penalty, new_mean = path_length(images, latent, noise, 0.0)
    assert new_mean.item() == pytest.approx(updated)
    assert penalty.item() == pytest.approx(mean([(length - updated) ** 2 for length in lengths]))


def test_path_length_sees_a_latent_that_is_one_vector_for_all_layers(random: torch.Generator) -> None:
    """``map`` may hand out equal rows by ``expand``: the gradient is still taken for each layer."""
    jacobians = normal(random, 2, 3 * 2 * 2, 5)
    noise, w = normal(random, 3, 3, 2, 2), normal(random, 3, 1, 5).requires_grad_()
    results = []
    for latent in (w.expand(-1, 2, -1), w.repeat(1, 2, 1)):
        images = torch.einsum("lpd,nld->np", jacobians, latent).view(3, 3, 2, 2)
        results.append(path_length(images, latent, noise, 0.0).penalty.item())
    assert results[0] == pytest.approx(results[1])


def test_path_length_does_not_depend_on_the_resolution(random: torch.Generator) -> None:
    """Over many draws: a picture enlarged twofold sums twice the noise, and the scale 1/√(H·W) is half."""
    jacobian, noise = normal(random, 3 * 2 * 2, 4), normal(random, 4000, 3, 4, 4)
    latent = torch.zeros(4000, 4, dtype=torch.double, requires_grad=True)
    small = (latent @ jacobian.T).view(-1, 3, 2, 2)
    large = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
    _, of_small = path_length(small, latent, noise[:, :, :2, :2], 0.0)
    _, of_large = path_length(large, latent, noise, 0.0)
    assert of_large.item() == pytest.approx(of_small.item(), rel=0.05)


def curved(weights: Tensor, latent: Tensor, noise: Tensor, start: float) -> penalties.PathLength:
    """The path length of a generator that bends: tanh of a matrix times the latent."""
    latent = latent.detach().requires_grad_()
    images = torch.tanh(latent.flatten(1) @ weights.T).view(noise.shape)
    return path_length(images, latent, noise, start)


def test_path_length_has_the_derivatives_of_finite_differences(
    random: torch.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    latent, noise = normal(random, 2, 2, 3), normal(random, 2, 3, 2, 2)
    weights = (normal(random, 3 * 2 * 2, 6) / 2).requires_grad_()
    penalty, updated = curved(weights, latent, noise, 0.5)
    (gradient,) = torch.autograd.grad(penalty, weights)
    # From here on the mean stays where it is put: finite differences would move it with the lengths.
    monkeypatch.setattr(penalties, "PATH_LENGTH_RATE", 0.0)
    held = updated.item()
    assert torch.autograd.gradcheck(lambda w: curved(w, latent, noise, held).penalty, (weights,))
    assert torch.autograd.gradgradcheck(lambda w: curved(w, latent, noise, held).penalty, (weights,))
    # And in use it stays there for the gradient too.
    (wanted,) = torch.autograd.grad(curved(weights, latent, noise, held).penalty, weights)
    assert torch.allclose(gradient, wanted, rtol=1e-12, atol=1e-14)


def test_the_mean_path_length_settles_at_the_mean(random: torch.Generator) -> None:
    latent, noise = normal(random, 4, 6), normal(random, 4, 3, 2, 2)
    weights = normal(random, 3 * 2 * 2, 6)
    first = curved(weights, latent, noise, 0.0).mean.item()
    mean: float | Tensor = 0.0
    for _ in range(800):
        mean = curved(weights, latent, noise, float(mean)).mean
    assert float(mean) == pytest.approx(first / 0.01 * (1 - 0.99**800))


def test_path_length_of_pictures_that_do_not_move_is_finite(random: torch.Generator) -> None:
    weights = torch.zeros(3 * 2 * 2, 6, dtype=torch.double, requires_grad=True)
    penalty, _ = curved(weights, normal(random, 2, 6), normal(random, 2, 3, 2, 2), 0.0)
    penalty.backward()
    assert penalty.item() == 0
    assert weights.grad is not None
    assert weights.grad.isfinite().all()


def test_noise_of_another_shape_is_refused(random: torch.Generator) -> None:
    latent = normal(random, 2, 5).requires_grad_()
    images = latent.sum(1).view(2, 1, 1, 1).expand(2, 3, 2, 2)
    with pytest.raises(ValueError, match="shape of the images"):
        path_length(images, latent, normal(random, 2, 1, 2, 2), 0.0)


# Weight clipping: 1701.07875, algorithm 1.


def test_clipping_changes_every_parameter_and_nothing_else() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 1))
    network[1].running_mean.fill_(9.0)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    penalties.clip_weights(network, 0.05)
    for name, parameter in network.named_parameters():
        assert parameter.requires_grad
        assert parameter.grad_fn is None
        assert parameter.flatten().tolist() == pytest.approx(
            [max(-0.05, min(0.05, value)) for value in before[name].flatten().tolist()]
        )
    assert (network[1].running_mean == 9).all()
    assert network[1].weight.tolist() == pytest.approx([0.05] * 4)


def test_clipping_leaves_frozen_weights_alone() -> None:
    network = nn.Sequential(nn.Linear(1, 1).requires_grad_(False), nn.Linear(1, 1))
    for layer in network:
        nn.init.constant_(layer.weight, 3.0)  # type: ignore[arg-type]
    penalties.clip_weights(network, 0.05)
    assert [layer.weight.item() for layer in network] == [3.0, pytest.approx(0.05)]  # type: ignore[operator]


@pytest.mark.parametrize("limit", [0.0, -0.01, float("nan")])
def test_a_limit_that_leaves_nothing_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="limit above 0"):
        penalties.clip_weights(nn.Linear(1, 1), limit)
