"""The fused colour matrix is the steps one after the other, and premultiplied alpha stays consistent."""

import math

import pytest
import torch
from torch import Tensor

from nijigen.augment.colour import fuse, recolour
from nijigen.augment.draws import Colour, draw_colour

COUNT = 48


def drawn(p: float = 1.0) -> Colour:
    colour = draw_colour(p, COUNT, torch.Generator().manual_seed(2))
    return Colour(*(part if part.dtype == torch.bool else part.double() for part in colour))


def one_after_the_other(colour: Colour, picture: int) -> Tensor:
    """Appendix B.2, line by line, in homogeneous coordinates."""
    brightness, contrast, flip, hue, saturation = (float(part[picture]) for part in colour)
    eye, axis = torch.eye(4, dtype=torch.float64), torch.tensor([1.0, 1, 1, 0], dtype=torch.float64) / math.sqrt(3)
    along = torch.outer(axis, axis)
    bright = eye.clone()
    bright[:3, 3] = brightness
    wide = torch.diag(torch.tensor([contrast, contrast, contrast, 1.0], dtype=torch.float64))
    turned = eye - 2 * along * flip
    # Rodrigues' rotation around the axis.
    x, y, z = axis[:3].tolist()
    cross = torch.zeros(4, 4, dtype=torch.float64)
    cross[:3, :3] = torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]], dtype=torch.float64)
    hued = eye + math.sin(hue) * cross + (1 - math.cos(hue)) * (cross @ cross)
    vivid = along + (eye - along) * saturation
    vivid[3, 3] = 1
    return vivid @ hued @ turned @ wide @ bright


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_the_fused_matrix_is_the_steps_one_after_the_other(p: float) -> None:
    colour = drawn(p)
    fused = fuse(colour)
    for picture in range(COUNT):
        torch.testing.assert_close(fused[picture], one_after_the_other(colour, picture)[:3])


def test_neutral_parameters_give_the_identity_exactly() -> None:
    expected = torch.eye(3, 4).expand(COUNT, 3, 4)
    assert torch.equal(fuse(draw_colour(0.0, COUNT, torch.Generator())), expected)


def some(channels: int, size: int = 6) -> Tensor:
    """Random pictures; four channels are properly premultiplied, with pixels where nothing is and opaque ones."""
    random = torch.Generator().manual_seed(4)
    colours = torch.rand(COUNT, 3, size, size, generator=random, dtype=torch.float64)
    if channels == 3:
        return colours * 2 - 1
    alpha = (torch.rand(COUNT, 1, size, size, generator=random, dtype=torch.float64) * 2 - 0.5).clamp(0, 1)
    assert (alpha == 0).any()
    assert (alpha == 1).any()
    return torch.cat([colours * alpha, alpha], dim=1) * 2 - 1


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_pixels_follow_the_drawn_parameters(p: float) -> None:
    colour, pictures = drawn(p), some(3)
    made = recolour(pictures, fuse(colour))
    grey = pictures.mean(dim=1)
    brightness, contrast, saturation = colour.brightness, colour.contrast, colour.saturation
    sign = torch.where(colour.flip, -1.0, 1.0)
    # The grey part is shifted, stretched and turned round …
    expected = (grey + brightness[:, None, None]) * (contrast * sign)[:, None, None]
    torch.testing.assert_close(made.mean(dim=1), expected)
    # … the distance from grey is multiplied …
    before, after = pictures - grey[:, None], made - made.mean(dim=1, keepdim=True)
    expected = before.norm(dim=1) * (contrast * saturation)[:, None, None]
    torch.testing.assert_close(after.norm(dim=1), expected)
    # … and its direction turned by the hue.
    turned = (before * after).sum(dim=1) / (before.norm(dim=1) * after.norm(dim=1))
    torch.testing.assert_close(turned, colour.hue.cos()[:, None, None].expand_as(turned), atol=1e-9, rtol=0)
    cross = torch.cross(before, after, dim=1).sum(dim=1) / math.sqrt(3) / (before.norm(dim=1) * after.norm(dim=1))
    torch.testing.assert_close(cross, colour.hue.sin()[:, None, None].expand_as(cross), atol=1e-9, rtol=0)


def test_a_turn_of_the_hue_by_a_third_swaps_the_channels() -> None:
    third = drawn(0.0)._replace(hue=torch.full((COUNT,), 2 * math.pi / 3, dtype=torch.float64))
    pictures = some(3)
    torch.testing.assert_close(recolour(pictures, fuse(third)), pictures.roll(1, dims=1))


def straight(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Straight colours in [-1, 1] (where something is) and alpha in [0, 1]."""
    alpha = (pictures[:, 3:] + 1) / 2
    return (pictures[:, :3] + 1) / alpha.clamp(min=1e-12) - 1, alpha


def test_premultiplied_pictures_get_the_change_of_their_straight_colours() -> None:
    pictures, matrix = some(4), fuse(drawn())
    made, before = recolour(pictures, matrix), straight(pictures)
    assert torch.equal(made[:, 3], pictures[:, 3])
    after = straight(made)
    there = (before[1] > 0).expand(-1, 3, -1, -1)
    torch.testing.assert_close(after[0][there], recolour(before[0], matrix)[there])


def test_where_nothing_is_nothing_comes_to_be() -> None:
    pictures, matrix = some(4), fuse(drawn())
    nothing = (pictures[:, 3:] == -1).expand(-1, 4, -1, -1)
    for dtype, bound in ((torch.float64, 1e-13), (torch.float32, 1e-5)):
        made = recolour(pictures.to(dtype), matrix.to(dtype))
        assert (made[nothing] + 1).abs().max() < bound


def test_opaque_pictures_are_changed_as_those_without_alpha() -> None:
    opaque, matrix = some(3), fuse(drawn())
    four = torch.cat([opaque, torch.ones_like(opaque[:, :1])], dim=1)
    torch.testing.assert_close(recolour(four, matrix)[:, :3], recolour(opaque, matrix))
