"""The fused map is the steps one after the other."""

import math

import torch
from torch import Tensor

from nijigen.augment.affine import Affine, fuse, rotation, whole_pixels
from nijigen.augment.draws import Blit, Geometry, draw_blit, draw_geometry

COUNT, SIZE = 64, 32


def drawn(p: float = 1.0) -> tuple[Blit, Geometry]:
    random = torch.Generator().manual_seed(2)
    blit, geometry = draw_blit(p, COUNT, random), draw_geometry(p, COUNT, random)
    return blit._replace(shift=blit.shift.double()), Geometry(*(part.double() for part in geometry))


def full(affine: Affine) -> Tensor:
    """``[N, 3, 3]`` with a last row of 0, 0, 1."""
    bottom = torch.tensor([[[0.0, 0, 1]]], dtype=torch.float64).expand(COUNT, 1, 3)
    return torch.cat([torch.cat([affine.linear, affine.shift[:, :, None]], dim=2), bottom], dim=1)


def matrix(rows: list[list[float]]) -> Tensor:
    return torch.tensor([*rows, [0, 0, 1]], dtype=torch.float64)


def one_after_the_other(blit: Blit, geometry: Geometry, picture: int) -> Tensor:
    """Appendix B.1, line by line, for one picture, with y down and lengths in half sides."""
    scale, before, stretch, after = (float(part[picture]) for part in geometry[:4])
    turned = int(blit.turns[picture]) * math.pi / 2
    whole = [2 * round(float(part) * SIZE) / SIZE for part in blit.shift[picture]]
    free = [2 * float(part) for part in geometry.shift[picture]]

    def turn(angle: float) -> Tensor:
        return matrix([[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0]])

    steps = [
        matrix([[1 - 2 * int(blit.flip[picture]), 0, 0], [0, 1, 0]]),
        turn(turned),
        matrix([[1, 0, whole[0]], [0, 1, whole[1]]]),
        matrix([[scale, 0, 0], [0, scale, 0]]),
        turn(before),
        matrix([[stretch, 0, 0], [0, 1 / stretch, 0]]),
        turn(after),
        matrix([[1, 0, free[0]], [0, 1, free[1]]]),
    ]
    whole_way = matrix([[1, 0, 0], [0, 1, 0]])
    for step in steps:
        whole_way = step @ whole_way
    return whole_way


def test_the_fused_map_is_the_steps_one_after_the_other() -> None:
    for p in (1.0, 0.5):
        blit, geometry = drawn(p)
        fused = full(fuse(blit, geometry, SIZE))
        for picture in range(COUNT):
            torch.testing.assert_close(fused[picture], one_after_the_other(blit, geometry, picture))


def test_neutral_parameters_give_the_identity_exactly() -> None:
    fused = fuse(*drawn(0.0), SIZE)
    assert torch.equal(full(fused), torch.eye(3, dtype=torch.float64).expand(COUNT, 3, 3))


def test_the_inverse_undoes_the_map() -> None:
    fused = fuse(*drawn(), SIZE)
    torch.testing.assert_close(full(fused.inverse()) @ full(fused), torch.eye(3).double().expand(COUNT, 3, 3))


def test_rotations_go_counter_clockwise_as_seen() -> None:
    right = torch.tensor([1.0, 0.0])
    up = rotation(torch.tensor([math.pi / 2]))[0] @ right
    torch.testing.assert_close(up, torch.tensor([0.0, -1.0]))


def test_shifts_are_rounded_to_pixels() -> None:
    assert whole_pixels(torch.tensor([[0.124, -0.03]]), 32).tolist() == [[4, -1]]
