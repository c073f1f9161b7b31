"""A palette mixes colours by the softmax of what it is given."""

import torch

from nijigen.nn.palette import Palette


def test_it_is_the_formula() -> None:
    torch.manual_seed(0)
    palette = Palette(5, 3, 4).double()
    shares, latent = torch.randn(2, 3, 6, 6).double(), torch.randn(2, 5).double()
    made = palette(shares, latent)
    assert made.shape == (2, 4, 6, 6)
    exponents = shares.exp()
    for number in range(2):
        moved = palette.to_colours.weight @ latent[number] * 0.5 / 5**0.5
        colours = palette.colours + moved.reshape(3, 4)
        part = exponents[number] / exponents[number].sum(dim=0)
        expected = torch.einsum("khw,kc->chw", part, colours)
        torch.testing.assert_close(made[number], expected)


def test_a_sure_pixel_has_one_colour() -> None:
    palette = Palette(5, 3, 4)
    latent = torch.zeros(1, 5)
    shares = torch.zeros(1, 3, 2, 2)
    shares[0, 1] = 50.0
    made = palette(shares, latent)
    torch.testing.assert_close(made[0, :, 0, 0], palette.colours[1])
    torch.testing.assert_close(made[0, :, 1, 1], palette.colours[1])
