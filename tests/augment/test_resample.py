"""Moving pictures: exactly by whole pixels, without aliasing in between."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from nijigen.augment.affine import Affine, fuse, rotation
from nijigen.augment.draws import Blit, Geometry, draw_blit, draw_geometry
from nijigen.augment.resample import blit_pictures, sample, sampling_grid, warp_pictures

SIZE = 32


def pictures(count: int = 4, channels: int = 3, size: int = 8, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(3), dtype=dtype) * 2 - 1


def blit_of(flip: bool, turns: int, right: int, down: int, size: int) -> Blit:
    shift = torch.tensor([[right / size, down / size]])
    return Blit(torch.tensor([flip]), torch.tensor([turns]), shift)


def affine_of(linear: list[list[float]] | Tensor, shift: tuple[float, float] = (0.0, 0.0)) -> Affine:
    return Affine(torch.as_tensor(linear, dtype=torch.float64)[None], torch.tensor([shift], dtype=torch.float64))


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (0, -2), (-3, 2), (8, -8), (19, 0)])
def test_a_blit_is_flip_turn_and_mirrored_shift_to_the_last_bit(flip: bool, turns: int, shift: tuple[int, int]) -> None:
    size, (right, down) = 8, shift
    picture = pictures(1)
    expected = picture.flip(3) if flip else picture
    expected = torch.rot90(expected, turns, (2, 3))
    pad = 20
    wide = np.pad(expected.numpy(), [(0, 0), (0, 0), (pad, pad), (pad, pad)], mode="symmetric")
    expected = torch.from_numpy(wide[:, :, pad - down : pad - down + size, pad - right : pad - right + size].copy())
    assert torch.equal(blit_pictures(picture, blit_of(flip, turns, right, down, size)), expected)


def test_each_picture_has_a_blit_of_its_own() -> None:
    together = draw_blit(1.0, 12, torch.Generator().manual_seed(4))
    batch = pictures(12)
    moved = blit_pictures(batch, together)
    for place in range(12):
        alone = blit_pictures(batch[place : place + 1], Blit(*(part[place : place + 1] for part in together)))
        assert torch.equal(moved[place : place + 1], alone)


def still(count: int) -> Geometry:
    return draw_geometry(0.0, count, torch.Generator())


def test_a_blit_and_its_affine_map_agree() -> None:
    """A smooth picture moved by the exact way and by the resampled one is the same picture."""
    blit = draw_blit(1.0, 24, torch.Generator().manual_seed(5))
    scene = smooth(still_grid(SIZE)).expand(24, 1, SIZE, SIZE)
    resampled = warp_pictures(scene, fuse(blit, still(24), SIZE))
    torch.testing.assert_close(resampled, blit_pictures(scene, blit), atol=2e-2, rtol=0)


def still_grid(size: int) -> Tensor:
    steps = (torch.arange(size) * 2 + 1) / size - 1
    return torch.stack(torch.meshgrid(steps, steps, indexing="xy"), dim=-1)[None].double()


def smooth(places: Tensor) -> Tensor:
    """A picture known at every place ``[N, h, w, 2]``, three blobs of different sizes: ``[N, 1, h, w]`` in double."""
    made = torch.zeros(places.shape[:-1], dtype=torch.float64)
    for x, y, width, height in [(0.3, -0.2, 0.25, 1.0), (-0.35, 0.1, 0.3, -0.8), (0.0, 0.4, 0.2, 0.6)]:
        distance = (places - torch.tensor([x, y], dtype=torch.float64)).square().sum(dim=-1)
        made = made + height * torch.exp(-distance / (2 * width**2))
    return made[:, None]


def mirrored(places: Tensor) -> Tensor:
    folded = (places + 1) % 4
    return torch.where(folded > 2, 4 - folded, folded) - 1


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_pixels_follow_the_drawn_parameters(p: float) -> None:
    """What a warped picture shows at a place is what the picture shows where the map comes from."""
    random = torch.Generator().manual_seed(6)
    blit, geometry = draw_blit(p, 40, random), draw_geometry(p, 40, random)
    maps = fuse(blit, geometry, SIZE)
    scene = smooth(still_grid(SIZE)).expand(40, 1, SIZE, SIZE).float()
    back = maps.inverse()
    expected = smooth(mirrored(sampling_grid(Affine(*(part.double() for part in back)), SIZE)))
    made = warp_pictures(scene, maps).double()
    assert (made - expected).abs().mean() < 2e-3
    assert (made - expected).abs().max() < 4e-2
    assert (scene.double() - expected).abs().mean() > 0.1  # the moves are not small


def test_steps_one_after_the_other_look_like_the_fused_map() -> None:
    geometry = draw_geometry(1.0, 16, torch.Generator().manual_seed(8))
    # Stay inside: what leaves the picture is lost to steps, not to the fused map.
    geometry = geometry._replace(shift=geometry.shift * 0.3, scale=geometry.scale.clamp(max=1.0))
    size = 64  # large enough for five resamplings not to blur the blobs
    one, zero = torch.ones(16), torch.zeros(16)
    whole = draw_blit(0.0, 16, torch.Generator())
    steps = [
        Geometry(geometry.scale, zero, one, zero, torch.zeros(16, 2)),
        Geometry(one, geometry.before, one, zero, torch.zeros(16, 2)),
        Geometry(one, zero, geometry.stretch, zero, torch.zeros(16, 2)),
        Geometry(one, zero, one, geometry.after, torch.zeros(16, 2)),
        Geometry(one, zero, one, zero, geometry.shift),
    ]
    scene = smooth(still_grid(size) * 2).expand(16, 1, size, size).float()
    moved = scene
    for step in steps:
        moved = warp_pictures(moved, fuse(whole, step, size))
    fused = warp_pictures(scene, fuse(whole, geometry, size))
    inside = (
        slice(None),
        slice(None),
        slice(16, -16),
        slice(16, -16),
    )  # beyond, steps mirror what they have moved before
    torch.testing.assert_close(fused[inside], moved[inside], atol=3e-2, rtol=0)
    assert (fused - scene)[inside].abs().amax(dim=(1, 2, 3)).min() > 0.2


def test_whole_tones_are_kept_at_any_map() -> None:
    geometry = draw_geometry(1.0, 16, torch.Generator().manual_seed(9))
    flat = torch.full((16, 3, 16, 16), 0.37)
    maps = fuse(draw_blit(1.0, 16, torch.Generator().manual_seed(9)), geometry, 16)
    torch.testing.assert_close(warp_pictures(flat, maps), flat, atol=1e-5, rtol=0)


def stripes(period: float, size: int = 64) -> Tensor:
    wave = torch.cos(2 * math.pi * torch.arange(size, dtype=torch.float64) / period)
    return wave.expand(1, 1, size, size)


def contrast(picture: Tensor) -> float:
    """Away from the seams: at half size the mirrors stand at a quarter and three quarters of the side."""
    return picture[:, :, 24:-24, 24:-24].std().item()


def test_what_a_smaller_picture_cannot_show_is_averaged_and_does_not_alias() -> None:
    half = affine_of([[0.5, 0], [0, 0.5]])
    assert contrast(warp_pictures(stripes(2.8), half)) < 0.02  # at half size: 1.4 pixels, beyond what pixels show
    # Plain sampling shows stripes that are not there.
    plain = sample(stripes(2.8), sampling_grid(half.inverse(), 64))
    assert contrast(plain) > 0.3
    assert contrast(warp_pictures(stripes(10.0), half)) > 0.6


def test_only_the_axis_that_shrinks_is_smoothed() -> None:
    narrow = affine_of([[0.5, 0], [0, 2.0]])
    assert contrast(warp_pictures(stripes(2.8), narrow)) < 0.02
    assert contrast(warp_pictures(stripes(2.8).mT.contiguous(), narrow)) > 0.5
    # The axis of the picture, that is: a quarter turn after the stretch changes nothing.
    turned = affine_of([[0, 2.0], [-0.5, 0]])
    assert contrast(warp_pictures(stripes(2.8), turned)) < 0.02
    assert contrast(warp_pictures(stripes(2.8).mT.contiguous(), turned)) > 0.5


@pytest.mark.parametrize("degrees", [10, 45, 80])
def test_a_rotation_blurs_no_detail_of_four_pixels(degrees: float) -> None:
    turn = affine_of(rotation(torch.tensor([math.radians(degrees)], dtype=torch.float64))[0])
    assert contrast(warp_pictures(stripes(4.0), turn)) > 0.85 * contrast(stripes(4.0))


def test_the_gradient_of_sampling_is_its_transpose_and_torch_s_own() -> None:
    scene = pictures(2, 3, 6, torch.float64).requires_grad_()
    grid = (torch.rand(2, 5, 7, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2 - 1) * 1.7
    made = sample(scene, grid)
    theirs = torch.nn.functional.grid_sample(scene, grid, padding_mode="reflection", align_corners=False)
    assert torch.equal(made, theirs)
    weight = torch.randn_like(made)
    mine, other = (torch.autograd.grad((x * weight).sum(), scene, retain_graph=True)[0] for x in (made, theirs))
    assert torch.equal(mine, other)
    assert torch.autograd.gradcheck(lambda x: sample(x, grid), (scene,))
    assert torch.autograd.gradgradcheck(lambda x: sample(x, grid), (scene,))


@pytest.mark.parametrize("move", ["blit", "warp"])
def test_moves_are_differentiable_twice(move: str) -> None:
    random = torch.Generator().manual_seed(2)
    blit, geometry = draw_blit(1.0, 2, random), draw_geometry(1.0, 2, random)
    maps = fuse(blit, geometry, 4)

    def moved(x: Tensor) -> Tensor:
        return blit_pictures(x, blit) if move == "blit" else warp_pictures(x, maps)

    check: list[Callable[..., bool]] = [torch.autograd.gradcheck, torch.autograd.gradgradcheck]
    for differentiable in check:
        assert differentiable(moved, (pictures(2, 4, 4, torch.float64).requires_grad_(),))


def test_all_channels_move_together() -> None:
    one = pictures(6, 1, 16)
    geometry = draw_geometry(1.0, 6, torch.Generator().manual_seed(1))
    maps = fuse(draw_blit(1.0, 6, torch.Generator().manual_seed(1)), geometry, 16)
    made = warp_pictures(one.expand(-1, 4, -1, -1), maps)
    for channel in range(4):
        assert torch.equal(made[:, channel], made[:, 0])
