"""Noise: fresh in training, fixed in evaluation, and in the user's hand."""

import torch

from nijigen.nn.noise import NoiseInjection


def strong(resolution: int = 8, layer: int = 0, channels: int = 1) -> NoiseInjection:
    noise = NoiseInjection(resolution, layer, channels)
    torch.nn.init.constant_(noise.strength, 0.5)
    return noise


def test_it_begins_without_effect_and_learns() -> None:
    noise, x = NoiseInjection(8), torch.randn(2, 3, 8, 8)
    assert torch.equal(noise(x), x)
    noise(x).sum().backward()
    assert noise.strength.grad is not None
    assert noise.strength.grad.any()


def test_in_training_it_is_fresh_and_the_same_for_all_channels() -> None:
    noise, x = strong(64), torch.zeros(2, 3, 64, 64)
    first, second = noise(x), noise(x)
    assert not torch.equal(first, second)
    assert torch.equal(first[:, :1].expand_as(first), first)
    assert not torch.equal(first[0], first[1])
    assert abs(first.std().item() - 0.5) < 0.02
    torch.manual_seed(3)
    again = noise(x)
    torch.manual_seed(3)
    assert torch.equal(noise(x), again)


def test_in_evaluation_it_is_fixed_and_leaves_the_random_state_alone() -> None:
    noise, x = strong().eval(), torch.zeros(2, 3, 8, 8)
    before = torch.get_rng_state()
    assert torch.equal(noise(x), noise(x))
    assert torch.equal(strong().eval()(x), noise(x))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(noise(x)[0], noise(x)[1])
    assert not torch.equal(strong(layer=1).eval()(x), noise(x))


def test_it_can_be_removed_strengthened_and_redrawn() -> None:
    noise, x = strong().eval(), torch.randn(1, 3, 8, 8)
    plain = noise(x) - x
    noise.scale = 2.0
    assert torch.allclose(noise(x) - x, plain * 2, atol=1e-6)
    noise.scale = 0.0
    assert torch.equal(noise(x), x)
    noise.scale = 1.0
    noise.redraw(7)
    assert not torch.allclose(noise(x) - x, plain)
    noise.redraw(0)
    assert torch.equal(noise(x) - x, plain)


def test_the_map_is_not_saved() -> None:
    assert set(NoiseInjection(8).state_dict()) == {"strength"}


def test_one_strength_for_each_channel() -> None:
    noise = NoiseInjection(8, channels=3).eval()
    with torch.no_grad():
        noise.strength.copy_(torch.tensor([0.0, 1.0, 2.0]))
    made = noise(torch.zeros(1, 3, 8, 8))[0]
    assert not made[0].any()
    assert torch.equal(made[2], made[1] * 2)
    assert torch.equal(made[1], noise.fixed)


def test_it_builds_without_memory() -> None:
    with torch.device("meta"):
        noise = NoiseInjection(1024)
    assert noise.fixed.is_meta


def test_a_map_that_is_kept_is_saved_and_comes_back() -> None:
    noise, other = NoiseInjection(8).eval(), NoiseInjection(8).eval()
    noise.keep()
    other.keep()
    own = torch.randn(8, 8)
    noise.load_state_dict({"strength": torch.ones(1), "kept": own})
    assert torch.equal(noise.fixed, own)
    noise.redraw(5)
    assert torch.equal(noise.fixed, _redrawn(5))
    noise.redraw(0)
    assert torch.equal(noise.fixed, own)
    other.redraw(5)
    other.load_state_dict(noise.state_dict())  # as it was asked for, also where weights come later
    assert torch.equal(other.fixed, _redrawn(5))
    other.redraw(0)
    assert torch.equal(other.fixed, own)


def _redrawn(seed: int) -> torch.Tensor:
    plain = NoiseInjection(8)
    plain.redraw(seed)
    return plain.fixed
