"""Places: a gain and an offset for each channel at each place."""

import torch

from nijigen.nn.places import Places


def test_before_training_nothing_is_changed() -> None:
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(Places(3, 8)(x), x)


def test_each_place_of_each_channel_has_its_own() -> None:
    places, x = Places(3, 4).double(), torch.randn(2, 3, 4, 4, dtype=torch.float64)
    with torch.no_grad():
        places.gain.copy_(torch.randn(3, 4, 4))
        places.offset.copy_(torch.randn(3, 4, 4))
    made = places(x)
    for channel, row, column in [(0, 0, 0), (2, 1, 3), (1, 3, 2)]:
        wanted = x[:, channel, row, column] * (1 + places.gain[channel, row, column])
        wanted = wanted + places.offset[channel, row, column]
        torch.testing.assert_close(made[:, channel, row, column], wanted)
    assert torch.autograd.gradcheck(
        lambda gain, x: torch.func.functional_call(places, {"gain": gain}, (x,)), (places.gain, x.requires_grad_())
    )
