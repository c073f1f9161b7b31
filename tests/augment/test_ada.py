"""ADA's pipeline: its parts in the paper's order, with the parameters that were drawn."""

import pytest
import torch
from torch import Tensor

from nijigen.augment import affine, colour, groups_of, make_augment
from nijigen.augment.ada import move
from nijigen.augment.corrupt import add_noise, cut_out, filter_pictures
from nijigen.augment.draws import (
    Blit,
    Geometry,
    draw_bands,
    draw_blit,
    draw_colour,
    draw_cutout,
    draw_geometry,
    draw_noise,
)
from nijigen.augment.resample import blit_pictures, warp_pictures

COUNT = 24


def pictures(channels: int = 3, size: int = 16) -> Tensor:
    return torch.rand(COUNT, channels, size, size, generator=torch.Generator().manual_seed(5)) * 2 - 1


def transparent(size: int = 16) -> Tensor:
    """Premultiplied pictures: a disc of something in the middle of nothing."""
    steps = (torch.arange(size) + 0.5) / size - 0.5
    alpha = ((0.35 - (steps[:, None] ** 2 + steps**2).sqrt()) * size).clamp(0, 1).expand(COUNT, 1, size, size)
    return torch.cat([(pictures(3, size) + 1) / 2 * alpha, alpha], dim=1) * 2 - 1


@pytest.mark.parametrize("p", [1.0, 0.5])
@pytest.mark.parametrize("channels", [3, 4])
def test_the_pipeline_is_its_parts_in_order(channels: int, p: float) -> None:
    """So what the draws are tested for holds for the pixels too."""
    batch, random = pictures(channels), torch.Generator().manual_seed(9)
    made = make_augment("ada", groups_of("ada"))(batch, p, random)
    random = torch.Generator().manual_seed(9)
    blit, geometry = draw_blit(p, COUNT, random), draw_geometry(p, COUNT, random)
    colours, bands = draw_colour(p, COUNT, random), draw_bands(p, COUNT, random)
    deviation, cutout = draw_noise(p, COUNT, random), draw_cutout(p, COUNT, random)
    noise = torch.randn(COUNT, 3, 16, 16, generator=random)
    expected = colour.recolour(move(batch, blit, geometry), colour.fuse(colours))
    expected = cut_out(add_noise(filter_pictures(expected, bands), deviation, noise), cutout)
    assert torch.equal(made, expected)


@pytest.mark.parametrize("p", [0.2, 0.6])
def test_pictures_that_move_by_whole_pixels_stay_sharp_beside_others(p: float) -> None:
    random = torch.Generator().manual_seed(3)
    batch, blit, geometry = pictures(), draw_blit(p, COUNT, random), draw_geometry(p, COUNT, random)
    made, between = move(batch, blit, geometry), geometry.active()
    assert between.any()
    assert not between.all()
    exact = blit_pictures(batch, blit)
    resampled = warp_pictures(batch, affine.fuse(blit, geometry, 16))
    assert torch.equal(made[~between], exact[~between])
    torch.testing.assert_close(made[between], resampled[between])
    assert not torch.allclose(made[between], exact[between], atol=0.05)


def test_any_of_the_five_moves_between_pixels_counts() -> None:
    still = draw_geometry(0.0, 1, torch.Generator())
    assert not still.active()
    for name, value in {"scale": 1.1, "before": 0.1, "stretch": 0.9, "after": -0.1}.items():
        assert still._replace(**{name: torch.tensor([value])}).active()
    assert still._replace(shift=torch.tensor([[0.0, 0.01]])).active()


@pytest.mark.parametrize("group", ["blit", "geometry", "colour"])
def test_a_group_alone_does_what_it_does_among_the_others(group: str) -> None:
    """The draws of a group do not depend on which others are chosen."""
    random = torch.Generator().manual_seed(9)
    made = make_augment("ada", (group,))(pictures(), 1.0, random)
    random = torch.Generator().manual_seed(9)
    blit, geometry, colours = (draw(1.0, COUNT, random) for draw in (draw_blit, draw_geometry, draw_colour))
    still = torch.Generator()
    if group == "blit":
        expected = blit_pictures(pictures(), Blit(*blit))
    elif group == "geometry":
        expected = warp_pictures(
            pictures(), affine.fuse(draw_blit(0.0, COUNT, still), Geometry(*geometry), pictures().shape[-1])
        )
    else:
        expected = colour.recolour(pictures(), colour.fuse(colours))
    torch.testing.assert_close(made, expected)


@pytest.mark.parametrize("group", ["", "blit", "colour", "noise", "cutout", "filter"])
def test_nothing_stays_nothing_in_premultiplied_pictures(group: str) -> None:
    batch = transparent()
    made = make_augment("ada", (group,) if group else ())(batch, 1.0, torch.Generator().manual_seed(6))
    if group:
        nothing = (made[:, 3:] == -1).expand(-1, 4, -1, -1)
        assert nothing.float().mean() > 0.4
        assert (made[nothing] + 1).abs().max() < 1e-5
    empty = torch.full_like(batch, -1.0)
    made = make_augment("ada", (group,) if group else ())(empty, 1.0, torch.Generator().manual_seed(6))
    torch.testing.assert_close(made, empty, atol=1e-5, rtol=0)


def test_colour_and_alpha_move_as_one() -> None:
    """A disc of one colour has that colour at every alpha, wherever it goes."""
    batch = transparent(32)
    alpha = (batch[:, 3:] + 1) / 2
    tone = torch.tensor([0.9, 0.5, 0.1])[:, None, None]
    one_colour = torch.cat([alpha * tone, alpha], dim=1) * 2 - 1
    made = make_augment("ada", ("blit", "geometry"))(one_colour, 1.0, torch.Generator().manual_seed(6))
    torch.testing.assert_close((made[:, :3] + 1) / 2, (made[:, 3:] + 1) / 2 * tone, atol=1e-5, rtol=0)
    moved = (made[:, 3:] - one_colour[:, 3:]).abs().amax(dim=(1, 2, 3)) > 0.5
    assert moved.float().mean() > 0.8


def test_the_order_in_which_groups_are_listed_does_not_matter() -> None:
    one = make_augment("ada", ("cutout", "blit", "colour"))(pictures(), 0.7, torch.Generator().manual_seed(6))
    other = make_augment("ada", ("colour", "cutout", "blit"))(pictures(), 0.7, torch.Generator().manual_seed(6))
    assert torch.equal(one, other)
