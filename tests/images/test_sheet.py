"""Sheets: every picture at its place, unchanged."""

import numpy as np
import pytest

from nijigen.images.sheet import MARGIN, make_sheet


def pictures(count: int, channels: int = 3) -> list[np.ndarray]:
    return [np.full((4, 6, channels), index + 1, np.uint8) for index in range(count)]


@pytest.mark.parametrize(
    ("count", "columns", "shape"),
    [
        (1, None, (1, 1)),
        (5, None, (2, 3)),
        (8, None, (2, 4)),
        (14, None, (2, 7)),
        (9, None, (3, 3)),
        (5, 5, (1, 5)),
        (5, 2, (3, 2)),
        (3, 10, (1, 3)),
        (3, 1, (3, 1)),
    ],
)
def test_grid(count: int, columns: int | None, shape: tuple[int, int]) -> None:
    sheet = np.asarray(make_sheet(pictures(count), columns))
    rows, wide = shape
    assert sheet.shape == (rows * (4 + MARGIN) - MARGIN, wide * (6 + MARGIN) - MARGIN, 3)
    for index in range(count):
        top, left = index // wide * (4 + MARGIN), index % wide * (6 + MARGIN)
        assert (sheet[top : top + 4, left : left + 6] == index + 1).all()
        sheet = sheet.copy()
        sheet[top : top + 4, left : left + 6] = 255
    assert (sheet == 255).all()


def test_pictures_with_alpha_lie_on_nothing() -> None:
    sheet = np.asarray(make_sheet(pictures(2, channels=4)))
    assert sheet.shape[2] == 4
    assert (sheet[:, 6 : 6 + MARGIN] == 0).all()


@pytest.mark.parametrize("wrong", [[], [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 4), np.uint8)]])
def test_nothing_or_different_shapes_are_refused(wrong: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="sheet"):
        make_sheet(wrong)


def test_small_pictures_are_enlarged_by_a_whole_factor() -> None:
    sheet = make_sheet(pictures(3), columns=3, least=9)  # 4 × 6 becomes 12 × 18
    assert sheet.size == (3 * 18 + 2 * MARGIN, 12)
    assert (np.asarray(sheet)[:, :18] == 1).all()
    assert make_sheet(pictures(1), least=4).size == (6, 4)
