"""What is cut off when a picture is written, and which way its slope leads."""

import pytest
import torch

from nijigen.edit.written import as_written


def slopes(numbers: list[float], wanted: list[float]) -> list[float]:
    """Of half the squared distance of a pixel, as written, from another."""
    made = torch.tensor(numbers).reshape(1, -1, 1, 1).requires_grad_()
    away = as_written(made) - torch.tensor(wanted).reshape(1, -1, 1, 1)
    (slope,) = torch.autograd.grad(away.square().sum() / 2, made)
    found: list[float] = slope.flatten().tolist()
    return found


def test_pictures_are_cut_as_on_writing() -> None:
    made = torch.tensor([0.5, -2.0, 1.5, 0.25]).reshape(1, 4, 1, 1)  # alpha is 0.25
    assert as_written(made).flatten().tolist() == [0.25, -1.0, 0.25, 0.25]
    assert as_written(made[:, :3]).flatten().tolist() == [0.5, -1.0, 1.0]


@pytest.mark.parametrize(
    ("numbers", "wanted", "found"),
    [
        ([0.5, 0.5, 0.5], [0.0, 1.0, 0.5], [0.5, -0.5, 0.0]),  # inside: as without a cut
        ([1.5, -1.5, 1.5], [0.5, 0.5, 1.0], [0.5, -1.5, 0.0]),  # outside: back, or nowhere
        ([1.5, -1.5, 0.0], [2.0, -2.0, 0.0], [0.0, 0.0, 0.0]),  # and never further out
    ],
)
def test_what_went_too_far_is_drawn_back(numbers: list[float], wanted: list[float], found: list[float]) -> None:
    assert slopes(numbers, wanted) == pytest.approx(found)


def test_where_alpha_cuts_a_colour_alpha_has_the_slope() -> None:
    """Else the colour is driven up for ever, and the picture stays as it is."""
    assert slopes([0.5, -0.5, -0.5, 0.0], [0.5, -0.5, -0.5, 0.5]) == pytest.approx([0.0, 0.0, 0.0, -1.0])
    assert slopes([0.5, -0.5, -0.5, 0.0], [-0.5, -0.5, -0.5, 0.0]) == pytest.approx([0.5, 0.0, 0.0, 0.0])
